"""Charts of the robustness summary. Imported only when there is something to draw: pyqtgraph
takes a while to load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QApplication

from pathgui.core.measurement import NotAssessable
from pathgui.core.palette import KIND_COLORS
from pathgui.core.record import Run
from pathgui.gui.theme import Theme, current


@dataclass(frozen=True)
class IndexBar:
    """One line of the index chart."""

    title: str
    value: float | None
    low: float | None
    high: float | None
    null: float | None


def index_bars(run: Run) -> list[IndexBar]:
    """What the index chart shows, in the order of the run."""
    bars = []
    for result in run.encoders:
        index = result.reference.robustness_index
        title = result.encoder.title
        if isinstance(index, NotAssessable):
            bars.append(IndexBar(title, None, None, None, None))
        else:
            bars.append(IndexBar(title, index.value, index.low, index.high, index.null))
    return bars


class Chart(pg.PlotWidget):  # type: ignore[misc]
    """A plot in the colors and the font of the window."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.setAntialiasing(True)
        self.setFrameShape(self.Shape.NoFrame)
        self.setAccessibleName(title)
        self.recolor()

    def recolor(self) -> None:
        """Take the colors of the theme."""
        theme = current()
        self.setBackground(theme.surface)
        font = QFont(QApplication.font())
        for name in ("bottom", "left"):
            axis = self.getAxis(name)
            axis.setPen(pg.mkPen(theme.border))
            axis.setTextPen(pg.mkPen(theme.muted))
            axis.setStyle(tickFont=font, tickLength=-4)
        self.redraw(theme)

    def redraw(self, theme: Theme) -> None:
        """Draw the content anew. Charts override this."""


class IndexChart(Chart):
    """Robustness index of each encoder with its interval and its null."""

    def __init__(self) -> None:
        self._bars: list[IndexBar] = []
        super().__init__("Robustness index with 95 % intervals")
        self.setXRange(0, 1, padding=0.02)
        self.getAxis("bottom").setTicks([[(i / 4, f"{i / 4:g}") for i in range(5)]])

    @property
    def bars(self) -> list[IndexBar]:
        """What is shown."""
        return list(self._bars)

    def show_bars(self, bars: Sequence[IndexBar]) -> None:
        """Show other encoders; the first on top."""
        self._bars = list(bars)
        self.redraw(current())

    def redraw(self, theme: Theme) -> None:
        self.clear()
        count = len(self._bars)
        if not count:
            return
        self.setYRange(-0.7, count - 0.3, padding=0)
        for position, bar in enumerate(self._bars):
            y = count - 1 - position
            self._draw(bar, y, theme)
        ticks = [(count - 1 - i, _short(bar.title)) for i, bar in enumerate(self._bars)]
        self.getAxis("left").setTicks([ticks])
        self.setLabel("bottom", "Robustness index; dashed: null", color=theme.muted)

    def _draw(self, bar: IndexBar, y: int, theme: Theme) -> None:
        if bar.value is None:
            text = pg.TextItem("not assessable", color=theme.muted, anchor=(0, 0.5))
            text.setPos(0.02, y)
            self.addItem(text)
            return
        if bar.null is not None:
            pen = pg.mkPen(theme.muted, width=1.5, style=Qt.PenStyle.DashLine)
            self.plot([bar.null, bar.null], [y - 0.42, y + 0.42], pen=pen)
        color = index_color(bar, theme)
        if bar.low is not None and bar.high is not None:
            self.plot([bar.low, bar.high], [y, y], pen=pg.mkPen(color, width=3))
            for end in (bar.low, bar.high):
                self.plot([end, end], [y - 0.14, y + 0.14], pen=pg.mkPen(color, width=2))
        self.plot(
            [bar.value], [y], pen=None, symbol="o", symbolSize=11,
            symbolBrush=QColor(color), symbolPen=pg.mkPen(theme.surface, width=1.5),
        )  # fmt: skip


def index_color(bar: IndexBar, theme: Theme) -> QColor:
    """Blue above the null, vermillion below it, grey where the interval holds it."""
    if bar.value is None or bar.null is None or bar.low is None or bar.high is None:
        return QColor(theme.muted)
    if bar.low > bar.null:
        return _readable(QColor(*KIND_COLORS["SO"]), theme)
    if bar.high < bar.null:
        return _readable(QColor(*KIND_COLORS["OS"]), theme)
    return QColor(theme.muted)


def _readable(color: QColor, theme: Theme) -> QColor:
    """The color, lighter on a dark ground."""
    return color.lighter(150) if theme.name == "dark" else color


def _short(text: str, most: int = 24) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
