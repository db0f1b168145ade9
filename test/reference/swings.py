"""Oscillators over other windows, and those made of smoothed rates of change."""

import numpy as np

from averages import weighted_mean
from oscillators import commodity_channel, money_flow_index, stochastic
from windows import divide, ema, highest, lag, lowest, mean, total


def rate_of_change(c, k):
    return 100 * (c / lag(c, k) - 1)


def add_sums(f, b):
    c = b.close
    for w in (10, 45, 90):
        f[f'cci_{w}'] = commodity_channel(b, w)
    for w in (9, 20, 45):
        move = c - lag(c, 1)
        up, down = total(np.maximum(move, 0), w), total(np.maximum(-move, 0), w)
        f[f'cmo_{w}'] = 100 * divide(up - down, up + down, 0.0)
    for w in (7, 30, 60):
        f[f'mfi_{w}'] = money_flow_index(b, w)
    for w in (20, 60):
        f[f'stoch_slow_{w}'] = mean(stochastic(b, w), 5)
    f['stoch_spread'] = f['stoch_k'] - f['stoch_d']
    for k in (5, 15):
        f[f'rsi_change_{k}'] = f['rsi'] - lag(f['rsi'], k)
    for w in (14, 30):
        x = f[f'rsi_{w}']
        reach = highest(x, w) - lowest(x, w)
        f[f'stoch_rsi_{w}'] = 100 * np.where(reach <= 1e-9, 0.5, divide(x - lowest(x, w), reach, 0.5))


def add_smoothed(f, b):
    c = b.close
    for fast, slow in ((5, 45), (20, 45)):
        line = 100 * (ema(c, fast) - ema(c, slow)) / ema(c, slow)
        f[f'ppo_{fast}_{slow}_9'] = line
        f[f'ppo_{fast}_{slow}_9_histogram'] = line - ema(line, 9)
    line = ema(c, 12) - ema(c, 26)
    histogram = line - ema(line, 9)
    f['macd_diff_change'] = 100 * (histogram - lag(histogram, 3)) / c
    f['macd_normalized'] = np.clip(divide(line, f['atr'], 0.0), -20, 20)
    move = c - lag(c, 1)
    f['tsi_25_13'] = 100 * divide(ema(ema(move, 25), 13), ema(ema(np.abs(move), 25), 13), 0.0)
    parts = ((1, 10, 10), (2, 15, 10), (3, 20, 10), (4, 30, 15))
    f['kst'] = sum(weight * mean(rate_of_change(c, k), w) for weight, k, w in parts)
    f['coppock'] = weighted_mean(rate_of_change(c, 14) + rate_of_change(c, 11), 10)
    centre = ema(c, 13)
    f['elder_force_bull'] = np.clip(divide(b.high - centre, f['atr'], 0.0), -20, 20)
    f['elder_force_bear'] = np.clip(divide(b.low - centre, f['atr'], 0.0), -20, 20)


def add(f, b):
    add_sums(f, b)
    add_smoothed(f, b)
