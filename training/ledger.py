"""The book of openings of the test period: who looks twice, after having changed something, is found out."""
import hashlib
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Dict, List, Optional


class TestPeriodError(RuntimeError):
    """The test period was opened for another model already."""


class Ledger:
    """Openings, one JSON object a line, kept beside the cached data sets and not beside a run."""

    def __init__(self, path: Path):
        self.path = path

    def openings(self) -> List[Dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def open(self, frozen: Dict[str, Any], reason: Optional[str] = None) -> int:
        """Enters a frozen run and returns how many different ones this test period has been opened for.

        Raises TestPeriodError for a second one, unless a reason is given; the reason stays in the book.
        """
        run = frozen["run"]
        settings = run["settings"]
        # Who moves the border of the test period looks at the same bars: the candles alone make the book's page.
        page = hashlib.sha256(json.dumps(run["candles"], sort_keys=True).encode()).hexdigest()
        known = [entry for entry in self.openings() if entry["page"] == page]
        others = {entry["frozen"] for entry in known} - {frozen["sha256"]}
        if others and reason is None and frozen["sha256"] not in {entry["frozen"] for entry in known}:
            raise TestPeriodError(
                f"The test period of these candles was opened for {len(others)} other model(s). What is chosen now would "
                "be chosen on it. If that is meant, say why with --again; it will stand in the card."
            )
        entry = {
            "page": page, "frozen": frozen["sha256"], "name": settings["name"], "reason": reason,
            "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path, "a") as file:
            file.write(json.dumps(entry) + "\n")
        return len(others | {frozen["sha256"]})
