"""Learning curves as a picture."""
import sys
from pathlib import Path
from typing import Any, Dict, List


def draw_curves(rows: List[Dict[str, Any]], path: Path) -> bool:
    """Draws losses, F1 and rank IC by epoch; without matplotlib it says so and draws nothing."""
    try:
        import matplotlib
    except ImportError:
        print("No learning curves: matplotlib is not installed.", file=sys.stderr)
        return False
    matplotlib.use("Agg")
    from matplotlib import pyplot

    epochs = [row["epoch"] for row in rows]
    figure, (losses, f1, rank) = pyplot.subplots(1, 3, figsize=(13, 4))
    for part in ("train", "validation"):
        losses.plot(epochs, [row[part]["total"] for row in rows], marker="o", label=part)
    losses.set_title("loss")
    for name in ("15m", "1h", "4h", "12h"):
        f1.plot(epochs, [row["figures"][name]["macroF1"] for row in rows], marker=".", label=name)
        rank.plot(epochs, [row["figures"][name]["rankIc"] for row in rows], marker=".", label=name)
    f1.set_title("macro F1, validation")
    rank.set_title("rank IC, validation")
    for axes in (losses, f1, rank):
        axes.set_xlabel("epoch")
        axes.grid(alpha=0.3)
        axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)
    return True
