"""Freezing a run: what is served from here on, settled on training and validation bars alone."""
import hashlib
import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np

from .calibration import fit_temperatures
from .checkpoint import load_checkpoint, write_json
from .examples import Examples
from .predict import figures_of, outputs_of
from .reference import reference_of
from .run import Prepared, best_network, prepare, settings_of_run
from .safetensors_file import save_safetensors
from .scaler import apply_scaler
from .settings import milliseconds

#: Windows on which converted models are compared with PyTorch: spread over the validation period.
PROOF_WINDOWS = 256


def _write_proof(folder: Path, network: Any, examples: Examples) -> None:
    """Scaled validation windows and PyTorch's own answers, as `candlewick convert` reads them."""
    chosen = np.linspace(0, len(examples) - 1, min(PROOF_WINDOWS, len(examples))).astype(int)
    proof = examples.picked(chosen)
    # The plain forward pass, so that the fast way of training is proved too.
    windows = proof.windows(np.arange(len(proof))).cpu().numpy()
    windows.astype("<f4").tofile(folder / "proof.input.f32")
    proof.summaries = None
    outputs_of(network, proof).astype("<f4").tofile(folder / "proof.expected.f32")


def _hash_of(folder: Path, names: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def freeze(paths: Sequence[Path], folder: Path, cache: Path) -> Dict[str, Any]:
    """Writes weights, scaler, calibration, reference statistics and validation figures; the test period stays closed."""
    settings = settings_of_run(folder)
    prepared: Prepared = prepare(paths, settings, cache)
    network = best_network(folder, len(prepared.features.ids))
    save_safetensors(network.weights(), folder / "weights.safetensors")
    sizes = network.sizes_for_converter(len(prepared.features.ids), settings.lookback, settings.network)
    write_json(folder / "network.json", {"model": sizes})
    outputs = outputs_of(network, prepared.validation)
    temperatures: List[float] = fit_temperatures(outputs, prepared.validation.directions)
    write_json(folder / "calibration.json", {"method": "temperature", "temperatures": temperatures})
    end = milliseconds(settings.split.validation_from)
    scaled = [apply_scaler(item.before(end).features, prepared.scaler) for item in prepared.series]
    write_json(folder / "reference.json", reference_of(scaled, outputs_of(network, prepared.train.every(4))))
    write_json(folder / "validation.json", figures_of(outputs, prepared.validation, temperatures))
    _write_proof(folder, network, prepared.validation)
    state = load_checkpoint(folder / "checkpoint.pt", "cpu")
    frozen = {
        "sha256": _hash_of(folder, ("weights.safetensors", "scaler.json", "calibration.json")),
        "epoch": state["best_epoch"] if state else None,
        "run": json.loads((folder / "run.json").read_text()),
    }
    write_json(folder / "frozen.json", frozen)
    return frozen
