"""Widths and places: bands, ranges, volatility of ranges and of returns over other windows."""

from math import log, pi

import numpy as np

from prices import average_true_range
from windows import (
    divide, ema, flag, follow, highest, lag, lowest, mean, quantile, rank, roll, std, std0, total, variance_of,
)


def add_bands(f, b):
    h, l, c = b.high, b.low, b.close
    for w in (10, 30, 45, 60, 120):
        f[f'bollinger_{w}_score'] = divide(c - mean(c, w), std0(c, w), 0.0)
        f[f'bollinger_{w}_width'] = 4 * std0(c, w) / mean(c, w)
    f['band_width_rank_120'] = rank(4 * std0(c, 20) / mean(c, 20), 120)
    for w in (10, 20, 45):
        reach = average_true_range(b, w)
        f[f'keltner_{w}_score'] = np.clip(divide(c - ema(c, w), reach, 0.0), -20, 20)
        f[f'keltner_{w}_width'] = 4 * reach / ema(c, w)
    for w in (10, 20, 45, 120):
        f[f'donchian_width_{w}'] = (highest(h, w) - lowest(l, w)) / c
    for w in (45, 96):
        top, bottom = lag(highest(h, w), 1), lag(lowest(l, w), 1)
        f[f'breakout_{w}'] = flag(c > top, top) - flag(c < bottom, bottom)
    for w in (20, 60):
        span = (highest(h, w) - lowest(l, w)) / c
        before = lag(span, w)
        grown = divide(span, before, 1.0)
        f[f'range_expansion_{w}'] = np.log(np.where(grown == 0, 1.0, grown))
    for w in (14, 60):
        depth, height = c / highest(c, w) - 1, c / lowest(c, w) - 1
        f[f'ulcer_{w}_depth'], f[f'ulcer_{w}_height'] = np.sqrt(mean(depth**2, w)), np.sqrt(mean(height**2, w))


def add_moves(f, b):
    c = b.close
    for w in (5, 10, 20, 30, 45):
        f[f'relative_atr_{w}'] = average_true_range(b, w) / b.close
    f['atr_ratio_7_28'] = divide(average_true_range(b, 7), average_true_range(b, 28), 1.0)
    for k in (1, 5, 20, 60):
        f[f'normalized_return_{k}'] = np.clip(divide(c - lag(c, k), f['atr'], 0.0), -50, 50)


def add_volatility(f, b):
    r = f['returns']
    square = r * r

    def memory(share):
        return np.sqrt(follow(square, 1 - share, 1))

    f['ewma_vol_94'] = memory(0.94)
    f['ewma_vol_ratio'] = divide(memory(0.8), memory(0.97), 1.0)
    for fast in (5, 20):
        for slow in (60, 120):
            f[f'vol_ratio_{fast}_{slow}'] = divide(std(r, fast), std(r, slow), 1.0)
    for w in (30, 96):
        f[f'downside_vol_{w}'] = np.sqrt(mean(np.minimum(r, 0) ** 2, w))
        bipower = pi / 2 * total(np.abs(r) * np.abs(lag(r, 1)), w)
        f[f'jump_share_{w}'] = np.clip(1 - divide(bipower, total(square, w), 1.0), 0, 1)
    for w in (20, 60, 120):
        up, down = np.where(r > 0, square, 0.0 * r), np.where(r < 0, square, 0.0 * r)
        f[f'semivariance_{w}'] = divide(total(up, w) - total(down, w), total(square, w), 0.0)
    for k in (4, 16):
        longer = np.log(b.close / lag(b.close, k))
        f[f'variance_ratio_{k}_96'] = divide(std(longer, 96) ** 2, k * std(r, 96) ** 2, 1.0)
    recent = f['volatility_20']
    low, high = quantile(recent, 240, 0.25), quantile(recent, 240, 0.75)
    f['volatility_regime'] = flag(recent > high, high) - flag(recent < low, low)


def add_range_volatility(f, b):
    o, h, l, c = b.open, b.high, b.low, b.close
    garman_klass = 0.5 * np.log(h / l) ** 2 - (2 * log(2) - 1) * np.log(c / o) ** 2
    for w in (10, 30, 96):
        f[f'garman_klass_vol_{w}'] = np.sqrt(np.maximum(mean(garman_klass, w), 0))
    gap, body = np.log(o / lag(c, 1)), np.log(c / o)
    inside = np.log(h / c) * np.log(h / o) + np.log(l / c) * np.log(l / o)
    for w in (20, 60):
        k = 0.34 / (1.34 + (w + 1) / (w - 1))
        gaps, bodies = (roll(x, w, lambda window: variance_of(window, 1)) for x in (gap, body))
        f[f'yang_zhang_vol_{w}'] = np.sqrt(gaps + k * bodies + (1 - k) * mean(inside, w))


def add(f, b):
    add_bands(f, b)
    add_moves(f, b)
    add_volatility(f, b)
    add_range_volatility(f, b)
