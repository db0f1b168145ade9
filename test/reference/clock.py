"""The time of the bar's opening, UTC."""

from datetime import datetime, timezone

import numpy as np

from windows import flag


def circle(x, period):
    return np.sin(2 * np.pi * x / period), np.cos(2 * np.pi * x / period)


def add(f, b):
    moments = [datetime.fromtimestamp(int(t) / 1000, timezone.utc) for t in b.time]

    def column(read):
        return np.array([float(read(moment)) for moment in moments])

    hour = f['hour'] = column(lambda moment: moment.hour)
    f['minute'] = column(lambda moment: moment.minute)
    weekday = f['dayofweek'] = column(lambda moment: moment.weekday())
    f['day'], f['month'] = column(lambda moment: moment.day), column(lambda moment: moment.month)
    f['hour_sin'], f['hour_cos'] = circle(hour, 24)
    f['dow_sin'], f['dow_cos'] = circle(weekday, 7)
    f['month_sin'], f['month_cos'] = circle(f['month'], 12)
    minutes = hour * 60 + f['minute']
    f['day_sin'], f['day_cos'] = circle(minutes, 1440)
    f['week_sin'], f['week_cos'] = circle(weekday * 1440 + minutes, 10080)
    f['is_weekend'] = flag(weekday >= 5)
    f['asian_session'] = flag(hour < 8)
    f['european_session'] = flag((hour >= 7) & (hour < 16))
    f['american_session'] = flag((hour >= 13) & (hour < 22))
    f['session_overlap'] = flag(f['asian_session'] + f['european_session'] + f['american_session'] > 1)
    cycles = {'hour_cycle': 60, 'four_hour_cycle': 240, 'funding_cycle': 480, 'half_day_cycle': 720}
    for name, period in cycles.items():
        f[f'{name}_sin'], f[f'{name}_cos'] = circle(minutes % period, period)
    week = weekday * 1440 + minutes
    f['half_week_cycle_sin'], f['half_week_cycle_cos'] = circle(week % 5040, 5040)
    f['month_cycle_sin'], f['month_cycle_cos'] = circle(f['day'], 31)
    f['day_progress'], f['week_progress'] = minutes / 1440, week / 10080
    f['us_market_hours'] = flag((weekday < 5) & (minutes >= 13 * 60 + 30) & (minutes < 20 * 60))
    f['is_monday'] = flag(weekday == 0)
