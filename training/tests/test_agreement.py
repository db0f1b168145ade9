"""Two evaluations held against each other, and what a card takes from a list of attempts."""
import copy
import unittest

import torch

from training.agreement import PARTS, AgreementError, agreement
from training.card_sections import unweighted_lines
from training.dataset import HORIZONS
from training.halves import halved_network, halved_weights
from training.network import UnifiedPatchTST
from training.report import horizon_report
from training.tried import by_subject, condensed

from .invented import small_settings
from .test_report import BAR, invented_rows


def both() -> tuple:
    """A report as the package tells it, with things of its own, and ours of the same rows."""
    own = horizon_report(invented_rows(), BAR)
    told = {**copy.deepcopy(own), "name": "4h", "intervals": {"ic": {"low": 0}}, "pending": 0}
    for item, symbol in zip(told["symbols"], ("ONE-15m", "TWO-15m")):
        item["symbol"] = symbol
    return {"horizons": [told]}, {"4h": own}


class Agreement(unittest.TestCase):
    def test_equal_reports_agree_in_hundreds_of_figures(self) -> None:
        found = agreement(*both())
        self.assertGreater(found["figures"], 250)
        self.assertEqual(found["largestDifference"], 0)

    def test_a_figure_that_differs_is_named_wherever_it_is(self) -> None:
        places = {
            "metrics.rankIcMean": lambda told: told["metrics"].update(rankIcMean=told["metrics"]["rankIcMean"] + 2e-4),
            "classification.confusion": lambda told: told["classification"]["confusion"][1].__setitem__(2, 0),
            "calibration.bins": lambda told: told["calibration"]["bins"][7].update(confidence=float("nan")),
            "symbols": lambda told: told["symbols"][1].update(n=3),
            "stability.ic.max": lambda told: told["stability"]["ic"].update(max=None),
            "metrics.icCs": lambda told: told["metrics"].update(icCs=0.0),
            "metrics.ece": lambda told: told["metrics"].pop("ece"),
            "4h.n": lambda told: told.update(n=205),
        }
        for name, spoil in places.items():
            evaluation, own = both()
            spoil(evaluation["horizons"][0])
            with self.subTest(name), self.assertRaisesRegex(AgreementError, name.replace(".", r"\.")):
                agreement(evaluation, own)

    def test_every_part_is_compared(self) -> None:
        for part in PARTS:
            evaluation, own = both()
            evaluation["horizons"][0][part] = None
            with self.subTest(part), self.assertRaises(AgreementError):
                agreement(evaluation, own)

    def test_less_than_the_tolerance_agrees_and_more_does_not(self) -> None:
        for by, right in ((0.9e-4, True), (1.1e-4, False)):
            evaluation, own = both()
            evaluation["horizons"][0]["metrics"]["brier"] += by
            if right:
                self.assertAlmostEqual(agreement(evaluation, own)["largestDifference"], by)
            else:
                self.assertRaises(AgreementError, agreement, evaluation, own)
                agreement(evaluation, own, 1e-3)

    def test_a_horizon_that_one_side_lacks_is_no_agreement(self) -> None:
        evaluation, own = both()
        self.assertRaises(AgreementError, agreement, evaluation, {**own, "1h": own["4h"]})


class Halves(unittest.TestCase):
    def test_matrices_are_rounded_and_nothing_else(self) -> None:
        settings = small_settings()
        weights = UnifiedPatchTST(5, settings.lookback, settings.network).weights()
        rounded = halved_weights(weights, settings.network.heads)
        changed = {name for name in weights if not torch.equal(weights[name], rounded[name])}
        self.assertEqual(changed, {name for name in weights if weights[name].ndim > 1 and not name.endswith(".pe")})

    def test_queries_are_rounded_with_their_scale(self) -> None:
        weights = {"x.in_proj_weight": torch.randn(24, 8)}
        rounded = halved_weights(weights, heads=1)["x.in_proj_weight"]
        scaled = rounded[:8].double() * 8**-0.5
        torch.testing.assert_close(scaled.half().double(), scaled, rtol=2e-7, atol=0)
        self.assertTrue(torch.equal(rounded[8:].half().float(), rounded[8:]))

    def test_a_matrix_that_halves_cannot_hold_stays(self) -> None:
        weights = {"x": torch.tensor([[70000.0, 0.1]])}
        self.assertTrue(torch.equal(halved_weights(weights, 1)["x"], weights["x"]))

    def test_the_network_answers_nearly_as_before(self) -> None:
        settings = small_settings()
        network = UnifiedPatchTST(5, settings.lookback, settings.network).eval()
        network.return_size.fill_(0.01)
        x = torch.randn(6, settings.lookback, 5)
        with torch.no_grad():
            torch.testing.assert_close(halved_network(network, settings, 5)(x), network(x), atol=5e-3, rtol=0)


class Unweighted(unittest.TestCase):
    def test_says_where_plain_regression_is_better_and_leaves_out_ties(self) -> None:
        def figures(accuracy: float, brier: float) -> dict:
            return {name: {"accuracy": accuracy, "brier": brier, "logLoss": 1.0} for name in HORIZONS}

        test = {"figures": {"model": figures(0.5, 0.6), "logistic": figures(0.4, 0.6)}}
        self.assertIn("better in none of these", unweighted_lines(test)[0])
        test["figures"]["logistic"]["1h"] = {"accuracy": 0.6, "brier": 0.5, "logLoss": 1.1}
        self.assertIn("the better accuracy at 1h; Brier at 1h (", unweighted_lines(test)[0])


class Tried(unittest.TestCase):
    def test_rows_of_all_tables_are_taken_with_their_groups(self) -> None:
        text = (
            "| other | table |\n| --- | --- |\n| 1 | 2 |\n\n**Kernels**, small\n\n"
            "| attempt | what differs | best epoch | macro F1 | rank IC |\n| --- | --- | ---: | ---: | ---: |\n"
            "| a | width 8 | 3 | 0.41 | +0.03 |\n| b | - | 4 | 0.42 | -0.01 |\n"
        )
        rows = condensed(text)
        self.assertEqual([(row["group"], row["attempt"]) for row in rows], [("Kernels", "a"), ("Kernels", "b")])
        self.assertEqual(rows[1]["what differs"], "-")
        self.assertEqual(rows[1]["rank IC"], "-0.01")

    def test_the_list_by_subject_ends_with_its_section(self) -> None:
        text = "# A\n\n- no\n\n## By subject\n\nwords\n\n- **x**: 1\n- **y**: 2\n\n## More\n\n- no\n"
        self.assertEqual(by_subject(text), ["- **x**: 1", "- **y**: 2"])
        self.assertEqual(by_subject("# A\n"), [])

    def test_a_list_without_attempts_is_refused(self) -> None:
        self.assertRaises(ValueError, condensed, "# Nothing\n")


if __name__ == "__main__":
    unittest.main()
