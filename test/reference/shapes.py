"""Shapes of single candles and of two or three in a row."""

import numpy as np

from windows import divide, flag, lag, mean, run_length


def add_levels(f, b):
    h, l, c = b.high, b.low, b.close
    f['high_low_ratio'] = h / l
    f['close_open_ratio'] = c / b.open
    f['close_position'] = divide(c - l, h - l, 0.5)
    pivot = f['pivot'] = (h + l + c) / 3
    f['resistance1'], f['support1'] = 2 * pivot - l, 2 * pivot - h
    f['resistance2'], f['support2'] = pivot + (h - l), pivot - (h - l)
    f['dist_to_resistance1'] = (f['resistance1'] - c) / c
    f['dist_to_support1'] = (c - f['support1']) / c


def add_proportions(f, b):
    o, h, l, c = b.open, b.high, b.low, b.close
    span, upper, lower = h - l, h - np.maximum(o, c), np.minimum(o, c) - l
    f['body_ratio'] = divide(c - o, span, 0.0)
    f['upper_shadow_ratio'], f['lower_shadow_ratio'] = divide(upper, span, 0.0), divide(lower, span, 0.0)
    f['gap_ratio'] = o / lag(c, 1)
    f['relative_range_20'] = divide(span, mean(span, 20), 1.0)
    f['shadow_balance_20'] = divide(mean(lower, 20) - mean(upper, 20), mean(span, 20), 0.0)
    f['rising_run'], f['falling_run'] = run_length(flag(c > o)), run_length(flag(c < o))
    f['rising_share_20'] = mean(flag(c > o), 20)


def add_patterns(f, b):
    o, h, l, c = b.open, b.high, b.low, b.close
    body, upper, lower = np.abs(c - o), h - np.maximum(o, c), np.minimum(o, c) - l
    f['doji_pattern'] = flag((h > l) & (body <= 0.1 * (h - l)))
    f['hammer_pattern'] = flag((body > 0) & (lower >= 2 * body) & (upper <= 0.5 * body))
    o1, c1, o2, c2 = lag(o, 1), lag(c, 1), lag(o, 2), lag(c, 2)
    f['engulfing_pattern'] = flag((c1 < o1) & (c > o) & (o <= c1) & (c >= o1), c1) - flag(
        (c1 > o1) & (c < o) & (o >= c1) & (c <= o1), c1
    )
    small = lag(body, 1) <= 0.3 * lag(body, 2)
    f['morning_star'] = flag((c2 < o2) & small & (c > o) & (c > (o2 + c2) / 2), c2)
    f['evening_star'] = flag((c2 > o2) & small & (c < o) & (c < (o2 + c2) / 2), c2)
    up = (c > o) & (c1 > o1) & (c2 > o2) & (c > c1) & (c1 > c2)
    up = up & (o >= o1) & (o <= c1) & (o1 >= o2) & (o1 <= c2)
    down = (c < o) & (c1 < o1) & (c2 < o2) & (c < c1) & (c1 < c2)
    down = down & (o <= o1) & (o >= c1) & (o1 <= o2) & (o1 >= c2)
    f['three_soldiers'] = flag(up, c2) - flag(down, c2)


def add(f, b):
    add_levels(f, b)
    add_proportions(f, b)
    add_patterns(f, b)
