"""Volume over other windows: its trend, its concentration, and the side it is on."""

from math import log

import numpy as np

from volumes import money_flow
from windows import correlation_of, divide, ema, lag, mean, roll, std, total


def ahead_of_mean(steps, w):
    """The running sum of the steps minus its EMA, seeded with the first sum: d = (1 - a) * (d + step), from 0."""
    out, ahead = np.zeros(len(steps)), 0.0
    for i in range(1, len(steps)):
        ahead = (1 - 2 / (w + 1)) * (ahead + steps[i])
        out[i] = ahead
    return out


def add_sides(f, b):
    c, v = b.close, b.volume
    move = c - lag(c, 1)
    for w in (10, 45, 96):
        f[f'cmf_{w}'] = divide(total(money_flow(b), w), total(v, w), 0.0)
    for w in (5, 13, 45):
        f[f'force_index_{w}'] = divide(ema(move * v, w), ema(np.abs(move * v), w), 0.0)
    flow = money_flow(b)
    f['chaikin_oscillator'] = divide(ahead_of_mean(flow, 10) - ahead_of_mean(flow, 3), ema(v, 10), 0.0)
    signed = np.sign(move) * v
    balance, most = (np.cumsum(np.concatenate([[0.0], steps[1:]])) for steps in (signed, v))
    f['on_balance_volume'] = balance
    for w in (20, 60, 120):
        # The line before and after each of w bars; the most it could be is what rises alone would make of it.
        f[f'obv_distance_{w}'] = divide(balance - mean(balance, w + 1), most - mean(most, w + 1), 0.0)
    for w in (10, 20, 45):
        up, down = total(np.where(move > 0, v, 0 * signed), w), total(np.where(move < 0, v, 0 * signed), w)
        share = np.clip(divide(up, down, np.where(up > 0, np.inf, 1.0)), 0.01, 100)
        f[f'updown_volume_{w}'] = np.log(share)
    for w in (5, 14, 45):
        f[f'balance_of_power_{w}'] = mean(f['body_ratio'], w)
    for w in (20, 60):
        usual = divide(total(f['returns'] * v, w), total(v + 0 * signed, w), 0.0)
        f[f'volume_weighted_return_{w}'] = np.clip(divide(usual, std(f['returns'], w), 0.0), -10, 10)


def add_amounts(f, b):
    v = b.volume
    f['pvo_12_26'] = 100 * divide(ema(v, 12) - ema(v, 26), ema(v, 26), 0.0)
    f['volume_change'] = divide(v - lag(v, 1), v + lag(v, 1), 0.0)
    for w in (10, 45, 96):
        f[f'log_volume_ratio_{w}'] = np.clip(np.log(np.maximum(divide(v, mean(v, w), 1.0), 0.001)), None, log(1000))
    for w in (20, 60):
        steps = np.arange(w, dtype=float)
        f[f'volume_fit_{w}'] = roll(v, w, lambda window: correlation_of(steps, window))
    for w in (20, 96):
        f[f'volume_peak_{w}'] = divide(mean(v * v, w), mean(v, w) ** 2, 1.0)
    for w in (20, 45):
        f[f'volume_zscore_{w}'] = np.clip(divide(v - mean(v, w), std(v, w), 0.0), -20, 20)


def add(f, b):
    add_sides(f, b)
    add_amounts(f, b)
