"""The package's own command line and functions, run by Node: nothing about features is computed twice."""
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any, List

REPOSITORY = Path(__file__).resolve().parent.parent


class CandlewickError(RuntimeError):
    """What the package said against a command."""


def program() -> List[str]:
    """How to call candlewick: $CANDLEWICK, or the build of this repository."""
    named = os.environ.get("CANDLEWICK")
    if named:
        return shlex.split(named)
    built = REPOSITORY / "dist" / "cli" / "main.js"
    if not built.exists():
        raise CandlewickError(f"{built} is missing. Run `npm ci && npm run build`, or set CANDLEWICK to the program.")
    return ["node", str(built)]


def _run(command: List[str], given: str = "") -> str:
    outcome = subprocess.run(command, input=given, capture_output=True, text=True)
    if outcome.returncode != 0:
        raise CandlewickError(f"{shlex.join(command)} ended with {outcome.returncode}:\n{outcome.stderr.strip()}")
    return outcome.stdout


def candlewick(*arguments: str) -> str:
    """Runs a command of candlewick and returns what it printed."""
    return _run([*program(), *arguments])


def ask_package(script: str, question: Any) -> Any:
    """Asks a function of the package through a script in `training/node`; question and answer are JSON."""
    path = REPOSITORY / "training" / "node" / script
    return json.loads(_run(["node", str(path)], json.dumps(question)))
