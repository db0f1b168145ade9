"""Volume, and what trades do to prices."""

import numpy as np

from windows import correlation, divide, flag, follow, highest, lag, mean, own_correlation, std, total, weighted_history


def money_flow(b):
    """Volume times the place of the close in the bar, -1 to 1; 0 for a flat bar."""
    return b.volume * divide((b.close - b.low) - (b.high - b.close), b.high - b.low, 0.0)


def add_turnover(f, b):
    """The reference holds quotients within 1000, which makes its vwap wrong for higher prices; kept on purpose."""
    c, v, q = b.close, b.volume, b.turnover
    f['volume_ratio'] = np.minimum(divide(v, mean(v, 20), 1.0), 1000)
    f['turnover_ratio'] = np.minimum(divide(q, mean(q, 20), 1.0), 1000)
    held = np.minimum(divide(q, v, np.inf), 1000)
    held = np.where(v == 0, c, held)
    f['vwap'] = np.where((held < 0.5 * c) | (held > 2 * c), c, held)
    t = np.clip(c / f['vwap'], 0.7, 1.3)
    f['close_vwap_ratio'] = np.where((t < 0.95) | (t > 1.05), 1.0, t)
    f['vwap_extreme_deviation'] = flag((t < 0.85) | (t > 1.15))


def add_balance(f, b):
    c, v = b.close, b.volume
    before = lag(c, 1)
    f['accumulation_distribution'] = np.cumsum(money_flow(b))
    sided = np.where(c > before, v, -v)
    sided[0] = np.nan
    s = total(sided, 100)
    f['obv'] = np.sign(s) * np.log1p(np.abs(s))
    f['obv_ema'] = follow(f['obv'], 2 / 21, 1)
    f['obv_divergence'] = f['obv'] - f['obv_ema']
    balance = np.cumsum(np.where(c < before, -v, v))
    f['obv_trend'] = flag(balance > weighted_history(balance, 20))
    f['obv_normalized'] = np.clip(divide(f['obv'], np.log(1 + mean(v, 100)), 0.0), -20, 20)
    f['cmf'] = divide(total(money_flow(b), 20), total(v, 20), 0.0)


def add_amounts(f, b):
    v = b.volume
    for name, w in (('4h', 16), ('8h', 32), ('12h', 48), ('24h', 96)):
        f[f'volume_cumsum_{name}'] = np.log(1 + total(v, w))
        f[f'volume_cumsum_{name}_ratio'] = np.minimum(divide(total(v, w), w * mean(v, 4 * w), 1.0), 10)
    for fast, slow in ((5, 20), (10, 60), (20, 120)):
        f[f'volume_trend_{fast}_{slow}'] = divide(mean(v, fast), mean(v, slow), 1.0)
    score = f['volume_zscore'] = np.clip(divide(v - mean(v, 96), std(v, 96), 0.0), -50, 50)
    f['volume_spike'] = f['news_risk'] = flag(score > 3, score)
    f['volume_spike_magnitude'] = np.clip(score, 0, 10)
    for w in (20, 60):
        f[f'volume_variation_{w}'] = divide(std(v, w), mean(v, w), 0.0)


def add_impact(f, b):
    c, v, q, r = b.close, b.volume, b.turnover, f['returns']
    p = np.abs(c / lag(c, 1) - 1)
    f['dollar_volume'] = v * c
    f['price_impact'] = np.minimum(100 * np.abs(r) / np.log10(v * c + 100), 0.1)
    f['price_impact_log'] = np.minimum(np.abs(r) / np.log(v + 10), 10)
    f['toxicity'] = np.clip(np.exp(-20 * f['price_impact']), 0.3, 1)
    illiquidity = f['amihud_illiquidity'] = mean(divide(p, q, 0.0), 20)
    f['amihud_ma'] = mean(np.minimum(divide(1e6 * np.abs(r), q, 0.0), 100), 20)
    f['kyle_lambda'] = divide(mean(p, 20), mean(v, 20), 0.0)
    f['volatility_volume_ratio'] = np.minimum(divide(std(r, 10), std(v, 10), 0.0), 10)
    f['volume_volatility_ratio'] = np.minimum(divide(v / (mean(v, 96) + 1), 100 * f['realized_vol'], 1.0), 100)
    usual = mean((b.high - b.low) / c, 4)
    f['liquidity_score'] = np.log(1 + mean(v, 4) / (1000 * np.clip(usual, 1e-4, 1)))
    f['liquidity_rank'] = np.ones(len(c))
    below = 1 - divide(illiquidity, highest(illiquidity, 100), 1.0)
    f['liquidity_adj_returns'] = (c / lag(c, 1) - 1) * below
    for fast, slow in ((5, 60), (5, 120)):
        short = divide(mean(p, fast), mean(v, fast), 0.0)
        f[f'relative_impact_{fast}_{slow}'] = divide(short, divide(mean(p, slow), mean(v, slow), 0.0), 1.0)


def add_flow(f, b):
    o, h, l, c, v = b.open, b.high, b.low, b.close, b.volume
    f['hl_spread'] = (h - l) / c
    f['hl_spread_ma'] = mean(f['hl_spread'], 20)
    f['price_direction'] = np.sign(c - o)
    f['directed_volume'] = v * np.sign(c - o)
    for w, name in ((10, 'volume_imbalance'), (5, 'volume_imbalance_5'), (20, 'volume_imbalance_20'),
                    (60, 'volume_imbalance_60')):
        f[name] = divide(total(f['directed_volume'], w), total(v, w), 0.0)
    for w in (5, 10, 20, 60):
        f[f'ofi_{w}'] = divide(total(v * np.sign(c - lag(c, 1)), w), total(v * (1 + 0 * lag(c, 1)), w), 0.0)
    f['order_flow_imbalance'] = f['ofi_10']
    f['vpin'] = divide(np.abs(total(v * (np.where(c > o, 1.0, 0.0) - 0.5), 50)), total(v, 50), 0.0)
    f['flow_response_60'] = correlation(f['returns'], f['directed_volume'], 60)
    growth = divide(v, lag(v, 1), 1.0) - 1
    f['ofi_persistence'] = own_correlation(growth, 20, 1)


def add(f, b):
    add_turnover(f, b)
    add_balance(f, b)
    add_amounts(f, b)
    add_impact(f, b)
    add_flow(f, b)
