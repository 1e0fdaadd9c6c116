"""What the user should know, above the slide: errors, notices, questions. No dialogs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pathgui.gui.kit.boxes import NumberField
from pathgui.gui.kit.icons import pixmap
from pathgui.gui.kit.layouts import in_row
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import label, push_button, tool_button

Level = Literal["info", "caution", "error"]


@dataclass(frozen=True)
class Offer:
    """A button in a bar. The bar goes when it is pressed."""

    text: str
    act: Callable[[], None] = lambda: None


class Bar(QFrame):
    """One message with its buttons."""

    gone = Signal()

    def __init__(self, level: Level, text: str, offers: tuple[Offer, ...], closable: bool) -> None:
        super().__init__()
        self.level = level
        self.closable = closable
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
        self.setLayout(self.row)
        for offer in offers:
            button = push_button(offer.text, self.gone)
            button.clicked.connect(offer.act)
            self.buttons[offer.text] = button
            self.add(button)
        if closable:
            self.close_button = tool_button("close", "Close this message", self.gone)
            self.add(self.close_button)
        self.recolor()

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
        self.field.setAccessibleName("Microns per pixel of this slide")
        self.apply_button = push_button("Apply", self._apply)
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
        self.apply_button.setText("Take it" if value == self._doubted else "Apply")

    @Slot()
    def _apply(self) -> None:
        self.field.interpretText()
        value = self.field.value()
        if value <= 0:
            return
        if value != self._doubted and (doubts := self._doubts(value)):
            self._doubted = value
            self.text.setText(" ".join((*doubts, "Take it all the same?")))
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
    ) -> Bar:
        """Show a message; one with the same ``key`` takes the place of the former."""
        return self.place(Bar(level, text, offers, closable), key)

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
        self._layout.addWidget(bar)
        return bar

    def clear(self, key: str) -> None:
        """Take away the bar of ``key``."""
        bar = self._bars.pop(key, None)
        if bar:
            focused = QApplication.focusWidget()
            if self.home is not None and focused is not None and bar.isAncestorOf(focused):
                self.home.setFocus()
            self._layout.removeWidget(bar)
            bar.hide()
            bar.deleteLater()

    def recolor(self) -> None:
        """Follow the theme."""
        for bar in self._bars.values():
            bar.recolor()
