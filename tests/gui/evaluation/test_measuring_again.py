"""Runs of earlier versions are opened with a warning, and measured again on request."""

from dataclasses import replace

from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.gui.conftest import click, texts
from tests.run_factory import make_evaluation, of_an_earlier_version

WARNING = "may be too favorable"


def kept(evaluation, folder, reference):
    """The run as if it had been made with ``reference``."""
    facts = replace(evaluation.run.reference, sha256=reference.info.tiles_sha256)
    save_evaluation(replace(evaluation, run=replace(evaluation.run, reference=facts)), folder)
    return folder


def test_an_earlier_run_is_opened_with_a_warning_and_a_button(qtbot, ready, reference, tmp_path):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return make_evaluation()

    win = ready(evaluate=evaluate)
    run = of_an_earlier_version(make_evaluation(2))
    win.controller.open_run(kept(run, tmp_path / "old.pgrun", reference))
    qtbot.waitUntil(lambda: WARNING in texts(win))
    assert WARNING in win.summary_panel.sentences.text()
    click(qtbot, win.messages.bar("earlier-run").buttons["Measure again"])
    qtbot.waitUntil(lambda: bool(asked) and not win.controller.busy)
    request = asked[0]
    assert request.encoders == tuple(each.encoder.name for each in run.run.encoders)
    assert request.slide is None  # the slide shown is not the run's
    assert request.settings.k == run.run.settings.k
    assert WARNING not in win.summary_panel.sentences.text()
    assert "the reference set alone is measured again" in texts(win) or not win.messages.bar(
        "earlier-run"
    )


def test_a_run_of_the_slide_shown_is_measured_again_on_it(
    qtbot, ready, reference, slide_path, tmp_path
):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return make_evaluation()

    win = ready(evaluate=evaluate)
    evaluation = of_an_earlier_version(make_evaluation(1))
    with open_slide(slide_path) as slide:
        facts = replace(evaluation.run.slide, content_id=slide.content_id, given_center=None)
    evaluation = replace(evaluation, run=replace(evaluation.run, slide=facts))
    win.controller.open_run(kept(evaluation, tmp_path / "old.pgrun", reference))
    qtbot.waitUntil(lambda: win.controller.on_slide)
    win.summary_panel.again_requested.emit()
    qtbot.waitUntil(lambda: bool(asked) and not win.controller.busy)
    assert asked[0].slide.path == slide_path


def test_measuring_again_names_the_reference_set_that_is_missing(qtbot, ready, reference, tmp_path):
    win = ready()
    save_evaluation(of_an_earlier_version(make_evaluation(1)), tmp_path / "old.pgrun")
    win.controller.open_run(tmp_path / "old.pgrun")
    qtbot.waitUntil(lambda: WARNING in texts(win))
    click(qtbot, win.messages.bar("earlier-run").buttons["Measure again"])
    qtbot.waitUntil(lambda: "was made with the reference set Phantom reference" in texts(win))
    assert not win.controller.busy
    assert "Measure again" in win.messages.bar("earlier-run").buttons


def test_a_run_of_today_has_no_warning(qtbot, ready, reference, tmp_path):
    win = ready()
    win.controller.open_run(kept(make_evaluation(1), tmp_path / "new.pgrun", reference))
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    assert WARNING not in texts(win) + win.summary_panel.sentences.text()
