"""Volatility and channels."""

from math import log

import numpy as np

from windows import NAN, divide, ema, flag, highest, lag, lowest, mean, quantile, run_length, std, std0


def add_deviations(f, b):
    c, r = b.close, f['returns']
    p = c / lag(c, 1) - 1
    for w in (5, 10, 15, 20, 30, 45, 60, 90, 120):
        f[f'volatility_{w}'] = std(r, w)
    f['realized_vol_1h'] = std(p, 240) * np.sqrt(240)
    f['realized_vol_daily'] = f['realized_vol'] = std(r, 96) * np.sqrt(96)
    f['realized_vol_annual'] = std(r, 96) * np.sqrt(35040)
    f['realized_vol_5m'] = std(p, 20) * np.sqrt(20)
    f['realized_vol_15m'] = std(p, 60) * np.sqrt(60)
    f['garch_vol'] = np.sqrt(0.94 * std(p, 20) ** 2 + 0.06 * p**2)
    f['idio_vol'] = std(p, 50)
    if len(c) > 1012:
        low, high = quantile(f['atr'], 1000, 0.25), quantile(f['atr'], 1000, 0.75)
        f['vol_regime'] = flag(f['atr'] > high, high) - flag(f['atr'] < low, low)
    else:
        f['vol_regime'] = np.full(len(c), NAN)
    deviation = std(p, 100)
    f['price_jump'] = flag(np.abs(p) > 3 * deviation, deviation)
    f['jump_intensity'] = mean(f['price_jump'], 50)
    for fast, slow in ((10, 60), (10, 120)):
        f[f'vol_ratio_{fast}_{slow}'] = divide(std(r, fast), std(r, slow), 1.0)


def add_range_volatility(f, b):
    o, h, l, c = b.open, b.high, b.low, b.close
    parkinson = np.log(h / l) ** 2 / (4 * log(2))
    drift_free = np.log(h / c) * np.log(h / o) + np.log(l / c) * np.log(l / o)
    for w in (20, 60):
        f[f'parkinson_vol_{w}'] = np.sqrt(mean(parkinson, w))
        f[f'rogers_satchell_vol_{w}'] = np.sqrt(mean(drift_free, w))


def add_bollinger(f, b):
    c, middle, s = b.close, mean(b.close, 20), std0(b.close, 20)
    f['bb_high'] = f['bb_upper'] = middle + 2 * s
    f['bb_low'] = f['bb_lower'] = middle - 2 * s
    f['bb_middle'] = middle
    f['bb_width'] = np.minimum(4 * s / c, 0.5)
    place = np.clip(divide(c - f['bb_low'], f['bb_high'] - f['bb_low'], 0.5), -2, 2)
    f['bb_position'] = np.clip(place, 0, 1)
    f['bb_breakout_upper'], f['bb_breakout_lower'] = flag(place > 1, place), flag(place < 0, place)
    f['bb_breakout_strength'] = 2 * np.abs(place - 0.5)
    f['z_score'] = np.clip(divide(c - middle, s, 0.0), -10, 10)
    squeeze = f['volatility_squeeze'] = flag(f['bb_width'] < 4 * f['atr'] / c, f['bb_width'], f['atr'])
    f['volatility_squeeze_duration'] = run_length(squeeze)
    centre, reach = ema(c, 20), 1.5 * f['atr']
    inside = (f['bb_high'] < centre + reach) & (f['bb_low'] > centre - reach)
    f['bb_squeeze'] = flag(inside, centre)
    f['bb_squeeze_duration'] = np.minimum(run_length(f['bb_squeeze']), 96)


def add_channels(f, b):
    h, l, c = b.high, b.low, b.close
    f['keltner_upper'] = mean((4 * h - 2 * l + c) / 3, 20)
    f['keltner_middle'] = mean((h + l + c) / 3, 20)
    f['keltner_lower'] = mean((-2 * h + 4 * l + c) / 3, 20)
    f['keltner_position'] = divide(c - f['keltner_lower'], f['keltner_upper'] - f['keltner_lower'], 0.5)
    for w in (20, 50, 100):
        top, bottom = highest(h, w), lowest(l, w)
        f[f'local_high_{w}'], f[f'local_low_{w}'] = top, bottom
        f[f'distance_from_high_{w}'], f[f'distance_from_low_{w}'] = (c - top) / c, (c - bottom) / c
        f[f'position_in_range_{w}'] = divide(c - bottom, top - bottom, 0.5)
    top, bottom = f['local_high_20'], f['local_low_20']
    f['donchian_upper'], f['donchian_lower'], f['donchian_middle'] = top, bottom, bottom + (top - bottom) / 2
    f['donchian_breakout'] = flag((c > lag(top, 1)) | (c < lag(bottom, 1)), lag(top, 1))
    f['support_level'], f['resistance_level'] = f['local_low_50'], f['local_high_50']
    f['sr_ratio'] = f['position_in_range_50']
    day_top, day_bottom = f['daily_high'], f['daily_low'] = highest(h, 96), lowest(l, 96)
    f['daily_range'] = np.minimum((day_top - day_bottom) / c, 0.5)
    place = f['position_in_daily_range'] = divide(c - day_bottom, day_top - day_bottom, 0.5)
    f['near_daily_high'], f['near_daily_low'] = flag(place > 0.9, place), flag(place < 0.1, place)


def add(f, b):
    add_deviations(f, b)
    add_range_volatility(f, b)
    add_bollinger(f, b)
    add_channels(f, b)
    side = np.where(b.close > f['sma_50'], 1.0, -1.0)
    narrow = 1 - divide(f['bb_width'], highest(f['bb_width'], 50), 1.0)
    f['trend_quality'] = f['adx'] / 100 * side * narrow
