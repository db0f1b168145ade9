"""Figures, intervals and the book of openings."""
import tempfile
import unittest
from pathlib import Path

import numpy as np

from training.bootstrap import intervals, moments_of, resampled_rows
from training.calibration import own_temperature
from training.ledger import Ledger, TestPeriodError
from training.metrics import average_ranks, calibration_figures, class_figures, confusion, rank_correlation, softmax


class Metrics(unittest.TestCase):
    def test_ranks_are_shared_by_equals(self) -> None:
        np.testing.assert_array_equal(average_ranks(np.array([30, 10, 30, 20])), [3.5, 1, 3.5, 2])

    def test_rank_correlation_sees_order_alone(self) -> None:
        x = np.linspace(-2, 2, 50)
        self.assertAlmostEqual(rank_correlation(x, np.exp(x)), 1)
        self.assertIsNone(rank_correlation(x, np.zeros(50)))

    def test_f1_by_hand(self) -> None:
        figures = class_figures(confusion(np.array([0, 0, 1, 2, 2, 2]), np.array([0, 1, 1, 2, 2, 0])))
        np.testing.assert_allclose(figures["f1"], [0.5, 2 / 3, 0.8])
        self.assertAlmostEqual(figures["directionalF1"], 2 * 2 / (3 + 4))
        self.assertAlmostEqual(figures["accuracy"], 4 / 6)

    def test_calibration_by_hand(self) -> None:
        probabilities = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1]])
        figures = calibration_figures(probabilities, np.array([0, 1]))
        self.assertAlmostEqual(figures["ece"], 0.1)
        self.assertAlmostEqual(figures["brier"], (0.16 + 0.09 + 0.01 + 0.36 + 0.49 + 0.01) / 2)

    def test_a_temperature_that_was_put_in_is_found(self) -> None:
        random = np.random.default_rng(1)
        logits = random.standard_normal((20000, 3))
        truth = softmax(logits)
        came = (truth.cumsum(axis=1) < random.random(20000)[:, None]).sum(axis=1)
        self.assertAlmostEqual(own_temperature(softmax(2.5 * logits), came), 2.5, delta=0.1)


class Bootstrap(unittest.TestCase):
    def test_symbols_of_a_moment_are_drawn_together(self) -> None:
        times = np.tile(np.arange(100), 2)
        rows = resampled_rows(moments_of(times), 10, np.random.default_rng(1))
        self.assertEqual(len(rows), 200)
        np.testing.assert_array_equal(np.bincount(times[rows], minlength=100) % 2, 0)

    def test_an_interval_holds_the_mean_that_was_put_in(self) -> None:
        values = np.random.default_rng(2).standard_normal(2000)
        values += 0.3 - values.mean()
        found = intervals(lambda rows: {"mean": values[rows].mean()}, np.arange(2000), 20, 300)["mean"]
        self.assertLess(found["low"], 0.3)
        self.assertGreater(found["high"], 0.3)
        self.assertLess(found["high"] - found["low"], 0.15)


class Book(unittest.TestCase):
    def test_a_second_model_needs_a_reason_and_is_counted(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            ledger = Ledger(Path(place) / "openings.jsonl")
            frozen = lambda name: {"sha256": name, "run": {"candles": {"a": "1"}, "settings": {"name": name}}}
            self.assertEqual(ledger.open(frozen("one")), 1)
            self.assertEqual(ledger.open(frozen("one")), 1)
            with self.assertRaises(TestPeriodError):
                ledger.open(frozen("two"))
            self.assertEqual(ledger.open(frozen("two"), "the first had a mistake"), 2)
            self.assertEqual(len(ledger.openings()), 3)


if __name__ == "__main__":
    unittest.main()
