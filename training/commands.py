"""What the command line of the recipe understands."""
import argparse
from pathlib import Path
from typing import List

from .agreement import TOLERANCE
from .attempts import run_attempts
from .evaluation import evaluate, figures_again
from .freezing import freeze
from .leaks import check_leaks, leak_report
from .publishing import publish
from .run import train
from .settings import read_settings

CACHE = Path(".cache/training")
COMMANDS = ("run", "train", "freeze", "evaluate", "figures", "publish", "leaks", "attempts")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description="From candles to a signed manifest. Without a command: run."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "run": "everything: train, freeze, evaluate, publish",
        "train": "train, or go on with a run that was interrupted",
        "freeze": "settle weights and calibration, on validation",
        "evaluate": "look at the test period, once, with a frozen run",
        "figures": "take the figures again from the answers that evaluate kept, without looking at the test period",
        "publish": "convert, write the card, build and sign the manifest",
        "leaks": "see whether labels, periods or features leak",
        "attempts": "train a list of attempts and print their figures on validation",
    }
    for name in COMMANDS:
        command = commands.add_parser(name, help=helps[name])
        command.add_argument("--out", required=True, type=Path, help="folder of the run")
        if name == "publish":
            command.add_argument("--precision", default="all", help="fp32, fp16, int8, several with commas, or all")
            command.add_argument("--attempts", type=Path, help="Markdown with tables of what was tried, for the card")
            command.add_argument("--bundle", type=Path, help="where to publish (default: OUT/bundle)")
        command.add_argument("--csv", action="append", required=True, type=Path, help="candles; once for each symbol")
        command.add_argument("--cache", type=Path, default=CACHE, help=f"where data sets are kept (default: {CACHE})")
        if name in ("run", "train", "leaks"):
            command.add_argument("--config", type=Path, help="settings (YAML; default: those of settings.py)")
            command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="changes one setting")
        if name == "attempts":
            command.add_argument("--list", required=True, type=Path, help="attempts (YAML)")
        if name in ("run", "publish"):
            command.add_argument(
                "--tolerance", type=float, default=TOLERANCE,
                help=f"what no figure of the package's own evaluation may differ by from those of evaluate (default: {TOLERANCE})",
            )
        if name in ("run", "evaluate"):
            command.add_argument("--again", metavar="REASON", help="open a test period that another model has seen")
    return parser


def _run_all(options: argparse.Namespace) -> None:
    train(options.csv, read_settings(options.config, options.set), options.out, options.cache)
    freeze(options.csv, options.out, options.cache)
    evaluate(options.csv, options.out, options.cache, options.again)
    publish(options.csv, options.out, options.out / "bundle", options.cache, tolerance=options.tolerance)
    print(f"Wrote {options.out / 'bundle' / 'manifest.json'}.")


def main(arguments: List[str]) -> int:
    if arguments and arguments[0].startswith("--") and arguments[0] not in ("--help",):
        arguments = ["run", *arguments]
    options = _parser().parse_args(arguments)
    if options.command == "run":
        _run_all(options)
    elif options.command == "train":
        train(options.csv, read_settings(options.config, options.set), options.out, options.cache)
    elif options.command == "freeze":
        freeze(options.csv, options.out, options.cache)
    elif options.command == "evaluate":
        evaluate(options.csv, options.out, options.cache, options.again)
    elif options.command == "figures":
        figures_again(options.csv, options.out, options.cache)
    elif options.command == "publish":
        bundle = options.bundle or options.out / "bundle"
        publish(options.csv, options.out, bundle, options.cache, options.precision, options.attempts, options.tolerance)
    elif options.command == "attempts":
        print("\n".join(run_attempts(options.csv, options.list, options.out, options.cache)))
    else:
        result = check_leaks(options.csv, read_settings(options.config, options.set), options.out, options.cache)
        print("\n".join(leak_report(result)))
        return 0 if result["passed"] else 1
    return 0
