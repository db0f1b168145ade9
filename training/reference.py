"""What inputs and outputs looked like in training: the base for noticing drift. Statistics only, no candle."""
from typing import Any, Dict, List

import numpy as np

PROBABILITIES = (0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)
DIGITS = 4


def _short(values: np.ndarray) -> List[Any]:
    """Four digits are more than the comparison of two months can use, and half the bytes."""
    return [_short(row) for row in values] if values.ndim > 1 else [float(f"{value:.{DIGITS}g}") for value in values]


def autocorrelation(rows: np.ndarray) -> np.ndarray:
    """Of each column with itself one bar earlier: how many bars it takes until there is anything new."""
    centred = rows - rows.mean(axis=0)
    power = (centred * centred).sum(axis=0)
    return np.where(power > 0, (centred[1:] * centred[:-1]).sum(axis=0) / np.maximum(power, 1e-300), 0.0)


def statistics_of(rows: np.ndarray) -> Dict[str, Any]:
    return {
        "mean": _short(rows.mean(axis=0)),
        "std": _short(rows.std(axis=0)),
        "quantiles": _short(np.quantile(rows, PROBABILITIES, axis=0).T),
    }


def reference_of(parts: List[np.ndarray], outputs: np.ndarray) -> Dict[str, Any]:
    """From the scaled rows of each symbol in the training period, and the outputs for its examples."""
    rows = np.concatenate(parts)
    return {
        "kind": "quantiles/1",
        "scaled": True,
        "n": len(rows),
        "probabilities": list(PROBABILITIES),
        "features": {**statistics_of(rows), "autocorrelation": _short(np.mean([autocorrelation(p) for p in parts], axis=0))},
        "outputs": {"n": len(outputs), **statistics_of(outputs)},
    }
