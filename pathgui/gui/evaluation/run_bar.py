"""The one bar of a whole run, in its parts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar

from pathgui.core.language.texts import filled, say
from pathgui.gui.jobs.run_parts import PartShare
from pathgui.gui.kit.theme import current

WHOLE = 1000  # what the bar counts to
_GAP = 2  # logical pixels between parts
_ROUND = 3


class RunBar(QProgressBar):
    """As wide as the run is long; each part fills by itself. Its value is that of the whole run."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName(say("Progress of the whole run"))
        self._parts: tuple[PartShare, ...] = ()

    def show_parts(self, parts: Sequence[PartShare]) -> None:
        """Show these; none: something goes on, nobody knows for how long."""
        self._parts = tuple(parts)
        self.setRange(0, WHOLE if parts else 0)
        if parts:
            self.setValue(round(WHOLE * sum(part.weight * part.done for part in parts)))
        self.setToolTip(
            "\n".join(
                filled("{p_title}: {done:.0%}", p_title=p.title, done=p.done)
                for p in self._parts
                if p.title
            )
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._parts) < 2:
            super().paintEvent(event)
            return
        theme, room = current(), QRectF(self.rect())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        left, across = room.left(), room.width() - _GAP * (len(self._parts) - 1)
        for part in self._parts:
            width = across * part.weight
            for color, share in ((theme.hover, 1.0), (theme.accent, part.done)):
                painter.setBrush(QColor(color))
                filled = QRectF(left, room.top(), width * share, room.height())
                painter.drawRoundedRect(filled, _ROUND, _ROUND)
            left += width + _GAP
        painter.end()
