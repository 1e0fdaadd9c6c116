"""Regions of a slide of the open cohort are read from the cohort, and written into it."""

from __future__ import annotations

import json
import threading

import pytest

from pathgui.core.cohort.check import faults_of
from pathgui.core.cohort.labeled_regions import load_regions, region_file, to_geojson
from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.core.slides.region_files import Area
from pathgui.gui.cohort import look_control
from tests.core.cohort.making import slide
from tests.gui.cohort.test_slide_table import saved_as
from tests.gui.conftest import idle, texts

TUMOR = Area((((10.25, 20.0), (90.0, 20.0), (90.0, 80.0)),), "Tumor", (200, 0, 0))
DRAWN = DrawnRegion(((5.0, 5.0), (60.0, 5.0), (60.0, 60.0)), "Fett")


@pytest.fixture
def study(qtbot, window, tmp_path):
    """A window with a cohort of two slides, the one with an umlaut shown; and its regions."""
    paths = [slide(tmp_path / "scans" / name, i) for i, name in enumerate(("Größe 1.tif", "B.tif"))]
    win = window()
    win.open_slides(paths)
    qtbot.waitUntil(idle(win), timeout=10_000)
    saved_as(qtbot, win, tmp_path / "study.pgcohort")
    show(qtbot, win, paths[0])
    return win, paths, tmp_path / "study.pgcohort" / "regions"


def show(qtbot, win, path):
    win.slides.open(path)
    qtbot.waitUntil(
        lambda: win.slides.path == path and bool(getattr(win.viewer.pixels, "content_id", "")),
        timeout=10_000,
    )
    qtbot.waitUntil(lambda: win.viewer.pixels.content_id in win.cohort_regions._kept)
    qtbot.waitUntil(idle(win), timeout=10_000)


def kinds_on_disk(folder, slide_id):
    return [area.kind for area in load_regions(folder, slide_id)]


def lacks(win, slide_id):
    return [fault.lacks for fault in win.cohort.look.faults if fault.slide_id == slide_id]


def test_what_is_drawn_goes_into_the_cohort_and_undo_takes_it_out_again(qtbot, study):
    win, _, folder = study
    win.docks.cohort.raise_()
    qtbot.waitUntil(lambda: "tissue" in lacks(win, "Größe 1"), timeout=5000)
    unnamed = DrawnRegion(DRAWN.outline)
    win.region_book.show((DRAWN, unnamed), "Draw a region")
    qtbot.waitUntil(lambda: kinds_on_disk(folder, "Größe 1") == ["Fett"], timeout=5000)
    (feature,) = json.loads(region_file(folder, "Größe 1").read_text("utf-8"))["features"]
    qtbot.waitUntil(lambda: "tissue" not in lacks(win, "Größe 1"), timeout=5000)
    color = win.region_book.classes.color_of("Fett")
    assert feature["properties"]["classification"]["color"] == list(color)
    win.undo.undo()
    qtbot.waitUntil(lambda: not region_file(folder, "Größe 1").exists(), timeout=5000)
    win.undo.redo()
    win.cohort_regions.flush()  # as when the window is closed at once
    assert kinds_on_disk(folder, "Größe 1") == ["Fett"]


def test_regions_that_come_while_rows_are_judged_are_judged_afterward(qtbot, study, monkeypatch):
    win, _, _ = study
    win.docks.cohort.raise_()
    qtbot.waitUntil(lambda: bool(win.cohort.look.faults) and idle(win)(), timeout=10_000)
    judged, go_on = [], threading.Event()

    def judge(*given):
        judged.append(given)
        go_on.wait(10)
        return faults_of(*given)

    monkeypatch.setattr(look_control, "faults_of", judge)
    win.cohort.control.regions_changed()
    qtbot.waitUntil(lambda: len(judged) == 1)
    win.cohort.control.regions_changed()
    go_on.set()
    qtbot.waitUntil(lambda: len(judged) == 2, timeout=5000)


def test_what_the_cohort_holds_is_shown_and_left_to_the_byte_where_nobody_touches_it(qtbot, study):
    win, (_, other), folder = study
    path = region_file(folder, "B")
    path.write_bytes(to_geojson([TUMOR]))
    before = path.read_bytes()
    show(qtbot, win, other)
    qtbot.waitUntil(lambda: win.viewer.tools.kinds == ("Tumor",))
    assert win.region_book.classes.color_of("Tumor") == (200, 0, 0)
    assert path.read_bytes() == before
    win.region_book.show((*win.viewer.drawn, DRAWN), "Draw a region")
    qtbot.waitUntil(lambda: kinds_on_disk(folder, "B") == ["Tumor", "Fett"], timeout=5000)
    assert load_regions(folder, "B")[0] == TUMOR


def test_a_damaged_file_of_regions_is_said_and_never_written_over(qtbot, study):
    win, (_, other), folder = study
    path = region_file(folder, "B")
    path.write_text("{cut off")
    win.slides.open(other)
    qtbot.waitUntil(lambda: "is not GeoJSON" in texts(win, "error"), timeout=10_000)
    win.region_book.show((DRAWN,), "Draw a region")
    win.cohort_regions.flush()
    assert path.read_text() == "{cut off"


def test_a_cohort_that_is_read_only_is_not_written_and_says_so(qtbot, study):
    win, _, folder = study
    win.cohort.control.opened.why_read_only = "Ada has study open, so it is read-only here."
    win.region_book.show((DRAWN,), "Draw a region")
    assert "kept on this computer only" in texts(win)
    win.cohort_regions.flush()
    assert not region_file(folder, "Größe 1").exists()


def test_saving_as_a_cohort_keeps_the_regions_of_slides_that_are_not_shown(qtbot, window, tmp_path):
    paths = [slide(tmp_path / name, i) for i, name in enumerate(("Größe 1.tif", "B.tif"))]
    win = window()
    win.open_slides(paths)
    for path in paths:
        win.slides.open(path)
        qtbot.waitUntil(
            lambda path=path: (
                win.slides.path == path and bool(getattr(win.viewer.pixels, "content_id", ""))
            ),
            timeout=10_000,
        )
        win.region_book.show((DRAWN, DrawnRegion(DRAWN.outline)), "Draw a region")
    saved_as(qtbot, win, tmp_path / "study.pgcohort")
    qtbot.waitUntil(idle(win), timeout=10_000)
    folder = tmp_path / "study.pgcohort" / "regions"
    assert [kinds_on_disk(folder, name) for name in ("Größe 1", "B")] == [["Fett"]] * 2
    assert [each.kind for each in win.viewer.drawn] == ["Fett", ""]
    color = win.region_book.classes.color_of("Fett")
    assert load_regions(folder, "Größe 1")[0].color == color


def test_tissues_of_the_table_are_the_first_classes(study):
    win, *_ = study
    win.cohort.book.edit("tissue", {(0, "tissue"): "Leber", (1, "tissue"): "Haut"})
    assert win.region_book.classes.names[:2] == ("Haut", "Leber")
