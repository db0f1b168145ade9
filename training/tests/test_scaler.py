"""The scaler."""
import unittest

import numpy as np

from training.run import scaling_rows
from training.scaler import apply_scaler, fit_scaler
from training.settings import ScalerSettings, settings_of

from .invented import invented_series


class Scaler(unittest.TestCase):
    def test_it_is_fitted_on_bars_before_validation_alone(self) -> None:
        series = invented_series()
        settings = settings_of({"split": {"validation_from": "1970-01-03", "test_from": "1970-01-04"}})
        kept = scaling_rows([series], settings)
        later = series.features.copy()
        later[2 * 96 :] = 1e9
        changed = type(series)(series.symbol, series.source, series.times, later, series.returns, series.directions, series.risks)
        self.assertEqual(len(kept), 2 * 96)
        np.testing.assert_array_equal(kept, scaling_rows([changed], settings))

    def test_the_middle_half_becomes_the_gain_wide(self) -> None:
        rows = np.random.default_rng(1).standard_normal((5000, 2)) * [3, 200] + [1, -50]
        scaled = apply_scaler(rows, fit_scaler(rows, ["a", "b"], ScalerSettings(gain=0.5, clip=100)))
        low, high = np.percentile(scaled, [25, 75], axis=0)
        np.testing.assert_allclose(high - low, 0.5, rtol=1e-4)
        np.testing.assert_allclose(np.median(scaled, axis=0), 0, atol=1e-6)

    def test_extremes_are_cut(self) -> None:
        rows = np.concatenate([np.linspace(-1, 1, 101), [1e6]])[:, None]
        scaled = apply_scaler(rows, fit_scaler(rows, ["a"], ScalerSettings(gain=0.001, clip=5)))
        self.assertAlmostEqual(float(scaled.max()), 0.005, places=9)

    def test_a_flag_has_its_deviation_and_a_constant_the_scale_of_one(self) -> None:
        rows = np.stack([np.arange(100) == 7, np.full(100, 3.0)], axis=1).astype(float)
        spec = fit_scaler(rows, ["flag", "constant"], ScalerSettings(gain=1))
        self.assertAlmostEqual(spec["scale"][0], rows[:, 0].std())
        self.assertEqual(spec["scale"][1], 1)


if __name__ == "__main__":
    unittest.main()
