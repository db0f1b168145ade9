"""Holds the package's own evaluation of a published model against this recipe's, figure by figure."""
from dataclasses import dataclass, replace
from math import inf, isnan
from typing import Any, Dict, Iterator

#: What no figure may differ by, unless `publish --tolerance` says otherwise.
TOLERANCE = 1e-4
#: Parts of a horizon's report that both have. The windows stand in `stability`, one by one they are left out.
PARTS = ("n", "from", "to", "metrics", "classification", "calibration", "symbols", "stability")


class AgreementError(RuntimeError):
    """Two evaluations of one model on the same bars differ."""


#: Means by their deviation over windows, and which deviation that is. A small one magnifies what is rounded.
RATIOS = {"meanByStd": "std", "icir": "icStd", "rankIcir": "rankIcStd"}


@dataclass(frozen=True)
class Difference:
    figure: str
    size: float
    #: By how much more than others it may differ.
    scale: float = 1.0


def _of_ratio(figure: str, package: Dict[str, Any], own: Dict[str, Any], name: str) -> Iterator[Difference]:
    """What mean and deviation may differ by makes their ratio differ by more, and without a deviation there is none."""
    ratio, deviation = package[name], package[RATIOS[name]]
    if deviation is None or deviation <= TOLERANCE:
        return
    for item in differences(ratio, own[name], figure):
        yield replace(item, scale=max(1.0, (1 + abs(ratio or 0.0)) / deviation))


def differences(package: Any, own: Any, figure: str) -> Iterator[Difference]:
    """The difference of every number, and infinity where one side has a figure that the other has not."""
    if isinstance(package, dict) and isinstance(own, dict):
        for name in sorted(package.keys() | own.keys()):
            # Names of symbols and classes are no figures; their order is told by what stands beside them.
            if isinstance(package.get(name), str):
                continue
            if name not in package or name not in own:
                yield Difference(f"{figure}.{name}", inf)
            elif name in RATIOS and RATIOS[name] in package:
                yield from _of_ratio(f"{figure}.{name}", package, own, name)
            else:
                yield from differences(package[name], own[name], f"{figure}.{name}")
    elif isinstance(package, list) and isinstance(own, list) and len(package) == len(own):
        for at, (left, right) in enumerate(zip(package, own)):
            yield from differences(left, right, f"{figure}[{at}]")
    elif package is None and own is None:
        yield Difference(figure, 0.0)
    elif isinstance(package, (int, float)) and isinstance(own, (int, float)):
        size = abs(float(package) - float(own))
        # No number is near NaN, which must not pass for agreement.
        yield Difference(figure, inf if isnan(size) else size)
    else:
        yield Difference(figure, inf)


def agreement(
    evaluation: Dict[str, Any], reports: Dict[str, Dict[str, Any]], tolerance: float = TOLERANCE
) -> Dict[str, Any]:
    """How many figures were compared, and the largest difference.

    Raises AgreementError naming the figures that differ by more than the tolerance.
    """
    horizons = {item["name"]: item for item in evaluation["horizons"]}
    if set(horizons) != set(reports):
        raise AgreementError(f"The package judges {', '.join(horizons)}, and this recipe {', '.join(reports)}.")
    found = [
        item for name, report in reports.items() for part in PARTS
        for item in differences(horizons[name][part], report[part], f"{name}.{part}")
    ]
    wrong = sorted((item for item in found if not item.size <= tolerance * item.scale), key=lambda item: -item.size)
    if wrong:
        told = ", ".join(f"{item.figure} by {item.size:.2g}" for item in wrong[:8])
        raise AgreementError(
            f"The package's evaluation and this recipe's differ in {len(wrong)} of {len(found)} figures: {told}. "
            "One of them is wrong, so nothing is published; of a few hundred rows, --tolerance may allow more."
        )
    largest = max(found, key=lambda item: item.size)
    return {"figures": len(found), "largestDifference": largest.size, "of": largest.figure}
