"""Periods, and what may lie in them."""
import unittest

import numpy as np

from training.periods import example_rows, periods_of
from training.settings import ConfigurationError, checked, milliseconds, settings_of

BAR = 900_000
SPLIT = {"validation_from": "2024-03-01", "test_from": "2024-04-01", "embargo_bars": 48}


class Periods(unittest.TestCase):
    def setUp(self) -> None:
        start = milliseconds("2024-02-01")
        self.times = start + BAR * np.arange(90 * 96)
        self.settings = settings_of({"split": SPLIT})
        self.periods = periods_of(self.settings)

    def rows(self, name: str) -> np.ndarray:
        return example_rows(self.times, self.periods[name], 96, 48, BAR)

    def test_no_target_of_a_period_looks_at_a_bar_that_a_window_of_the_next_one_shows(self) -> None:
        for earlier, later in (("train", "validation"), ("validation", "test")):
            last_seen = self.times[self.rows(earlier)].max() + 48 * BAR
            first_shown = self.times[self.rows(later)].min() - 95 * BAR
            self.assertGreaterEqual((first_shown - last_seen) // BAR - 1, 48)

    def test_windows_and_targets_lie_within_their_period(self) -> None:
        rows = self.rows("validation")
        self.assertEqual(self.times[rows[0]] - 95 * BAR, milliseconds("2024-03-01") + 48 * BAR)
        self.assertEqual(self.times[rows[-1]] + 49 * BAR, milliseconds("2024-04-01"))

    def test_an_embargo_of_nothing_still_keeps_targets_apart(self) -> None:
        self.periods = periods_of(settings_of({"split": {**SPLIT, "embargo_bars": 0}}))
        last_seen = self.times[self.rows("train")].max() + 48 * BAR
        self.assertLess(last_seen, self.times[self.rows("validation")].min() - 95 * BAR)

    def test_dates_in_the_wrong_order_are_refused(self) -> None:
        with self.assertRaisesRegex(ConfigurationError, "before"):
            checked(settings_of({"split": {"validation_from": "2024-04-01", "test_from": "2024-03-01"}}))

    def test_an_unknown_setting_is_refused_by_its_path(self) -> None:
        with self.assertRaisesRegex(ConfigurationError, "training.epoch"):
            settings_of({"training": {"epoch": 3}})


if __name__ == "__main__":
    unittest.main()
