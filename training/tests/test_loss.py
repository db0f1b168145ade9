"""The loss."""
import unittest

import numpy as np
import torch
from torch.nn import functional

from training.loss import MultiTaskLoss, class_weights, decorrelation, focal_cross_entropy, target_statistics
from training.settings import LossSettings


class Loss(unittest.TestCase):
    def test_without_the_focal_term_it_is_cross_entropy(self) -> None:
        torch.manual_seed(1)
        logits, classes = torch.randn(50, 4, 3), torch.randint(3, (50, 4))
        own = focal_cross_entropy(logits, classes, torch.ones(4, 3), 0.0)
        known = functional.cross_entropy(logits.flatten(0, 1), classes.flatten(), reduction="none").view(50, 4)
        torch.testing.assert_close(own, known)

    def test_the_focal_term_lowers_what_is_sure_already(self) -> None:
        logits = torch.tensor([[[4.0, 0, 0]] * 4, [[0.0, 0, 0]] * 4])
        classes = torch.zeros(2, 4, dtype=torch.long)
        plain = focal_cross_entropy(logits, classes, torch.ones(4, 3), 0.0)
        focal = focal_cross_entropy(logits, classes, torch.ones(4, 3), 2.0)
        share = focal / plain
        self.assertLess(float(share[0, 0]), 0.01)
        self.assertAlmostEqual(float(share[1, 0]), (2 / 3) ** 2, places=5)

    def test_balanced_weights_make_classes_count_alike(self) -> None:
        shares = np.array([[0.2, 0.3, 0.5]] * 4)
        products = class_weights(shares, 1.0) * shares
        np.testing.assert_allclose(products, 1 / 3)
        np.testing.assert_allclose(class_weights(shares, 0.0), 1)

    def test_correlation_of_the_same_is_no_loss(self) -> None:
        x = torch.randn(64, 4)
        torch.testing.assert_close(decorrelation(3 * x + 1, x), torch.zeros(4), atol=1e-5, rtol=0)
        torch.testing.assert_close(decorrelation(-x, x), torch.full((4,), 2.0), atol=1e-5, rtol=0)

    def test_perfect_answers_cost_nothing_but_the_directions(self) -> None:
        random = np.random.default_rng(1)
        returns, risks = 0.01 * random.standard_normal((40, 4)), 0.01 * random.random((40, 4))
        directions = random.integers(3, size=(40, 4))
        loss = MultiTaskLoss(LossSettings(focal_gamma=0, class_balance=0), target_statistics(returns, directions, risks), "cpu")
        logits = 30 * np.eye(3)[directions].reshape(40, 12)
        outputs = torch.as_tensor(np.concatenate([returns, logits, risks], axis=1), dtype=torch.float32)
        targets = {
            "returns": torch.as_tensor(returns, dtype=torch.float32), "directions": torch.as_tensor(directions),
            "risks": torch.as_tensor(risks, dtype=torch.float32),
        }
        total, parts = loss(outputs, targets)
        self.assertLess(float(total), 1e-6)
        self.assertEqual(set(parts), {"returns", "directions", "risk"})


if __name__ == "__main__":
    unittest.main()
