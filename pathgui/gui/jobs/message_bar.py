"""What the user should know, above the slide: errors, notices, questions. No dialogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.gui.kit.boxes import NumberField
from pathgui.gui.kit.focus import in_reading_order
from pathgui.gui.kit.icons import pixmap
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import label, push_button, tool_button

Level = Literal["info", "caution", "error"]


_SEEN_MS = 10_000  # a bar that passes stays so long, and for each letter
_READ_MS = 60  # more


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Offer:
    """A button in a bar. The bar goes when it is pressed. One that does nothing answers no."""

    text: str
    act: Callable[[], None] = _nothing


class Bar(QFrame):
    """One message with its buttons.

    With an offer that does nothing it is a question: it takes the focus, to that offer, and Esc
    answers it so. ``passing``: it leaves by itself once it can have been read.
    """

    gone = Signal()
    escaped = Signal()  # Esc was pressed in a bar that stays: it wants the focus no more

    def __init__(
        self,
        level: Level,
        text: str,
        offers: tuple[Offer, ...],
        closable: bool,
        *,
        passing: bool = False,
        narrow: bool = False,
    ) -> None:
        """``narrow``: its buttons stand below the text."""
        super().__init__()
        self.level = level
        self.closable = closable
        self.no: QPushButton | None = None  # what answers no, if it asks
        self.setObjectName(f"bar-{level}")
        self.icon = QLabel()
        self.text = label(text, wrap=True, selectable=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.buttons: dict[str, QPushButton] = {}
        self.row = in_row(
            (self.icon, Qt.AlignmentFlag.AlignTop),
            (self.text, 1),
            spacing=10,
            margins=(12, 7, 8, 7),
        )
        for offer in offers:
            button = push_button(offer.text, self.gone)
            button.clicked.connect(offer.act)
            self.buttons[offer.text] = button
            if not narrow:
                self.add(button)
            if offer.act is _nothing:
                self.no = button
        if narrow:
            below = in_row(STRETCH, *self.buttons.values(), spacing=8, margins=(12, 0, 8, 7))
            self.setLayout(in_column(self.row, below))
        else:
            self.setLayout(self.row)
        if closable:
            self.close_button = tool_button("close", say("Close this message"), self.gone)
            self.add(self.close_button)
        self.recolor()
        self._passing = QTimer(self, singleShot=True, interval=_SEEN_MS + _READ_MS * len(text))
        self._passing.timeout.connect(self._pass)
        if passing:
            self._passing.start()

    @property
    def has_focus(self) -> bool:
        """Whether it or a part of it has the focus."""
        focused = QApplication.focusWidget()
        return focused is not None and (focused is self or self.isAncestorOf(focused))

    @Slot()
    def _pass(self) -> None:
        if self.underMouse() or self.has_focus:
            self._passing.start()  # somebody reads it, or is about to press
        else:
            self.gone.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.no is not None:
            self.no.click()
        elif self.closable:
            self.gone.emit()
        else:
            self.escaped.emit()

    def add(self, widget: QWidget) -> None:
        """Another widget at the end, in the first line."""
        self.row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)

    def recolor(self) -> None:
        """Take the icon's color from the theme."""
        theme = current()
        name, color = {
            "info": ("info", theme.accent),
            "caution": ("warning", theme.caution),
            "error": ("error", theme.bad),
        }[self.level]
        self.icon.setPixmap(pixmap(name, color, 20, self.devicePixelRatioF()))


class ScaleBar(Bar):
    """Asks for the µm per pixel of a slide that has none, or one that is doubted.

    Nothing is guessed, and a number that is doubted itself is taken only when it is given twice.
    """

    scale_given = Signal(float)

    def __init__(
        self, reason: str, mpp: float | None, doubts: Callable[[float], Sequence[str]]
    ) -> None:
        """``reason`` to ask; the number to begin with; what speaks against one."""
        super().__init__("caution", reason, (), closable=False)
        self._doubts = doubts
        self._doubted = mpp  # the number whose doubts are said
        self.field = NumberField()
        self.field.setDecimals(4)
        self.field.setRange(0.0, 100.0)
        self.field.setSingleStep(0.01)
        self.field.setSuffix(" µm/px")
        self.field.setSpecialValueText("µm/px")  # at 0: not given
        self.field.setMinimumWidth(120)
        self.field.setAccessibleName(say("Microns per pixel of this slide"))
        self.apply_button = push_button(say("Apply"), self._apply)
        self.apply_button.setEnabled(False)
        self.field.setValue(mpp or 0.0)
        self._on_value(self.field.value())
        self.field.valueChanged.connect(self._on_value)
        self.field.lineEdit().returnPressed.connect(self._apply)
        self.add(self.field)
        self.add(self.apply_button)

    @Slot(float)
    def _on_value(self, value: float) -> None:
        self.apply_button.setEnabled(value > 0)
        self.apply_button.setText(say("Take it") if value == self._doubted else say("Apply"))

    @Slot()
    def _apply(self) -> None:
        self.field.interpretText()
        value = self.field.value()
        if value <= 0:
            return
        if value != self._doubted and (doubts := self._doubts(value)):
            self._doubted = value
            self.text.setText(" ".join((*doubts, say("Take it all the same?"))))
            self._on_value(value)
            return
        self.scale_given.emit(value)


class MessageArea(QWidget):
    """The bars, newest last, each in its place until closed."""

    MOST = 4

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._bars: dict[str, Bar] = {}
        self._count = 0
        self.home: QWidget | None = None  # where the focus goes from a bar that leaves
        self._before: QWidget | None = None  # what had the focus before a question took it

    @property
    def bars(self) -> list[Bar]:
        """What is shown, oldest first."""
        return list(self._bars.values())

    def bar(self, key: str) -> Bar | None:
        """The bar of ``key``, if it is shown."""
        return self._bars.get(key)

    def show_message(
        self,
        level: Level,
        text: str,
        *,
        key: str = "",
        offers: tuple[Offer, ...] = (),
        closable: bool = True,
        passing: bool | None = None,
    ) -> Bar:
        """Show a message; one with the same ``key`` takes the place of the former.

        ``passing`` is that of :class:`Bar`; by default news pass to which nothing can be done.
        What the work said, which a record keeps in English, is shown in the reader's language.
        """
        if passing is None:
            passing = level == "info" and closable and not offers
        return self.place(Bar(level, retold(text), offers, closable, passing=passing), key)

    def place(self, bar: Bar, key: str = "") -> Bar:
        """Show a bar made elsewhere."""
        self._count += 1
        key = key or f"message {self._count}"
        self.clear(key)
        for old in list(self._bars)[: max(0, len(self._bars) + 1 - self.MOST)]:
            if self._bars[old].closable:  # others ask for something, or stop something
                self.clear(old)
        self._bars[key] = bar
        bar.gone.connect(lambda: self.clear(key))
        bar.escaped.connect(self._go_home)
        self._layout.addWidget(bar)
        if (around := self.parentWidget()) is not None:
            in_reading_order(around)
        if bar.no is not None:
            self._before = QApplication.focusWidget()
            bar.no.setFocus()
        return bar

    @Slot()
    def _go_home(self) -> None:
        before, self._before = self._before, None
        target = before if before is not None and isValid(before) else self.home
        if target is None or not target.isVisible() or not target.isEnabled():
            target = self.home
        if target is not None:
            target.setFocus()

    def clear(self, key: str) -> None:
        """Take away the bar of ``key``."""
        bar = self._bars.pop(key, None)
        if bar:
            if bar.has_focus:
                self._go_home()
            self._layout.removeWidget(bar)
            bar.hide()
            bar.deleteLater()

    def recolor(self) -> None:
        """Follow the theme."""
        for bar in self._bars.values():
            bar.recolor()
