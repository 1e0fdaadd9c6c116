"""The tissue mask in the window: seen on the slide, moved, drawn where none is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.errors import NoTissueError
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.core.slide_factory import write_slide
from tests.gui.conftest import click, idle, texts
from tests.run_factory import make_evaluation

AREA = ((300.0, 200.0), (1100.0, 200.0), (1100.0, 700.0), (300.0, 700.0))


@pytest.fixture
def shown(qtbot, ready):
    """The window with the tissue mask on the slide, found by the automatic threshold."""
    win = ready()
    qtbot.waitUntil(lambda: bool(getattr(win.viewer.pixels, "content_id", "")), timeout=10_000)
    win.viewer.perform("tissue_mask")
    qtbot.waitUntil(lambda: win.viewer.tissue.mask is not None, timeout=10_000)
    return win


def asked_for(win):
    settings = win.controller._settings_now()
    return settings.tissue_threshold, settings.tissue_from_region


def test_the_mask_on_the_slide_follows_the_threshold_and_undo_brings_it_back(qtbot, shown):
    win, panel = shown, shown.markup.tissue
    found = win.viewer.tissue.mask
    assert f"Automatic: {found.threshold:.3g}" in panel.said.text()
    assert "mm² of tissue" in panel.said.text()
    assert asked_for(win) == (None, False)
    for value in (0.2, 0.4, 0.6):  # a hand that drags: one step on the way back
        panel.number.setValue(value)
    assert asked_for(win) == (0.6, False)
    qtbot.waitUntil(lambda: win.viewer.tissue.mask.threshold == 0.6, timeout=10_000)
    assert win.viewer.tissue.mask.mask.sum() < found.mask.sum()
    qtbot.waitUntil(lambda: win.undo.count() == 1)
    assert win.viewer.memory.recall(win.viewer.pixels.content_id).tissue_threshold == 0.6
    win.undo.undo()
    assert asked_for(win) == (None, False)
    qtbot.waitUntil(lambda: win.viewer.tissue.mask.threshold == found.threshold, timeout=10_000)
    win.undo.redo()
    win.markup.show_tissue()
    click(qtbot, panel.automatic)
    assert asked_for(win) == (None, False)
    assert not panel.automatic.isEnabled()
    win.viewer.perform("tissue_mask")
    assert win.viewer.tissue.mask is None
    win.markup.tissue_fold.button.setChecked(False)
    click(qtbot, win.run_panel.mask_button)  # beside Evaluate, for whoever misses the fat
    assert win.viewer.tissue.mask is not None
    qtbot.waitUntil(lambda: panel.shown.visibleRegion().boundingRect().height() > 0)


def test_the_region_can_be_the_mask_and_without_one_tissue_is_sought(qtbot, shown):
    win, panel = shown, shown.markup.tissue
    panel.from_region.click()
    assert asked_for(win) == (None, False)
    assert "No region is drawn" in panel.said.text()
    win.viewer.set_regions([AREA])
    assert asked_for(win) == (None, True)
    qtbot.waitUntil(lambda: win.viewer.tissue.mask.drawn, timeout=10_000)
    assert not panel.slider.isEnabled()
    win.undo.undo()
    assert asked_for(win) == (None, False)
    qtbot.waitUntil(lambda: not win.viewer.tissue.mask.drawn, timeout=10_000)


def test_a_slide_without_tissue_is_evaluated_anyway_where_a_region_is_drawn(qtbot, ready, tmp_path):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request.settings)
        if not request.settings.tissue_from_region:
            raise NoTissueError("No tile has tissue.")
        return make_evaluation(given_center=True)

    win = ready(evaluate=evaluate)
    pale = write_slide(tmp_path / "blasses Fett.tif", np.full((1024, 1500, 3), 243, np.uint8))
    win.open_slides([pale])
    qtbot.waitUntil(lambda: win.slides.path == pale and win.viewer.slide is not None)
    win.controller.evaluate()
    qtbot.waitUntil(lambda: "No tile has tissue" in texts(win, "error"))
    qtbot.waitUntil(lambda: not win.controller.busy)
    buttons = win.messages.bar("evaluation").buttons
    assert list(buttons) == ["Outline the tissue…", "Tissue threshold…"]
    click(qtbot, buttons["Tissue threshold…"])
    assert win.markup.tissue.isVisible()
    win.viewer.set_regions([AREA])
    win.controller.evaluate()
    qtbot.waitUntil(lambda: len(asked) == 2 and not win.controller.busy)
    click(qtbot, win.messages.bar("evaluation").buttons["Evaluate here anyway"])
    qtbot.waitUntil(lambda: len(asked) == 3 and not win.controller.busy)
    assert asked[-1].tissue_from_region
    assert asked[-1].region_l0 == (AREA,)
    assert win.markup.tissue.from_region.isChecked()


def test_an_offer_whose_region_was_removed_since_asks_to_outline_one(qtbot, ready):
    asked = []
    win = ready(evaluate=lambda request, at_hand, store, report: asked.append(request))
    win.viewer.set_regions([AREA])
    anyway, _ = win.tissue.offers(NoTissueError("none"), win.controller.evaluate)
    win.viewer.clear_regions()
    anyway.act()
    assert not asked
    assert win.viewer.tools.active == "polygon"
    outline, _ = win.tissue.offers(NoTissueError("none"), win.controller.evaluate)
    assert outline.text == "Outline the tissue…"
    qtbot.waitUntil(idle(win), timeout=10_000)


def test_opening_a_run_brings_its_choice_of_the_mask_back(qtbot, shown, slide_path, tmp_path):
    win = shown
    made = make_evaluation(given_center=True)
    with open_slide(slide_path) as slide:
        facts = replace(made.run.slide, content_id=slide.content_id)
    settings = replace(made.run.settings, region_l0=(AREA,), tissue_from_region=True)
    run = replace(made.run, slide=facts, settings=settings)
    save_evaluation(replace(made, run=run), tmp_path / "one.pgrun")
    win.controller.open_run(tmp_path / "one.pgrun")
    qtbot.waitUntil(lambda: asked_for(win) == (None, True), timeout=10_000)
    assert win.undo.undoText() == "Region as the tissue mask"


def test_outlining_makes_what_is_drawn_next_the_mask(qtbot, ready):
    win = ready()
    outline, _ = win.tissue.offers(NoTissueError("none"), win.controller.evaluate)
    outline.act()
    assert win.viewer.tools.active == "polygon"
    win.viewer.set_regions([AREA])
    assert asked_for(win) == (None, True)
    assert win.tissue.offers(NoTissueError("too small"), win.controller.evaluate) == ()
    qtbot.waitUntil(idle(win), timeout=10_000)


def test_what_was_chosen_for_a_slide_is_not_meant_for_the_next_and_comes_back_with_it(
    qtbot, shown, tmp_path, slide_path
):
    win = shown
    win.markup.tissue.number.setValue(0.3)
    other = write_slide(tmp_path / "other.tif", np.full((1024, 1500, 3), 243, np.uint8))
    win.slides.open(other)
    qtbot.waitUntil(lambda: win.slides.path == other and win.viewer.slide is not None)
    assert asked_for(win) == (None, False)
    win.slides.open(slide_path)
    qtbot.waitUntil(lambda: asked_for(win) == (0.3, False), timeout=10_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
