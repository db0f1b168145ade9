"""Returns, means of the close, lines and stops that follow a trend."""

from math import isnan

import numpy as np

from windows import (
    NAN, correlation_of, divide, ema, flag, highest, is_flat, lag, lowest, mean, mean_of, roll, total,
)


def true_range(b):
    before = lag(b.close, 1)
    moves = np.array([b.high - b.low, np.abs(b.high - before), np.abs(b.low - before)])
    return np.fmax.reduce(moves)


def average_true_range(b, n):
    """Wilder's: the mean of the first n, then (previous * (n - 1) + present) / n."""
    ranges = true_range(b)
    out = np.full(len(ranges), NAN)
    out[n - 1] = mean_of(ranges[:n])
    for i in range(n, len(ranges)):
        out[i] = (out[i - 1] * (n - 1) + ranges[i]) / n
    return out


def directional_movement(b, n=14):
    """ADX, +DI and -DI by Wilder's sums."""
    size = len(b.close)
    adx, plus, minus, index = (np.full(size, NAN) for _ in range(4))
    span = rise = fall = 0.0
    for i in range(1, size):
        up, down = b.high[i] - b.high[i - 1], b.low[i - 1] - b.low[i]
        width = max(b.high[i], b.close[i - 1]) - min(b.low[i], b.close[i - 1])
        fade = 0.0 if i <= n else 1 / n
        span = span - span * fade + width
        rise = rise - rise * fade + (up if up > down and up > 0 else 0.0)
        fall = fall - fall * fade + (down if down > up and down > 0 else 0.0)
        if i < n:
            continue
        plus[i] = 100 * rise / span if span > 0 else 0.0
        minus[i] = 100 * fall / span if span > 0 else 0.0
        both = plus[i] + minus[i]
        index[i] = 100 * abs(plus[i] - minus[i]) / both if both > 0 else 0.0
        if i == 2 * n - 1:
            adx[i] = mean_of(index[n : 2 * n])
        elif i >= 2 * n:
            adx[i] = (adx[i - 1] * (n - 1) + index[i]) / n
    return adx, plus, minus


def parabolic(b, step=0.02, limit=0.2):
    """Stop and reverse; rising from bar 0, the stop of the first two bars is their close."""
    h, l, c = b.high, b.low, b.close
    out = np.full(len(c), NAN)
    stop, pace, top, bottom, rising = c[1], step, h[0], l[0], True
    for i in range(2, len(c)):
        if rising:
            stop = stop + pace * (top - stop)
            if l[i] < stop:
                stop, bottom, pace, rising = top, l[i], step, False
            else:
                if h[i] > top:
                    top, pace = h[i], min(pace + step, limit)
                if l[i - 2] < stop:
                    stop = l[i - 2]
                elif l[i - 1] < stop:
                    stop = l[i - 1]
        else:
            stop = stop - pace * (stop - bottom)
            if h[i] > stop:
                stop, top, pace, rising = bottom, h[i], step, True
            else:
                if l[i] < bottom:
                    bottom, pace = l[i], min(pace + step, limit)
                if h[i - 2] > stop:
                    stop = h[i - 2]
                elif h[i - 1] > stop:
                    stop = h[i - 1]
        out[i] = stop
    return out


def aroon(x, length, seek):
    """100 at the newest bar of the window, 0 at the oldest; the oldest of equal extremes counts."""
    return roll(x, length + 1, lambda window: 100 * seek(window) / length)


def line(x, length):
    """Least-squares slope per bar of a straight line through the last values."""
    steps = np.arange(length) - (length - 1) / 2

    def measure(window):
        return 0.0 if is_flat(window) else np.dot(steps, window - mean_of(window)) / np.dot(steps, steps)

    return roll(x, length, measure)


def adaptive_mean(c, length=10):
    """Kaufman: pulled by the efficiency of the last bars, seeded with the close of the first bar that has one."""
    way = total(np.abs(c - lag(c, 1)), length)
    efficiency = divide(np.abs(c - lag(c, length)), way, 0.0)
    out = np.full(len(c), NAN)
    y = NAN
    for i, e in enumerate(efficiency):
        if isnan(e):
            continue
        pull = (e * (2 / 3 - 2 / 31) + 2 / 31) ** 2
        y = c[i] if isnan(y) else y + pull * (c[i] - y)
        out[i] = y
    return out


def add_returns(f, b):
    c = b.close
    f['returns'] = np.log(c / lag(c, 1))
    f['log_returns'] = f['returns']
    for k in (2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 96, 120):
        f[f'returns_{k}'] = np.log(c / lag(c, k))
    for name, k in (('momentum_1h', 4), ('momentum_4h', 16), ('momentum_24h', 96)):
        f[name] = 100 * (c / lag(c, k) - 1)
    f['momentum_acceleration'] = f['momentum_1h'] - lag(f['momentum_1h'], 4)
    f['roc'] = 100 * (c - lag(c, 10)) / lag(c, 10)


def add_means(f, b):
    c = b.close
    for w in (5, 10, 20, 50, 100, 200):
        f[f'sma_{w}'] = mean(c, w)
        f[f'close_sma_{w}_ratio'] = c / f[f'sma_{w}']
    for w in (5, 10, 12, 20, 26, 50):
        f[f'ema_{w}'] = ema(c, w)
        f[f'close_ema_{w}_ratio'] = c / f[f'ema_{w}']
    for fast, slow in ((5, 20), (10, 50), (20, 50), (50, 200)):
        f[f'sma_cross_{fast}_{slow}'] = (f[f'sma_{fast}'] - f[f'sma_{slow}']) / c
    f['vwma_20'] = divide(total(c * b.volume, 20), total(b.volume, 20), f['sma_20'])
    f['close_vwma_ratio'] = c / f['vwma_20']
    for w in (20, 60, 120):
        steps = np.arange(w, dtype=float)
        f[f'trend_line_{w}_slope'] = line(c, w) / c
        f[f'trend_line_{w}_fit'] = roll(c, w, lambda window: correlation_of(steps, window))


def add_directions(f, b):
    h, l, c = b.high, b.low, b.close
    f['atr'] = f['atr_14'] = average_true_range(b, 14)
    f['atr_21'] = average_true_range(b, 21)
    f['atr_pct'] = np.minimum(f['atr'] / c, 0.2)
    adx, plus, minus = directional_movement(b)
    f['adx'], f['adx_pos'], f['adx_neg'] = adx, plus, minus
    f['adxr'] = mean(adx, 14)
    strong = adx > 25
    f['market_regime'] = flag(strong & (plus > minus), adx) - flag(strong & (minus > plus), adx)
    stop = parabolic(b)
    f['psar'] = stop
    f['psar_trend'] = flag(c > stop, stop)
    f['psar_distance'] = (c - stop) / c
    f['psar_distance_normalized'] = divide(c - stop, f['atr'], 0.0)
    f['aroon_up'] = aroon(h, 25, np.argmax)
    f['aroon_down'] = aroon(l, 25, np.argmin)
    f['aroon_oscillator'] = f['aroon_up'] - f['aroon_down']
    h4, h8, l4, l8 = lag(h, 4), lag(h, 8), lag(l, 4), lag(l, 8)
    f['uptrend_structure'] = flag((h > h4) & (h4 > h8) & (l > l4) & (l4 > l8), h8)
    f['downtrend_structure'] = flag((h < h4) & (h4 < h8) & (l < l4) & (l4 < l8), h8)


def add_cloud(f, b):
    def middle(w):
        return (highest(b.high, w) + lowest(b.low, w)) / 2

    c = b.close
    f['ichimoku_conversion'], f['ichimoku_base'] = middle(9), middle(26)
    f['ichimoku_span_a'] = (f['ichimoku_conversion'] + f['ichimoku_base']) / 2
    f['ichimoku_span_b'] = middle(52)
    f['ichimoku_cloud_thickness'] = (f['ichimoku_span_a'] - f['ichimoku_span_b']) / c
    f['price_vs_cloud'] = (c - (f['ichimoku_span_a'] + f['ichimoku_span_b']) / 2) / c


def add_paces(f, b):
    """Changes of short means, and how straight the way was."""
    c = b.close
    for name, w, bound in (('trend_1h', 4, 0.1), ('trend_4h', 16, 0.2)):
        a = mean(c, w)
        change = (a - lag(a, w)) / lag(a, w)
        f[name] = 100 * np.clip(change, -bound, bound)
        usual = 100 * mean(f['atr_pct'], w)
        f[f'{name}_strength'] = np.clip(divide(f[name], usual, 0.0), -10, 10)
    f['efficiency_ratio'] = divide(np.abs(c - lag(c, 20)), total(np.abs(c - lag(c, 1)), 20), 0.0)
    f['kama'] = adaptive_mean(c)


def add(f, b):
    add_returns(f, b)
    add_means(f, b)
    add_directions(f, b)
    add_cloud(f, b)
    add_paces(f, b)
