"""Two runs side by side: numbers first, slides of a cohort with those that are placed elsewhere."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QGuiApplication

from pathgui.core.results.cohort_diff import sentences
from pathgui.core.results.run_diff import diff_runs
from pathgui.gui.runs.run_diff_dialog import RunDiffDialog
from tests.cohort_run_factory import make_cohort_run
from tests.run_factory import make_evaluation


def moved_cohort():
    """Two runs on a cohort; the first slide is placed elsewhere by every encoder in the later."""
    before, _ = make_cohort_run(6)
    first = before.run.slides[0]
    encoders = []
    for said in first.encoders:
        nearest = said.slide.nearest_center
        counts = [100 * (i == 3) for i in range(len(nearest.names))]
        far = replace(said.slide, nearest_center=replace(nearest, counts=counts))
        encoders.append(replace(said, slide=replace(far, outside_share=0.5)))
    slides = [replace(first, slide_id="Müller 1", encoders=encoders), *before.run.slides[1:]]
    return before, replace(before, run=replace(before.run, id="later", slides=slides))


def test_slides_of_a_cohort_have_a_page_with_those_placed_elsewhere(qtbot):
    before, after = moved_cohort()
    found = diff_runs(before, after)
    dialog = RunDiffDialog(found, ("before", "after"), None)
    qtbot.addWidget(dialog)
    titles = [dialog.tabs.tabText(i) for i in range(dialog.tabs.count())]
    assert titles == ["Numbers", "Slides (7)", f"What changed ({len(found.changes)})"]
    assert dialog.slides.said.text().splitlines() == sentences(found.slides)
    rows = [row.cells for row in dialog.slides.table.lines.rows]
    assert [row["slide"] for row in rows] == ["Müller 1", "Müller 1"]
    assert {(row["after"], row["far_after"]) for row in rows} == {("Dogwood Center", "50 %")}
    dialog.tabs.setCurrentWidget(dialog.slides)
    dialog.copy()
    assert "Müller 1" in QGuiApplication.clipboard().text()


def test_runs_of_no_cohort_have_no_page_of_slides(qtbot):
    one = make_evaluation(1, slide=False)
    dialog = RunDiffDialog(diff_runs(one, one), ("a", "b"), None)
    qtbot.addWidget(dialog)
    titles = [dialog.tabs.tabText(i) for i in range(dialog.tabs.count())]
    assert titles == ["Numbers", "What changed (0)"]
