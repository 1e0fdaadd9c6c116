"""Boxes in which the options of an evaluation are chosen, made from their descriptions."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QToolButton, QWidget

from pathgui.core.language.texts import localized, say
from pathgui.core.runs.options import Option
from pathgui.gui.kit.boxes import Combo, ElidedCombo, NumberField
from pathgui.gui.kit.layouts import in_row
from pathgui.gui.results.column_choice import StayingMenu
from pathgui.settings import LARGEST

FIXED = "fixed"  # the number beside
TYPED_PX = 70  # a number that names stand beside: room for six figures


class SwitchBox(QCheckBox):
    """On or off."""

    chosen = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__(option.box)
        self.toggled.connect(self.chosen)

    def value_chosen(self) -> bool:
        return self.isChecked()

    def choose(self, value: Any) -> None:
        self.setChecked(value)


class ChoiceBox(ElidedCombo):
    """One of several."""

    chosen = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.offer(option.choices)
        self.activated.connect(self.chosen)

    def value_chosen(self) -> Any:
        return self.currentData()


class NumberBox(NumberField):
    """A number, or, where the option may be unset, none: a step below the least."""

    chosen = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__()
        self._kind = type(option.step)  # whole steps, whole numbers
        self.setDecimals(
            0 if self._kind is int else len(localized(option.step, "g").partition(".")[2])
        )
        least = option.least or 0
        below = min(option.step, 1) if option.unset else 0
        self._may_be_unset = below > 0
        self.setRange(least - below, option.most or LARGEST)
        self.setSingleStep(option.step)
        self.setSpecialValueText(option.unset)
        self.setGroupSeparatorShown(option.step > 1)
        self.valueChanged.connect(self.chosen)

    def value_chosen(self) -> float | None:
        unset = self._may_be_unset and self.value() == self.minimum()
        return None if unset else self._kind(self.value())

    def choose(self, value: float | None) -> None:
        self.setValue(self.minimum() if value is None else value)


class NamedNumberBox(QWidget):
    """One of several, of which one is a number that can be typed beside it."""

    chosen = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.rule = Combo()
        self.rule.offer(option.choices)
        self.rule.setAccessibleName(option.title)
        self.rule.insertItem(1, say("this number:"), FIXED)
        self.rule.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.number = NumberBox(option)
        self.number.setFixedWidth(TYPED_PX)
        self.number.setAccessibleName(say("Number of neighbors"))
        self.number.hide()
        self.setLayout(in_row((self.rule, 1), self.number, spacing=6))
        self.setFocusProxy(self.rule)
        self.rule.currentIndexChanged.connect(self._show_number)
        self.rule.activated.connect(self.chosen)
        self.number.chosen.connect(self._take_number)

    def _show_number(self) -> None:
        self.number.setVisible(self.rule.currentData() == FIXED)

    def _take_number(self) -> None:
        self.rule.choose(FIXED)
        self.chosen.emit()  # once the number is the one that counts

    def value_chosen(self) -> Any:
        rule = self.rule.currentData()
        return self.number.value_chosen() if rule == FIXED else rule

    def choose(self, value: Any) -> None:
        if isinstance(value, int):
            self.number.setValue(value)
        self.rule.choose(FIXED if isinstance(value, int) else value)


class SeveralBox(QToolButton):
    """Any of several, ticked in a menu."""

    chosen = Signal()

    def __init__(self, option: Option) -> None:
        super().__init__()
        self._option = option
        self._ticked: tuple[str, ...] = ()
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        menu = StayingMenu(self)
        for name, title in option.several:
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setData(name)
            action.triggered.connect(self._on_tick)
        self.setMenu(menu)
        self.choose(())

    def value_chosen(self) -> tuple[str, ...]:
        return self._ticked

    def choose(self, value: tuple[str, ...]) -> None:
        """Tick these; in the order of the option, whatever theirs is."""
        changed = self._ticked != value
        for action in self.menu().actions():
            action.setChecked(action.data() in value)
        self._show()
        if changed:
            self.chosen.emit()

    @Slot()
    def _on_tick(self) -> None:
        self._show()
        self.chosen.emit()

    def _show(self) -> None:
        actions = [action for action in self.menu().actions() if action.isChecked()]
        self._ticked = tuple(action.data() for action in actions)
        if len(actions) > 1:
            text = say("{n} chosen", n=len(actions))
        else:
            text = actions[0].text() if actions else self._option.said(())
        self.setText(f"{text} ▾")


OptionBox = SwitchBox | ChoiceBox | NumberBox | NamedNumberBox | SeveralBox


def box_of(option: Option) -> OptionBox:
    """The box in which an option is chosen: ``choose`` shows a value, ``value_chosen`` reads it."""
    kind: type[OptionBox] = ChoiceBox if option.choices else NumberBox
    if option.several:
        kind = SeveralBox
    if option.box:
        kind = SwitchBox
    elif option.choices and option.least is not None:
        kind = NamedNumberBox
    made = kind(option)
    made.setToolTip(option.help)
    return made
