"""A reference set of a cohort, by commands: looked at first, then written, the same each time."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.reference.reference_set import load_reference
from tests.core.cohort.sampling.study import row, slide, spoiled_slide
from tests.shared_data import shared

SMALL = ("--edge-um", "32", "--min-tissue", "0")


@pytest.fixture(autouse=True)
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Run a command, expect its exit code, and return what it printed."""

    def command(*words: str | Path, code: int = EXIT_DONE) -> str:
        capsys.readouterr()
        assert run([str(word) for word in words]) == code
        told = capsys.readouterr()
        return told.out + told.err

    return command


@pytest.fixture
def cohort(said):
    """A cohort C of two slides, and of one whose tissue nobody knows."""
    rows = [row("A", tissue="T"), row("B", "South", tissue="T"), row("pale", "South")]
    lines = ["slide_id,center,tissue"]
    for number, each in enumerate(rows):
        slide(Path(f"{each['slide_id']}.tif"), number)
        lines.append(f"{each['slide_id']},{each['center']},{each.get('tissue', '')}")
    Path("t.csv").write_text("\n".join(lines) + "\n")
    said("cohort", "new", "C", "--table", "t.csv")


def content(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def lines_of(told: str) -> list[list[str]]:
    return [line.split() for line in told.splitlines()]


def test_four_slides_of_camelyon_with_a_table_and_regions_become_a_reference_set(said):
    for path in shared("slides").glob("camelyon17-*.tif"):
        shutil.copy(path, path.name)
    said("cohort", "new", "C", "--table", shared("faults", "slides", "slides2.csv"))
    regions = shared("faults", "slides", "roi.geojson")
    said("cohort", "add", "C", "--regions", regions, "--all-slides")
    told = said("reference", "sample", "C", "--dry-run")
    assert "64 tiles of 4 slides, 112 µm a side, 224 px; slides that give nothing: 0" in told
    assert not Path("R.pgref").exists()
    written = said("reference", "sample", "C", "--out", "R.pgref")
    for center in ("A  C0", "B  C1", "C  C2", "D  C3"):
        row_of = [*center.split(), "8", "(1)", "8", "(1)"]
        assert row_of in lines_of(told)
        assert row_of in lines_of(written)
    assert "64 of 4 slides; patients: 4" in written
    made = load_reference(Path("R.pgref"))
    assert made.tissues == ["Stroma", "Tumor"]
    left = made.places_l0[made.labels.tissue == "Tumor", 0]
    assert left.max() + 467 <= 1024  # the tumor of the file ends there, and stroma begins
    said("reference", "sample", "C", "--out", "again/R.pgref")
    assert content("again/R.pgref") == content("R.pgref")


def test_what_gives_nothing_is_named_and_the_rest_is_taken(said, cohort):
    told = said("reference", "sample", "C", "--out", "R.pgref", *SMALL)
    assert "row 3 (pale): it has no tissue, and no labeled regions" in told
    assert "100 of 2 slides" in told


def test_a_dry_run_prints_the_table_as_it_will_be_and_writes_nothing(said, cohort):
    before = sorted(Path().rglob("*"))
    words = ("--tiles-a-slide", "9", "--tiles-a-pair", "5", "--equal-pairs", *SMALL)
    told = said("reference", "sample", "C", "--dry-run", "--out", "R.pgref", *words)
    assert sorted(Path().rglob("*")) == before
    assert "Nothing was written" in told
    assert "row 3 (pale)" in told
    assert ["A", "North", "5", "(1)"] in lines_of(told)
    assert "Robustness index" in told
    written = said("reference", "sample", "C", "--out", "R.pgref", *words)
    assert ["A", "North", "5", "(1)"] in lines_of(written)
    assert ["B", "South", "5", "(1)"] in lines_of(written)


def test_a_set_is_replaced_only_with_overwrite(said, cohort):
    said("reference", "sample", "C", "--out", "R.pgref", *SMALL)
    before = content("R.pgref")
    again = ("reference", "sample", "C", "--out", "R.pgref", "--seed", "1", *SMALL)
    assert "--overwrite" in said(*again, code=EXIT_INPUT)
    assert content("R.pgref") == before
    said(*again, "--overwrite")
    assert content("R.pgref") != before


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), "--dry-run"),
        (("--out", "R"), "ends in .pgref"),
        (("--dry-run", "--mpp", "0"), "positive number"),
        (("--dry-run", "--from", "tiles"), "no source tiles"),
        (("--dry-run", "--edge-um", "400"), "C.pgcohort gives no tile: row 1"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(said, cohort, words, text):
    told = said("reference", "sample", "C", *words, code=EXIT_INPUT)
    assert text in told
    assert "Traceback" not in told


def test_no_cohort_is_one_sentence(said):
    assert "does not exist" in said("reference", "sample", "X", "--dry-run", code=EXIT_INPUT)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no interrupt to one process")
def test_ctrl_c_leaves_nothing_half(cohort, tmp_path):
    slide(tmp_path / "A.tif", 7, size=3072)
    Path("C.pgcohort/slides.csv").write_text(
        "slide_id,file,center,tissue\nA,../A.tif,North,T\n", encoding="utf-8"
    )
    words = ["reference", "sample", "C", "--out", "R.pgref", *SMALL, "--tiles-a-slide", "2200"]
    before = {path.name for path in tmp_path.iterdir()}
    process = subprocess.Popen(
        [sys.executable, "-m", "pathgui", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    until = time.monotonic() + 120
    for line in process.stdout:
        if "Cutting the tiles" in line or time.monotonic() > until:
            process.send_signal(signal.SIGINT)
            break
    told = process.communicate(timeout=120)[0]
    assert "Traceback" not in told
    assert process.returncode != EXIT_DONE
    assert {path.name for path in tmp_path.iterdir()} == before


def test_spoiled_tiles_are_counted_listed_pictured_and_taken_back(said, tmp_path):
    spoiled_slide(Path("A.tif"))
    slide(Path("B.tif"), 1)
    Path("t.csv").write_text("slide_id,center,tissue\nA,North,T\nB,South,T\n", encoding="utf-8")
    said("cohort", "new", "C", "--table", "t.csv")
    told = said("reference", "sample", "C", "--dry-run", "--pictures", "Bilder", *SMALL)
    assert "Thrown out as spoiled, and others drawn where there are any: 16 (black 16)" in told
    assert "3 sheets of pictures and thrown_out.csv are in Bilder." in told
    assert "No set was written" in told
    said("reference", "sample", "C", "--out", "R.pgref", *SMALL)
    listed = Path("R.pgref/thrown_out.csv").read_text("utf-8")
    assert listed == Path("Bilder/thrown_out.csv").read_text("utf-8")
    assert load_reference(Path("R.pgref")).info.sampled.plan.quality
    back = ("--keep-anyway", "R.pgref/thrown_out.csv", *SMALL)
    assert "Thrown out" not in said("reference", "sample", "C", "--out", "S.pgref", *back)
    said("reference", "sample", "C", "--out", "T.pgref", "--no-quality", *SMALL)
    assert not Path("T.pgref/thrown_out.csv").exists()
    tables = [Path(name, "tiles.parquet").read_bytes() for name in ("S.pgref", "T.pgref")]
    assert tables[0] == tables[1]
    text = said("reference", "sample", "C", "--out", "U.pgref", "--pictures", "X", code=EXIT_INPUT)
    assert "--pictures goes with --dry-run" in text
    text = said("reference", "sample", "C", "--out", "U.pgref", "--keep-anyway", "t.csv",
                code=EXIT_INPUT)  # fmt: skip
    assert "t.csv has no column tile" in text
