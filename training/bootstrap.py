"""Intervals of figures whose rows overlap in time: circular block bootstrap over moments (Politis and Romano 1992)."""
from typing import Callable, Dict, List

import numpy as np

Statistic = Callable[[np.ndarray], Dict[str, float]]


def moments_of(times: np.ndarray) -> List[np.ndarray]:
    """Rows by time, earliest first: the symbols of one moment are drawn together."""
    order = np.argsort(times, kind="stable")
    edges = np.flatnonzero(np.diff(times[order])) + 1
    return np.split(order, edges)


def resampled_rows(moments: List[np.ndarray], block: int, random: np.random.Generator) -> np.ndarray:
    count = len(moments)
    starts = random.integers(count, size=-(-count // block))
    places = (starts[:, None] + np.arange(block)).ravel()[:count] % count
    return np.concatenate([moments[place] for place in places])


def intervals(statistic: Statistic, times: np.ndarray, block: int, resamples: int, seed: int = 1) -> Dict[str, Dict[str, float]]:
    """Estimate and the bounds of 95 % of the samples for each figure."""
    moments = moments_of(times)
    if 2 * block > len(moments):
        raise ValueError(f"{len(moments)} moments are too few for blocks of {block}.")
    random = np.random.default_rng(seed)
    estimate = statistic(np.arange(len(times)))
    samples: Dict[str, List[float]] = {name: [] for name in estimate}
    for _ in range(resamples):
        values = statistic(resampled_rows(moments, block, random))
        for name in estimate:
            samples[name].append(values[name])
    bounds = {name: np.quantile(values, [0.025, 0.975]) for name, values in samples.items()}
    return {
        name: {"estimate": float(estimate[name]), "low": float(bounds[name][0]), "high": float(bounds[name][1])}
        for name in estimate
    }
