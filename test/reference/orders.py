"""Order flow: impact, imbalance, costs, and at what prices a window traded."""

import numpy as np

from windows import NAN, correlation, divide, lag, mean, mean_of, rank, roll2, total


def slope(y, x, w):
    """Least-squares slope of y on x; 0 where x does not move."""

    def measure(ys, xs):
        dx = xs - mean_of(xs)
        spread = np.dot(dx, dx)
        return 0.0 if spread == 0 else np.dot(dx, ys - mean_of(ys)) / spread

    return roll2(y, x, w, measure)


def high_low_spread(b):
    """Corwin and Schultz 2012, equations 14 and 18, for each pair of bars; negative estimates count as 0."""
    h, l = b.high, b.low
    square = np.log(h / l) ** 2
    beta = square + lag(square, 1)
    gamma = np.log(np.maximum(h, lag(h, 1)) / np.minimum(l, lag(l, 1))) ** 2
    unit = 3 - 2 * np.sqrt(2)
    alpha = (np.sqrt(2 * beta) - np.sqrt(beta)) / unit - np.sqrt(gamma / unit)
    return np.maximum(2 * (np.exp(alpha) - 1) / (1 + np.exp(alpha)), 0)


def covariance(x, y, w):
    return roll2(x, y, w, lambda a, b: np.dot(a - mean_of(a), b - mean_of(b)) / (w - 1))


def add_costs(f, b):
    r = f['returns']
    for w in (20, 60):
        f[f'spread_{w}_high_low'] = mean(high_low_spread(b), w)
        f[f'spread_{w}_bounce'] = 2 * np.sqrt(np.maximum(-covariance(r, lag(r, 1), w), 0))


def add_impact(f, b):
    v, r = b.volume, f['returns']
    for w in (30, 96):
        f[f'kyle_impact_{w}'] = np.clip(slope(r, f['directed_volume'], w) * mean(v, w), -1, 1)
    p = np.abs(b.close / lag(b.close, 1) - 1)
    cost = divide(p, v, 0.0)
    f['amihud_rank_96'] = rank(cost, 96)
    for fast in (5, 20):
        share = divide(mean(cost, fast), mean(cost, 120), 1.0)
        f[f'amihud_ratio_{fast}_120'] = np.log(np.clip(share, 1 / 1000, 1000))


def add_imbalance(f, b):
    v = b.volume
    signed = v * np.sign(b.close - lag(b.close, 1))
    for w in (5, 20):
        f[f'ofi_change_{w}'] = f[f'ofi_{w}'] - lag(f[f'ofi_{w}'], w)
    for w in (20, 60):
        f[f'flow_memory_{w}'] = correlation(signed, lag(signed, 1), w)
    for w in (45, 120):
        imbalance, amount = np.abs(total(signed, 5)), total(v + 0 * signed, 5)
        f[f'vpin_{w}'] = divide(total(imbalance, w), total(amount, w), 0.0)
    for w in (5, 20, 60):
        f[f'close_location_{w}'] = mean(2 * f['close_position'] - 1, w)
    span = b.high - b.low
    effort, result = divide(v, mean(v, 20), 1.0), divide(span, mean(span, 20), 1.0)
    share = divide(effort, result, np.where(effort > 0, np.inf, 1.0))
    f['effort_20'] = np.log(np.clip(share, 1 / 1000, 1000))


def profile_of(prices, volumes, low, high, bins=10):
    """Volume by price: bins of equal width from low to high, a price on an edge in the bin above."""
    place = np.clip(np.floor((prices - low) * bins / (high - low)).astype(int), 0, bins - 1)
    return np.array([volumes[place == k].sum() for k in range(bins)])


def value_area(table, share=0.7):
    """Bins around the fullest one: grown by the fuller neighbour, the upper of equals, until they hold the share."""
    first = last = int(np.argmax(table))
    while table[first : last + 1].sum() < share * table.sum():
        below = table[first - 1] if first > 0 else -1.0
        above = table[last + 1] if last < len(table) - 1 else -1.0
        if above >= below:
            last += 1
        else:
            first -= 1
    return first, last


def add_profile(f, b, w=96, bins=10):
    h, l, c, v = b.high, b.low, b.close, b.volume
    typical = (h + l + c) / 3
    names = ('control_distance', 'control_share', 'value_place', 'value_width', 'share_above')
    neutral = (0.0, 1.0, 0.5, 1.0, 0.5)
    out = {name: np.full(len(c), NAN) for name in names}
    for i in range(w - 1, len(c)):
        window = slice(i - w + 1, i + 1)
        low, high = l[window].min(), h[window].max()
        if v[window].sum() == 0 or low == high:
            for name, value in zip(names, neutral):
                out[name][i] = value
            continue
        table = profile_of(typical[window], v[window], low, high, bins)
        here = (c[i] - low) / (high - low)
        control = int(np.argmax(table))
        first, last = value_area(table)
        present = int(np.clip(np.floor(here * bins), 0, bins - 1))
        out['control_distance'][i] = here - (control + 0.5) / bins
        out['control_share'][i] = table[control] / table.sum()
        out['value_place'][i] = np.clip((here * bins - first) / (last + 1 - first), -1, 2)
        out['value_width'][i] = (last + 1 - first) / bins
        out['share_above'][i] = (table[present] / 2 + table[present + 1 :].sum()) / table.sum()
    for name in names:
        f[f'profile_{name}'] = out[name]


def add(f, b):
    add_costs(f, b)
    add_impact(f, b)
    add_imbalance(f, b)
    add_profile(f, b)
