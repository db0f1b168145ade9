"""All figures of a predictor, by the names and in the shape of `candlewick evaluate --json`: those of metrics.py, and how steady
they are. Own formulas, so that both can be held against each other."""
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from .metrics import (
    BINS, FLOOR, calibration_bins, calibration_figures, class_figures, confusion, correlation, mean_of_defined,
    rank_correlation, return_figures,
)

WINDOWS = 10
#: Symbols that a moment must have for figures across symbols.
SECTION = 5
CLASSES = ("LONG", "SHORT", "NEUTRAL")


@dataclass(frozen=True)
class Rows:
    """What was said of one horizon, and what came: one row for each symbol and bar."""

    #: ms.
    times: np.ndarray
    #: Name of each row's market.
    symbols: np.ndarray
    #: Expected returns, and those that came.
    returns: np.ndarray
    actual_returns: np.ndarray
    #: [row, class], and the number of the class that came.
    probabilities: np.ndarray
    actual: np.ndarray

    def picked(self, rows: np.ndarray) -> "Rows":
        return Rows(*(values[rows] for values in (
            self.times, self.symbols, self.returns, self.actual_returns, self.probabilities, self.actual
        )))


def spread(values: Sequence[Optional[float]]) -> Dict[str, Any]:
    """Mean, variance (n - 1) and extremes of what is defined."""
    known = np.array([value for value in values if value is not None], dtype=np.float64)
    # Measured from the first value, equal ones have a variance of exactly 0.
    origin = known[0] if len(known) else 0.0
    variance = float((known - origin).var(ddof=1)) if len(known) > 1 else None
    mean = float(origin + (known - origin).mean()) if len(known) else None
    return {
        "n": len(known), "undefinedCount": len(values) - len(known), "mean": mean, "variance": variance,
        "std": None if variance is None else variance**0.5,
        "meanByStd": mean / variance**0.5 if mean is not None and variance else None,
        "min": float(known.min()) if len(known) else None, "max": float(known.max()) if len(known) else None,
    }


def windows_of(times: np.ndarray, count: int = WINDOWS) -> List[np.ndarray]:
    """The rows of stretches with as many moments each, one more or less."""
    moments, place = np.unique(times, return_inverse=True)
    count = min(count, len(moments))
    edges = [i * len(moments) // count for i in range(count + 1)]
    return [np.flatnonzero((place >= first) & (place < end)) for first, end in zip(edges, edges[1:])]


def apart(times: np.ndarray, symbols: np.ndarray, span: int) -> np.ndarray:
    """True for rows whose outcomes do not overlap: of each symbol the first, then always the next at least a span later."""
    chosen = np.zeros(len(times), dtype=bool)
    for symbol in np.unique(symbols):
        last = -np.inf
        own = np.flatnonzero(symbols == symbol)
        for row in own[np.argsort(times[own], kind="stable")]:
            if times[row] - last >= span:
                chosen[row], last = True, times[row]
    return chosen


def _by_symbol(rows: Rows) -> List[Dict[str, Any]]:
    return [
        {"n": int(own.sum()), "ic": correlation(rows.returns[own], rows.actual_returns[own]),
         "rankIc": rank_correlation(rows.returns[own], rows.actual_returns[own])}
        for own in (rows.symbols == symbol for symbol in np.unique(rows.symbols))
    ]


def _windows_by_symbol(rows: Rows) -> List[Dict[str, Any]]:
    """How steady each symbol's coefficients are over the windows, over all its rows there."""
    windows = windows_of(rows.times)
    figures = []
    for symbol in np.unique(rows.symbols):
        own = [part[rows.symbols[part] == symbol] for part in windows]
        of = lambda figure: spread([figure(rows.returns[part], rows.actual_returns[part]) for part in own])
        ic, rank_ic = of(correlation), of(rank_correlation)
        figures.append({
            "icMean": ic["mean"], "icStd": ic["std"], "icir": ic["meanByStd"],
            "rankIcMean": rank_ic["mean"], "rankIcStd": rank_ic["std"], "rankIcir": rank_ic["meanByStd"],
        })
    return figures


def _across_symbols(rows: Rows) -> Dict[str, Optional[float]]:
    moments, counts = np.unique(rows.times, return_counts=True)
    sections = [rows.picked(rows.times == moment) for moment in moments[counts >= SECTION]]
    of = lambda figure: spread([figure(part.returns, part.actual_returns) for part in sections])
    ic, rank_ic = of(correlation), of(rank_correlation)
    return {
        "icCs": ic["mean"], "icirCs": ic["meanByStd"], "rankIcCs": rank_ic["mean"], "rankIcirCs": rank_ic["meanByStd"],
    }


def _sample_figures(rows: Rows, lone: np.ndarray) -> Dict[str, Optional[float]]:
    """Figures of any part of the rows; `lone` marks those whose outcomes do not overlap."""
    classes = class_figures(confusion(rows.probabilities.argmax(axis=1), rows.actual))
    probabilities = calibration_figures(rows.probabilities, rows.actual)
    over_time = _by_symbol(rows.picked(lone))
    named = ("accuracy", "macroPrecision", "macroRecall", "macroF1", "coverage", "hitRate", "directionalF1")
    return {
        **{name: classes[name] for name in named},
        **{name: probabilities[name] for name in ("brier", "logLoss")},
        **return_figures(rows.returns, rows.actual_returns),
        "icTs": mean_of_defined([item["ic"] for item in over_time]),
        "rankIcTs": mean_of_defined([item["rankIc"] for item in over_time]),
        **_across_symbols(rows),
    }


def _classification(rows: Rows) -> Dict[str, Any]:
    figures = class_figures(confusion(rows.probabilities.argmax(axis=1), rows.actual))
    each = ("support", "predicted", "precision", "recall", "f1")
    return {
        "n": len(rows.actual), "accuracy": figures["accuracy"],
        "perClass": [{"class": name, **{key: figures[key][at] for key in each}} for at, name in enumerate(CLASSES)],
        "macro": {"precision": figures["macroPrecision"], "recall": figures["macroRecall"], "f1": figures["macroF1"]},
        "directional": {
            "calls": figures["calls"], "coverage": figures["coverage"], "hitRate": figures["hitRate"],
            "recall": figures["directionalRecall"], "f1": figures["directionalF1"],
        },
        "confusion": figures["confusion"],
    }


def _calibration(rows: Rows) -> Dict[str, Any]:
    bins = calibration_bins(rows.probabilities, rows.actual)
    came = rows.probabilities[np.arange(len(rows.actual)), rows.actual]
    table = [
        {"low": at / BINS, "high": (at + 1) / BINS, "n": int(n), "confidence": confidence / n if n else None,
         "accuracy": hits / n if n else None}
        for at, (n, confidence, hits) in enumerate(zip(bins["n"], bins["confidence"], bins["hits"]))
    ]
    figures = calibration_figures(rows.probabilities, rows.actual)
    return {"n": len(rows.actual), **figures, "bins": table, "floored": int((came < FLOOR).sum())}


def horizon_report(rows: Rows, horizon_ms: int) -> Dict[str, Any]:
    """One horizon as the package reports it, without its windows one by one."""
    lone = apart(rows.times, rows.symbols, horizon_ms)
    base = _sample_figures(rows, lone)
    windows = [_sample_figures(rows.picked(part), lone[part]) for part in windows_of(rows.times)]
    stability = {name: spread([figures[name] for figures in windows]) for name in base}
    calibration = _calibration(rows)
    derived = {"ece": calibration["ece"]}
    for name in ("ic", "rankIc"):
        derived.update({f"{name}Mean": stability[name]["mean"], f"{name}Std": stability[name]["std"]})
    derived.update({"icir": stability["ic"]["meanByStd"], "rankIcir": stability["rankIc"]["meanByStd"]})
    return {
        "n": len(rows.times), "from": int(rows.times.min()), "to": int(rows.times.max()),
        "metrics": {**base, **derived}, "classification": _classification(rows), "calibration": calibration,
        "symbols": [
            {**alone, **steady} for alone, steady in zip(_by_symbol(rows.picked(lone)), _windows_by_symbol(rows))
        ],
        "stability": stability,
    }
