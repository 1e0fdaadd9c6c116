"""Every option of an evaluation in the window: its box, the request, and the user's settings."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox

from pathgui.core.runs.options import OPTIONS, Option, new_settings
from pathgui.core.runs.request import Opened
from pathgui.gui.evaluation.cost_control import Asked
from pathgui.gui.evaluation.option_boxes import box_of
from pathgui.gui.evaluation.run_panel import RunSettingsPanel
from pathgui.settings import KEPT, Settings, load_settings
from tests.asking import another, ask
from tests.gui.conftest import click
from tests.gui.kit.test_boxes import turn_the_wheel
from tests.run_factory import make_evaluation

# Options of the terminal alone; and what is chosen on the slide, for this slide.
ON_THE_SLIDE = {"region_l0", "tissue_threshold", "tissue_from_region"}
# Columns are chosen beside the reference set that has them.
OF_THE_SET = {"center_columns", "tissue_column"}
NOT_IN_WINDOW = {"single_cells", "preparation", "shortcut"} | ON_THE_SLIDE | OF_THE_SET
OTHERS = {option.name: another(option) for option in KEPT.values()}

each_kept = pytest.mark.parametrize("option", KEPT.values(), ids=lambda option: option.name)


def test_the_window_offers_all_options_but_those_that_are_named_here():
    assert {option.name for option in OPTIONS if not option.in_window} == NOT_IN_WINDOW


def test_what_is_chosen_in_the_window_is_asked_for_and_is_there_in_the_next_session(
    qtbot, ready, window
):
    asked = []

    def evaluate(request, at_hand, store, report):
        asked.append(request)
        return make_evaluation()

    win = ready(evaluate=evaluate)
    for name, value in OTHERS.items():
        win.run_settings.boxes[name].choose(value)
    click(qtbot, win.run_panel.evaluate_button)
    qtbot.waitUntil(lambda: bool(asked) and not win.controller.busy)
    assert asked[0].settings == new_settings(**OTHERS)
    win.close()
    qtbot.waitUntil(lambda: not win.isVisible())
    assert load_settings(win.settings_file).run == new_settings(**OTHERS)
    shown = window().run_settings
    assert {name: box.value_chosen() for name, box in shown.boxes.items()} == OTHERS


@each_kept
def test_a_box_shows_each_value_says_when_it_changes_and_explains_itself(qtbot, option):
    box = box_of(option)
    qtbot.addWidget(box)
    box.choose(option.default)
    with qtbot.waitSignal(box.chosen, timeout=1000):
        box.choose(another(option))
        if not isinstance(box, QCheckBox) and hasattr(box, "activated"):
            box.activated.emit(box.currentIndex())  # a combo box says so of the user's hand only
    for value in (option.default, *(value for value, _ in option.choices), another(option)):
        box.choose(value)
        assert box.value_chosen() == value
        assert type(box.value_chosen()) is type(value)  # the settings file is read by type
    assert box.toolTip() == option.help


def test_the_colors_of_the_window_are_chosen_kept_and_told(qtbot):
    panel = RunSettingsPanel()
    qtbot.addWidget(panel)
    panel.show_settings(Settings(theme="dark"))
    assert panel.theme.currentText() == "dark"
    panel.theme.setCurrentIndex(1)
    with qtbot.waitSignals([panel.changed, panel.theme_chosen]):
        panel.theme.activated.emit(1)
    assert panel.apply_to(Settings()).theme == "light"


def test_a_name_of_an_option_explains_itself_as_its_box_does(qtbot):
    panel = RunSettingsPanel()
    qtbot.addWidget(panel)
    rows = panel.layout()
    for option in KEPT.values():
        caption = rows.labelForField(panel.boxes[option.name])
        title = option.caption or option.title
        assert option.box or (caption.text(), caption.toolTip()) == (title, option.help)


def test_a_number_typed_for_k_counts_at_once(qtbot):
    box = box_of(KEPT["k"])
    qtbot.addWidget(box)
    seen = []
    box.chosen.connect(lambda: seen.append(box.value_chosen()))
    box.number.setValue(21)
    assert seen == [21]


def test_corrections_are_ticked_one_by_one(qtbot):
    box = box_of(KEPT["corrections"])
    qtbot.addWidget(box)
    assert box.text() == "none ▾"
    with qtbot.waitSignal(box.chosen):
        box.menu().actions()[1].trigger()
    assert box.value_chosen() == ("leace",)
    assert box.text() == "LEACE ▾"
    box.menu().actions()[0].trigger()
    assert box.value_chosen() == ("within-tissue", "leace")
    assert box.text() == "2 chosen ▾"
    assert KEPT["corrections"].problem(box.value_chosen(), 9) == ""
    assert "harmony" in KEPT["corrections"].problem(("leace", "harmony"), 9)


def test_a_k_of_four_figures_is_shown_and_typed_whole(qtbot):
    box = box_of(KEPT["k"])
    qtbot.addWidget(box)
    box.show()
    box.choose(1500)
    assert box.value_chosen() == 1500
    box.number.selectAll()
    qtbot.keyClicks(box.number, "123456")
    qtbot.keyClick(box.number, Qt.Key.Key_Return)
    assert box.value_chosen() == 123_456
    words = box.number.lineEdit()
    assert words.fontMetrics().horizontalAdvance(box.number.text()) <= words.width() - 14


def test_the_wheel_over_the_panel_on_the_right_changes_no_box_of_it(qtbot, ready):
    win = ready()
    win.settings_fold.button.setChecked(True)
    win.viewer.setFocus()
    panels = (win.run_settings, win.reference_panel, win.encoder_panel)
    boxes = [
        box for panel in panels for kind in (QComboBox, QDoubleSpinBox)
        for box in panel.findChildren(kind)
    ]  # fmt: skip
    assert len(boxes) > 8
    before = [box.currentIndex() if isinstance(box, QComboBox) else box.value() for box in boxes]
    for box in boxes:
        turn_the_wheel(box, 1)
        turn_the_wheel(box, -2)
    now = [box.currentIndex() if isinstance(box, QComboBox) else box.value() for box in boxes]
    assert now == before
    assert win.settings.run == new_settings()


def test_the_panel_says_what_automatic_is_in_sentences(window):
    win = window()
    said = "Automatic is: CPU, 2 cores. No GPU was found."
    assert win.run_settings.device_note.text() == said


def test_a_number_with_decimals_has_a_box_of_its_step(qtbot):
    option = Option(
        title="Share", flag="--share", help="A share.", default=None,
        least=0.01, most=0.5, step=0.01, unset="automatic",
    )  # fmt: skip
    box = box_of(option)
    qtbot.addWidget(box)
    for value in (0.01, None, 0.29, 0.5):
        box.choose(value)
        assert box.value_chosen() == value
    box.choose(None)
    assert box.text() == "automatic"
    box.stepUp()
    assert box.value_chosen() == 0.01


def test_the_panel_takes_nothing_else_of_the_settings(qtbot):
    panel = RunSettingsPanel()
    qtbot.addWidget(panel)
    terminal = new_settings(preparation="fast", shortcut="full", single_cells="keep")
    settings = Settings(run=terminal, encoders=("shell",))
    panel.show_settings(settings)
    assert panel.apply_to(settings) == settings


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_the_cost_is_found_out_again_for_what_it_depends_on(option, reference):
    plain = ask(reference, ("shell",))
    changed = replace(plain, settings=new_settings(**{option.name: another(option)}))
    keys = [Asked(request, 20.0, Opened(reference)).key for request in (plain, changed)]
    assert (keys[0] != keys[1]) == option.costs
