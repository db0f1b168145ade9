"""Momentum: indicators that swing between bounds or around zero."""

import numpy as np

from prices import true_range
from windows import NAN, divide, ema, flag, highest, lag, lowest, mean, total, wilder


def relative_strength(c, n):
    """Exponential means of weight 1 / n from the 0 of bar 0 on; 100 where nothing fell, 50 where nothing moved."""
    move = np.concatenate([[0.0], np.diff(c)])
    up, down = wilder(np.maximum(move, 0), n), wilder(np.maximum(-move, 0), n)
    out = np.full(len(c), NAN)
    for i in range(len(c)):
        if np.isnan(up[i]):
            continue
        if down[i] == 0:
            out[i] = 50.0 if up[i] == 0 else 100.0
        else:
            out[i] = 100 - 100 / (1 + up[i] / down[i])
    return out


def stochastic(b, w):
    top, bottom = highest(b.high, w), lowest(b.low, w)
    return 100 * divide(b.close - bottom, top - bottom, 0.5)


def money_flow_index(b, n=14):
    typical = (b.high + b.low + b.close) / 3
    flow = typical * b.volume * np.sign(typical - lag(typical, 1))
    up, down = total(np.maximum(flow, 0), n), total(np.maximum(-flow, 0), n)
    return 100 * divide(up, up + down, 0.5)


def commodity_channel(b, w=20):
    typical = (b.high + b.low + b.close) / 3
    centre = mean(typical, w)
    distance = np.full(len(centre), NAN)
    for i in range(w - 1, len(centre)):
        distance[i] = np.mean(np.abs(typical[i - w + 1 : i + 1] - centre[i]))
    return divide(typical - centre, 0.015 * distance, 0.0)


def ultimate(b):
    before = lag(b.close, 1)
    pressure = b.close - np.minimum(b.low, before)
    ranges = true_range(b)
    ranges[0] = NAN

    def share(w):
        return divide(total(pressure, w), total(ranges, w), 0.5)

    return 100 * (4 * share(7) + 2 * share(14) + share(28)) / 7


def add_macd(f, b):
    c = b.close
    line = ema(c, 12) - ema(c, 26)
    signal = ema(line, 9)
    f['macd'], f['macd_signal'], f['macd_diff'] = 100 * line / c, 100 * signal / c, 100 * (line - signal) / c
    f['macd_histogram'] = f['macd_diff']
    d, before = f['macd_diff'], lag(f['macd_diff'], 1)
    f['macd_cross_up'] = flag((d > 0) & (before <= 0), before)
    f['macd_cross_down'] = flag((d < 0) & (before >= 0), before)
    oscillator = 100 * line / ema(c, 26)
    f['ppo_12_26_9'] = f['ppo'] = oscillator
    f['ppo_12_26_9_signal'] = ema(oscillator, 9)
    f['ppo_12_26_9_histogram'] = oscillator - f['ppo_12_26_9_signal']
    triple = ema(ema(ema(c, 15), 15), 15)
    f['trix'] = 100 * (triple - lag(triple, 1)) / lag(triple, 1)


def add_bounded(f, b):
    f['rsi'] = relative_strength(b.close, 14)
    for n in (5, 7, 10, 14, 15, 21, 30, 45, 60):
        f[f'rsi_{n}'] = relative_strength(b.close, n)
    f['rsi_oversold'], f['rsi_overbought'] = flag(f['rsi'] < 30, f['rsi']), flag(f['rsi'] > 70, f['rsi'])
    k = f['stoch_k'] = stochastic(b, 14)
    d = f['stoch_d'] = mean(k, 3)
    f['stoch_oversold'], f['stoch_overbought'] = flag(k < 20, k), flag(k > 80, k)
    k1, d1 = lag(k, 1), lag(d, 1)
    f['stoch_cross'] = flag((k > d) & (k1 <= d1), d1) - flag((k < d) & (k1 >= d1), d1)
    for w in (5, 10, 30, 45, 60, 90, 120):
        f[f'stoch_{w}'] = stochastic(b, w)
    f['williams_r'] = k - 100
    f['mfi'] = money_flow_index(b)
    f['mfi_overbought'], f['mfi_oversold'] = flag(f['mfi'] > 80, f['mfi']), flag(f['mfi'] < 20, f['mfi'])
    f['cci'] = commodity_channel(b)
    f['cci_overbought'], f['cci_oversold'] = flag(f['cci'] > 100, f['cci']), flag(f['cci'] < -100, f['cci'])
    f['ultimate_oscillator'] = ultimate(b)


def add_divergences(f, b):
    """Price and indicator go opposite ways over three points, 14 bars apart."""
    c, c1, c2 = b.close, lag(b.close, 14), lag(b.close, 28)
    for name in ('rsi', 'macd'):
        x = f[name]
        x1, x2 = lag(x, 14), lag(x, 28)
        f[f'bearish_divergence_{name}'] = flag((c > c1) & (c1 > c2) & (x < x1) & (x1 < x2), x2)
        f[f'bullish_divergence_{name}'] = flag((c < c1) & (c1 < c2) & (x > x1) & (x1 > x2), x2)
    bullish = f['bullish_divergence_rsi'] + f['bullish_divergence_macd']
    bearish = f['bearish_divergence_rsi'] + f['bearish_divergence_macd']
    f['divergence_count'], f['divergence_balance'] = bullish + bearish, bullish - bearish
    f['rsi_divergence_bullish'], f['rsi_divergence_bearish'] = f['bullish_divergence_rsi'], f['bearish_divergence_rsi']


def add(f, b):
    add_macd(f, b)
    add_bounded(f, b)
    add_divergences(f, b)
    middle = ema(b.close, 13)
    f['elder_ray_bull'] = (b.high - middle) / b.close
    f['elder_ray_bear'] = (b.low - middle) / b.close
