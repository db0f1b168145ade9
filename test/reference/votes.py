"""What is made of other features: votes, risk, leverage."""

import numpy as np

from windows import divide, flag, highest, lag, lowest, mean, run_length, std


def add_votes(f, b):
    adx, plus, minus = f['adx'], f['adx_pos'], f['adx_neg']
    near, far = f['close_sma_20_ratio'], f['close_sma_50_ratio']
    long = [f['rsi'] < 30, f['macd_diff'] > 0, f['bb_position'] < 0.2, f['stoch_k'] < 20,
            (adx > 25) & (plus > minus), near > far]
    short = [f['rsi'] > 70, f['macd_diff'] < 0, f['bb_position'] > 0.8, f['stoch_k'] > 80,
             (adx > 25) & (minus > plus), near < far]
    for name, votes in (('long', long), ('short', short)):
        count = np.sum(votes, axis=0).astype(float)
        count[np.isnan(far)] = np.nan
        f[f'indicators_count_{name}'], f[f'indicators_consensus_{name}'] = count, count / 6
        votes[-1] = far > near if name == 'long' else far < near
        upright = np.sum(votes, axis=0).astype(float)
        upright[np.isnan(far)] = np.nan
        f[f'votes_{name}'] = upright / 6
    f['votes_balance'] = f['votes_long'] - f['votes_short']
    active = np.clip(divide(b.volume, mean(b.volume, 100), 1.0), 0, 2)
    f['signal_strength'] = np.clip(0.3 * adx / 100 + 0.3 * np.abs(f['rsi'] - 50) / 50 + 0.1 + 0.1 * active, 0, 1)
    calm = mean(f['atr_pct'], 20) < 0.7 * mean(f['atr_pct'], 100)
    spring = (f['volatility_squeeze'] == 1) & (f['volume_spike'] == 1) & calm
    f['spring_pattern'] = flag(spring, mean(f['atr_pct'], 100))


def add_heuristics(f, b):
    """Names of the list of 240 that had no definition of their own."""
    h, l, c = b.high, b.low, b.close
    counts = f['indicators_count_long'], f['indicators_count_short']
    larger = np.maximum(*counts) / 6
    f['signal_consistency'] = np.abs(counts[0] - counts[1]) / 6
    f['confirmation_score'] = larger * np.minimum(f['volume_ratio'], 2) / 2
    f['entry_quality'] = np.clip(0.4 * f['signal_strength'] + 0.4 * larger + 0.2 * f['efficiency_ratio'], 0, 1)
    f['rally_strength'] = np.clip(divide(c - lowest(l, 20), f['atr'], 0.0), 0, 20)
    above, below = run_length(flag(c > f['sma_20'], f['sma_20'])), run_length(flag(c < f['sma_20'], f['sma_20']))
    f['rally_duration'] = np.minimum(above, 96) - np.minimum(below, 96)
    gain, loss = highest(h, 50) - c, c - lowest(l, 50)
    f['risk_reward_ratio'] = np.clip(divide(gain, loss, np.where(gain == 0, 1.0, 10.0)), 0, 10)
    f['breakout_probability'] = mean(f['donchian_breakout'], 96)
    f['mean_reversion_score'] = -np.clip(f['z_score'], -5, 5) * (1 - f['efficiency_ratio'])


def add_leverage(f, b):
    h, l, c = b.high, b.low, b.close
    leverage = f['current_leverage'] = np.clip(0.05 / (mean(f['atr_pct'], 24) + 0.001), 3, 10)
    f['long_liquidation_price'] = c * (1 - 1 / leverage + 0.005)
    f['short_liquidation_price'] = c * (1 + 1 / leverage - 0.005)
    down = f['long_liquidation_distance_pct'] = 100 * (1 / leverage - 0.005)
    up = f['short_liquidation_distance_pct'] = 100 * (1 / leverage - 0.005)
    fall, rise = lowest(l, 96) / lag(c, 96) - 1, highest(h, 96) / lag(c, 96) - 1
    f['long_liquidation_risk'] = mean(flag(np.abs(fall) > down / 100, fall, down), 96)
    f['short_liquidation_risk'] = mean(flag(rise > up / 100, rise, up), 96)
    daily = f['realized_vol_daily']
    f['optimal_leverage'] = np.clip(0.2 / (daily + 0.01), 1, 10)
    f['safe_leverage'] = np.clip(0.1 / (daily + 0.01), 1, 5)
    r = f['returns']
    deviation = std(r, 96)
    f['cascade_risk'] = flag((f['volume_spike'] == 1) & (np.abs(r) > 2 * deviation), deviation)
    f['recommended_position_size'] = np.minimum(divide(2, f['var_95'] * leverage, 1e6), 1e6)
    f['funding_proxy'] = 0.01 * f['momentum_1h']
    f['long_holding_cost_daily'] = 3 * f['funding_proxy']
    f['short_holding_cost_daily'] = -3 * f['funding_proxy']


def add(f, b):
    add_votes(f, b)
    add_heuristics(f, b)
    add_leverage(f, b)
