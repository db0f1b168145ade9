"""From a frozen and evaluated run to a signed manifest, by the package's own commands."""
import base64
import json
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, Optional, Sequence

import yaml

from .agreement import TOLERANCE
from .calibration import CLASS_ORDER
from .candlewick import candlewick
from .card import model_card
from .card_sections import tried_lines
from .checkpoint import write_atomically, write_json
from .dataset import HORIZONS
from .baselines import BARS
from .own_evaluation import entries_of, evaluate_bundle
from .precisions import compare_precisions
from .run import settings_of_run
from .settings import Settings


def notice(settings: Settings) -> str:
    """What is said wherever the model's output is shown."""
    return (
        f"A research sample: no investment advice. It was made with bars before {settings.split.test_from}: judge it by later ones."
        " What it found need not come again."
    )


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def describe(folder: Path) -> Dict[str, Any]:
    """The description from which `candlewick convert` makes entries."""
    settings, test = settings_of_run(folder), _read(folder, "test.json")
    frozen = _read(folder, "frozen.json")
    return {
        "name": settings.name,
        "version": settings.version,
        "modelType": "patchtst",
        "taskType": "multitask",
        "description": settings.description or "UnifiedPatchTST, trained by the recipe in training/.",
        "notice": notice(settings),
        "features": {"names": str((folder / "features.json").resolve()), "timeframe": settings.timeframe},
        "scaler": "scaler.json",
        "outputLayout": {
            "id": "returns4-logits12-risk4",
            "horizons": [{"name": name, "bars": bars} for name, bars in zip(HORIZONS, BARS)],
        },
        "classOrder": CLASS_ORDER,
        "calibration": _read(folder, "calibration.json"),
        "reference": _read(folder, "reference.json"),
        "datasetInfo": {
            "symbols": test["symbols"], "candles": frozen["run"]["candles"],
            "split": frozen["run"]["settings"]["split"], "test": test["period"],
        },
        "hyperparameters": {
            name: frozen["run"]["settings"][name] for name in ("scaler", "network", "loss", "training")
        },
        "trainingDate": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "provenance": {"recipe": "training/", "frozen": frozen["sha256"], "epoch": frozen["epoch"]},
    }


def _convert(folder: Path, bundle: Path, precisions: str) -> Dict[str, Any]:
    report = candlewick(
        "convert", str(folder / "weights.safetensors"), "--config", str(folder / "network.json"),
        "--precision", precisions, "--out", str(bundle), "--entry", str(folder / "entry.json"),
        "--input", str(folder / "proof.input.f32"), "--expected", str(folder / "proof.expected.f32"), "--json",
    )
    return json.loads(report)


def _next_edition(bundle: Path) -> int:
    """One more than the manifest that stands there: who has seen an edition refuses another one of the same number."""
    standing = bundle / "manifest.json"
    if not standing.exists():
        return 1
    payload = json.loads(standing.read_text())["payload"]
    return int(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["version"]) + 1


def _plain_manifest(bundle: Path, edition: int) -> Path:
    """A manifest of the entries as they stand, without a signature."""
    plain = bundle / "manifest.plain.json"
    plain.unlink(missing_ok=True)
    entries = [str(path) for path in entries_of(bundle)]
    candlewick("manifest", "build", "--entry", *entries, "--version", str(edition), "--out", str(plain))
    return plain


def _sign(folder: Path, bundle: Path, edition: int) -> None:
    """Signs with a key made for development; the private half stays in the folder of the run."""
    keys = folder / "keys"
    if not (keys / "private.jwk").exists():
        candlewick("manifest", "keygen", "--out", str(keys), "--kid", "development")
    plain = _plain_manifest(bundle, edition)
    # Statistics of 240 features take three times the room when every number has a line of its own.
    plain.write_text(json.dumps(json.loads(plain.read_text()), ensure_ascii=False, separators=(",", ":")))
    candlewick("manifest", "sign", str(plain), "--key", str(keys / "private.jwk"), "--out", str(bundle / "manifest.json"))
    plain.unlink()
    shutil.copy(keys / "public.jwks", bundle / "public.jwks")
    candlewick("manifest", "verify", str(bundle / "manifest.json"), "--keys", str(bundle / "public.jwks"))


def _write_findings(
    folder: Path, bundle: Path, agreements: Dict[str, Any], costs: Dict[str, Any], attempts: Optional[Path]
) -> None:
    """Everything that is for readers: metrics, settings, curves and the card."""
    run = _read(folder, "frozen.json")["run"]
    test, validation = _read(folder, "test.json"), _read(folder, "validation.json")
    metrics = {"test": test, "validation": validation, "precisions": costs, "agreement": agreements}
    write_json(bundle / "metrics.json", metrics)
    write_atomically(bundle / "config.yaml", yaml.safe_dump(run["settings"], sort_keys=False).encode())
    leaks = _read(folder, "leaks.json") if (folder / "leaks.json").exists() else None
    tried = tried_lines(attempts.read_text()) if attempts else []
    card = model_card(settings_of_run(folder), metrics, _read(bundle, "evaluation.json"), leaks, tried)
    write_atomically(bundle / "MODEL-CARD.md", card.encode())
    if (folder / "curves.png").exists():
        shutil.copy(folder / "curves.png", bundle / "curves.png")


def publish(
    paths: Sequence[Path], folder: Path, bundle: Path, cache: Path, precisions: str = "all",
    attempts: Optional[Path] = None, tolerance: float = TOLERANCE,
) -> Dict[str, Any]:
    """Converts, judges every file by the package itself, writes the card and the metrics, and builds and signs the manifest.

    Raises AgreementError where the package finds other figures than `evaluate` did; what was published before stays then.
    """
    write_json(folder / "features.json", _read(folder, "scaler.json")["order"])
    write_json(folder / "entry.json", describe(folder))
    filling = bundle.with_name(f".{bundle.name}.part")
    shutil.rmtree(filling, ignore_errors=True)
    try:
        report = _convert(folder, filling, precisions)
        write_json(folder / "conversion.json", report)
        edition = _next_edition(bundle)
        agreements = evaluate_bundle(paths, folder, filling, _plain_manifest(filling, edition), cache, tolerance)
        costs = compare_precisions(paths, folder, filling, cache)
        _write_findings(folder, filling, agreements, costs, attempts)
        _sign(folder, filling, edition)
        shutil.rmtree(bundle, ignore_errors=True)
        filling.rename(bundle)
    finally:
        shutil.rmtree(filling, ignore_errors=True)
    return report
