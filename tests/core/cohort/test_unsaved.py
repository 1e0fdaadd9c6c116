"""Open slides become a table without being read, and a cohort on disk with all that was said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.cohort.check import faults_of, states_of
from pathgui.core.cohort.labeled_regions import load_regions
from pathgui.core.cohort.opened import open_cohort
from pathgui.core.cohort.record import Roles
from pathgui.core.cohort.slide_search import content_of
from pathgui.core.cohort.slide_table import CONTENT_ID, FILE, SlideTable
from pathgui.core.cohort.unsaved import (
    NOTHING_DRAWN,
    DrawnOnSlide,
    found_again,
    found_beside,
    save_as,
    with_slides,
)
from pathgui.core.errors import CohortError
from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.core.slides.region_files import Area
from tests.core.cohort.making import slide


def test_a_slide_is_called_by_its_file_and_two_of_one_name_by_their_folders_too(tmp_path):
    paths = [tmp_path / folder / "A.tif" for folder in ("x", "y", "y/z/y")]
    found = with_slides(SlideTable(), paths)
    assert found.slide_ids == ["A", "y-A", "A (2)"]
    assert found.column(FILE) == ["A.tif"] * 3


def test_what_was_said_of_slides_is_kept_with_them(tmp_path):
    paths = [slide(tmp_path / "slides" / f"{name}.tif", i) for i, name in enumerate("AB")]
    table = with_slides(SlideTable(), paths).with_cells({(1, "scanner"): "P250"})
    roles = Roles(center="scanner")
    opened, notes = save_as(tmp_path / "C.pgcohort", tmp_path / "p", table, roles, paths)
    with opened:
        assert notes == ()
    with open_cohort(tmp_path / "C.pgcohort", tmp_path / "p") as again:
        slides = again.cohort.slides
        assert again.cohort.info.roles.center == "scanner"
        assert slides.column("scanner") == ["", "P250"]
        assert slides.column(FILE) == ["../slides/A.tif", "../slides/B.tif"]
        assert all(slides.column(CONTENT_ID))
        assert again.files() == [(tmp_path / "C.pgcohort" / name) for name in slides.column(FILE)]


def test_what_was_drawn_on_slides_becomes_labeled_regions_and_the_rest_stays_outside(tmp_path):
    paths = [slide(tmp_path / f"{name}.tif", i) for i, name in enumerate("ABC")]
    gone = tmp_path / "D.tif"
    contents = [content_of(path) for path in paths]
    outline = ((5.0, 5.0), (60.0, 5.0), (60.0, 60.0))
    drawn = {
        contents[0]: DrawnOnSlide((DrawnRegion(outline, "Fett"),), {"Fett": (200, 0, 0)}),
        contents[1]: DrawnOnSlide((DrawnRegion(outline),)),
    }
    table = with_slides(SlideTable(), [*paths, gone])
    opened, notes = save_as(
        tmp_path / "C.pgcohort", tmp_path / "p", table, Roles(), [*paths, gone],
        drawn=lambda content_id: drawn.get(content_id, NOTHING_DRAWN),
    )  # fmt: skip
    with opened:
        kept = {name: load_regions(opened.folder / "regions", name) for name in "ABCD"}
    assert kept == {"A": (Area((outline,), "Fett", (200, 0, 0)),), "B": (), "C": (), "D": ()}
    assert len(notes) == 1  # of the file that is gone


def test_a_file_that_cannot_be_read_keeps_its_row_and_its_place(tmp_path):
    good, gone = slide(tmp_path / "A.tif"), tmp_path / "away" / "B.tif"
    table = with_slides(SlideTable(), [good, gone])
    opened, notes = save_as(tmp_path / "C.pgcohort", tmp_path / "p", table, Roles(), [good, gone])
    with opened:
        assert opened.files()[1] is None
        gone.parent.mkdir()
        slide(gone, 1)
        assert opened.files()[1] is not None
    assert len(notes) == 1
    assert "B.tif" in notes[0]


def test_nothing_is_left_of_a_cohort_that_cannot_be_written(tmp_path):
    (tmp_path / "C.pgcohort").mkdir()
    with pytest.raises(CohortError, match="exists"):
        save_as(tmp_path / "C.pgcohort", tmp_path / "p", SlideTable(), Roles(), [])
    with pytest.raises(CohortError, match="ends in"):
        save_as(tmp_path / "C", tmp_path / "p", SlideTable(), Roles(), [])


def test_rows_whose_files_were_not_opened_yet_are_not_said_to_lack_them(tmp_path):
    paths = [slide(tmp_path / "A.tif"), None]
    table = with_slides(SlideTable(), [paths[0]]).with_rows([{"slide_id": "B"}])
    states = states_of(table, paths, {}, None)
    found = faults_of(table, replace(Roles(), center="stain"), states, None)
    assert [(fault.row, fault.lacks) for fault in found] == [
        (1, "stain"), (1, "tissue"), (2, "stain"), (2, "tissue"), (2, "file"),
    ]  # fmt: skip


def test_files_are_found_beside_a_table_and_where_slides_were_moved_to(tmp_path):
    beside = slide(tmp_path / "scans" / "A.tif")
    moved = slide(tmp_path / "moved" / "deep" / "B.tif", 1)
    rows = [{"slide_id": "A", "file": "scans\\A.tif"}, {"slide_id": "B"}, {"slide_id": "C"}]
    table = SlideTable().with_rows(rows)
    files = found_beside(table, [None] * 3, [tmp_path / "nowhere", tmp_path])
    assert files == [beside, None, None]
    assert found_again(table, files, tmp_path / "moved") == [beside, moved, None]
