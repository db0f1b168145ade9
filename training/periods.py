"""Who may see which bars: periods by date, and an embargo between them."""
from dataclasses import dataclass
from typing import Dict

import numpy as np

from .settings import BAR_MS, ConfigurationError, Settings, milliseconds

FOREVER = 2**62


@dataclass(frozen=True)
class Period:
    """Bars that open from `first` on and before `end`, in ms."""

    name: str
    first: int
    end: int


def periods_of(settings: Settings) -> Dict[str, Period]:
    """Training, validation and test. Each later one begins an embargo after its date."""
    split = settings.split
    if split.embargo_bars < 0:
        raise ConfigurationError("split.embargo_bars must not be negative.")
    embargo = split.embargo_bars * BAR_MS[settings.timeframe]
    validation, test = milliseconds(split.validation_from), milliseconds(split.test_from)
    return {
        "train": Period("train", -FOREVER, validation),
        "validation": Period("validation", validation + embargo, test),
        "test": Period("test", test + embargo, FOREVER),
    }


def example_rows(times: np.ndarray, period: Period, lookback: int, horizon: int, bar_ms: int) -> np.ndarray:
    """Rows of one symbol that may close a window of the period.

    Every bar of the window, and every bar that its targets look at, must lie within the period. So no target of one period
    looks at a bar that a window of the next one shows, and with an embargo there are as many bars between them.
    """
    rows = np.arange(lookback - 1, len(times))
    first = times[rows] - (lookback - 1) * bar_ms
    last = times[rows] + horizon * bar_ms
    return rows[(first >= period.first) & (last < period.end)]
