"""Rows without a market behind them, for tests."""
import numpy as np
import torch

from training.dataset import Series
from training.examples import Examples, Table
from training.periods import Period
from training.settings import Settings, settings_of

BAR_MS = 900_000


def small_settings(**training: object) -> Settings:
    """A network of a few hundred weights."""
    return settings_of({
        "lookback": 16,
        "network": {
            "width": 8, "heads": 2, "layers": 1, "inner": 8, "patch": 4, "stride": 4, "spans": [[0, 1], [1, 3]],
            "dropout": 0.1,
        },
        "training": {"epochs": 3, "patience": 3, "batch": 32, "stride": 2, "validation_stride": 1, **training},
    })


def invented_series(symbol: str = "ONE", bars: int = 400, features: int = 5, seed: int = 1) -> Series:
    """Features that know a little of the returns that follow."""
    random = np.random.default_rng(seed)
    returns = 0.01 * random.standard_normal((bars, 4))
    values = random.standard_normal((bars, features))
    values[:, 0] += 80 * returns[:, 0]
    directions = np.where(returns > 0.004, 0, np.where(returns <= -0.004, 1, 2))
    risks = np.abs(0.01 * random.standard_normal((bars, 4)))
    return Series(symbol, "0" * 64, np.arange(bars, dtype=np.int64) * BAR_MS, values, returns, directions, risks)


def identity_scaler(features: int = 5) -> dict:
    return {
        "kind": "robust", "order": [f"f{i}" for i in range(features)], "center": [0.0] * features,
        "scale": [1.0] * features, "clip": [-5.0, 5.0],
    }


def invented_examples(settings: Settings, first: int, end: int) -> Examples:
    """Examples of two symbols between two bars."""
    series = [invented_series("ONE", seed=1), invented_series("TWO", seed=2)]
    table = Table(series, identity_scaler(), settings, horizon=4, device=torch.device("cpu"))
    return table.examples(Period("some", first * BAR_MS, end * BAR_MS))
