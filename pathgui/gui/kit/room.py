"""What gives way where there is no room: panels scroll, rows fold, nothing leaves the window."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLayout, QScrollArea, QWidget

from pathgui.gui.kit.layouts import holder, in_column

LEAST = QSize(150, 110)  # logical pixels that a panel keeps of itself; the rest scrolls
_DEEPEST = 16  # sizes within sizes that a scroll area follows; a settled one takes two or three


class _Scroll(QScrollArea):
    """A scroll area without a frame, which the Tab key passes over."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.content = content
        self._depth = 0
        self.setWidget(content)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Qt answers a new size of the content with scroll bars, and these can give it another
        # size, at once and within that call. Where the two do not come to rest, the stack of the
        # process would run over; the next layout begins anew.
        if self._depth >= _DEEPEST:
            return False
        self._depth += 1
        try:
            handled = super().eventFilter(watched, event)
        finally:
            self._depth -= 1
        if watched is self.content and event.type() == QEvent.Type.LayoutRequest:
            self.fit()
            self.updateGeometry()
        return handled

    def fit(self) -> None:
        """Lay the content out anew."""

    def _height_at(self, width: int) -> int:
        """Height that all of the content takes in an area so wide, whose style gives it a frame."""
        frame = self.contentsMargins()
        inside = width - frame.left() - frame.right()
        return _height_of(self.content, inside) + frame.top() + frame.bottom()


class Roomy(_Scroll):
    """A panel as large as its place, never smaller than it needs; where that is more, it scrolls.

    A window with such panels can be made as small as :data:`LEAST` of each, whatever they hold.
    """

    def __init__(self, panel: QWidget, least: QSize = LEAST) -> None:
        self._least = least
        super().__init__(holder(in_column((panel, 1), spacing=0), "panel-body"))

    def sizeHint(self) -> QSize:
        return self.content.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.content.minimumSizeHint().boundedTo(self._least)

    def fit(self) -> None:
        needed, room = self.content.minimumSizeHint(), self.maximumViewportSize()
        across, down = (
            self.horizontalScrollBar().sizeHint().height(),
            self.verticalScrollBar().sizeHint().width(),
        )
        scrolls_down = needed.height() > room.height()
        if needed.width() > room.width() - (down if scrolls_down else 0):
            room.setHeight(room.height() - across)
        if needed.height() > room.height():
            room.setWidth(room.width() - down)
        self.content.resize(room.expandedTo(needed))


class Column(_Scroll):
    """Panels below each other: as wide as they need, scrolled up and down."""

    def __init__(self, content: QWidget) -> None:
        super().__init__(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()  # so that what stands beside it gets the room it wants

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width(), min(self.content.minimumSizeHint().height(), LEAST.height()))

    def _width(self) -> int:
        return self.content.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()

    def reveal(self, part: QWidget) -> None:
        """Scroll until ``part`` is seen, its upper edge at least."""
        top = part.mapTo(self.content, part.rect().topLeft()).y()
        bar = self.verticalScrollBar()
        bottom = top + part.height() - self.viewport().height()
        if top < bar.value() or bottom > bar.value():
            bar.setValue(min(top, max(bottom, 0)) if part.height() < self.height() else top)


class GrowingList(Column):
    """A list inside a column: takes what room there is, up to its length; scrolls in itself."""

    def __init__(self, content: QWidget, least: int) -> None:
        """``least``: logical pixels that it always has, unless it is shorter."""
        self._least_height = least
        super().__init__(content)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width(), min(self._length(), self._least_height))

    def _length(self) -> int:
        frame = self.contentsMargins()
        return self._height_at(self.viewport().width() + frame.left() + frame.right())

    def fit(self) -> None:
        self.setMaximumHeight(max(self._length(), 1))


class Capped(_Scroll):
    """As high as its content at its width, up to ``most``; what is beyond that scrolls."""

    def __init__(self, content: QWidget, most: Callable[[], int]) -> None:
        """``most``: logical pixels, asked whenever it is laid out, since fonts change."""
        self._most = most
        self._former = -1
        if (layout := content.layout()) is not None:
            # A part that appears is not squeezed into the former height, not for one picture.
            layout.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        super().__init__(content)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QSize:
        return QSize(self.content.sizeHint().width(), self._wanted())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def fit(self) -> None:
        whole, most = self._height_at(self.width()), self._most()
        policy = Qt.ScrollBarPolicy
        # Not as needed: for a moment, on its way to its height, it would always be.
        self.setVerticalScrollBarPolicy(
            policy.ScrollBarAsNeeded if whole > most else policy.ScrollBarAlwaysOff
        )
        if min(whole, most) != self._former:
            self._former = min(whole, most)
            self.setMaximumHeight(self._former)
            self.updateGeometry()

    def _wanted(self) -> int:
        return min(self._height_at(self.width()), self._most())


def _height_of(content: QWidget, width: int) -> int:
    """Height that a panel wants at that width."""
    hint = content.heightForWidth(width) if content.hasHeightForWidth() else -1
    return hint if hint >= 0 else content.sizeHint().height()


def in_lines(text: str, width_of: Callable[[str], int], width: int) -> str:
    """A text in lines of at most ``width``, for widgets that break none; all of it stays.

    A word that is wider stands on lines of its own, broken between its letters.

    >>> in_lines("a long name", len, 6)
    'a long\nname'
    >>> in_lines("EfficientNet-Lite0 (ImageNet)", len, 12)
    'EfficientNet\n-Lite0\n(ImageNet)'
    """
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for letter in word:
            if lines[-1] and width_of(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return "\n".join(lines)


@dataclass(frozen=True)
class Way:
    """One way in which a row becomes narrower, and how many pixels that gains."""

    give: Callable[[bool], object]  # True: give way; False: as usual
    gain: Callable[[], int]


def hiding(part: QWidget, spacing: int) -> Way:
    """A part that a row can do without."""
    return Way(lambda gone: part.setVisible(not gone), lambda: part.sizeHint().width() + spacing)


class GivingWay(QObject):
    """Makes a row give way step by step: as many of its ways as it takes, the first ones first."""

    def __init__(self, row: QWidget, layout: QLayout, ways: Sequence[Way]) -> None:
        super().__init__(row)
        self._row = row
        self._layout = layout
        self._ways = ways
        self._given = 0
        row.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.fit()
        return False

    def _needed(self) -> int:
        """Width with nothing given."""
        given = sum(way.gain() for way in self._ways[: self._given])
        return self._layout.minimumSize().width() + given

    def least(self) -> QSize:
        """The size with all given: the row's ``minimumSizeHint``."""
        size = self._layout.minimumSize()
        return QSize(self._needed() - sum(way.gain() for way in self._ways), size.height())

    def fit(self) -> None:
        """Give as many ways as the row's width takes."""
        needed, count = self._needed(), 0
        while count < len(self._ways) and needed > self._row.width():
            needed -= self._ways[count].gain()
            count += 1
        for number, way in enumerate(self._ways):
            if (number < count) != (number < self._given):
                way.give(number < count)
        self._given = count


class YieldingRow(QWidget):
    """Parts beside each other that give way, step by step, where there is no room."""

    def __init__(self, layout: QLayout, *ways: Way) -> None:
        super().__init__()
        self.setLayout(layout)
        self._ways = GivingWay(self, layout, ways)

    def minimumSizeHint(self) -> QSize:
        return self._ways.least()
