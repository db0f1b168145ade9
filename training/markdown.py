"""Tables in Markdown."""
from typing import Dict, List


def interval(item: Dict[str, float], sign: str = "") -> str:
    return f"{item['estimate']:{sign}.4f} [{item['low']:{sign}.4f}, {item['high']:{sign}.4f}]"


def row(cells: List[str]) -> str:
    return f"| {' | '.join(cells)} |"


def table(head: List[str], rows: List[List[str]]) -> List[str]:
    return [row(head), row(["---"] * len(head)), *(row(cells) for cells in rows)]
