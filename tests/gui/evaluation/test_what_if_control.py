"""Other colors of the slide of the run in the summary, as a user tries them; a made-up trial."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtGui import QGuiApplication

from pathgui.core.errors import EncoderError
from pathgui.core.evaluation.altered_answers import WhatIfSoFar
from pathgui.core.progress import Cancelled, PartialResult, Progress
from pathgui.core.runs.run_files import load_evaluation
from pathgui.gui.results.what_if_page import LAYERS
from tests.core.what_if.test_results import FOUND
from tests.gui.conftest import click, idle, texts
from tests.run_factory import make_evaluation


class Trial:
    """Stands for core: goes on until it is told to end."""

    def __init__(self):
        self.asked, self.goes_on, self.stopped = [], True, False

    def __call__(self, request, reference, file, specs, *, store, report):
        self.asked.append((request, file, [spec.name for spec in specs]))
        while self.goes_on:
            try:
                report(Progress("Embedding altered tiles", 3, 10))
                report(PartialResult(WhatIfSoFar(specs[0].name, FOUND)))
            except Cancelled:
                self.stopped = True
                raise
            time.sleep(0.01)
        broken = EncoderError("Out of luck.")
        return {specs[0].name: FOUND, specs[1].name: broken}


def test_colors_are_tried_stopped_kept_and_shown_on_the_slide(qtbot, ready, reference, slide_path):
    made = make_evaluation(2, given_center=True)
    facts = replace(made.run.reference, sha256=reference.info.tiles_sha256)
    made = replace(made, run=replace(made.run, reference=facts))
    trial = Trial()
    win = ready(
        evaluate=lambda request, at_hand, store, report: made,
        what_if=trial,
        what_if_cost=lambda *given: 240.0,
    )
    page = win.summary_panel.what_if
    assert not page.run_button.isEnabled()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    qtbot.waitUntil(idle(win), timeout=10_000)
    win.summary_panel.show_numbers()
    win.summary_panel.tabs.setCurrentWidget(page)
    qtbot.waitUntil(page.run_button.isEnabled)
    qtbot.waitUntil(lambda: "about 4 min" in page.note.text())

    click(qtbot, page.run_button)
    qtbot.waitUntil(lambda: "altered tiles" in page.progress_text.text())
    assert not win.controller.busy  # Evaluate is not held up
    qtbot.waitUntil(lambda: len(page.colors.rows) == 3)  # what is known so far
    click(qtbot, page.cancel_button)
    qtbot.waitUntil(page.run_button.isVisible)
    assert trial.stopped
    assert page.colors.rows == []

    trial.goes_on = False
    click(qtbot, page.run_button)
    qtbot.waitUntil(lambda: len(page.colors.rows) == 3)
    request, file, encoders = trial.asked[-1]
    assert (request.own_center, file.path) == (made.run.slide.given_center, slide_path)
    assert encoders == [each.encoder.name for each in made.run.encoders]
    qtbot.waitUntil(lambda: "Out of luck." in texts(win))
    folder = win.controller.finished.folder
    assert load_evaluation(folder).what_if == {encoders[0]: FOUND}

    qtbot.waitUntil(lambda: win.viewer.lens.there)
    win.viewer.perform("lens")
    assert win.viewer.lens.shown == "Bonn"

    for place, kind in enumerate(LAYERS):
        page.on_slide.menu().aboutToShow.emit()
        page.on_slide.menu().actions()[place].trigger()
        assert win.viewer.layer.kind == kind
        assert win.viewer.look.visible

    page.copy_button.menu().actions()[0].trigger()
    command = QGuiApplication.clipboard().text()
    assert command.startswith("pathgui perturb ")
    assert str(slide_path) in command
    page.copy_button.menu().actions()[1].trigger()
    assert f"pathgui.perturb(\n    {str(slide_path)!r}," in QGuiApplication.clipboard().text()

    finished = win.controller.finished  # and as when it is opened on another day
    win.viewer.lens.offer({})
    win.controller.runs.forget(slide_path)
    win.controller.show_run(finished)
    assert "is not the one shown" in page.note.text()
    win.controller.runs.keep(slide_path, finished)
    qtbot.waitUntil(lambda: win.viewer.lens.there)
    assert page.run_button.isEnabled()
