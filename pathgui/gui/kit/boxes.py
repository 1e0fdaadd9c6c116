"""Boxes in which a value is chosen or typed. The wheel over one scrolls the panel it lies in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPaintEvent, QValidator, QWheelEvent
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

from pathgui.core.system.typed import with_point

if TYPE_CHECKING:
    _Mixed = QWidget  # of which kind, says the widget of Qt that stands behind it
    _Number = QAbstractSpinBox
else:
    _Mixed = _Number = object

# A whole number with a mark that does not part groups: so far, or for good.
_PARTED = re.compile(r"[-+]?\d*(?:[.,]\d*)+")


_LIST_EDGE = 24  # logical pixels: padding of a list and its scroll bar


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

    def __init__(self, letters: int = 8, whole: bool = False) -> None:
        """``letters`` are always seen; ``whole``: it asks for as much room as its longest text."""
        super().__init__()
        self._whole = whole
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        least = self.minimumSizeHint()
        if not self._whole:
            return least
        wide = self.fontMetrics().horizontalAdvance
        longest = max((wide(self.itemText(row)) for row in range(self.count())), default=0)
        edges = least.width() - self.minimumContentsLength() * wide("X")
        return least.expandedTo(QSize(longest + edges, 0))

    def showPopup(self) -> None:
        view = self.view()  # what is cut in the box is whole in its list
        view.setMinimumWidth(view.sizeHintForColumn(0) + 2 * view.frameWidth() + _LIST_EDGE)
        super().showPopup()

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


class _Typed(_Number):
    """A number is read with a point or a comma before its fractions, in every locale.

    What is shown follows the locale. Qt alone drops the mark that the locale does not use, and
    makes 5 of a typed 0.5.
    """

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        typed = self._typed(text)
        if (
            typed is not None
            and self._is_whole()
            and _PARTED.fullmatch(with_point(typed, whole=True))
        ):
            return QValidator.State.Intermediate, text, at  # groups to come, or a fraction
        return super().validate(self._in_locale(text), at)[0], text, at

    def fixup(self, text: str) -> str:
        return text  # Qt's takes out the locale's marks of groups, of 0,5 too

    def _in_locale(self, text: str) -> str:
        """``text`` with the mark of this field's locale before the fractions."""
        typed = self._typed(text)
        if typed is None:
            return text
        point = self.locale().decimalPoint()
        plain = with_point(typed.replace(point, "."), whole=self._is_whole())
        before, behind = self._around()
        return f"{before}{plain.replace('.', point)}{behind}"

    def _typed(self, text: str) -> str | None:
        """What stands between prefix and suffix; None where words stand for a number."""
        if text == self.specialValueText():
            return None
        before, behind = self._around()
        return text.removeprefix(before).removesuffix(behind)

    def _around(self) -> tuple[str, str]:
        """What stands before and behind the number."""
        raise NotImplementedError

    def _is_whole(self) -> bool:
        return True


class NumberField(_Typed, _WheelOnceFocused, QDoubleSpinBox):
    """A number, with or without decimals."""

    def __init__(self) -> None:
        super().__init__()
        indent(self)

    def valueFromText(self, text: str) -> float:
        return super().valueFromText(self._in_locale(text))

    def _is_whole(self) -> bool:
        return self.decimals() == 0

    def _around(self) -> tuple[str, str]:
        return self.prefix(), self.suffix()


class WholeNumberField(_Typed, _WheelOnceFocused, QSpinBox):
    """A number without decimals."""

    def __init__(self) -> None:
        super().__init__()
        indent(self)

    def valueFromText(self, text: str) -> int:
        return super().valueFromText(self._in_locale(text))

    def _around(self) -> tuple[str, str]:
        return self.prefix(), self.suffix()
