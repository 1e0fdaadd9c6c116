"""Cohorts in the terminal: what is proposed is shown, and taken only where that is said."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.cohort.opened import OpenCohort, open_cohort
from pathgui.core.errors import CohortError
from pathgui.folders import places_dir
from tests.core.cohort.making import feature, geojson, slide
from tests.shared_data import shared


@pytest.fixture(autouse=True)
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Run a command, expect its exit code, and return what it printed."""

    def command(*words: str | Path, code: int = EXIT_DONE) -> str:
        capsys.readouterr()
        assert run(["cohort", *map(str, words)]) == code
        told = capsys.readouterr()
        return told.out + told.err

    return command


def cohort(name: str = "C") -> OpenCohort:
    with open_cohort(Path(f"{name}.pgcohort"), places_dir()) as found:
        return found


def column(name: str) -> list[str]:
    return cohort().cohort.slides.column(name)


def test_four_slides_of_camelyon_with_a_table_and_regions_are_a_cohort(said):
    for path in shared("slides").glob("camelyon17-*.tif"):
        shutil.copy(path, path.name)
    table = shared("faults", "slides", "slides2.csv")
    told = said("new", "C", "--table", table)
    assert '"slide" is slide_id, "patient" is patient_id' in told
    assert "4 rows taken, 4 slides new" in told
    assert "not found" not in told
    regions = shared("faults", "slides", "roi.geojson")
    assert "8 labeled regions added to 4 slides" in (
        said("add", "C", "--regions", regions, "--all-slides")
    )
    assert "No labeled region was added." in (
        said("add", "C.pgcohort", "--regions", regions, "--all-slides")
    )
    assert "4 slides: nothing is missing." in said("check", "C")
    shown = said("show", "C")
    assert "Slides:    4, files found: 4" in shown
    assert "Regions:   8 labeled, on 4 slides" in shown
    assert [line.split() for line in shown.splitlines() if " C" in line[:4]][-1] == ["C3", "1", "1"]
    found = json.loads(said("show", "C", "--json"))
    assert found["tissues"] == ["Stroma", "Tumor"]
    assert found["table"]["Tumor × C0"] == 1
    assert column("patient_id") == ["patient006", "patient024", "patient056", "patient066"]


def test_a_table_elsewhere_finds_slides_in_the_folder_that_is_named(said, tmp_path):
    slide(tmp_path / "archive" / "2024" / "A.tif")
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "t.csv").write_text("slide,center\nA,North\nB,South\n")
    told = said("new", "C", "--table", "t/t.csv", "--slides", "archive")
    assert "The files of 1 slide were not found: B" in told
    assert column("file") == ["../archive/2024/A.tif", ""]


def test_what_may_mean_something_else_is_taken_only_when_that_is_said(said, tmp_path):
    Path("t.csv").write_text("slide;Klinik;Fall\nA;Köln;7\n", encoding="utf-8")
    told = said("new", "C", "--table", "t.csv")
    assert 'Proposed: the column "Klinik" is the center.' in told
    assert "Not taken as that" in told
    assert column("center") == [""]
    assert column("Klinik") == ["Köln"]
    said("import", "C", "t.csv", "--column", "center=klinik")
    assert (column("center"), column("patient_id")) == (["Köln"], [""])
    said("import", "C", "t.csv", "--yes")
    assert column("patient_id") == ["7"]


def test_an_answer_at_the_terminal_is_taken(said, monkeypatch):
    Path("t.csv").write_text("slide,hospital\nA,North\n")
    monkeypatch.setattr("pathgui.cli.cohort_tables.agreed", lambda question: True)
    said("new", "C", "--table", "t.csv")
    assert column("center") == ["North"]


def test_two_columns_that_may_be_the_center_are_named(said):
    Path("t.csv").write_text("slide,site,hospital\nA,1,2\n")
    told = said("new", "C", "--table", "t.csv")
    assert '"site" and "hospital" may both be the center' in told
    assert column("center") == [""]
    said("import", "C", "t.csv", "--column", "center=site")
    assert column("center") == ["1"]


def test_what_was_copied_from_a_spreadsheet_is_read_with_and_without_headings(said, monkeypatch):
    def paste(text: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))

    paste("slide\tcenter\nA\tKöln\n".encode("cp1252"))
    said("new", "C", "--table", "-")
    assert column("center") == ["Köln"]
    paste(b"A\tSouth\nB\tWest\n")
    words = ["--column", "slide_id=column 1", "--column", "center=column 2", "--add-slides"]
    told = said("import", "C", "-", *words)
    assert "A: center was Köln and is South now." in told
    assert column("center") == ["South", "West"]


def test_rows_and_slides_that_meet_nobody_are_listed(said):
    Path("t.csv").write_text("slide,center\nA,1\nB,2\n")
    Path("u.csv").write_text("slide,center\nB.svs,3\nC,4\n")
    said("new", "C", "--table", "t.csv")
    told = said("import", "C", "u.csv")
    assert "In the table, but no slide of the cohort: C." in told
    assert "In the cohort, but not in the table: A." in told
    assert column("center") == ["1", "3"]


def test_a_qupath_project_says_what_its_user_typed(said):
    said("new", "C", "--table", shared("faults", "slides", "slides2.csv"))
    told = said("import", "C", shared("qupath", "project.qpproj"), "--yes")
    assert '"Hospital" is center' in told
    assert column("mpp") == ["0.24"] * 4


def test_folders_names_and_files_propose_and_people_choose(said):
    for i, name in enumerate(("North/TCGA-CR-7395-01A.tif", "South/TCGA-3C-AALI-01Z.tif")):
        slide(Path(name), i)
    said("new", "C", "--slides", "North", "--slides", "South")
    told = said("import", "C", "--from-files")
    assert "Nothing was taken" in told
    assert "North, South" in told
    said("import", "C", "--from-files", "--column", "center=folder 1")
    assert column("center") == ["North", "South"]
    told = said("import", "C", "--from-files", "--yes")
    assert "2 cells that held something else kept" in told
    assert column("patient_id") == ["TCGA-CR-7395", "TCGA-3C-AALI"]
    assert "no source moon. There are: folder 1" in (
        said("import", "C", "--from-files", "--column", "center=moon", code=EXIT_INPUT)
    )


def test_slides_are_added_once_and_moved_ones_are_found_again(said):
    slide(Path("s/A.tif"))
    said("new", "C")
    assert "1 slide added" in said("add", "C", "s")
    assert "is in the cohort already, as A" in said("add", "C", "s/A.tif")
    shutil.move("s", "moved")
    assert "row 1 (A): its file ../s/A.tif is not found" in said("check", "C", code=2)
    assert "1 slide found again" in said("add", "C", "--find", "moved")
    assert column("file") == ["../moved/A.tif"]


def test_a_dicom_folder_is_one_slide(said):
    shutil.copytree(shared("slides", "CMU-1-Small-Region-dicom"), "series")
    assert "1 slide added" in (said("new", "C") and said("add", "C", "series"))
    said("import", "C", "--from-files", "--yes")
    faults = json.loads(said("check", "C", "--json", code=2).partition("Note")[0])["faults"]
    assert {fault["lacks"] for fault in faults} == {"center", "tissue"}


def test_a_column_can_play_another_role(said):
    Path("t.csv").write_text("slide_id,center,scanner,tissue\nA,North,S1,tumor\n")
    told = said("new", "C", "--table", "t.csv", "--role", "center=scanner")
    assert "The column scanner plays the center" in told
    shown = said("show", "C")
    assert "Centers:   1 (column scanner)" in shown
    assert "Slides of each tissue at each scanner:" in shown
    assert "no column color" in said("add", "C", "--role", "center=color", code=EXIT_INPUT)
    assert "no role moon" in said("add", "C", "--role", "moon=center", code=EXIT_INPUT)
    both = said("add", "C", "--role", "tissue=center", "--role", "center=color", code=EXIT_INPUT)
    assert "no column color" in both
    assert "plays" not in both  # nothing was written


def test_nothing_is_called_done_before_it_is_written(said, monkeypatch):
    def full_disk(*_: object) -> None:
        raise CohortError("the disk is full")

    Path("n").mkdir()
    Path("n/t.csv").write_text("slide_id,center,scanner\nA,North,S1\n")
    said("new", "C", "--table", "n/t.csv")
    monkeypatch.setattr(OpenCohort, "save", full_disk)
    for words in (
        ["new", "D", "--table", "n/t.csv"],
        ["add", "C", "--role", "center=scanner"],
        ["import", "C", "n/t.csv", "--add-slides", "--column", "slide_id=scanner"],
    ):
        told = said(*words, code=EXIT_INPUT)
        assert "the disk is full" in told
        assert not re.search("rows? taken|plays|added|filled", told)


def test_regions_of_one_slide_with_chosen_classes(said):
    Path("t.csv").write_text("slide_id\nA\nB\n")
    said("new", "C", "--table", "t.csv")
    geojson(Path("roi.geojson"), feature("Tumor"), feature("Ignore*"), feature(None))
    words = ["--regions", "roi.geojson", "--slide", "A", "--class", "Fat", "--leave-out", "Ignore*"]
    assert "2 labeled regions added to 1 slide." in said("add", "C", *words)
    slides = json.loads(said("show", "C", "--json"))["slides"]
    assert slides[0]["tissues"] == ["Fat", "Tumor"]


def test_a_second_program_and_a_share_without_rights_read_only(said, monkeypatch):
    said("new", "C")
    with open_cohort(Path("C.pgcohort"), places_dir()):
        told = said("show", "C")
        assert f"Another pathgui (process {os.getpid()}) has C.pgcohort open" in told
        slide(Path("A.tif"))
        assert "Nothing was changed" in said("add", "C", "A.tif", code=EXIT_INPUT)
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    assert "cannot be written, so it is read-only here" in said("show", "C")
    assert "Nothing was changed" in said("add", "C", "A.tif", code=EXIT_INPUT)
    assert column("slide_id") == []


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["new", "C", "--table", "none.csv"], "none.csv cannot be read"),
        (["new", "C", "--table", "bad.csv"], "not text"),
        (["new", "C", "--table", "u.csv"], "says which slide a row is of"),
        (["new", "C", "--slides", "none"], "There is no file"),
        (["new", "C", "--column", "center=x"], "Name the table"),
        (["new", "C", "--table", "t.csv", "--column", "center"], "--column is NAME=VALUE"),
        (["new", "C", "--table", "t.csv", "--column", "center=x"], "has no column x"),
        (["new", "C", "--table", "t.csv", "--role", "center=x"], "no column x"),
        (["new", "C", "--table", "t.csv", "--column", "a=slide", "--column", "a=slide"], "a twice"),
        (["add", "C"], "does not exist"),
        (["show", "C"], "does not exist"),
        (["check", "t.csv"], "does not exist"),
        (["import", "C", "t.csv"], "does not exist"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_leaves_no_cohort(said, words, text):
    Path("t.csv").write_text("slide\nA\n")
    Path("u.csv").write_text("Präparat,center\nA,1\n", encoding="utf-8")
    Path("bad.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\x01" * 9)
    if words[0] == "add":
        words = [*words, "--find", "."]
    assert text in " ".join(said(*words, code=EXIT_INPUT).split())
    assert not Path("C.pgcohort").exists()


def test_a_command_without_a_task_says_what_there_is(said):
    said("new", "C")
    assert "Say what to add" in said("add", "C", code=EXIT_INPUT)
    assert "Name a table" in said("import", "C", code=EXIT_INPUT)
    assert "exists. Choose another name" in said("new", "C", code=EXIT_INPUT)
    assert "say anything of these slides" in said("import", "C", "--from-files")
