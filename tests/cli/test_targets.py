"""Where reference sets and runs go: nothing that is there is lost, and no work is in vain."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from tests.material import make_reference


def build(folder: Path, target: Path, *more: str) -> int:
    return run(["reference", "build", str(folder / "manifest.csv"), "--out", str(target), *more])


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return make_reference(tmp_path / "set").folder


def test_a_reference_set_takes_the_place_of_nothing_that_is_none(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full, empty, file = (tmp_path / f"{name}.pgref" for name in ("full", "empty", "file"))
    for folder in (full, empty):
        folder.mkdir()
    for path in (full / "thesis.doc", file):
        path.write_text("my only copy")
    for target, reason in ((full, "something other than a reference set"), (file, "is a file")):
        for more in ((), ("--overwrite",)):
            assert build(reference.parent, target, *more) == EXIT_INPUT
            said = capsys.readouterr().err
            assert reason in said
            assert "Checking" not in said  # before the work
    assert (full / "thesis.doc").read_text() == file.read_text() == "my only copy"
    assert build(reference.parent, empty) == EXIT_DONE


def test_a_reference_set_is_replaced_only_when_that_is_asked_for(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "a.pgref"
    assert build(reference.parent, target, "--version", "1") == EXIT_DONE
    assert build(reference.parent, target, "--version", "2") == EXIT_INPUT
    assert "replace it with --overwrite" in capsys.readouterr().err
    assert '"version":"1"' in "".join((target / "reference.json").read_text().split())
    assert build(reference.parent, target, "--version", "2", "--overwrite") == EXIT_DONE
    assert '"version":"2"' in "".join((target / "reference.json").read_text().split())


def test_a_reference_set_that_cannot_be_written_is_refused_before_the_work(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert build(reference.parent, tmp_path / "file" / "a.pgref") == EXIT_INPUT
    said = capsys.readouterr().err
    assert "cannot be written" in said
    assert "Copying" not in said


def evaluate(reference: Path, target: Path, *more: str) -> int:
    fixed = ["--reference", str(reference), "--encoder", "color-statistics", "--device", "cpu"]
    return run(["evaluate", *fixed, "--no-maps", "--out", str(target), *more])


def test_a_finished_run_is_replaced_only_when_that_is_asked_for(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "a.pgrun"
    assert evaluate(reference, target) == EXIT_DONE
    (target / "report.pdf").write_text("signed")
    capsys.readouterr()
    assert evaluate(reference, target) == EXIT_INPUT
    said = capsys.readouterr().err
    assert "holds a run already" in said
    assert "--overwrite" in said
    assert "Embedding" not in said
    assert (target / "report.pdf").read_text() == "signed"
    assert evaluate(reference, target, "--overwrite") == EXIT_DONE
    assert not (target / "report.pdf").exists()


def test_a_run_that_cannot_be_written_is_refused_before_the_work(
    reference: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.pgrun"
    file.write_text("in the way")
    for target, reason in ((file, "is a file"), (file / "a.pgrun", "cannot be written")):
        for more in ((), ("--overwrite",)):
            assert evaluate(reference, target, *more) == EXIT_INPUT
            said = capsys.readouterr().err
            assert reason in said
            assert "Embedding" not in said
    assert file.read_text() == "in the way"
