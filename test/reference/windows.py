"""Windows, exponential means and divisions, each computed afresh for every bar.

A window is complete or the result is NaN; a NaN inside a window makes the result NaN.
"""

from math import fsum, isnan, sqrt

import numpy as np

NAN = float('nan')


def roll(x, length, measure):
    """measure(last `length` values) on every bar."""
    out = np.full(len(x), NAN)
    for i in range(length - 1, len(x)):
        window = x[i - length + 1 : i + 1]
        if not np.isnan(window).any():
            out[i] = measure(window)
    return out


def roll2(x, y, length, measure):
    out = np.full(len(x), NAN)
    for i in range(length - 1, len(x)):
        a, b = x[i - length + 1 : i + 1], y[i - length + 1 : i + 1]
        if not (np.isnan(a).any() or np.isnan(b).any()):
            out[i] = measure(a, b)
    return out


def is_flat(window):
    return window.max() == window.min()


def mean_of(window):
    """Identical values have exactly their own value as mean."""
    return window[0] if is_flat(window) else fsum(window) / len(window)


def variance_of(window, freedom):
    if is_flat(window):
        return 0.0
    centre = mean_of(window)
    return fsum((value - centre) ** 2 for value in window) / (len(window) - freedom)


def correlation_of(a, b):
    """Pearson; 0 where either does not move."""
    if is_flat(a) or is_flat(b):
        return 0.0
    da, db = a - mean_of(a), b - mean_of(b)
    r = fsum(da * db) / sqrt(fsum(da * da)) / sqrt(fsum(db * db))
    return min(1.0, max(-1.0, r))


def quantile_of(window, share):
    """Linear interpolation at position share * (n - 1) of the sorted window."""
    ordered = sorted(window)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def total(x, w):
    return roll(x, w, fsum)


def mean(x, w):
    return roll(x, w, mean_of)


def std(x, w):
    return roll(x, w, lambda window: sqrt(variance_of(window, 1)))


def std0(x, w):
    return roll(x, w, lambda window: sqrt(variance_of(window, 0)))


def highest(x, w):
    return roll(x, w, np.max)


def lowest(x, w):
    return roll(x, w, np.min)


def quantile(x, w, share):
    return roll(x, w, lambda window: quantile_of(window, share))


def correlation(x, y, w):
    return roll2(x, y, w, correlation_of)


def own_correlation(x, w, k):
    """Correlation of the last w - k values with those k earlier, all inside one window of w."""
    return roll(x, w, lambda window: correlation_of(window[k:], window[:-k]))


def rank(x, w):
    """Percentile rank of the present value in its window: those below, and half of those equal, itself included."""

    def measure(window):
        return (np.sum(window < window[-1]) + 0.5 * np.sum(window == window[-1])) / len(window)

    return roll(x, w, measure)


def skewness_of(window):
    """Unbiased Fisher-Pearson coefficient."""
    n = len(window)
    if is_flat(window):
        return 0.0
    deviation = sqrt(variance_of(window, 1))
    cubes = fsum(((window - mean_of(window)) / deviation) ** 3)
    return n / ((n - 1) * (n - 2)) * cubes


def kurtosis_of(window):
    """Unbiased excess kurtosis."""
    n = len(window)
    if is_flat(window):
        return 0.0
    deviation = sqrt(variance_of(window, 1))
    fourths = fsum(((window - mean_of(window)) / deviation) ** 4)
    return n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * fourths - 3 * (n - 1) ** 2 / ((n - 2) * (n - 3))


def skewness(x, w):
    return roll(x, w, skewness_of)


def kurtosis(x, w):
    return roll(x, w, kurtosis_of)


def lag(x, k):
    return np.concatenate([np.full(k, NAN), x[:-k]])


def follow(x, weight, masked):
    """y = weight * x + (1 - weight) * y, seeded with the first value, hidden until `masked` values were seen."""
    out = np.full(len(x), NAN)
    y, seen = NAN, 0
    for i, value in enumerate(x):
        if isnan(value):
            continue
        y = value if seen == 0 else weight * value + (1 - weight) * y
        seen += 1
        if seen >= masked:
            out[i] = y
    return out


def ema(x, w):
    return follow(x, 2 / (w + 1), w)


def wilder(x, n):
    return follow(x, 1 / n, n)


def weighted_history(x, w):
    """Exponential mean with weights that add up to one over all history so far."""
    keep = 1 - 2 / (w + 1)
    out = np.empty(len(x))
    for i in range(len(x)):
        weights = keep ** np.arange(i, -1, -1, dtype=float)
        out[i] = fsum(weights * x[: i + 1]) / fsum(weights)
    return out


def divide(a, b, neutral):
    """a / b, and the neutral value where b is zero."""
    a, b = np.broadcast_arrays(np.asarray(a, float), np.asarray(b, float))
    neutral = np.broadcast_to(np.asarray(neutral, float), a.shape)
    out = np.full(a.shape, NAN)
    known = ~(np.isnan(a) | np.isnan(b))
    zero = known & (b == 0)
    out[zero] = neutral[zero]
    rest = known & (b != 0)
    out[rest] = a[rest] / b[rest]
    return out


def flag(condition, *inputs):
    """1 where the condition holds, else 0; NaN where an input is not there yet."""
    out = np.where(condition, 1.0, 0.0)
    for x in inputs:
        out[np.isnan(x)] = NAN
    return out


def run_length(flags):
    """Number of set flags in a row up to and including this bar."""
    out = np.full(len(flags), NAN)
    run = 0
    for i, value in enumerate(flags):
        if isnan(value):
            continue
        run = run + 1 if value == 1 else 0
        out[i] = run
    return out
