"""Encoders side by side, where they differ, what each says of a tile; finding commands."""

import re

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from pathgui.core.runs.record import Evaluation
from pathgui.gui.kit.command_palette import CommandPalette
from pathgui.gui.slides.run_layers import RunLayers, layers_of
from pathgui.gui.viewer import prompts
from tests.gui.conftest import click, idle, texts
from tests.gui.evaluation.test_evaluation import answers, plan
from tests.run_factory import make_evaluation


@pytest.fixture
def evaluated(qtbot, window, slide_path, reference):
    """A window after an evaluation of three encoders."""
    win = window()
    win.open_slides([slide_path])
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled(), timeout=10_000)
    win.controller.evaluate()
    qtbot.waitUntil(lambda: not win.controller.busy)
    qtbot.waitUntil(idle(win))
    return win


def test_two_panes_show_two_encoders_of_one_slide(evaluated):
    win = evaluated
    win.overlay_panel.action_wanted.emit("panes_2")
    first, second = win.compare.panes
    assert second.slide is first.slide
    assert first.layer.kind == second.layer.kind == "tissue"
    assert first.layer.encoder != second.layer.encoder
    win.overlay_panel.action_wanted.emit("panes_1")
    assert len(win.compare.panes) == 1


def test_a_divider_shows_two_encoders_in_one_view(evaluated):
    win = evaluated
    assert win.viewer.overlay.second is None
    win.overlay_panel.action_wanted.emit("swipe")
    assert win.viewer.overlay.second.encoder != win.viewer.layer.encoder
    win.overlay_panel.action_wanted.emit("swipe")
    assert win.viewer.overlay.second is None


def test_where_encoders_differ_is_a_layer(qtbot, evaluated):
    win = evaluated
    button = win.overlay_panel.segments.button("disagreement")
    assert button.isEnabled()
    click(qtbot, button)
    layer = win.viewer.layer
    assert layer.kind == "disagreement"
    tiles = win.controller.finished.evaluation.tiles
    tissue = np.stack(list(tiles.tissue.values()))
    same = (tissue == tissue[0]).all(axis=0) & tiles.readable
    assert layer.counts()[0] == same.sum()


def test_one_encoder_differs_from_nobody(qtbot, window, slide_path, reference):
    win = window(evaluate=lambda request, at_hand, store, report: make_evaluation(1))
    win.open_slides([slide_path])
    win.references.open(reference.folder)
    qtbot.waitUntil(lambda: win.run_panel.evaluate_button.isEnabled(), timeout=10_000)
    win.controller.evaluate()
    qtbot.waitUntil(lambda: not win.controller.busy)
    button = win.overlay_panel.segments.button("disagreement")
    assert not button.isEnabled()
    assert "two encoders" in button.toolTip()


def test_a_tiles_card_says_what_every_encoder_says_of_it(evaluated):
    win = evaluated
    evaluation: Evaluation = win.controller.finished.evaluation
    tiles, run = evaluation.tiles, evaluation.run
    row = 100
    card = win.viewer.card_of(row)
    assert [each.title for each in card.rows] == ["", *(e.encoder.title for e in run.encoders)]
    assert [text for text, _ in card.rows[0].answers] == [
        "Tissue, probe", "Center, probe", "Nearest tile's center",
    ]  # fmt: skip
    name = run.encoders[1].encoder.name
    tissue = run.reference.tissues[tiles.tissue[name][row]]
    center = run.reference.centers[tiles.center[name][row]]
    words = [text for text, _ in card.rows[2].answers]
    assert words[0] == f"{tissue} {tiles.tissue_probability[name][row]:.2f}"
    assert center in words[1]
    assert words[2].endswith(run.reference.centers[tiles.nearest_center[name][row]])
    outside = np.flatnonzero(tiles.outside[name])[0]
    said = [text for text, _ in win.viewer.card_of(int(outside)).rows[2].answers]
    assert said[-1] == "far from every reference tile"
    assert said[0] == run.reference.tissues[tiles.tissue[name][outside]]  # without a number
    assert "None is given for tissue outside" in win.viewer.card_of(int(outside)).note


def test_an_unreadable_tile_has_no_card(evaluated):
    row = int(np.flatnonzero(~evaluated.controller.finished.evaluation.tiles.readable)[0])
    assert evaluated.viewer.card_of(row) is None


def test_cards_come_while_it_runs():
    layers = RunLayers(plan(), [("a", "A"), ("b", "B")], mpp=0.5)
    assert layers.card(3) is None
    layers.take(answers("a", [3, 4], tissue=1, center=0))
    card = layers.card(3)
    assert [row.title for row in card.rows] == ["", "A"]
    assert card.rows[1].answers[0][0] == "tumor 0.90"
    assert layers.card(5) is None
    assert layers.layer("a", "tissue").counts() == [0, 2]


def test_layers_of_a_run_without_slide_are_none():
    assert layers_of(make_evaluation(1, slide=False)) is None


def test_a_command_is_found_by_a_few_letters_and_done(qtbot, evaluated):
    win = evaluated
    win.viewer.perform("commands")
    palette = win.findChild(CommandPalette)
    everything = palette.list.count()
    qtbot.keyClicks(palette.field, "two vie")
    assert 0 < palette.list.count() < everything
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert len(win.compare.panes) == 2
    win.compare.set_panes(1)


def test_the_palette_is_moved_through_with_the_arrow_keys(qtbot, evaluated):
    win = evaluated
    win.viewer.perform("commands")
    palette = win.findChild(CommandPalette)
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 2
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentRow() == 1
    palette.field.setText("there is no such command")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)  # nothing to do, nothing breaks
    palette.reject()


def test_no_two_commands_of_the_menus_share_a_key(evaluated):
    win = evaluated
    keys = [
        shortcut.toString()
        for action in win.findChildren(QAction)
        for shortcut in action.shortcuts()
    ]
    assert len(keys) == len(set(keys))


def test_keys_that_were_changed_are_kept(qtbot, window):
    first = window()
    first.keys.set_keys("flip", ("Ctrl+Shift+F",))
    first.viewer.keys_changed.emit()
    first.close()
    qtbot.waitUntil(lambda: not first.isVisible())
    assert window().keys.keys("flip") == ("Ctrl+Shift+F",)


def test_nothing_says_a_key_that_its_action_has_lost(window):
    win = window()
    for action in win.keys.actions:
        win.keys.set_keys(action.id, ())
    win.viewer.keys_changed.emit()
    keys = {key for action in win.keys.actions for key in action.keys}
    tips = [widget.toolTip() for widget in win.findChildren(QWidget)]
    assert "Evaluate the ticked encoders" in tips
    for tip in (*tips, *win.viewer.hint):
        in_brackets = re.findall(r"\(([^)]*)\)", tip)
        assert "Ctrl+" not in tip
        assert not keys & {key for found in in_brackets for key in found.split(", ")}, tip


def test_a_key_that_was_changed_is_said_on_buttons_in_the_hint_and_in_messages(
    qtbot, window, slide_path
):
    win = window()
    buttons = {
        "open": win.slide_panel.open_button,
        "evaluate": win.run_panel.evaluate_button,
        "cancel": win.run_panel.cancel_button,
        "export": win.summary_panel.export_button,
    }
    assert buttons["export"].toolTip().endswith("(Ctrl+E)")
    for number, action in enumerate((*buttons, "polygon"), start=1):
        sheet = prompts.show_keys(win.viewer)
        sheet.start(action)
        held = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        qtbot.keyClick(sheet.edit, Qt.Key(Qt.Key.Key_0 + number), held)
        sheet.edit.editingFinished.emit()
        sheet.reject()
    assert [each.toolTip().rpartition(" (")[2] for each in buttons.values()] == [
        f"Ctrl+Alt+{number})" for number in (1, 2, 3, 4)
    ]
    assert win.viewer.hint[1] == "Drop a slide here or press Ctrl+Alt+1"
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.slide is not None)
    win.exports.regions()
    assert "a rectangle (U) or a polygon (Ctrl+Alt+5)." in texts(win)
    win.slides.close(slide_path)
    assert win.viewer.hint[1] == "Drop a slide here or press Ctrl+Alt+1"
