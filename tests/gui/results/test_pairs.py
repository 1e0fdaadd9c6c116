"""Two encoders of a run compared in the summary and on the slide."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from pathgui.core.results.encoder_pair import apart_tiles
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.slides.slide import open_slide
from pathgui.gui.results.encoder_compare import EncoderComparePanel
from pathgui.gui.results.summary_help import SummaryHelp
from tests.gui.conftest import click, idle, texts
from tests.gui.evaluation.test_evaluation import run_of
from tests.run_factory import make_evaluation


@pytest.fixture
def panel(qtbot):
    made = EncoderComparePanel()
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    return made


def lines(table):
    model = table.sorted
    return [
        [model.index(r, c).data() for c in range(model.columnCount())]
        for r in range(model.rowCount())
    ]


def choose(box, text):
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def test_the_difference_stands_with_its_paired_interval(panel):
    run = make_evaluation(3, in_depth=True).run
    panel.show_evaluation(make_evaluation(3, in_depth=True))
    pair = run.comparison.groups[0].differences[0]
    row = lines(panel.numbers)[0]
    assert row[0] == "Robustness index"
    wanted = f"{pair.difference:+.3f} [{pair.low:+.3f}, {pair.high:+.3f}]".replace("-", "−")
    assert row[1] == wanted
    assert row[4] == f"{pair.p_holm:.3f}"
    assert not panel.caution.isVisible()


def test_the_other_way_round_the_sign_turns(panel):
    panel.show_evaluation(make_evaluation(2, in_depth=True))
    there = lines(panel.numbers)[0]
    choose(panel.one, "EfficientNet-Lite0")
    choose(panel.other, "Color statistics")
    back = lines(panel.numbers)[0]
    assert (back[2], back[3]) == (there[3], there[2])
    assert back[1].startswith("+")
    assert there[1].startswith("−")


def test_encoders_on_other_tiles_are_not_to_be_ranked(panel):
    panel.show_evaluation(make_evaluation(2))  # without a comparison
    assert "must not be ranked" in panel.caution.text()
    assert panel.caution.isVisible()


def test_the_table_is_copied_for_a_spreadsheet(panel):
    panel.show_evaluation(make_evaluation(2, in_depth=True))
    panel.copy()
    first, *rest = QGuiApplication.clipboard().text().strip().split("\n")
    assert first.split("\t")[0] == "Measurement"
    assert [line.split("\t") for line in rest] == lines(panel.numbers)


def test_a_run_without_a_slide_has_no_tiles_to_show(qtbot, panel):
    panel.show_evaluation(make_evaluation(2, slide=False))
    click(qtbot, panel.view.button("tiles"))
    assert panel.no_tiles.isVisible()
    assert "No slide" in panel.no_tiles.text()
    assert not panel.show_button.isEnabled()


@pytest.fixture
def evaluated(qtbot, window, slide_path, reference):
    win = window()
    win.resize(1500, 900)
    win.open_slides([slide_path])
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled(), timeout=10_000)
    win.controller.evaluate()
    qtbot.waitUntil(lambda: not win.controller.busy)
    qtbot.waitUntil(idle(win))
    win.summary_panel.show_numbers()
    win.summary_panel.tabs.setCurrentWidget(win.summary_panel.pair)
    return win


def test_side_by_side_shows_the_two_that_were_chosen(qtbot, evaluated):
    win, pair = evaluated, evaluated.summary_panel.pair
    choose(pair.one, "SHELL")
    choose(pair.other, "Color statistics")
    pair.panes_action.trigger()
    assert [pane.layer.encoder for pane in win.compare.panes] == ["shell", "color-statistics"]


def test_a_divider_has_the_first_left_and_the_second_right(qtbot, evaluated):
    win, pair = evaluated, evaluated.summary_panel.pair
    choose(pair.one, "SHELL")
    choose(pair.other, "EfficientNet-Lite0")
    pair.divider_action.trigger()
    assert win.viewer.layer.encoder == "shell"
    assert win.viewer.overlay.second.encoder == "efficientnet-lite0"
    assert win.viewer.look.swipe is not None


def test_disagreement_is_shown(qtbot, evaluated):
    evaluated.summary_panel.pair.layer_action.trigger()
    assert evaluated.viewer.layer.kind == "disagreement"


def test_a_click_on_a_tile_goes_there(qtbot, evaluated):
    win, pair = evaluated, evaluated.summary_panel.pair
    evaluation = win.controller.finished.evaluation
    first = apart_tiles(
        evaluation.run, evaluation.tiles, pair.one.currentData(), pair.other.currentData()
    )[0]
    click(qtbot, pair.view.button("tiles"))
    table = pair.tiles
    spot = table.visualRect(table.sorted.index(0, 0)).center()
    with qtbot.waitSignal(pair.tile_requested) as asked:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert asked.args == [first.x_l0, first.y_l0]
    pair.tile_requested.emit(700.0, 450.0)  # the made-up run is of a larger slide than this
    qtbot.waitUntil(lambda: win.viewer.viewport.center_l0 == pytest.approx((700, 450), abs=2))
    assert win.viewer.viewport.scale <= 1.0


def test_without_the_runs_slide_it_says_what_to_do(qtbot, window):
    win = window()
    win.summary_panel.show_pairs(make_evaluation(2))
    win.summary_panel.pair.panes_requested.emit("color-statistics", "efficientnet-lite0")
    assert "Open it, then the run again" in texts(win)


def test_one_encoder_has_nobody_to_be_compared_with(window):
    win = window(evaluate=lambda request, at_hand, store, report: make_evaluation(1))
    win.summary_panel.show_pairs(make_evaluation(1))
    tabs = win.summary_panel.tabs
    assert not tabs.isTabVisible(tabs.indexOf(win.summary_panel.pair))


def test_what_is_this_opens_the_documentation(qtbot, evaluated):
    pair = evaluated.summary_panel.pair
    pair.numbers.menu_of(1).actions()[0].trigger()
    assert evaluated.findChild(SummaryHelp).entry == "Comparing encoders"


def test_tiles_of_a_run_are_not_gone_to_on_another_slide(qtbot, ready, slide_path, tmp_path):
    save_evaluation(run_of(slide_path), tmp_path / "here.pgrun")
    save_evaluation(make_evaluation(2), tmp_path / "elsewhere.pgrun")
    win = ready()
    win.open_path(tmp_path / "here.pgrun")
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    win.open_path(tmp_path / "elsewhere.pgrun")
    qtbot.waitUntil(lambda: "is not the one shown" in texts(win))
    win.messages.clear("evaluation")
    center, layers = win.viewer.viewport.center_l0, win.viewer.layers
    win.summary_panel.pair.tile_requested.emit(center[0] + 200.0, center[1])
    win.summary_panel.encoder_chosen.emit("efficientnet-lite0")
    assert win.viewer.viewport.center_l0 == center
    # Its own layers, of the encoder that the whole window shows now.
    assert all(now is before for now, before in zip(win.viewer.layers, layers, strict=True))
    assert win.viewer.layer.encoder == "efficientnet-lite0"
    assert "is not the one shown" in texts(win)


@pytest.mark.parametrize(("seconds", "of_slide"), [(0, 0), (1, 0), (0, 1)])
def test_a_run_that_is_opened_together_with_its_slide_lies_on_it(
    qtbot, window, slide_path, tmp_path, seconds, of_slide
):
    """As from the command line, where the slide may come before the run is read, or after."""

    def slow(folder):
        time.sleep(seconds)
        return load_evaluation(folder)

    def slow_slide(path, *args, **named):
        time.sleep(of_slide)
        return open_slide(path, *args, **named)

    save_evaluation(run_of(slide_path), tmp_path / "here.pgrun")
    win = window(load_evaluation=slow, open_slide=slow_slide)
    win.open_slides([slide_path, tmp_path / "here.pgrun"])
    qtbot.waitUntil(lambda: win.viewer.layer is not None, timeout=10_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert "is not the one shown" not in texts(win)


def test_sentences_over_the_slide_do_not_make_the_window_higher_than_a_small_screen(window):
    win = window()
    win.resize(1360, 730)
    for number in range(2):
        win.messages.show_message("caution", "a sentence of several lines " * 12, key=str(number))
    assert win.minimumSizeHint().height() < 730


def test_what_was_said_of_the_run_before_goes_with_it(qtbot, ready, slide_path, tmp_path):
    save_evaluation(run_of(slide_path), tmp_path / "here.pgrun")
    save_evaluation(make_evaluation(2), tmp_path / "elsewhere.pgrun")
    win = ready()
    win.open_path(tmp_path / "elsewhere.pgrun")
    qtbot.waitUntil(lambda: "is not the one shown" in texts(win))
    win.open_path(tmp_path / "here.pgrun")
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    assert "is not the one shown" not in texts(win)


def test_the_cards_of_a_pane_are_those_of_the_run_that_is_shown(qtbot, ready, slide_path, tmp_path):
    for name in ("one", "other"):
        save_evaluation(run_of(slide_path), tmp_path / f"{name}.pgrun")
    win = ready()
    win.open_path(tmp_path / "one.pgrun")
    qtbot.waitUntil(lambda: win.viewer.layer is not None)
    win.viewer.perform("panes_2")
    qtbot.waitUntil(lambda: len(win.compare.panes) == 2)
    first = win.viewer.card_of
    win.open_path(tmp_path / "other.pgrun")
    qtbot.waitUntil(lambda: win.viewer.card_of != first)
    assert win.compare.panes[1].card_of == win.viewer.card_of
