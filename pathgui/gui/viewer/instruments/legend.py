"""The legend inside the picture: classes to show, hide and solo, or a color bar with its range."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QLineEdit, QToolTip, QWidget

from pathgui.core.language.texts import say
from pathgui.gui.viewer.instruments.hud import INK, painting
from pathgui.gui.viewer.instruments.legend_facts import FIND_FROM, LegendFacts
from pathgui.gui.viewer.instruments.legend_painting import (
    FOLD,
    PAD,
    QUIET,
    bold_of,
    folded_lines,
    legend_size,
    paint_legend,
    paint_plate,
    title_lines,
)

_FEWEST_ROWS = 3  # where there is room for fewer, the title alone is of more use
_FOLDED_SHARE = 0.62  # of the width, that a title alone may take: a minimap goes beside it
_FIND_STYLE = """
QLineEdit { background: #303030; color: #f5f5f5; border: 1px solid #8a8a8a; border-radius: 3px;
            padding: 1px 4px; }
QLineEdit:focus { border: 1px solid #5aaaff; }
"""


class Legend(QWidget):
    """Click a class to show or hide it, double-click (or Shift+click) to show only it.

    A click on the title folds it to that line, which it does by itself where it would take more
    than half of the picture's width. With the keyboard: Up and Down choose, Space toggles, Enter
    solos, Left folds and Right unfolds.
    """

    toggled = Signal(str)
    soloed = Signal(str)
    stretch_toggled = Signal()
    resized = Signal()  # it was folded or unfolded by hand

    def __init__(self, parent: QWidget, name: str = say("Legend")) -> None:
        super().__init__(parent)
        self._facts: LegendFacts | None = None
        self._listed: LegendFacts | None = None  # what of them is on the plate
        self._rects: list[QRectF] = []
        self._kept: tuple[object, QPixmap] | None = None
        self._row = 0
        self._first = 0  # row at the top, where not all fit
        self._room = (10_000.0, 10_000.0)
        self._folded_by_hand: bool | None = None  # None: as the room has it
        self._with_empty = False  # classes without tiles are listed, too
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(say("Find"))
        self.field.setAccessibleName(say("{name}: find a class", name=name))
        self.field.setStyleSheet(_FIND_STYLE)
        self.field.setClearButtonEnabled(True)
        self.field.textChanged.connect(self._on_find)
        self.field.hide()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name)
        self.hide()

    @property
    def facts(self) -> LegendFacts | None:
        """What it says."""
        return self._facts

    @property
    def listed(self) -> LegendFacts | None:
        """What of it is on the plate now; None while it is folded to its title."""
        return None if self.folded else self._listed

    @property
    def folded(self) -> bool:
        """Whether only the title is shown."""
        if self._folded_by_hand is not None:
            return self._folded_by_hand
        if self._facts is None:
            return False
        width, height = self._room
        rows = self._facts.narrowed().rows[:_FEWEST_ROWS]
        least = legend_size(replace(self._facts, rows=rows), self.font(), self._gap())
        return least.width() > width / 2 or least.height() > height

    def set_facts(self, facts: LegendFacts | None) -> None:
        """Say something else; None: nothing, and be gone."""
        if facts == self._facts:
            return
        former, self._facts = self._facts, facts
        if facts is None:
            self.hide()
            return
        if former is not None and {row.name for row in former.rows} != {r.name for r in facts.rows}:
            self.field.clear()  # it was sought among other classes
            self._first = self._row = 0
        self.setAccessibleDescription(facts.words)
        self._list()
        self.show()

    def set_room(self, width: float, height: float) -> None:
        """The picture is so large (logical pixels), ``height`` without what lies below."""
        if (width, height) != self._room:
            self._room = (width, height)
            self._list()

    def set_folded(self, folded: bool) -> None:
        """Show only the title, or all, whatever room there is."""
        self._folded_by_hand = folded
        self._list()
        self.resized.emit()

    def row_rect(self, name: str) -> QRectF:
        """Where the row of a class is."""
        assert self._listed is not None
        return self._rects[[row.name for row in self._listed.rows].index(name)]

    def _gap(self) -> float:
        """Room for the field below the title."""
        if self._facts is None or len(self._facts.rows) < FIND_FROM:
            return 0.0
        return self.field.sizeHint().height() + 6.0

    @Slot()
    def _on_find(self) -> None:
        self._first = self._row = 0
        self._list()
        self.resized.emit()

    def _list(self) -> None:
        """Choose what is on the plate, and take the room for that."""
        facts, font = self._facts, self.font()
        if facts is None:
            return
        bold = QFontMetricsF(bold_of(font))
        if self.folded:
            self.field.hide()
            natural = bold.horizontalAdvance(facts.title) + FOLD + 2
            width = min(natural, max(_FOLDED_SHARE * self._room[0] - 2 * PAD, 60.0))
            folded = folded_lines(facts.title, bold, width - FOLD)
            width = FOLD + 2 + max(bold.horizontalAdvance(text) for text in folded)
            height = len(folded) * bold.height() + PAD
            self.resize(round(width + 2 * PAD) + 1, round(height) + 1)
            self.update()
            return
        listed = facts.narrowed(unfolded=self._with_empty, find=self.field.text().strip())
        fits = self._fitting(listed)
        if fits < len(listed.rows):
            self._first = max(0, min(self._first, len(listed.rows) - fits))
            last = self._first + fits
            beyond = say(
                "{first}–{last} of {n_rows}, wheel for more",
                first=self._first + 1,
                last=last,
                n_rows=len(listed.rows),
            )
            more = f"{listed.more} · {beyond}" if listed.more else beyond
            listed = replace(listed, rows=listed.rows[self._first : last], more=more)
        else:
            self._first = 0
        self._listed = listed
        size = legend_size(listed, font, self._gap()).toSize()
        self.resize(size.width() + 1, size.height() + 1)
        self._row = min(self._row, max(0, self._last_row()))
        lines = len(title_lines(facts.title, bold))
        gap = self._gap()
        self.field.setVisible(gap > 0)
        self.field.setGeometry(
            round(PAD), round(PAD + lines * bold.height() + 4),
            round(size.width() - 2 * PAD), round(gap - 6),
        )  # fmt: skip
        self.update()

    def _fitting(self, listed: LegendFacts) -> int:
        """How many rows there is room for."""
        without = legend_size(replace(listed, rows=(), more="…"), self.font(), self._gap())
        line = QFontMetricsF(self.font()).height() + 4
        return max(_FEWEST_ROWS, int((self._room[1] - without.height()) // line))

    def _last_row(self) -> int:
        if self._listed is None:
            return 0
        return len(self._listed.rows) - 1 + bool(self._listed.more)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._facts is not None:
            with painting(self) as painter:
                painter.drawPixmap(0, 0, self._painted(self._facts))

    def _painted(self, facts: LegendFacts) -> QPixmap:
        """It lies over the slide, so every move paints it; text is dear, so it is kept."""
        focus = self._row if self.hasFocus() else None
        listed = self.listed
        said = (
            facts, listed, focus, self.font().key(), self.size(), self.devicePixelRatioF()
        )  # fmt: skip
        if self._kept is None or self._kept[0] != said:
            ratio = self.devicePixelRatioF()
            picture = QPixmap(self.size() * ratio)
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            if listed is None:
                self._rects = []
                self._paint_folded(painter, facts)
            else:
                self._rects = paint_legend(
                    painter, QPointF(0, 0), listed, self.font(), focus, self._gap()
                )
            self._paint_sign(painter)
            painter.end()
            self._kept = (said, picture)
        return self._kept[1]

    def _paint_folded(self, painter: QPainter, facts: LegendFacts) -> None:
        plate = QRectF(0, 0, self.width() - 1, self.height() - 1)
        paint_plate(painter, plate)
        bold = bold_of(self.font())
        painter.setFont(bold)
        painter.setPen(INK)
        room = plate.adjusted(PAD, 0, -PAD - FOLD, 0)
        lines = folded_lines(facts.title, QFontMetricsF(bold), room.width())
        painter.drawText(
            room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, "\n".join(lines)
        )
        if self.hasFocus():
            painter.setPen(QPen(INK, 1, Qt.PenStyle.DotLine))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(plate.adjusted(2, 2, -2, -2))

    def _paint_sign(self, painter: QPainter) -> None:
        """Right of the title: it can be folded, or unfolded."""
        painter.setFont(bold_of(self.font()))
        painter.setPen(QUIET)
        where = self._title_rect()
        painter.drawText(
            where.adjusted(0, 0, -PAD, 0),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            "▸" if self.folded else "▾",
        )

    def _title_rect(self) -> QRectF:
        if self.folded:
            return QRectF(self.rect())
        return QRectF(0, PAD, self.width(), QFontMetricsF(bold_of(self.font())).height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        facts = self._listed
        if facts is None:
            return
        if self.folded or self._title_rect().contains(event.position()):
            self.set_folded(not self.folded)
            return
        index = self._at(event.position())
        if index is None:
            return
        if facts.bar:
            self.stretch_toggled.emit()
        elif index >= len(facts.rows):
            self._show_empty()
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.soloed.emit(facts.rows[index].name)
        else:
            self.toggled.emit(facts.rows[index].name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        index, facts = self._at(event.position()), self._listed
        if index is not None and facts is not None and index < len(facts.rows):
            name = facts.rows[index].name
            self.toggled.emit(name)  # the first click of the two is taken back
            self.soloed.emit(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()  # the slide does not zoom under it
        self._scroll(-1 if event.angleDelta().y() > 0 else 1)

    def _scroll(self, by: int) -> None:
        self._first = max(0, self._first + by)
        self._list()

    def _show_empty(self) -> None:
        self._with_empty = not self._with_empty
        self._list()
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        facts, key = self._listed, event.key()
        if facts is None:
            return
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.set_folded(key == Qt.Key.Key_Left)
        elif self.folded:
            super().keyPressEvent(event)
        elif facts.bar and key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
            self.stretch_toggled.emit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._last_row() >= 0:
            self._step(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and (
            self._row >= len(facts.rows)
        ):
            self._show_empty()
        elif key == Qt.Key.Key_Space and facts.rows:
            self.toggled.emit(facts.rows[self._row].name)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and facts.rows:
            self.soloed.emit(facts.rows[self._row].name)
        else:
            super().keyPressEvent(event)

    def _step(self, by: int) -> None:
        """The next row; at the end of those that fit, the list goes on."""
        at = self._row + by
        if 0 <= at <= self._last_row():
            self._row = at
            self.update()
            return
        before = self._first
        self._scroll(by)
        if self._first == before:  # round again
            self._row = 0 if by > 0 else self._last_row()
            self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), self._tip(event), self)
            return True
        return super().event(event)

    def _tip(self, event: QHelpEvent) -> str:
        if self._facts is None:
            return ""
        if self.folded or self._title_rect().contains(QPointF(event.pos())):
            title = self._facts.title
            if self.folded:
                return say("{facts_title}\nClick: unfold the legend.", facts_title=title)
            return say("{facts_title}\nClick: fold the legend.", facts_title=title)
        if self._facts.bar:
            return say("Click the line below the bar: fixed range, or stretched to the data.")
        index, facts = self._at(QPointF(event.pos())), self._listed
        name = ""
        if index is not None and facts is not None and index < len(facts.rows):
            name = f"{facts.rows[index].name}\n"
        return say("{name}Click: show or hide. Double-click: only this class.", name=name)

    def _at(self, position: QPointF) -> int | None:
        for index, rect in enumerate(self._rects):
            if rect.contains(position):
                return index
        return None
