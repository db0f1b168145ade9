"""Averages of the close beyond the plain ones, distances from them, and how straight and how strong a trend is."""

from math import fsum, log, sqrt

import numpy as np

from prices import aroon, average_true_range, directional_movement, line, parabolic, true_range
from windows import (
    correlation_of, divide, ema, flag, highest, lag, lowest, mean, roll, total,
)


def weighted_mean(x, w):
    """Linear weights: the newest value counts w times, the oldest once."""
    weights = np.arange(1.0, w + 1)
    return roll(x, w, lambda window: fsum(weights * window) / fsum(weights))


def hull(x, w):
    return weighted_mean(2 * weighted_mean(x, w // 2) - weighted_mean(x, w), round(sqrt(w)))


def double_mean(x, w):
    once = ema(x, w)
    return 2 * once - ema(once, w)


def triple_mean(x, w):
    once = ema(x, w)
    twice = ema(once, w)
    return 3 * once - 3 * twice + ema(twice, w)


def zero_lag_mean(x, w):
    return ema(x + (x - lag(x, (w - 1) // 2)), w)


def rolling_vwap(b, w):
    typical = (b.high + b.low + b.close) / 3
    return divide(total(typical * b.volume, w), total(b.volume, w), mean(typical, w))


def add_averages(f, b):
    c = b.close
    for w in (15, 30, 45, 60, 90, 120):
        f[f'sma_{w}'] = mean(c, w)
        f[f'close_sma_{w}_ratio'] = c / f[f'sma_{w}']
    for w in (15, 30, 45, 60):
        f[f'ema_{w}'] = ema(c, w)
        f[f'close_ema_{w}_ratio'] = c / f[f'ema_{w}']
    kinds = {'weighted': weighted_mean, 'hull': hull, 'double': double_mean, 'triple': triple_mean,
             'zero_lag': zero_lag_mean}
    for w in (10, 20, 45):
        for name, average in kinds.items():
            f[f'average_distance_{w}_{name}'] = c / average(c, w) - 1
    f['kama_distance'] = c / f['kama'] - 1
    for w in (20, 45, 96):
        f[f'vwap_{w}_ratio'] = c / rolling_vwap(b, w)
    for w in (20, 60, 120):
        usual = mean(c, w)
        f[f'sma_slope_{w}'] = usual / lag(usual, w // 4) - 1
        f[f'share_above_mean_{w}'] = mean(flag(c > usual, usual), w)
    for w in (20, 60):
        f[f'dpo_{w}'] = (lag(c, w // 2 + 1) - mean(c, w)) / mean(c, w)


def add_cloud(f, b):
    c = b.close
    f['ichimoku_base_ratio'] = c / f['ichimoku_base'] - 1
    f['ichimoku_conversion_ratio'] = c / f['ichimoku_conversion'] - 1
    f['ichimoku_cross_ratio'] = f['ichimoku_conversion'] / f['ichimoku_base'] - 1
    f['ichimoku_lagging_ratio'] = c / lag(c, 26) - 1
    a, other = lag(f['ichimoku_span_a'], 26), lag(f['ichimoku_span_b'], 26)
    top, bottom = np.maximum(a, other), np.minimum(a, other)
    outside = np.where(c > top, c - top, np.where(c < bottom, c - bottom, 0.0))
    f['ichimoku_cloud_distance'] = np.where(np.isnan(top), np.nan, outside / c)


def add_lines(f, b):
    for w in (10, 30, 45, 90):
        steps = np.arange(w, dtype=float)
        f[f'trend_line_{w}_slope'] = line(b.close, w) / b.close
        f[f'trend_line_{w}_fit'] = roll(b.close, w, lambda window: correlation_of(steps, window))


def add_strength(f, b):
    h, l, c = b.high, b.low, b.close
    f['adxr_14'] = (f['adx'] + lag(f['adx'], 13)) / 2
    for n in (7, 14, 28):
        f[f'dmi_{n}_strength'], plus, minus = directional_movement(b, n)
        f[f'dmi_{n}_balance'] = plus - minus
    for w in (10, 50, 100):
        f[f'aroon_{w}'] = aroon(h, w, np.argmax) - aroon(l, w, np.argmin)
    ranges = true_range(b)
    known = ranges.copy()
    known[0] = np.nan
    for w in (14, 30, 60):
        rise, fall = np.abs(h - lag(l, 1)), np.abs(l - lag(h, 1))
        f[f'vortex_{w}'] = divide(total(rise, w) - total(fall, w), total(known, w), 0.0)
        span = highest(h, w) - lowest(l, w)
        f[f'choppiness_{w}'] = 100 * np.log(divide(total(ranges, w), span, w)) / log(w)
    for w in (10, 45, 96):
        f[f'efficiency_ratio_{w}'] = divide(np.abs(c - lag(c, w)), total(np.abs(c - lag(c, 1)), w), 0.0)
    once = ema(h - l, 9)
    f['mass_index_25'] = total(divide(once, ema(once, 9), 1.0), 25)
    stop = parabolic(b)
    f['psar_slope'] = np.clip(divide(stop - lag(stop, 1), f['atr'], 0.0), -20, 20)
    f['psar_score'] = np.clip(f['psar_distance_normalized'], -20, 20)
    reach = 3 * average_true_range(b, 22)
    f['chandelier_22_long'] = (c - (highest(h, 22) - reach)) / c
    f['chandelier_22_short'] = (c - (lowest(l, 22) + reach)) / c


def add(f, b):
    add_averages(f, b)
    add_cloud(f, b)
    add_lines(f, b)
    add_strength(f, b)
