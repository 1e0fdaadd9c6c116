"""A reference set made of the cohort in the window, as a user's hand meets it."""

from __future__ import annotations

import shlex

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from pathgui.cli.main import run
from pathgui.core.cohort.opened import open_cohort
from pathgui.core.cohort.sampling.sample import plan_sample
from pathgui.core.cohort.sampling.sampled_set import write_sample
from pathgui.core.measurement.measurable import measurable
from pathgui.core.reference.reference_set import load_reference
from pathgui.folders import places_dir
from tests.core.cohort.sampling.study import row, spoiled_slide, study
from tests.gui.conftest import click, idle, texts
from tests.material import make_reference

FOUND = "3 tiles of 3 slides"


@pytest.fixture
def cohort(tmp_path):
    opened = study(
        tmp_path / "s",
        row("A", tissue="Tumor"),
        row("B", "South", tissue="Tumor"),
        row("C", "South", tissue="Stroma"),
        row("D", ""),
    )
    opened.close()
    return opened.folder


@pytest.fixture
def win(qtbot, window, cohort):
    made = window()
    made.cohort.control.open(cohort)
    qtbot.waitUntil(lambda: made.cohort.is_on_disk, timeout=10_000)
    qtbot.waitUntil(idle(made), timeout=10_000)
    return made


@pytest.fixture
def dialog(qtbot, win):
    """With a plan that suits slides of 512 px."""
    made = ask(qtbot, win)
    made.edge_um.setValue(32)
    made.min_tissue.setValue(0)
    made.tiles_a_slide.setValue(1)
    qtbot.waitUntil(lambda: made.drawn is not None, timeout=10_000)
    return made


def ask(qtbot, win):
    shown = win.reference_panel.own_button
    click(qtbot, shown if shown.isVisible() else win.cohort_panel.sample_button)
    return win.cohort.samples.dialog


def test_the_table_is_known_before_anything_is_written(dialog, cohort):
    assert FOUND in dialog.state.text()
    assert "Nothing is written yet" in dialog.state.text()
    headings = [dialog.pairs.horizontalHeaderItem(i).text() for i in range(2)]
    assert headings == ["North", "South"]
    assert dialog.pairs.item(0, 0).text() == "none"  # stroma at North
    assert dialog.pairs.item(0, 1).text() == "1 of 1 slide"
    (reason,) = dialog.reasons.lines.rows
    assert (reason.cells["slide"], reason.cells["why"]) == ("D", "it has no center")
    assert not list(cohort.parent.glob("*.pgref"))


def test_the_column_that_plays_the_center_is_called_by_its_name(qtbot, win):
    book = win.cohort.book
    book.edit("scanners", {(i, "scanner"): name for i, name in enumerate(("S1", "S2", "S2", "S1"))})
    win.cohort.give_role("center", "scanner")
    dialog = ask(qtbot, win)
    dialog.edge_um.setValue(32)
    dialog.min_tissue.setValue(0)
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)
    assert dialog.preview.told.text().startswith("Some of each tissue at each scanner.")
    assert dialog.tiles_a_pair.toolTip() == "At most, of one tissue at one scanner."
    assert dialog.pairs.accessibleName() == "Tiles and slides of each tissue at each scanner"
    dialog.close()


def test_another_plan_is_looked_at_and_until_then_nothing_can_be_made(qtbot, dialog):
    dialog.tiles_a_slide.setValue(4)
    assert not dialog.make_button.isEnabled()
    assert dialog.drawn is None
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)
    assert dialog.make_button.isEnabled()
    assert "12 tiles of 3 slides" in dialog.state.text()


def test_a_plan_that_cannot_be_carried_out_says_why_and_a_better_one_goes_on(qtbot, dialog):
    dialog.mpp.setValue(8)
    qtbot.waitUntil(lambda: "pixels wide" in dialog.state.text(), timeout=10_000)
    assert not dialog.make_button.isEnabled()
    assert not dialog.pairs.isVisible()
    dialog.mpp.setValue(0.5)
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)
    assert dialog.pairs.isVisible()


def test_the_set_is_made_used_and_has_the_bytes_that_the_terminal_makes(
    qtbot, win, dialog, cohort, tmp_path
):
    drawn = dialog.drawn
    dialog.name.setText("my set")
    dialog.make(tmp_path / "window.pgref")
    qtbot.waitUntil(lambda: win.references.reference is not None, timeout=10_000)
    assert win.references.reference.info.name == "my set"
    said = texts(win)
    assert "3 tiles of 3 slides and is in use" in said
    qtbot.waitUntil(idle(win), timeout=10_000)
    with open_cohort(cohort, places_dir(), to_change=False) as opened:
        sample = plan_sample(opened, drawn.sample.plan)
    write_sample(sample, tmp_path / "terminal.pgref")
    pictures = [
        {path.name: path.read_bytes() for path in (tmp_path / name / "images").iterdir()}
        for name in ("window.pgref", "terminal.pgref")
    ]
    assert pictures[0] == pictures[1]
    tables = [
        (tmp_path / name / "tiles.parquet").read_bytes()
        for name in ("window.pgref", "terminal.pgref")
    ]
    assert tables[0] == tables[1]


def test_tiles_and_slides_are_taken_out_by_a_click_and_the_command_makes_the_same_set(
    qtbot, win, dialog, tmp_path
):
    preview = dialog.preview
    dialog.tiles_a_slide.setValue(4)
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)
    dialog.pairs.setCurrentCell(1, 0)  # tumor at North
    places = list(preview.grid.tiles.keys)
    assert {(place.slide_id, place.tissue) for place in places} == {("A", "Tumor")}
    read = preview.pictures.picture
    qtbot.waitUntil(lambda: all(read(place) is not None for place in places), timeout=10_000)
    assert not read(places[0]).isNull()

    def press(row):
        preview.grid.setCurrentIndex(preview.grid.tiles.index(row))
        preview.grid.clicked.emit(preview.grid.currentIndex())

    press(0)
    press(1)
    press(1)  # and put back
    assert "11 tiles of 3 slides" in dialog.state.text()
    assert "You took 1 tile out" in dialog.state.text()
    dialog.pairs.setCurrentCell(0, 1)
    press(2)
    click(qtbot, preview.slide_button)
    assert "7 tiles of 2 slides" in dialog.state.text()
    assert [each.cells["slide"] for each in dialog.reasons.lines.rows] == ["C", "D"]
    can = measurable(dialog.taken.labels, edge_um=32)
    told = "\n".join(each.text for each in can.abilities)
    assert told != "\n".join(each.text for each in dialog.drawn.can.abilities)
    qtbot.waitUntil(lambda: dialog.can.toolTip() == told, timeout=10_000)
    click(qtbot, preview.back_button)
    assert "12 tiles of 3 slides" in dialog.state.text()
    press(2)
    click(qtbot, preview.slide_button)
    dialog.name.setText("my set")
    click(qtbot, dialog.copy_button)
    words = shlex.split(QGuiApplication.clipboard().text())
    assert words[:3] == ["pathgui", "reference", "sample"]
    dialog.make(tmp_path / "window.pgref")
    qtbot.waitUntil(lambda: win.references.reference is not None, timeout=10_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
    words[words.index("--out") + 1] = str(tmp_path / "terminal.pgref")
    assert run(words[1:]) == 0
    window, terminal = (
        {path.name: path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}
        for name in ("window.pgref", "terminal.pgref")
    )
    assert window == terminal


def test_looking_can_be_stopped_and_begun_again(qtbot, dialog):
    dialog.tiles_a_slide.setValue(5)
    dialog._timer.stop()
    dialog.look()
    click(qtbot, dialog.stop_button)
    qtbot.waitUntil(lambda: "Stopped" in dialog.state.text(), timeout=10_000)
    assert not dialog.make_button.isEnabled()
    click(qtbot, dialog.stop_button)
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)


def test_spoiled_tiles_are_counted_with_the_reason_and_can_stay(qtbot, win, cohort):
    spoiled_slide(cohort.parent / "A.tif")
    dialog = ask(qtbot, win)
    dialog.edge_um.setValue(32)
    dialog.min_tissue.setValue(0)
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)
    assert "16 spoiled tiles thrown out" in dialog.state.text()
    assert "is nearly black" in dialog.state.toolTip()
    spoiled = dialog.preview.spoiled
    assert len(spoiled.tiles.keys) == 16
    spoiled.clicked.emit(spoiled.tiles.index(0))  # which takes it back
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)
    assert "15 spoiled tiles thrown out" in dialog.state.text()
    assert dialog.drawn.sample.plan.kept_anyway == (spoiled.tiles.keys[0].name,)
    click(qtbot, dialog.quality)
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)
    assert "thrown out" not in dialog.state.text()
    assert not dialog.state.toolTip()


def test_what_was_just_typed_into_the_table_counts(qtbot, win):
    book, content = win.cohort.book, win.cohort.book.content
    book.edit("center of D", {(3, "center"): "North"})
    assert content is not book.content
    dialog = ask(qtbot, win)
    dialog.edge_um.setValue(32)
    dialog.min_tissue.setValue(0)
    qtbot.waitUntil(lambda: dialog.drawn is not None, timeout=10_000)
    (reason,) = dialog.reasons.lines.rows
    assert reason.cells["why"] == "it has no tissue, and no labeled regions"
    dialog.reject()


def test_closing_the_dialog_stops_looking_and_writes_nothing(qtbot, win, cohort):
    dialog = ask(qtbot, win)
    dialog.reject()
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert not list(cohort.parent.glob("*.pgref"))


def test_a_folder_that_is_no_reference_set_is_not_replaced(qtbot, win, dialog, tmp_path):
    other = tmp_path / "window.pgref"
    other.mkdir()
    (other / "letter.txt").write_text("keep me")
    dialog.make(other)
    qtbot.waitUntil(lambda: "window.pgref" in texts(win), timeout=10_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert (other / "letter.txt").read_text() == "keep me"


def test_a_set_is_replaced_only_if_the_user_was_asked(qtbot, win, dialog, cohort, monkeypatch):
    there = make_reference(cohort.parent / "made").folder
    typed = str(there.with_suffix(""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (typed, ""))
    click(qtbot, dialog.make_button)  # the ending was added, so nobody was asked
    qtbot.waitUntil(lambda: "holds a reference set already" in texts(win), timeout=10_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert load_reference(there).info.sampled is None


def test_slides_that_are_no_cohort_yet_offer_no_set(qtbot, window):
    win = window()
    assert not win.cohort_panel.sample_button.isVisible()
