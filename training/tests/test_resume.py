"""A run that is killed and started again ends where it would have ended."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

import torch

from training.checkpoint import EpochLog, load_checkpoint

ROOT = Path(__file__).resolve().parent.parent.parent

#: Trains on invented rows; with a second argument the process kills itself in the middle of that epoch.
PROGRAM = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    import torch
    from training.loss import MultiTaskLoss, target_statistics
    from training.network import UnifiedPatchTST
    from training.tests.invented import invented_examples, small_settings
    from training.trainer import Trainer

    settings = small_settings(seed=3)
    train, validation = invented_examples(settings, 0, 250), invented_examples(settings, 270, 400)
    torch.manual_seed(settings.training.seed)
    network = UnifiedPatchTST(5, settings.lookback, settings.network)
    loss = MultiTaskLoss(settings.loss, target_statistics(train.returns, train.directions, train.risks), "cpu")
    trainer = Trainer(network, loss, train, validation, settings.training, Path(sys.argv[1]))
    if len(sys.argv) > 2:
        step, steps = trainer._step, []
        def dying(*arguments):
            steps.append(1)
            if len(steps) > int(sys.argv[2]):
                os.kill(os.getpid(), signal.SIGKILL)
            return step(*arguments)
        trainer._step = dying
    trainer.run()
""")


def run(folder: Path, *arguments: str) -> int:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", PROGRAM, str(folder), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL).returncode


class Resuming(unittest.TestCase):
    def test_kill_9_in_the_middle_changes_nothing(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            whole, broken = Path(place) / "whole", Path(place) / "broken"
            self.assertEqual(run(whole), 0)
            # Seven batches an epoch: it dies in the second epoch.
            self.assertEqual(run(broken, "10"), -signal.SIGKILL)
            self.assertEqual(load_checkpoint(broken / "checkpoint.pt", "cpu")["epoch"], 1)
            self.assertEqual(run(broken), 0)
            self.assertEqual((whole / "epochs.jsonl").read_text(), (broken / "epochs.jsonl").read_text())
            one, other = (load_checkpoint(folder / "checkpoint.pt", "cpu") for folder in (whole, broken))
            self.assertEqual(one["epoch"], 3)
            for name, value in one["network"].items():
                self.assertTrue(torch.equal(value, other["network"][name]), name)
            for name, value in one["best"].items():
                self.assertTrue(torch.equal(value, other["best"][name]), name)

    def test_what_was_logged_after_the_checkpoint_is_logged_once(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            log = EpochLog(Path(place) / "epochs.jsonl")
            for epoch in (1, 2, 3):
                log.add({"epoch": epoch})
            log.keep(2)
            self.assertEqual([json.loads(line)["epoch"] for line in log.path.read_text().splitlines()], [1, 2])


if __name__ == "__main__":
    unittest.main()
