"""The network."""
import unittest

import numpy as np
import torch

from training.network import UnifiedPatchTST
from training.settings import NetworkSettings

from .invented import invented_examples, small_settings


class Network(unittest.TestCase):
    def test_the_fast_way_answers_as_the_windows_themselves(self) -> None:
        settings = small_settings()
        examples = invented_examples(settings, 0, 400)
        torch.manual_seed(1)
        network = UnifiedPatchTST(5, settings.lookback, settings.network).eval()
        with torch.no_grad():
            network.revin.affine_bias.normal_()
            chosen = np.arange(0, len(examples), 7)
            torch.testing.assert_close(
                examples.answers(network, chosen), network(examples.windows(chosen)), atol=1e-5, rtol=1e-4
            )

    def test_exported_weights_answer_as_the_network_with_its_sizes(self) -> None:
        sizes = NetworkSettings(width=8, heads=2, layers=1, inner=8, patch=4, stride=4, spans=[[0, 1], [0, 2], [2, 2]])
        network = UnifiedPatchTST(5, 16, sizes).eval()
        network.return_size.copy_(torch.tensor([0.001, 0.002, 0.01, 0.02]))
        network.risk_size.fill_(0.01)
        plain = UnifiedPatchTST(5, 16, NetworkSettings(**{**vars(sizes), "kernels": "full"})).eval()
        plain.load_state_dict(network.weights(), strict=False)
        x = torch.randn(6, 16, 5)
        with torch.no_grad():
            torch.testing.assert_close(plain(x), network(x), atol=1e-6, rtol=1e-4)

    def test_weights_have_the_names_of_the_contract(self) -> None:
        sizes = NetworkSettings(width=8, heads=2, layers=1, inner=8, patch=4, stride=4, spans=[[0, 1]])
        names = set(UnifiedPatchTST(5, 16, sizes).weights())
        self.assertIn("patch_embedding.weight", names)
        self.assertFalse({name for name in names if "size" in name or "parts" in name or "shapes" in name})


if __name__ == "__main__":
    unittest.main()
