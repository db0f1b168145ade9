"""Against the closes of another market at the same times."""

import numpy as np

from orders import slope
from windows import correlation, flag, lag, mean, std


def add(f, b, other):
    r = f['returns']
    c, theirs = b.close, np.log(other / lag(other, 1))
    f['btc_close'], f['btc_returns'] = other, theirs
    f['btc_correlation'] = correlation(r, theirs, 96)
    for w in (30, 96, 240):
        f[f'correlation_{w}'] = correlation(r, theirs, w)
    near = f['btc_correlation']
    f['correlation_cluster'] = flag(near >= 0.3, near) + flag(near >= 0.7, near)
    f['relative_strength_btc'] = c / other
    f['rs_btc_ma'] = mean(c / other, 20)
    f['relative_strength_ratio_20'] = (c / other) / mean(c / other, 20) - 1
    # The markets of the ranks and sector means are two: this one, alone in its sector, and the other.
    f['sector_returns'], f['relative_to_sector'] = r, r - r
    places = np.where(r > theirs, 2.0, np.where(r < theirs, 1.0, 1.5))
    f['returns_rank'] = np.where(np.isnan(r + theirs), np.nan, places / 2)
    f['is_momentum_leader'] = np.where(np.isnan(lag(c, 96)), np.nan, 1.0)
    for w in (96, 240):
        f[f'beta_{w}'] = slope(r, theirs, w)
    f['idiosyncratic_96_return'] = r - f['beta_96'] * theirs
    f['idiosyncratic_96_volatility'] = std(r, 96) * np.sqrt(1 - correlation(r, theirs, 96) ** 2)
    for k in (1, 4, 16, 96):
        f[f'relative_return_{k}'] = np.log(c / lag(c, k)) - np.log(other / lag(other, k))
    f['benchmark_lead_96'] = correlation(r, lag(theirs, 1), 96)
