"""Figures of a prediction against what came. The definitions are those of `candlewick/evaluate`."""
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

LONG, SHORT, NEUTRAL = 0, 1, 2
BINS = 15
#: Probabilities below it count as it in the log loss.
FLOOR = 2.0**-52


def softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis, safe against overflow."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks from 1 on; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def correlation(x: np.ndarray, y: np.ndarray) -> Optional[float]:
    """Pearson's; None where one of both never changes."""
    if len(x) < 2:
        return None
    dx, dy = x - x.mean(), y - y.mean()
    size = np.sqrt((dx * dx).sum() * (dy * dy).sum())
    return float((dx * dy).sum() / size) if size > 0 else None


def rank_correlation(x: np.ndarray, y: np.ndarray) -> Optional[float]:
    """Spearman's: the rank IC."""
    return correlation(average_ranks(x), average_ranks(y))


def confusion(predicted: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """Counts [actual, predicted]."""
    return np.bincount(3 * actual + predicted, minlength=9).reshape(3, 3)


def _shares(parts: np.ndarray, wholes: np.ndarray) -> List[Optional[float]]:
    """The parts of each whole; None of nothing."""
    return [float(part / whole) if whole > 0 else None for part, whole in zip(parts, wholes)]


def mean_of_defined(values: Sequence[Optional[float]]) -> Optional[float]:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def class_figures(counts: np.ndarray) -> Dict[str, Any]:
    """Figures of a confusion matrix; F1 is 2 hits / (support + predicted), macro figures are means over what is defined."""
    hits, support, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    each = {
        "precision": _shares(hits, predicted), "recall": _shares(hits, support),
        "f1": _shares(2 * hits, support + predicted),
    }
    sides = [LONG, SHORT]
    right, calls, moves = hits[sides].sum(), predicted[sides].sum(), support[sides].sum()
    hit_rate, recall, f1 = _shares(np.array([right, right, 2 * right]), np.array([calls, moves, calls + moves]))
    return {
        "accuracy": float(hits.sum() / counts.sum()),
        "macroPrecision": mean_of_defined(each["precision"]),
        "macroRecall": mean_of_defined(each["recall"]),
        "macroF1": mean_of_defined(each["f1"]),
        **each,
        "support": support.tolist(),
        "predicted": predicted.tolist(),
        # Both sides counted together.
        "directionalF1": f1,
        "directionalRecall": recall,
        "hitRate": hit_rate,
        "calls": int(calls),
        "coverage": float(calls / counts.sum()),
        "confusion": counts.tolist(),
    }


def calibration_bins(probabilities: np.ndarray, actual: np.ndarray) -> Dict[str, np.ndarray]:
    """Rows, sum of the top probability and hits in 15 bins closed on the right."""
    top = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == actual
    bins = np.clip(np.searchsorted(np.arange(1, BINS) / BINS, top, side="left"), 0, BINS - 1)
    count = lambda weights: np.bincount(bins, weights=weights, minlength=BINS)
    return {"n": count(None), "confidence": count(top), "hits": count(right)}


def calibration_figures(probabilities: np.ndarray, actual: np.ndarray) -> Dict[str, float]:
    """Expected calibration error of the top class, Brier score and log loss."""
    bins = calibration_bins(probabilities, actual)
    came = np.eye(3)[actual]
    return {
        "ece": float(np.abs(bins["hits"] - bins["confidence"]).sum() / len(actual)),
        "brier": float(((probabilities - came) ** 2).sum(axis=1).mean()),
        "logLoss": float(-np.log(np.maximum(probabilities[np.arange(len(actual)), actual], FLOOR)).mean()),
    }


def return_figures(predicted: np.ndarray, actual: np.ndarray) -> Dict[str, Optional[float]]:
    """Errors of predicted returns, and how well they order what came."""
    errors = predicted - actual
    return {
        "mae": float(np.abs(errors).mean()),
        "rmse": float(np.sqrt((errors * errors).mean())),
        "bias": float(errors.mean()),
        "ic": correlation(predicted, actual),
        "rankIc": rank_correlation(predicted, actual),
    }


def horizon_figures(
    returns: np.ndarray, probabilities: np.ndarray, actual_returns: np.ndarray, actual: np.ndarray, symbols: np.ndarray
) -> Dict[str, Any]:
    """All figures of one horizon, the rank IC also by symbol."""
    by_symbol = [rank_correlation(returns[symbols == s], actual_returns[symbols == s]) for s in np.unique(symbols)]
    return {
        "n": int(len(actual)),
        **class_figures(confusion(probabilities.argmax(axis=1), actual)),
        **calibration_figures(probabilities, actual),
        **return_figures(returns, actual_returns),
        "rankIcBySymbol": by_symbol,
        # The sides' probabilities order returns as well; some baselines have nothing else.
        "rankIcOfSides": rank_correlation(probabilities[:, LONG] - probabilities[:, SHORT], actual_returns),
    }


def means(figures: Dict[str, Dict[str, Any]], names: tuple = ("macroF1", "directionalF1", "rankIc")) -> Dict[str, float]:
    """Means over the horizons; what is undefined counts as nothing."""
    return {name: float(np.mean([item[name] or 0.0 for item in figures.values()])) for name in names}
