"""Figures over windows, symbols and moments, by hand."""
import unittest

import numpy as np

from training.metrics import correlation
from training.report import Rows, apart, horizon_report, spread, windows_of

BAR = 900_000


def invented_rows(bars: int = 103, symbols: tuple = ("ONE", "TWO"), seed: int = 1) -> Rows:
    random = np.random.default_rng(seed)
    count = bars * len(symbols)
    came, noise = random.standard_normal(count), random.standard_normal(count)
    probabilities = random.dirichlet([1, 1, 1], count)
    return Rows(
        np.tile(np.arange(bars) * BAR, len(symbols)), np.repeat(np.array(symbols), bars),
        0.01 * (came + noise), 0.01 * came, probabilities, random.integers(0, 3, count),
    )


class Parts(unittest.TestCase):
    def test_a_spread_leaves_out_what_is_undefined(self) -> None:
        found = spread([0.1, None, 0.3])
        self.assertEqual((found["n"], found["undefinedCount"]), (2, 1))
        self.assertAlmostEqual(found["variance"], 0.02)
        self.assertAlmostEqual(found["meanByStd"], 0.2 / 0.02**0.5)
        self.assertEqual((found["min"], found["max"]), (0.1, 0.3))

    def test_equal_values_have_no_deviation_and_no_ratio(self) -> None:
        found = spread([1 / 3] * 10)
        self.assertEqual(found["variance"], 0)
        self.assertIsNone(found["meanByStd"])
        self.assertIsNone(spread([None])["mean"])
        self.assertIsNone(spread([0.5])["std"])

    def test_windows_have_as_many_moments_each_and_keep_symbols_together(self) -> None:
        times = np.tile(np.arange(25), 2)
        windows = windows_of(times, 10)
        self.assertEqual([len(rows) for rows in windows], [4, 6] * 5)
        np.testing.assert_array_equal(np.sort(np.concatenate(windows)), np.arange(50))
        np.testing.assert_array_equal(np.unique(times[windows[1]]), [2, 3, 4])
        self.assertEqual(len(windows_of(np.arange(4), 10)), 4)

    def test_outcomes_apart_share_no_bar(self) -> None:
        times, symbols = np.array([0, 1, 2, 3, 4, 7, 8, 1, 3]), np.array(["A"] * 7 + ["B"] * 2)
        np.testing.assert_array_equal(np.flatnonzero(apart(times, symbols, 3)), [0, 3, 5, 7])
        self.assertTrue(apart(times, symbols, 1).all())


class Report(unittest.TestCase):
    def test_errors_and_coefficients_over_windows(self) -> None:
        rows = invented_rows()
        metrics = horizon_report(rows, BAR)["metrics"]
        errors = rows.returns - rows.actual_returns
        self.assertAlmostEqual(metrics["mae"], np.abs(errors).mean())
        self.assertAlmostEqual(metrics["rmse"], np.sqrt((errors**2).mean()))
        self.assertAlmostEqual(metrics["bias"], errors.mean())
        place = rows.times // BAR
        edges = [i * 103 // 10 for i in range(11)]
        ics = [
            np.corrcoef(rows.returns[inside], rows.actual_returns[inside])[0, 1]
            for inside in ((place >= a) & (place < b) for a, b in zip(edges, edges[1:]))
        ]
        self.assertAlmostEqual(metrics["icMean"], np.mean(ics))
        self.assertAlmostEqual(metrics["icStd"], np.std(ics, ddof=1))
        self.assertAlmostEqual(metrics["icir"], np.mean(ics) / np.std(ics, ddof=1))

    def test_coefficients_over_time_take_outcomes_that_share_no_bar(self) -> None:
        rows = invented_rows()
        report = horizon_report(rows, 4 * BAR)
        each = [
            correlation(rows.returns[start : start + 103 : 4], rows.actual_returns[start : start + 103 : 4])
            for start in (0, 103)
        ]
        self.assertEqual([item["n"] for item in report["symbols"]], [26, 26])
        self.assertAlmostEqual(report["metrics"]["icTs"], np.mean(each))

    def test_two_symbols_have_no_cross_section_and_six_have_one(self) -> None:
        self.assertIsNone(horizon_report(invented_rows(), BAR)["metrics"]["icCs"])
        rows = invented_rows(20, ("A", "B", "C", "D", "E", "F"))
        each = [np.corrcoef(rows.returns[at::20], rows.actual_returns[at::20])[0, 1] for at in range(20)]
        self.assertAlmostEqual(horizon_report(rows, BAR)["metrics"]["icCs"], np.mean(each))

    def test_calls_and_bins_add_up(self) -> None:
        rows = invented_rows()
        report = horizon_report(rows, BAR)
        called = rows.probabilities.argmax(axis=1)
        per_class = report["classification"]["perClass"]
        for at, item in enumerate(per_class):
            hits = int(((called == at) & (rows.actual == at)).sum())
            self.assertAlmostEqual(item["precision"], hits / (called == at).sum())
            self.assertAlmostEqual(item["recall"], hits / (rows.actual == at).sum())
        self.assertAlmostEqual(report["metrics"]["macroRecall"], np.mean([item["recall"] for item in per_class]))
        self.assertEqual(sum(item["n"] for item in report["calibration"]["bins"]), 206)
        self.assertIsNone(report["calibration"]["bins"][0]["confidence"])

    def test_a_class_that_nobody_called_has_no_precision(self) -> None:
        rows = invented_rows()
        neutral = Rows(rows.times, rows.symbols, rows.returns, rows.actual_returns,
                       np.tile([0.2, 0.2, 0.6], (206, 1)), rows.actual)
        report = horizon_report(neutral, BAR)
        self.assertIsNone(report["classification"]["perClass"][0]["precision"])
        self.assertAlmostEqual(report["metrics"]["macroPrecision"], (rows.actual == 2).mean())
        self.assertIsNone(report["metrics"]["hitRate"])


if __name__ == "__main__":
    unittest.main()
