"""The main job, as a user does it."""

import dataclasses
import threading
import time

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt

from pathgui.core.errors import EncoderError
from pathgui.core.progress import Notice, Part, Progress, TileAnswers, TilePlan
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.slides.slide import open_slide
from pathgui.gui.evaluation import evaluation_control as controller_module
from pathgui.gui.kit.dialogs import BugDialog
from tests.gui.conftest import click, idle, texts
from tests.run_factory import make_evaluation


def test_evaluate_shows_saves_and_lets_export(qtbot, ready):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return make_evaluation(given_center=True)

    win = ready(evaluate=evaluate)
    assert not win.summary_panel.export_button.isEnabled()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    request = asked[0]
    assert request.encoders == ("color-statistics", "efficientnet-lite0", "shell")
    assert request.slide.path.name == "block.tif"
    model = win.summary_panel.model
    assert [row.encoder for row in model.rows] == list(request.encoders)
    assert (
        load_evaluation(win.controller.finished.folder).run
        == win.controller.finished.evaluation.run
    )
    qtbot.waitUntil(lambda: not win.controller.busy)
    click(qtbot, win.summary_panel.export_button)
    click(qtbot, win.reports.dialog.save_button)
    qtbot.waitUntil(lambda: "The report is written" in texts(win))
    assert (win.controller.finished.folder / "report.pdf").is_file()
    assert "Open" in win.messages.bar("report").buttons


def test_the_command_that_is_recorded_repeats_the_run_and_names_no_folder(qtbot, ready):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return make_evaluation()

    win = ready(evaluate=evaluate)
    win.reference_panel.give_center("Lakeside")
    win.run_settings.boxes["max_tiles"].setValue(500)
    win.encoder_panel.tick(["shell"])
    win.controller.evaluate()
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    assert asked[0].command.startswith(
        "pathgui evaluate block.tif --reference colors.pgref --encoder shell "
        "--center Lakeside --max-tiles 500 --out 'colors "
    )
    assert "/" not in asked[0].command


def plan(columns=4, rows=3):
    cells = np.array([(x, y) for y in range(rows) for x in range(columns)], np.int32)
    return TilePlan(cells, (columns, rows), 256, 256, (0, 0), ("stroma", "tumor"), ("A", "B"))


def answers(encoder, rows, tissue, center):
    n = len(rows)
    number = np.full(n, 0.9, np.float32)
    return TileAnswers(
        encoder,
        np.array(rows, np.intp),
        np.full(n, tissue, np.int16),
        number,
        np.full(n, center, np.int16),
        number,
        number,
        nearest_center=np.full(n, center, np.int16),
        far=np.zeros(n, bool),
    )


def test_the_overlay_fills_while_it_runs(qtbot, ready):
    go_on = threading.Event()

    def evaluate(request, at_hand, store, report):
        report(plan())
        report(Progress("Embedding slide with Color statistics", 3, 12, part=Part.SLIDE))
        report(answers("color-statistics", [0, 1, 2], tissue=1, center=0))
        go_on.wait(10)
        return make_evaluation()

    win = ready(evaluate=evaluate)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.viewer.layer is not None and win.viewer.layer.counts() == [0, 3])
    assert win.viewer.layer.kind == "tissue"
    assert 0 < win.run_panel.bar.value() < win.run_panel.bar.maximum() / 2  # of the whole run
    assert win.run_panel.count.text() == "3 of 12"
    assert win.run_panel.counted.text() == f"tiles of {win.slides.path.name}"
    click(qtbot, win.overlay_panel.segments.button("center"))
    assert win.viewer.layer.kind == "center"
    assert win.viewer.layer.counts() == [3, 0]
    go_on.set()
    qtbot.waitUntil(lambda: not win.controller.busy)


def test_the_overlay_follows_the_encoder_that_works_until_the_user_chooses(qtbot, ready):
    step = threading.Semaphore(0)

    def evaluate(request, at_hand, store, report):
        report(plan())
        for name in request.encoders:
            report(answers(name, [0], 1, 0))
            step.acquire(timeout=10)
        return make_evaluation()

    win = ready(evaluate=evaluate)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    step.release()
    qtbot.waitUntil(lambda: win.viewer.layer.encoder == "efficientnet-lite0")
    assert win.overlay_panel.encoder_box.currentData() == "efficientnet-lite0"
    win.overlay_panel.encoder_box.setCurrentIndex(0)
    win.overlay_panel.encoder_box.activated.emit(0)
    step.release(2)
    qtbot.waitUntil(lambda: not win.controller.busy)
    assert win.viewer.layer.encoder == "color-statistics"


def endless(started):
    def evaluate(request, at_hand, store, report):
        while True:
            report(Progress("Embedding slide with SHELL", 3, 10, part=Part.SLIDE))
            started.set()
            time.sleep(0.005)

    return evaluate


def test_while_it_runs_only_cancel_is_offered_and_it_works(qtbot, ready):
    started = threading.Event()
    win = ready(evaluate=endless(started))
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(started.is_set)  # waiting in this thread would hold up what starts it
    assert not win.run_panel.evaluate_button.isVisible()
    assert not win.reference_panel.box.isEnabled()
    assert not win.menus.by_id["evaluate"].isEnabled()
    click(qtbot, win.run_panel.cancel_button)
    assert win.run_panel.cancel_button.text() == "Stopping…"
    begun = time.monotonic()
    qtbot.waitUntil(lambda: not win.controller.busy)
    assert time.monotonic() - begun < 2
    assert "goes on from there" in texts(win)
    assert win.run_panel.evaluate_button.isEnabled()


def test_an_evaluation_cancelled_while_it_waits_for_a_report_never_runs(qtbot, ready):
    go_on, evaluated = threading.Event(), []

    def evaluate(request, at_hand, store, report):
        evaluated.append(request)
        return make_evaluation()

    def write(folder, out, options, report):
        go_on.wait(10)
        return folder / "report.pdf"

    win = ready(evaluate=evaluate, write_report=write)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None and not win.controller.busy)
    win.reports.export()
    click(qtbot, win.run_panel.evaluate_button)
    click(qtbot, win.run_panel.cancel_button)
    go_on.set()
    qtbot.waitUntil(lambda: not win.controller.busy)
    qtbot.waitUntil(idle(win))
    assert len(evaluated) == 1


def test_export_is_offered_again_once_the_next_evaluation_has_ended(qtbot, ready):
    go_on = threading.Event()

    def evaluate(request, at_hand, store, report):
        go_on.wait(10)
        return make_evaluation()

    win = ready(evaluate=evaluate)
    go_on.set()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(win.summary_panel.export_button.isEnabled)
    go_on.clear()
    click(qtbot, win.run_panel.evaluate_button)
    assert not win.summary_panel.export_button.isEnabled()
    go_on.set()
    qtbot.waitUntil(win.summary_panel.export_button.isEnabled)


def test_escape_asks_before_it_throws_a_minute_of_work_away(qtbot, ready):
    started = threading.Event()
    win = ready(evaluate=endless(started))
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(started.is_set)
    win.controller._started -= 90
    win.viewer.setFocus()
    qtbot.keyClick(win.viewer, Qt.Key.Key_Escape)
    bar = win.messages.bar(controller_module.KEY)
    assert "What is embedded is kept" in bar.text.text()
    click(qtbot, bar.buttons["Go on"])
    assert win.controller.busy
    qtbot.keyClick(win.viewer, Qt.Key.Key_Escape)
    click(qtbot, win.messages.bar(controller_module.KEY).buttons["Stop"])
    qtbot.waitUntil(lambda: not win.controller.busy)


def test_an_error_of_the_user_stands_above_the_slide(qtbot, ready):
    def evaluate(request, at_hand, store, report):
        raise EncoderError("No encoder could run. SHELL: its weights are damaged. Reinstall it.")

    win = ready(evaluate=evaluate)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: "its weights are damaged" in texts(win, "error"))
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled())


def test_a_bug_gets_a_dialog_with_its_traceback_and_the_window_lives_on(qtbot, ready):
    def evaluate(request, at_hand, store, report):
        raise ZeroDivisionError("a mistake in the program")

    win = ready(evaluate=evaluate)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.findChild(BugDialog) is not None)
    dialog = win.findChild(BugDialog)
    dialog.details_button.click()
    assert "a mistake in the program" in dialog.details.toPlainText()
    assert "in evaluate" in dialog.details.toPlainText()
    dialog.accept()
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled())


def test_an_encoder_that_failed_says_why_in_its_row(qtbot, ready):
    def evaluate(request, at_hand, store, report):
        evaluation = make_evaluation(failure=True)
        return evaluation

    win = ready(evaluate=evaluate)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: not win.controller.busy)
    row = win.encoder_panel.rows["uni2-h"]
    assert row.state.text() == "Failed"
    assert row.failure.text() == "The weights are not on this machine."
    assert "UNI2-h could not run" in texts(win, "error")


def test_notices_are_shown_while_it_runs(qtbot, ready):
    def evaluate(request, at_hand, store, report):
        report(Notice("2 tiles of the slide cannot be read."))
        return make_evaluation()

    win = ready(evaluate=evaluate)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: "2 tiles" in texts(win, "info"))
    qtbot.waitUntil(idle(win))


def test_agreement_can_be_seen_where_the_center_is_given(qtbot, ready):
    given = []

    def evaluate(request, at_hand, store, report):
        given.append(request.center)
        return make_evaluation(given_center=request.center is not None)

    win = ready(evaluate=evaluate)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: not win.controller.busy)
    button = win.overlay_panel.segments.button("agreement")
    assert not button.isEnabled()
    assert "Give the center" in button.toolTip()
    win.reference_panel.give_center("Lakeside")
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: not win.controller.busy)
    assert given == [None, "Lakeside"]
    click(qtbot, button)
    assert win.viewer.layer.kind == "agreement"
    assert sum(win.viewer.layer.counts()) > 0


def run_of(slide_path):
    """An evaluation of two encoders on that slide."""
    evaluation = make_evaluation(2)
    with open_slide(slide_path) as slide:
        facts = dataclasses.replace(evaluation.run.slide, content_id=slide.content_id)
    return dataclasses.replace(evaluation, run=dataclasses.replace(evaluation.run, slide=facts))


def test_after_a_stop_the_slide_shows_the_run_that_the_summary_shows(
    qtbot, ready, slide_path, tmp_path
):
    begun = threading.Event()

    def evaluate(request, at_hand, store, report):
        report(plan())
        report(answers("color-statistics", [0, 1, 2], tissue=1, center=0))
        begun.set()
        while True:
            report(Progress("Embedding", 1, 12))
            time.sleep(0.01)

    save_evaluation(run_of(slide_path), tmp_path / "kept.pgrun")
    win = ready(evaluate=evaluate)
    win.open_path(tmp_path / "kept.pgrun")
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    before = win.viewer.layer.counts()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(begun.is_set)
    qtbot.waitUntil(lambda: win.viewer.layer.counts() == [0, 3])
    win.controller.cancel()
    qtbot.waitUntil(lambda: not win.controller.busy)
    assert win.controller.finished.folder.name == "kept.pgrun"
    assert win.viewer.layer.counts() == before


def test_a_run_opens_though_the_slide_shown_is_gone_from_the_disk(
    qtbot, ready, slide_path, tmp_path
):
    save_evaluation(make_evaluation(2), tmp_path / "kept.pgrun")
    win = ready()
    stick = tmp_path / "stick.tif"
    stick.write_bytes(slide_path.read_bytes())
    win.open_slides([stick])
    qtbot.waitUntil(lambda: win.slides.path == stick)
    stick.unlink()
    win.open_path(tmp_path / "kept.pgrun")
    qtbot.waitUntil(lambda: win.controller.finished is not None)


def test_a_run_can_be_opened_again(qtbot, ready, slide_path):
    win = ready()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: not win.controller.busy)
    folder = win.controller.finished.folder
    win.controller.show_run(None)
    win.open_path(folder)
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    assert len(win.summary_panel.model.rows) == 3
    assert "Meyer_Anna_1961.svs" in texts(win)  # its slide is not the one that is open


def test_the_tiles_of_a_run_are_shown_on_its_slide_whatever_the_files_name(
    qtbot, ready, slide_path, tmp_path
):
    evaluation = run_of(slide_path)
    save_evaluation(evaluation, tmp_path / "kept.pgrun")
    win = ready()
    assert not win.viewer.layers
    win.open_path(tmp_path / "kept.pgrun")
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    assert win.viewer.layer.encoder == "color-statistics"
    assert sum(win.viewer.layer.counts()) == evaluation.tiles.readable.sum()
    assert not texts(win)


def overwritten(path, other):
    """The file at ``path`` is another slide from now on."""
    other_bytes = other.read_bytes()
    path.unlink()
    path.write_bytes(other_bytes)


@pytest.mark.parametrize("way", ["closed before", "another shown before", "still shown"])
def test_a_file_that_was_overwritten_does_not_show_the_tiles_of_the_former_one(
    qtbot, ready, slide_path, tmp_path, way
):
    win = ready()
    path, other = tmp_path / "reused.tif", tmp_path / "other.tif"
    path.write_bytes(slide_path.read_bytes())
    picture = np.full((1024, 1024, 3), 200, np.uint8)
    picture[100:900, 100:900] = (190, 80, 150)
    tifffile.imwrite(other, picture, tile=(256, 256), photometric="rgb")
    win.open_slides([path])
    qtbot.waitUntil(lambda: win.slides.path == path)
    save_evaluation(run_of(path), tmp_path / "kept.pgrun")
    win.open_path(tmp_path / "kept.pgrun")
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    win.viewer.give_mpp(0.7)
    win.reference_panel.give_center("Lakeside")
    if way == "closed before":
        win.slides.close(path)
    elif way == "another shown before":
        win.open_slides([slide_path])
        qtbot.waitUntil(lambda: win.slides.path == slide_path)
    overwritten(path, other)
    win.open_slides([path])
    qtbot.waitUntil(lambda: win.slides.path == path and win.viewer.slide.size_l0 == (1024, 1024))
    assert not win.viewer.layers
    assert win.viewer.tile_grid is None
    assert "has changed on the disk since its tiles" in texts(win)
    assert not win.controller.on_slide
    assert win.slides.given_mpp is None
    assert win.slides.mpp is None
    assert win.reference_panel.center is None


def test_a_file_that_was_overwritten_since_it_is_shown_is_not_evaluated_unseen(
    qtbot, window, slide_path, reference, tmp_path
):
    path = tmp_path / "reused.tif"
    path.write_bytes(slide_path.read_bytes())
    win = window()
    win.open_slides([path])
    win.references.open(reference.folder)
    qtbot.waitUntil(win.run_panel.evaluate_button.isEnabled, timeout=10_000)
    overwritten(path, slide_path)
    win.controller.evaluate()
    qtbot.waitUntil(lambda: not win.controller.busy)
    assert "has changed on the disk since it was opened here" in texts(win)
    assert win.controller.finished is None


def test_a_file_that_is_as_it_was_shows_its_tiles_again(qtbot, ready, slide_path, tmp_path):
    save_evaluation(run_of(slide_path), tmp_path / "kept.pgrun")
    win = ready()
    win.open_path(tmp_path / "kept.pgrun")
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    win.open_slides([slide_path])  # while it is shown
    qtbot.waitUntil(idle(win))
    assert win.viewer.layer is not None
    win.slides.close(slide_path)
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    (said,) = texts(win).splitlines()  # the made-up run's set is nowhere
    assert said.startswith("The reference set of this run, Phantom reference, lies at none of")


def test_a_run_can_be_opened_while_another_is_made(qtbot, ready, tmp_path):
    save_evaluation(make_evaluation(2), tmp_path / "kept.pgrun")
    started = threading.Event()
    win = ready(evaluate=endless(started))
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(started.is_set)
    win.open_path(tmp_path / "kept.pgrun")
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    assert win.controller.busy
    win.controller.cancel()
    qtbot.waitUntil(lambda: not win.controller.busy)


def test_a_folder_that_is_no_run_is_an_error_in_place(qtbot, ready, tmp_path):
    win = ready()
    (tmp_path / "no.pgrun").mkdir()
    win.open_path(tmp_path / "no.pgrun")
    qtbot.waitUntil(lambda: "is not a finished run" in texts(win, "error"))


def test_without_a_slide_the_reference_set_alone_is_measured(qtbot, window, reference):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return make_evaluation(slide=False)

    win = window(evaluate=evaluate)
    assert win.run_panel.hint.text() == "Choose a reference set first."
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled())
    assert "reference set alone" in win.run_panel.hint.text()
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: win.controller.finished is not None)
    assert asked[0].slide is None
    qtbot.waitUntil(idle(win))


def test_closing_while_it_runs_ends_cleanly(qtbot, ready):
    started = threading.Event()
    win = ready(evaluate=endless(started))
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(started.is_set)
    win.close()
    question = win.messages.bar("closing")
    assert "What is embedded is kept" in question.text.text()
    assert question.no.hasFocus()
    qtbot.keyClick(question.no, Qt.Key.Key_Escape)
    assert win.isVisible()
    assert win.controller.busy
    win.close()
    win.close()  # a second time while it asks: it is meant
    qtbot.waitUntil(lambda: not win.isVisible(), timeout=3_000)
    assert not win.working


def test_the_runs_folder_that_cannot_be_made_is_an_error_in_place(qtbot, ready, tmp_path):
    (tmp_path / "file").write_text("in the way")
    win = ready(runs=lambda: tmp_path / "file" / "runs")
    click(qtbot, win.run_panel.evaluate_button)
    assert "cannot be made" in texts(win, "error")
    assert win.run_panel.evaluate_button.isEnabled()
