"""Figures of a prediction against what came. The definitions are those of `candlewick/evaluate`."""
from typing import Any, Dict, Optional

import numpy as np

LONG, SHORT, NEUTRAL = 0, 1, 2
BINS = 15


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


def class_figures(counts: np.ndarray) -> Dict[str, Any]:
    """Accuracy and F1 of a confusion matrix; F1 is 2 hits / (support + predicted)."""
    hits, support, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    defined = support + predicted > 0
    f1 = np.where(defined, 2 * hits / np.maximum(support + predicted, 1), np.nan)
    sides = [LONG, SHORT]
    calls, moves = predicted[sides].sum(), support[sides].sum()
    return {
        "accuracy": float(hits.sum() / counts.sum()),
        "macroF1": float(np.nanmean(f1)),
        "f1": [None if np.isnan(value) else float(value) for value in f1],
        # Both sides counted together.
        "directionalF1": float(2 * hits[sides].sum() / (calls + moves)) if calls + moves > 0 else None,
        "hitRate": float(hits[sides].sum() / calls) if calls > 0 else None,
        "coverage": float(calls / counts.sum()),
        "confusion": counts.tolist(),
    }


def calibration_figures(probabilities: np.ndarray, actual: np.ndarray) -> Dict[str, float]:
    """Expected calibration error of the top class in 15 bins closed on the right, Brier score and log loss."""
    top = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == actual
    bins = np.clip(np.searchsorted(np.arange(1, BINS) / BINS, top, side="left"), 0, BINS - 1)
    gaps = np.bincount(bins, weights=right, minlength=BINS) - np.bincount(bins, weights=top, minlength=BINS)
    came = np.eye(3)[actual]
    return {
        "ece": float(np.abs(gaps).sum() / len(actual)),
        "brier": float(((probabilities - came) ** 2).sum(axis=1).mean()),
        "logLoss": float(-np.log(np.maximum(probabilities[np.arange(len(actual)), actual], 2.0**-52)).mean()),
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
        "ic": correlation(returns, actual_returns),
        "rankIc": rank_correlation(returns, actual_returns),
        "rankIcBySymbol": by_symbol,
        # The sides' probabilities order returns as well; some baselines have nothing else.
        "rankIcOfSides": rank_correlation(probabilities[:, LONG] - probabilities[:, SHORT], actual_returns),
    }


def means(figures: Dict[str, Dict[str, Any]], names: tuple = ("macroF1", "directionalF1", "rankIc")) -> Dict[str, float]:
    """Means over the horizons; what is undefined counts as nothing."""
    return {name: float(np.mean([item[name] or 0.0 for item in figures.values()])) for name in names}
