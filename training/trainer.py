"""The training loop: epochs with seeds of their own, judged on validation, resumable after any of them."""
import math
from pathlib import Path
from typing import Any, Dict, Optional

import numpy as np
import torch
from torch import Tensor

from .average import RunningAverage
from .checkpoint import EpochLog, load_checkpoint, save_checkpoint
from .examples import Examples
from .loss import MultiTaskLoss
from .network import UnifiedPatchTST
from .predict import figures_of, outputs_of, score_of
from .progress import Progress
from .settings import TrainingSettings


def seed_epoch(seed: int, epoch: int) -> np.random.Generator:
    """Everything random in an epoch follows from the run's seed and the epoch's number, so nothing else need be kept."""
    torch.manual_seed(1_000_003 * seed + epoch)
    return np.random.default_rng([seed, epoch])


class Trainer:
    """Trains one network; `best` holds the weights with the best validation score so far."""

    def __init__(
        self, network: UnifiedPatchTST, loss: MultiTaskLoss, train: Examples, validation: Examples,
        settings: TrainingSettings, folder: Path, taught: Optional[Tensor] = None,
    ):
        self.network, self.loss, self.settings, self.folder = network, loss, settings, folder
        self.train, self.validation = train, validation.every(settings.validation_stride)
        #: What teachers answer to every training example.
        self.taught = taught
        self.average = RunningAverage(network, settings.average)
        self.optimizer = torch.optim.AdamW(self._groups(), lr=settings.learning_rate)
        self.steps_per_epoch = max(1, math.ceil(len(train) / settings.stride / settings.batch))
        self.log = EpochLog(folder / "epochs.jsonl")
        self.epoch, self.best_epoch, self.best_score = 0, 0, -math.inf
        self.best: Dict[str, Tensor] = {}

    def _groups(self) -> Any:
        """Decay belongs to matrices: it would pull norms and biases away from where they are neutral."""
        decayed = [p for p in self.network.parameters() if p.dim() > 1]
        free = [p for p in self.network.parameters() if p.dim() <= 1]
        return [{"params": decayed, "weight_decay": self.settings.weight_decay}, {"params": free, "weight_decay": 0.0}]

    def _rate(self, step: int) -> float:
        """Linear warm-up, then half a cosine."""
        warmup = self.settings.warmup_epochs * self.steps_per_epoch
        total = self.settings.epochs * self.steps_per_epoch
        if step < warmup:
            return (step + 1) / warmup
        return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warmup) / max(total - warmup, 1))))

    @property
    def finished(self) -> bool:
        return self.epoch >= self.settings.epochs or self.epoch - self.best_epoch >= self.settings.patience

    def run(self) -> None:
        """Goes on from the checkpoint, where there is one, to the end."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._restore()
        self.log.keep(self.epoch)
        while not self.finished:
            self._one_epoch(self.epoch + 1)
            self._save()

    def _one_epoch(self, epoch: int) -> None:
        random = seed_epoch(self.settings.seed, epoch)
        stride = self.settings.stride
        chosen = random.permutation(np.arange(int(random.integers(stride)), len(self.train), stride))
        batches = [chosen[at : at + self.settings.batch] for at in range(0, len(chosen), self.settings.batch)]
        progress = Progress(f"epoch {epoch}", len(batches))
        sums: Dict[str, float] = {}
        self.network.train()
        for number, batch in enumerate(batches):
            parts = self._step(batch, (epoch - 1) * self.steps_per_epoch + number)
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + value * len(batch)
            progress.step(f"loss {parts['total']:.4f}")
        losses = {name: value / len(chosen) for name, value in sums.items()}
        figures, validation = self._judge()
        row = {"epoch": epoch, "train": losses, "validation": validation, "score": score_of(figures)}
        row["figures"] = {name: {k: v for k, v in item.items() if k != "confusion"} for name, item in figures.items()}
        self.log.add(row)
        self.epoch = epoch
        if row["score"] > self.best_score:
            self.best_epoch, self.best_score = epoch, row["score"]
            self.best = {name: value.clone() for name, value in self.average.values.items()}
        mean = figures["mean"]
        progress.end(
            f"train {losses['total']:.4f}, validation {validation['total']:.4f}, macro F1 {mean['macroF1']:.4f}, "
            f"rank IC {mean['rankIc']:.4f}{', best' if self.best_epoch == epoch else ''}"
        )

    def _step(self, batch: np.ndarray, step: int) -> Dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.learning_rate * self._rate(step)
        outputs = self.train.answers(self.network, batch)
        total, parts = self.loss(outputs, self.train.targets(batch))
        if self.taught is not None:
            lesson = self.loss.distance(outputs, self.taught[torch.as_tensor(batch, device=self.taught.device)])
            parts["lesson"] = float(lesson.detach())
            share = self.settings.distillation
            total = (1 - share) * total + share * lesson
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), self.settings.gradient_limit)
        self.optimizer.step()
        self.average.update(self.network)
        return {**parts, "total": float(total.detach())}

    def averaged(self) -> UnifiedPatchTST:
        """The network with the weights that are judged: their running average."""
        return self._with(self.average.values)

    def best_network(self) -> UnifiedPatchTST:
        return self._with(self.best)

    def _with(self, weights: Dict[str, Tensor]) -> UnifiedPatchTST:
        copy = self.network.copy()
        copy.load_state_dict(weights)
        return copy.eval()

    def _judge(self) -> Any:
        outputs = outputs_of(self.averaged(), self.validation)
        everything = np.arange(len(self.validation))
        answers = torch.as_tensor(outputs, device=self.validation.table.device)
        total, parts = self.loss(answers, self.validation.targets(everything))
        return figures_of(outputs, self.validation), {**parts, "total": float(total)}

    def _save(self) -> None:
        # Rates and decays follow from the settings; only what the optimiser has gathered must be kept.
        tensors = {
            "network": self.network.state_dict(), "optimizer": self.optimizer.state_dict()["state"],
            "average": self.average.values, "best": self.best,
        }
        facts = {
            "average_steps": self.average.steps, "epoch": self.epoch,
            "best_epoch": self.best_epoch, "best_score": self.best_score,
        }
        save_checkpoint(self.folder / "checkpoint.pt", tensors, facts)

    def _restore(self) -> None:
        state = load_checkpoint(self.folder / "checkpoint.pt", next(self.network.parameters()).device)
        if state is None:
            return
        self.network.load_state_dict(state["network"])
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": state["optimizer"], "param_groups": groups})
        self.average.values, self.average.steps = state["average"], state["average_steps"]
        self.best, self.epoch = state["best"], state["epoch"]
        self.best_epoch, self.best_score = state["best_epoch"], state["best_score"]
