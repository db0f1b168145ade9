"""From a frozen and evaluated run to a signed manifest, by the package's own commands."""
import json
import shutil
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, List, Sequence

import yaml

from .calibration import CLASS_ORDER
from .candlewick import candlewick
from .card import model_card
from .checkpoint import write_atomically, write_json
from .dataset import HORIZONS
from .baselines import BARS
from .precisions import compare_precisions
from .run import settings_of_run

NOTICE = "A research sample: no investment advice. What it found in the past need not come again."


def _read(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def evaluation_set(run: Dict[str, Any], test: Dict[str, Any]) -> str:
    """Names what was measured on: symbols, period and the candles' hashes."""
    hashes = "-".join(value[:8] for _, value in sorted(run["candles"].items()))
    return f"{'+'.join(test['symbols'])} 15m {test['period'][0]}..{test['period'][1]} {hashes}"


def flat_metrics(test: Dict[str, Any]) -> Dict[str, float]:
    """Finite numbers by name, as a manifest holds them."""
    metrics = {f"mean.{name}": value for name, value in test["figures"]["model"]["mean"].items()}
    for horizon in HORIZONS:
        figures = test["figures"]["model"][horizon]
        for name in ("accuracy", "macroF1", "directionalF1", "ece", "brier", "logLoss", "ic", "rankIc"):
            if figures[name] is not None:
                metrics[f"{horizon}.{name}"] = round(figures[name], 6)
    return metrics


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
        "notice": NOTICE,
        "features": {"names": str((folder / "features.json").resolve()), "timeframe": settings.timeframe},
        "scaler": "scaler.json",
        "outputLayout": {
            "id": "returns4-logits12-risk4",
            "horizons": [{"name": name, "bars": bars} for name, bars in zip(HORIZONS, BARS)],
        },
        "classOrder": CLASS_ORDER,
        "calibration": _read(folder, "calibration.json"),
        "reference": _read(folder, "reference.json"),
        "metrics": flat_metrics(test),
        "evalSetId": evaluation_set(frozen["run"], test),
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


def _sign(folder: Path, bundle: Path) -> None:
    """Signs with a key made for development; the private half stays in the folder of the run."""
    keys = folder / "keys"
    if not (keys / "private.jwk").exists():
        candlewick("manifest", "keygen", "--out", str(keys), "--kid", "development")
    # The first entry is what an engine runs, so the order is ours and not that of the names.
    entries: List[str] = []
    for precision in ("fp16", "fp32", "int8"):
        entries += [str(path) for path in sorted(bundle.glob(f"*.{precision}.entry.json"))]
    plain = bundle / "manifest.plain.json"
    candlewick("manifest", "build", "--entry", *entries, "--out", str(plain))
    # Statistics of 240 features take three times the room when every number has a line of its own.
    plain.write_text(json.dumps(json.loads(plain.read_text()), ensure_ascii=False, separators=(",", ":")))
    candlewick("manifest", "sign", str(plain), "--key", str(keys / "private.jwk"), "--out", str(bundle / "manifest.json"))
    plain.unlink()
    shutil.copy(keys / "public.jwks", bundle / "public.jwks")
    candlewick("manifest", "verify", str(bundle / "manifest.json"), "--keys", str(bundle / "public.jwks"))


def publish(
    paths: Sequence[Path], folder: Path, bundle: Path, cache: Path, precisions: str = "all"
) -> Dict[str, Any]:
    """Converts, writes the card and the metrics, and builds and signs the manifest."""
    run = _read(folder, "frozen.json")["run"]
    write_json(folder / "features.json", _read(folder, "scaler.json")["order"])
    write_json(folder / "entry.json", describe(folder))
    if bundle.exists():
        shutil.rmtree(bundle)
    report = _convert(folder, bundle, precisions)
    write_json(folder / "conversion.json", report)
    costs = compare_precisions(paths, folder, bundle, cache)
    test, validation = _read(folder, "test.json"), _read(folder, "validation.json")
    write_json(bundle / "metrics.json", {"test": test, "validation": validation, "precisions": costs})
    write_atomically(bundle / "config.yaml", yaml.safe_dump(run["settings"], sort_keys=False).encode())
    leaks = _read(folder, "leaks.json") if (folder / "leaks.json").exists() else None
    card = model_card(settings_of_run(folder), test, validation, costs, leaks)
    write_atomically(bundle / "MODEL-CARD.md", card.encode())
    if (folder / "curves.png").exists():
        shutil.copy(folder / "curves.png", bundle / "curves.png")
    _sign(folder, bundle)
    return report
