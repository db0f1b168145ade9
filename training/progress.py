"""A progress bar on one line of a terminal; a line now and then where there is none."""
import sys
import time
from typing import Iterable, Iterator, TextIO, TypeVar

Item = TypeVar("Item")


class Progress:
    """Counts steps and says how long the rest will take."""

    def __init__(self, label: str, total: int, out: TextIO = sys.stderr):
        self.label, self.total, self.out = label, max(total, 1), out
        self.began = self.shown = time.monotonic()
        self.done = 0
        self.live = out.isatty()

    def step(self, note: str = "") -> None:
        self.done += 1
        now = time.monotonic()
        if self.live and (now - self.shown > 0.2 or self.done == self.total):
            self.shown = now
            self.out.write("\r" + self.line(now, note).ljust(100)[:100])
            self.out.flush()

    def line(self, now: float, note: str) -> str:
        share = self.done / self.total
        passed = now - self.began
        left = passed / share - passed if share > 0 else 0
        bar = ("#" * int(20 * share)).ljust(20, "-")
        return f"{self.label} [{bar}] {self.done}/{self.total} {passed:.0f}s<{left:.0f}s {note}"

    def end(self, note: str = "") -> None:
        """Leaves one line behind."""
        passed = time.monotonic() - self.began
        start = "\r" if self.live else ""
        self.out.write(f"{start}{self.label}: {note} ({passed:.1f} s)".ljust(100 if self.live else 0) + "\n")
        self.out.flush()


def tracked(label: str, items: Iterable[Item], total: int) -> Iterator[Item]:
    """The items, with a bar beside them."""
    progress = Progress(label, total)
    for item in items:
        yield item
        progress.step()
    if progress.live:
        progress.out.write("\r".ljust(101) + "\r")
