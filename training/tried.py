"""The attempts behind a model, condensed for its card from the tables of a Markdown file."""
import re
from typing import Dict, List

SHOWN = ("attempt", "what differs", "macro F1", "rank IC")


def _cells(line: str) -> List[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def condensed(text: str) -> List[Dict[str, str]]:
    """The rows of all tables that have the shown columns, each with the line of bold type above its table as `group`.

    Raises ValueError where there is none: a card must not promise attempts and show nothing.
    """
    rows: List[Dict[str, str]] = []
    group, head = "", []
    for line in text.splitlines():
        title = re.match(r"\*\*(.+?)\*\*", line)
        if title:
            group = title.group(1)
        if not line.startswith("|"):
            head = []
            continue
        cells = _cells(line)
        if not head:
            head = cells
        elif all(name in head for name in SHOWN) and not set("".join(cells)) <= set("-: "):
            rows.append({"group": group, **{name: cells[head.index(name)] for name in SHOWN}})
    if not rows:
        raise ValueError(f"No table of attempts was found; one needs the columns {', '.join(SHOWN)}.")
    return rows


def by_subject(text: str) -> List[str]:
    """The list under the heading "By subject"; empty where there is none."""
    _, _, after = text.partition("\n## By subject\n")
    section = after.split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("- ")]
