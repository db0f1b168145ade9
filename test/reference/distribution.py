"""Statistics of returns: tails, moments, memory, roughness."""

from math import fsum, log

import numpy as np

from windows import (
    correlation, divide, flag, highest, kurtosis, lag, lowest, mean, mean_of, own_correlation, quantile, quantile_of,
    rank, roll, skewness, std,
)


def slope_of(x, y):
    """Least squares."""
    x, y = np.asarray(x), np.asarray(y)
    dx = x - mean_of(x)
    return fsum(dx * (y - mean_of(y))) / fsum(dx * dx)


def hurst_of(window):
    """Growth of the root mean squared difference with its lag, lags 2 to 19; one half in a flat window."""
    spreads = []
    for k in range(2, 20):
        moves = window[k:] - window[:-k]
        spreads.append(np.sqrt(fsum(moves * moves) / len(moves)))
    if min(spreads) == 0:
        return 0.5
    return slope_of(np.log(np.arange(2.0, 20.0)), np.log(spreads))


def roughness_of(window, widest=5):
    """Higuchi's curve length against the step, with the n = floor((N - m) / k) of the reference."""
    size = len(window)
    lengths = []
    for k in range(1, widest + 1):
        parts = []
        for m in range(k):
            n = (size - m) // k
            way = fsum(abs(window[m + i * k] - window[m + (i - 1) * k]) for i in range(1, n))
            parts.append(way * (size - 1) / (k * n))
        lengths.append(fsum(parts) / k)
    if min(lengths) == 0:
        return 1.5
    return slope_of(np.log(np.arange(1.0, widest + 1)), np.log(lengths))


def entropy_of(window, bins=10):
    if window.max() == window.min():
        return 0.0
    counts, _ = np.histogram(window, bins=bins, range=(window.min(), window.max()))
    shares = counts[counts > 0] / len(window)
    return -fsum(share * log(share) for share in shares)


def tail_of(window, share):
    edge = quantile_of(window, share)
    return mean_of(window[window <= edge])


def add_tails(f, b):
    r = f['returns']
    p = b.close / lag(b.close, 1) - 1
    f['var_95'] = np.abs(quantile(r, 96, 0.05))
    f['cvar_5pct'] = roll(p, 100, lambda window: tail_of(window, 0.05))
    f['tail_ratio_96'] = divide(quantile(r, 96, 0.95), -quantile(r, 96, 0.05), 1.0)
    for w in (5, 10, 20):
        f[f'rolling_mean_{w}'], f[f'rolling_std_{w}'] = mean(r, w), std(r, w)
        f[f'rolling_min_{w}'], f[f'rolling_max_{w}'] = lowest(r, w), highest(r, w)
    for w in (20, 60):
        f[f'rolling_sharpe_{w}'] = divide(mean(r, w), std(r, w), 0.0)
    f['rolling_skew_20'], f['rolling_kurt_20'] = skewness(r, 20), kurtosis(r, 20)
    for w in (60, 120):
        f[f'rolling_{w}_skew'], f[f'rolling_{w}_kurt'] = skewness(r, w), kurtosis(r, w)


def add_memory(f, b):
    r = f['returns']
    p = b.close / lag(b.close, 1) - 1
    for k in (1, 5, 10):
        f[f'returns_ac_{k}'] = own_correlation(p, 50, k)
    side = np.sign(r)
    f['trend_continuation_prob'] = mean(flag((side == lag(side, 1)) & (side != 0), lag(side, 1)), 96)
    f['volatility_clustering_96'] = correlation(r * r, lag(r * r, 1), 96)
    f['return_rank_96'], f['volume_rank_96'] = rank(r, 96), rank(b.volume, 96)


def add_shape(f, b):
    p = b.close / lag(b.close, 1) - 1
    f['hurst_50'] = roll(b.close, 50, hurst_of)
    f['hurst_exponent'] = 2 * f['hurst_50']
    f['fractal_dimension'] = roll(b.close, 30, roughness_of)
    f['return_entropy'] = roll(p, 100, entropy_of)
    f['btc_beta'] = np.full(len(p), 0.5)
    for w in (20, 60, 120):
        f[f'price_volume_corr_{w}'] = correlation(f['returns'], b.volume, w)
    f['move_volume_corr_60'] = correlation(np.abs(f['returns']), b.volume, 60)


def add(f, b):
    add_tails(f, b)
    add_memory(f, b)
    add_shape(f, b)
