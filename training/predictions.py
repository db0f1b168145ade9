"""What a model answered to every bar of the test period, kept in a file, so that figures can be taken again without asking it."""
import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np

from .baselines import BARS
from .checkpoint import write_json
from .dataset import HORIZONS, Series
from .examples import Examples
from .predict import probabilities_of
from .report import Rows, horizon_report

FILE, COLUMNS = "predictions.npy", "predictions.columns.json"


def write_predictions(folder: Path, outputs: np.ndarray, temperatures: Any, examples: Examples, symbols: List[str]) -> None:
    """Time, number of the symbol, 20 outputs and 12 calibrated probabilities of every bar."""
    probabilities = probabilities_of(outputs, temperatures).reshape(-1, 12)
    columns = [examples.times[:, None], examples.symbols[:, None], outputs.astype(np.float64), probabilities]
    np.save(folder / FILE, np.concatenate(columns, axis=1).astype(np.float64))
    sides = [f"probability_{horizon}_{side}" for horizon in HORIZONS for side in ("LONG", "SHORT", "NEUTRAL")]
    names = ["time", "symbol", *(f"output_{at}" for at in range(20)), *sides]
    write_json(folder / COLUMNS, {"columns": names, "symbols": symbols})


def reports_of_answers(
    outputs: np.ndarray, probabilities: np.ndarray, times: np.ndarray, markets: np.ndarray, series: Sequence[Series]
) -> Dict[str, Dict[str, Any]]:
    """The report of each horizon; what came is looked up in the series by symbol and time."""
    returns, directions = np.empty((len(times), 4)), np.empty((len(times), 4), dtype=np.int64)
    for item in series:
        mine = np.flatnonzero(markets == item.symbol)
        rows = np.searchsorted(item.times, times[mine])
        if not np.array_equal(item.times[rows], times[mine]):
            raise ValueError(f"Some answers are of bars that the candles of {item.symbol} do not have.")
        returns[mine], directions[mine] = item.returns[rows], item.directions[rows]
    bar_ms = int(np.diff(series[0].times[:2])[0])
    return {
        name: horizon_report(
            Rows(times, markets, outputs[:, at].astype(np.float64), returns[:, at], probabilities[:, at], directions[:, at]),
            BARS[at] * bar_ms,
        )
        for at, name in enumerate(HORIZONS)
    }


def reports_of_file(folder: Path, series: Sequence[Series]) -> Dict[str, Dict[str, Any]]:
    """The reports of the answers that `evaluate` has kept."""
    rows = np.load(folder / FILE)
    symbols = np.array(json.loads((folder / COLUMNS).read_text())["symbols"])
    times, markets = rows[:, 0].astype(np.int64), symbols[rows[:, 1].astype(int)]
    return reports_of_answers(rows[:, 2:22], rows[:, 22:34].reshape(-1, 4, 3), times, markets, series)
