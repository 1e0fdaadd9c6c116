"""All slides of a cohort are evaluated in one run, which can be stopped and goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.runs.options import new_settings
from pathgui.core.runs.record import SlideOfRun
from pathgui.gui.cohort.content import Content
from pathgui.gui.evaluation.cohort_columns import result_columns, slides_by_row, state_column
from pathgui.gui.shell.main_window import MainWindow
from tests.cohort_run_factory import make_cohort_run
from tests.cohorts import make_study
from tests.core.slide_factory import write_slide
from tests.core.stand_ins import mean_color, spec_of
from tests.gui.conftest import idle, texts
from tests.run_factory import make_evaluation


@pytest.fixture
def win(qtbot, window, reference, tmp_path) -> MainWindow:
    """A cohort of three slides of which one fails, and everything chosen."""
    make_study(tmp_path / "s", n=2).close()
    table = tmp_path / "s" / "study.pgcohort" / "slides.csv"
    table.write_text(table.read_text(encoding="utf-8") + "gone,../gone.tif\n", encoding="utf-8")
    made: MainWindow = window(known=Registry((spec_of(mean_color),)))
    quick = new_settings(device="cpu", k=5, maps=False, shortcut="none")
    made.kept.now = replace(made.kept.now, run=quick)
    made.encoder_panel.tick(("mean-color",))
    made.references.open(reference.folder)
    made.open_slides([tmp_path / "s" / "study.pgcohort"])
    qtbot.waitUntil(lambda: made.cohort_runs.ready, timeout=10_000)
    qtbot.waitUntil(idle(made), timeout=10_000)
    return made


def cells(win: MainWindow, title: str) -> list[str]:
    model = win.cohort_panel.model
    titles = [model.headerData(c, Qt.Orientation.Horizontal) for c in range(model.columnCount())]
    column = titles.index(title)
    return [model.text_at(row, column) for row in range(model.rowCount())]


def test_all_slides_are_evaluated_and_each_row_says_what_came_of_it(qtbot, win, tmp_path):
    stopped = []

    def stop_once(*_: object) -> None:
        done = [state for state, _ in win.cohort_runs._states.values()].count("done")
        if done and not stopped:
            stopped.append(done)
            win.controller.cancel()

    win.markup.tissue.from_cohort.click()
    win.region_book.leave_out("Fold", True)
    asked = win.controller.asking.request_of_cohort(win.references.reference)
    assert (asked.settings.tissue_from_region, asked.region_choice.left_out) == (True, ("Fold",))
    win.undo.undo()
    win.undo.undo()
    asked = win.controller.asking.request_of_cohort(win.references.reference)
    assert (asked.settings.tissue_from_region, asked.region_choice.left_out) == (False, ())

    win.menus.refresh()  # as a menu does when it opens
    assert win.menus.by_id["evaluate_all"].isEnabled()
    here, there = win.cohort_panel.evaluate_button, win.run_panel.all_button
    assert not here.isHidden()
    assert not there.isHidden()
    win.encoder_panel.tick(())
    assert (here.isEnabled(), there.toolTip()) == (False, "Tick at least one encoder.")
    win.encoder_panel.tick(("mean-color",))
    assert there.isEnabled()
    here.click()
    qtbot.waitUntil(lambda: win.controller.busy)
    assert not here.isEnabled()
    win.controller._job.reported.connect(stop_once)
    qtbot.waitUntil(lambda: not win.controller.busy, timeout=60_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
    first = cells(win, "Run")
    if "waiting" in first:  # else it was done before it could be stopped
        there.click()
        qtbot.waitUntil(lambda: win.controller.busy)
        qtbot.waitUntil(lambda: not win.controller.busy, timeout=60_000)
        qtbot.waitUntil(idle(win), timeout=10_000)
        assert "The run goes on: " in texts(win)
    assert cells(win, "Run")[:2] == ["done"] * 2
    assert cells(win, "Run")[2].startswith("failed: ")
    assert win.cohort_panel.model.headerData(2, Qt.Orientation.Horizontal) == "Run"  # in sight
    assert "2 of 3 slides were evaluated. 1 failed" in texts(win)
    places = cells(win, "Mean color: nearest center")
    assert all(" % of " in text for text in places[:2])
    assert places[2] == ""
    assert len(list(win.services.runs().glob("*.pgrun"))) == 1

    win.cohort_panel.grid.doubleClicked.emit(win.cohort_panel.model.index(1, 0))
    qtbot.waitUntil(lambda: win.viewer.layer is not None, timeout=10_000)
    assert win.slides.path.name == "s 2.tif"
    assert win.cohort_runs.has_failed

    # Where the encoder places the slides stays while one of them is looked at, and leads to rows.
    page, grid = win.summary_panel.slides_page, win.cohort_panel.grid
    assert win.controller.finished.evaluation.run.cohort is None
    assert win.summary_panel.tabs.isTabVisible(win.summary_panel.tabs.indexOf(page))
    model = page.matrix
    at = next(
        (row, column)
        for row in range(model.rowCount())
        for column in range(1, model.columnCount() - 1)
        if model.slides_at(row, column)[0]
    )
    page.table.clicked.emit(page.table.sorted.mapFromSource(model.index(*at)))
    assert page.listed == [each.slide.slide_id for each in model.slides_at(*at)[0]]
    rows = win.cohort.book.content.slides.slide_ids
    assert [rows[row] for row in grid.selected_rows] == page.listed
    page.view.button("slides").click()
    assert page.listed == rows
    failed = [page.list.lines.rows[2].cells[key] for key in ("slide", "state")]
    assert failed == ["gone", cells(win, "Run")[2]]
    page.list.doubleClicked.emit(page.list.sorted.index(0, 0))
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert win.slides.path.name == "s 1.tif"

    # As after a restart: the run is opened while its cohort is not, and brings it back, moved.
    (folder,) = win.services.runs().glob("*.pgrun")
    win.cohort.control.close()
    qtbot.waitUntil(lambda: not win.cohort.is_on_disk)
    assert there.isHidden()
    win.encoder_panel.tick(())
    (tmp_path / "s" / "study.pgcohort").rename(tmp_path / "s" / "renamed.pgcohort")
    win.controller.open_run(folder)
    qtbot.waitUntil(lambda: win.cohort_runs.has_failed, timeout=10_000)
    assert cells(win, "Run")[2] == failed[1]
    assert cells(win, "Mean color: nearest center") == places
    assert page.anyway_button.isHidden()
    glass = np.full((384, 384, 3), 243, np.uint8)
    write_slide(tmp_path / "s" / "gone.tif", glass, mpp=0.5, factors=(1, 2))  # found, but empty
    page.retry_button.click()
    qtbot.waitUntil(lambda: win.controller.busy, timeout=10_000)
    qtbot.waitUntil(lambda: not win.controller.busy, timeout=60_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert "On 1 slide no tissue was found." in texts(win)
    page.view.button("slides").click()
    assert not page.anyway_button.isHidden()
    win.messages.bar("evaluation").buttons["Evaluate here anyway"].click()
    qtbot.waitUntil(lambda: win.controller.busy, timeout=10_000)
    qtbot.waitUntil(lambda: not win.controller.busy, timeout=60_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert cells(win, "Run") == ["done"] * 3
    assert list(win.services.runs().glob("*.pgrun")) == [folder]


def test_a_slide_that_a_run_calls_by_a_pseudonym_is_known_by_its_content_or_its_place():
    run = make_evaluation(given_center=True).run
    content_id = run.slide.content_id
    content = (
        Content()
        .with_cells({})
        .with_slides(
            Content().slides.with_rows(
                [{"slide_id": "A"}, {"slide_id": "B", "content_id": content_id}]
            )
        )
    )
    slides = [
        SlideOfRun("p1", "p1", "done", slide=run.slide),
        SlideOfRun("p2", "p2", "failed", "It is gone."),
    ]
    run = replace(run, slides=slides)
    assert slides_by_row(run, content) == {"B": slides[0]}
    assert slides_by_row(run, content, ("B", "A")) == {"B": slides[0], "A": slides[1]}


def test_states_are_sorted_by_what_needs_a_look_first():
    column = state_column({"A": ("done", ""), "B": ("failed", "gone"), "C": ("running", "")})
    assert column.texts == {"A": "done", "B": "failed: gone", "C": "running"}
    assert sorted(column.sort, key=column.sort.__getitem__) == ["C", "B", "A"]


def test_columns_of_an_encoder_say_and_draw_the_share_of_each_center_and_what_lies_outside():
    run = make_cohort_run()[0].run
    state, place, far, *_ = result_columns(run, {each.slide_id: each for each in run.slides})
    first = run.slides[0]
    nearest = first.encoders[0].slide.nearest_center
    shares = [count / sum(nearest.counts) for count in nearest.counts]
    assert [share for share, _ in place.bars["S-01"].parts] == pytest.approx(shares)
    assert len({color for _, color in place.bars["S-01"].parts}) == len(shares)
    assert place.texts["S-01"].startswith(f"{first.center}, ")
    assert place.tips["S-01"].splitlines()[0].startswith(f"{first.center}: ")
    assert far.bars["S-01"].parts == ((far.sort["S-01"], None),)
    assert far.bars["S-01"].mark == 0.05
    assert state.texts["S-07"].startswith("failed: ")
    assert "S-07" not in place.bars
    assert sorted(place.sort) == [each.slide_id for each in run.slides if each.state == "done"]


def test_cells_of_results_are_made_when_they_are_shown():
    """All cells of 2,000 slides and three encoders held the window up for 0.2 s."""
    run = make_cohort_run()[0].run
    asked = []

    class Slides(dict):
        def get(self, name, default=None):
            asked.append(name)
            return super().get(name, default)

    _, place, *_ = result_columns(run, Slides({each.slide_id: each for each in run.slides}))
    assert asked == []
    assert place.texts["S-02"].startswith(run.slides[1].center)
    assert place.tips["S-02"].startswith(run.slides[1].center)
    assert asked == ["S-02"]
