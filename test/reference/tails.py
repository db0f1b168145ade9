"""Tails, ranks, memory and disorder over other windows."""

from math import sqrt

import numpy as np

from distribution import entropy_of, slope_of
from windows import (
    correlation, divide, flag, kurtosis, lag, mean, mean_of, quantile, quantile_of, rank, roll, skewness, std,
)


def tail_mean(x, w, share):
    return roll(x, w, lambda window: mean_of(window[window <= quantile_of(window, share)]))


def higuchi_of(window, widest):
    """Higuchi 1988: minus the slope of ln curve length on ln step."""
    size = len(window)
    lengths = []
    for k in range(1, widest + 1):
        parts = []
        for m in range(k):
            steps = (size - 1 - m) // k
            places = m + k * np.arange(steps + 1)
            parts.append(np.sum(np.abs(np.diff(window[places]))) * (size - 1) / (steps * k) / k)
        lengths.append(np.mean(parts))
    if min(lengths) == 0:
        return 1.5
    return -slope_of(np.log(np.arange(1.0, widest + 1)), np.log(lengths))


def growth_of(window, longest):
    """Hurst exponent as in `distribution`, lags 2 to `longest`."""
    lags = range(2, longest + 1)
    spreads = [sqrt(np.mean((window[k:] - window[:-k]) ** 2)) for k in lags]
    return 0.5 if min(spreads) == 0 else slope_of(np.log(np.array(lags, float)), np.log(spreads))


def add_tails(f, b):
    r = f['returns']
    for w in (60, 120):
        size = std(r, w)
        f[f'tail_{w}_low'] = divide(quantile(r, w, 0.05), size, 0.0)
        f[f'tail_{w}_high'] = divide(quantile(r, w, 0.95), size, 0.0)
        f[f'tail_{w}_shortfall'] = divide(tail_mean(r, w, 0.05), size, 0.0)
        top, middle, bottom = quantile(r, w, 0.9), quantile(r, w, 0.5), quantile(r, w, 0.1)
        f[f'quantile_skew_{w}'] = divide((top - middle) - (middle - bottom), top - bottom, 0.0)
    outer = quantile(r, 96, 0.95) - quantile(r, 96, 0.05)
    f['tail_weight_96'] = np.minimum(divide(outer, quantile(r, 96, 0.75) - quantile(r, 96, 0.25), 2.44), 20)
    gain, loss = mean(np.maximum(r, 0), 60), mean(np.maximum(-r, 0), 60)
    share = np.clip(divide(gain, loss, np.where(gain > 0, np.inf, 1.0)), 0.01, 100)
    f['gain_loss_ratio_60'] = np.log(share)
    longer = np.log(b.close / lag(b.close, 4))
    f['hourly_skew_96'], f['hourly_kurt_96'] = skewness(longer, 96), kurtosis(longer, 96)


def add_memory(f, b):
    r = f['returns']
    for k in (1, 2, 3, 4, 8):
        f[f'autocorrelation_{k}_96'] = correlation(r, lag(r, k), 96)
    for k in (1, 4):
        f[f'size_autocorrelation_{k}_60'] = correlation(np.abs(r), lag(np.abs(r), k), 60)
    for w in (60, 120):
        f[f'leverage_effect_{w}'] = correlation(np.abs(r), lag(r, 1), w)
    side = np.sign(r)
    f['sign_persistence_20'] = mean(flag((side == lag(side, 1)) & (side != 0), lag(side, 1)), 20)
    for k in (1, 4, 16, 48, 96):
        f[f'return_score_{k}_96'] = np.clip(divide(np.log(b.close / lag(b.close, k)), std(r, 96) * sqrt(k), 0.0), -20, 20)


def add_ranks(f, b):
    for w in (30, 120):
        f[f'close_rank_{w}'] = rank(b.close, w)
    f['range_rank_96'] = rank((b.high - b.low) / b.close, 96)


def add_disorder(f, b):
    f['return_entropy_50'] = roll(f['returns'], 50, lambda window: entropy_of(window, 8))
    f['volume_entropy_50'] = roll(b.volume, 50, lambda window: entropy_of(window, 8))
    f['higuchi_fd_30'] = roll(b.close, 30, lambda window: higuchi_of(window, 5))
    f['higuchi_fd_96'] = roll(b.close, 96, lambda window: higuchi_of(window, 8))
    f['hurst_120'] = roll(b.close, 120, lambda window: growth_of(window, 19))


def add(f, b):
    add_tails(f, b)
    add_memory(f, b)
    add_ranks(f, b)
    add_disorder(f, b)
