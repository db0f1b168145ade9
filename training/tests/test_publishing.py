"""What publishing leaves behind."""
import base64
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

from training import publishing
from training.agreement import AgreementError
from training.settings import Settings

EMPTY = {name: mock.DEFAULT for name in ("_read", "write_json", "describe", "_plain_manifest", "compare_precisions")}


def standing_bundle(folder: Path, edition: int) -> Path:
    """A bundle of an earlier day."""
    bundle = folder / "bundle"
    bundle.mkdir()
    payload = base64.urlsafe_b64encode(json.dumps({"version": edition}).encode()).decode().rstrip("=")
    (bundle / "manifest.json").write_text(json.dumps({"payload": payload}))
    return bundle


def converted(folder: Path, bundle: Path, precisions: str) -> Any:
    bundle.mkdir(parents=True)
    (bundle / "new.onnx").write_bytes(b"new")
    return {}


class Publishing(unittest.TestCase):
    def publish(self, folder: Path, bundle: Path, evaluation: Any) -> Any:
        with mock.patch.multiple(publishing, **EMPTY, _convert=converted, evaluate_bundle=evaluation,
                                 _write_findings=mock.DEFAULT, _sign=mock.DEFAULT) as parts:
            publishing.publish([], folder, bundle, folder)
            return parts

    def test_where_evaluations_differ_the_bundle_that_stands_stays(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            bundle = standing_bundle(Path(place), 4)
            with self.assertRaises(AgreementError):
                self.publish(Path(place), bundle, mock.Mock(side_effect=AgreementError("differ")))
            self.assertEqual([path.name for path in Path(place).rglob("*")], ["bundle", "manifest.json"])

    def test_a_new_bundle_takes_its_place_under_the_next_edition(self) -> None:
        with tempfile.TemporaryDirectory() as place:
            bundle = standing_bundle(Path(place), 4)
            parts = self.publish(Path(place), bundle, mock.Mock(return_value={}))
            self.assertEqual(parts["_sign"].call_args.args[2], 5)
            self.assertEqual([path.name for path in bundle.iterdir()], ["new.onnx"])
            self.assertEqual([path.name for path in Path(place).iterdir()], ["bundle"])

    def test_people_are_told_which_bars_made_the_model(self) -> None:
        self.assertIn("bars before 2025-03-01: judge it by later ones", publishing.notice(Settings()))


if __name__ == "__main__":
    unittest.main()
