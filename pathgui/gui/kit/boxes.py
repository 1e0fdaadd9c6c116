"""Boxes in which a value is chosen or typed. The wheel over one scrolls the panel it lies in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

if TYPE_CHECKING:
    _Mixed = QWidget  # of which kind, says the widget of Qt that stands behind it
else:
    _Mixed = object


class _WheelOnceFocused(_Mixed):
    """The wheel changes it once it was clicked or reached with Tab; until then it passes on.

    Else whoever scrolls a panel changes what the cursor happens to come across.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # by default the wheel gives focus, too

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Combo(_WheelOnceFocused, QComboBox):
    """One of several, each a value and the words for it."""

    def add(self, value: object, words: str, tip: str = "") -> None:
        """One more."""
        self.addItem(words, value)
        if tip:
            self.setItemData(self.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def offer(self, choices: Iterable[tuple[object, str]]) -> None:
        """Values and their words, in the place of what was offered."""
        self.clear()
        for value, words in choices:
            self.add(value, words)

    def choose(self, value: object) -> None:
        """Show a value; none where it is not offered."""
        self.setCurrentIndex(self.findData(value))


class ElidedCombo(Combo):
    """A combo box whose text ends in "…" where there is no room."""

    def __init__(self, letters: int = 8) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        style = self.style()
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        field = style.subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self
        )
        text = option.currentText or self.placeholderText()
        option.currentText = self.fontMetrics().elidedText(
            text, Qt.TextElideMode.ElideRight, field.width() - 4
        )
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


def indent(spin: QAbstractSpinBox) -> None:
    """Keep the number off the border. The style sheet cannot: Qt lets the field fill the box."""
    spin.lineEdit().setTextMargins(8, 0, 6, 0)


class NumberField(_WheelOnceFocused, QDoubleSpinBox):
    """A number, with or without decimals."""

    def __init__(self) -> None:
        super().__init__()
        indent(self)


class WholeNumberField(_WheelOnceFocused, QSpinBox):
    """A number without decimals."""

    def __init__(self) -> None:
        super().__init__()
        indent(self)
