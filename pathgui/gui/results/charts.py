"""Charts of the robustness summary. Import only when there is something to draw: pyqtgraph is
slow to load."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QBuffer, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QImageWriter,
    QPainter,
    QPen,
    QPolygonF,
    QResizeEvent,
    QTextOption,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QGraphicsPolygonItem

from pathgui.core.language.texts import filled, localized, say
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.pictures.palette import KIND_COLORS
from pathgui.core.reference.roles import USUAL
from pathgui.core.results.charts import (
    CHANCE_MARK,
    IndexBar,
    IndexCurve,
    NeighborKinds,
    index_bars,
    index_curves,
    neighbor_kinds,
)
from pathgui.core.results.kind_words import kind_titles
from pathgui.core.runs.record import Run
from pathgui.gui.kit.theme import Theme, current, series_color
from pathgui.gui.results.index_delegate import bar_color, chance_pen

SYMBOLS = ("o", "s", "t1", "d", "t", "p", "h", "star", "+", "x")
BESIDE = 8  # pixels between the data and a legend beside them; half of it where it is above
BELOW = 60  # pixels that the lower axis and its words take, some more or less
LEAST_LETTERS = 12  # of a name, however narrow the chart
NAMES = 0.45  # of the chart's width that names of encoders take at most
LABEL_FROM = 0.12  # narrower parts of a bar have no number in them


class Chart(pg.PlotWidget):  # type: ignore[misc]
    """A plot in the colors and the font of the window."""

    title = ""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}  # of encoders, as they are drawn
        super().__init__()
        self.setMenuEnabled(False)
        # pyqtgraph makes the menu nevertheless, a window of its own that outlives the plot.
        self.getPlotItem().ctrlMenu.setParent(self, Qt.WindowType.Popup)
        self.hideButtons()
        self.setMouseEnabled(x=False, y=False)
        self.setAntialiasing(True)
        self.setFrameShape(self.Shape.NoFrame)
        self.setAccessibleName(self.title)
        self.getPlotItem().vb.sigResized.connect(self.wrap_below)
        self.recolor()

    def show_run(self, run: Run) -> None:
        """Show another run. Charts override this."""

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
        self.clear()
        self._names = {}
        legend = self.getPlotItem().legend
        if legend is not None:
            legend.setLabelTextColor(theme.text)
        self.draw(theme)

    def draw(self, theme: Theme) -> None:
        """Draw the content onto the empty plot. Charts override this."""

    def short(self, title: str) -> str:
        """The name of an encoder, cut only where the chart has no room for it."""
        self._names[title] = self._cut(title)
        return self._names[title]

    def _cut(self, title: str) -> str:
        metrics = QFontMetrics(QApplication.font())
        room = max(round(NAMES * self.width()), metrics.averageCharWidth() * LEAST_LETTERS)
        return metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, room)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if any(self._cut(title) != shown for title, shown in self._names.items()):
            self.recolor()

    def say_below(self, text: str) -> None:
        """What the lower axis shows, on as many lines as it needs."""
        self.setLabel("bottom", text, color=current().muted)
        self.wrap_below()

    def wrap_below(self) -> None:
        """Break the words of the lower axis where its width ends."""
        axis = self.getAxis("bottom")
        width = axis.size().width()
        if not axis.label.isVisible() or width <= 0 or axis.label.textWidth() == width:
            return
        middle = QTextOption(Qt.AlignmentFlag.AlignHCenter)
        axis.label.document().setDefaultTextOption(middle)
        axis.label.setTextWidth(width)
        axis.showLabel()  # as high as the words are now
        axis.resizeEvent()

    def say(self, text: str, theme: Theme, x: float = 0.5, y: float = 0.5) -> None:
        """Text in the place of a picture."""
        item = pg.TextItem(text, color=theme.muted, anchor=(0.5, 0.5))
        item.setPos(x, y)
        self.addItem(item)

    def _settle(self) -> None:
        """Lay out what was never painted: axes know their width only after their first paint."""
        for _ in range(2):
            self.grab()
            self.getPlotItem().layout.activate()

    def svg(self) -> bytes:
        """The chart as vectors."""
        self._settle()
        # Not pyqtgraph's own exporter: it cannot read the closed paths that Qt 6.11 writes.
        generator = QSvgGenerator()
        made = QBuffer()
        generator.setOutputDevice(made)
        generator.setSize(self.size())
        generator.setViewBox(self.rect())
        generator.setResolution(self.logicalDpiX())  # else axes come out smaller than the rest
        generator.setTitle(self.title)
        items = [item for item in self.scene().items() if hasattr(item, "setExportMode")]
        for item in items:
            item.setExportMode(True, {"antialias": True})  # symbols as shapes, not as pixels
        try:
            painter = QPainter(generator)
            self.render(painter, QRectF(self.rect()), self.rect())
            painter.end()
        finally:
            for item in items:
                item.setExportMode(False)
        return bytes(made.data().data())

    def png(self, scale: int = 3) -> bytes:
        """The chart as pixels, ``scale`` times as fine as on screen."""
        self._settle()
        image = QImage(self.size() * scale, QImage.Format.Format_RGB32)
        image.fill(QColor(current().surface))
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.render(painter, QRectF(image.rect()), self.rect())
        painter.end()
        made = QBuffer()
        made.open(QBuffer.OpenModeFlag.WriteOnly)
        QImageWriter(made, b"png").write(image)
        return bytes(made.data().data())


class IndexChart(Chart):
    """Robustness index of each encoder with its interval and its chance value."""

    title = say("Robustness index with 95 % intervals")

    def __init__(self) -> None:
        self.bars: list[IndexBar] = []
        super().__init__()
        self.setXRange(0, 1, padding=0.05)
        self.getAxis("bottom").setTicks([[(i / 4, localized(i / 4, "g")) for i in range(5)]])

    def show_run(self, run: Run) -> None:
        self.bars = index_bars(run)
        self.recolor()

    def draw(self, theme: Theme) -> None:
        count = len(self.bars)
        if not count:
            return
        self.setYRange(-0.7, count - 0.3, padding=0)
        for position, bar in enumerate(self.bars):
            self._draw(bar, count - 1 - position, theme)
        ticks = [(count - 1 - i, self.short(bar.title)) for i, bar in enumerate(self.bars)]
        self.getAxis("left").setTicks([ticks])
        self.say_below(say("Robustness index ({CHANCE_MARK})", CHANCE_MARK=CHANCE_MARK))

    def _draw(self, bar: IndexBar, y: int, theme: Theme) -> None:
        if bar.value is None:
            item = pg.TextItem(say("not assessable"), color=theme.muted, anchor=(0, 0.5))
            item.setPos(0.02, y)
            self.addItem(item)
            return
        if bar.null is not None:
            ends = [y - 0.42, y + 0.42]
            self.plot([bar.null, bar.null], ends, pen=_chance_pen(theme))
        color = bar_color(bar.side, theme)
        if bar.low is not None and bar.high is not None:
            self.plot([bar.low, bar.high], [y, y], pen=pg.mkPen(color, width=3))
            for end in (bar.low, bar.high):
                self.plot([end, end], [y - 0.14, y + 0.14], pen=pg.mkPen(color, width=2))
        self.plot(
            [bar.value], [y], pen=None, symbol="o", symbolSize=11,
            symbolBrush=QColor(color), symbolPen=pg.mkPen(theme.surface, width=1.5),
        )  # fmt: skip


class CurveChart(Chart):
    """Robustness index over the number of neighbors, with intervals and support.

    Marked are the k in use and each encoder's own best.
    """

    title = say("Robustness index over k")

    def __init__(self) -> None:
        self.curves: list[IndexCurve] = []
        super().__init__()
        Legend(self)
        self.setYRange(0, 1, padding=0.06)

    def show_run(self, run: Run) -> None:
        self.curves = index_curves(run)
        self.recolor()

    def draw(self, theme: Theme) -> None:
        if not self.curves:
            self.setXRange(0, 1)
            self.say(say("No curve: the index is not assessable."), theme)
            return
        most = max(max(curve.k) for curve in self.curves)
        self.setXRange(0, most, padding=0.03)
        for i, curve in enumerate(self.curves):
            color = QColor(series_color(i, theme))
            band = QColor(color)
            band.setAlpha(40)
            self._fill(curve, band)
            self.plot(
                curve.k, curve.value, pen=pg.mkPen(color, width=2), connect="finite",
                name=self.short(curve.title), symbol=SYMBOLS[i % len(SYMBOLS)], symbolSize=5,
                symbolBrush=color, symbolPen=None,
            )  # fmt: skip
            faint = QColor(color)
            faint.setAlpha(140)
            dotted = pg.mkPen(faint, width=1.2, style=Qt.PenStyle.DotLine)
            if curve.support:
                self.plot(curve.k, curve.support, pen=dotted)
            for k, fill in ((curve.own, QColor(theme.surface)), (curve.chosen, color)):
                if k not in curve.k:
                    continue
                edge = theme.text if k == curve.chosen and fill is color else color
                self.plot(
                    [k], [curve.value[curve.k.index(k)]], pen=None,
                    symbol=SYMBOLS[i % len(SYMBOLS)], symbolSize=12, symbolBrush=fill,
                    symbolPen=pg.mkPen(edge, width=1.5),
                )  # fmt: skip
        nulls = {round(curve.null, 6) for curve in self.curves if curve.null is not None}
        for null in nulls:
            self.plot([0, most], [null, null], pen=_chance_pen(theme))
        self.say_below(
            say(
                "k (full: in use, hollow: encoder's own best; dotted: support; {CHANCE_MARK})",
                CHANCE_MARK=CHANCE_MARK,
            )
        )

    def _fill(self, curve: IndexCurve, color: QColor) -> None:
        """The interval as a band, where there is one."""
        known = [
            (k, low, high)
            for k, low, high in zip(curve.k, curve.low, curve.high, strict=True)
            if math.isfinite(low) and math.isfinite(high)
        ]
        if len(known) < 2:
            return
        edge = [QPointF(k, low) for k, low, _ in known]
        edge += [QPointF(k, high) for k, _, high in reversed(known)]
        band = QGraphicsPolygonItem(QPolygonF(edge))
        band.setPen(QPen(Qt.PenStyle.NoPen))
        band.setBrush(color)
        self.addItem(band)


class CompositionChart(Chart):
    """What the nearest neighbors are: same or other tissue, same or other center."""

    title = say("Composition of the nearest neighbors")

    def __init__(self) -> None:
        self.rows: list[NeighborKinds] = []
        self.titles = kind_titles(USUAL)
        super().__init__()
        self.setXRange(0, 1, padding=0.06)
        self.getAxis("bottom").setTicks([[(i / 4, f"{25 * i} %") for i in range(5)]])

    def show_run(self, run: Run) -> None:
        self.rows = neighbor_kinds(run)
        self.titles = kind_titles(run.reference.columns)
        self.recolor()

    def draw(self, theme: Theme) -> None:
        count = len(self.rows)
        if not count:
            return
        self.setYRange(-0.7, count + 0.35, padding=0)
        for i, kind in enumerate(KINDS):
            item = pg.TextItem(anchor=(0, 0.5))
            color = QColor(*KIND_COLORS[kind]).name()
            item.setHtml(
                f'<span style="color:{color}">■</span> '
                f'<span style="color:{theme.text}">{kind}</span>'
            )
            item.setToolTip(self.titles[kind])
            item.setPos(i * 0.17, count - 0.1)
            self.addItem(item)
        for position, row in enumerate(self.rows):
            y = count - 1 - position
            if row.shares is None:
                item = pg.TextItem(say("not assessable"), color=theme.muted, anchor=(0, 0.5))
                item.setPos(0.02, y)
                self.addItem(item)
                continue
            left = 0.0
            for kind, share in row.shares.items():
                self._part(kind, left, share, y)
                left += share
        ticks = [(count - 1 - i, self.short(row.title)) for i, row in enumerate(self.rows)]
        self.getAxis("left").setTicks([ticks])

    def _part(self, kind: str, left: float, share: float, y: int) -> None:
        color = QColor(*KIND_COLORS[kind])
        bar = pg.BarGraphItem(
            x0=[left], y0=[y - 0.32], width=[share], height=[0.64], brush=color, pen=None
        )
        bar.setToolTip(filled("{titles}: {share:.1%}", titles=self.titles[kind], share=share))
        self.addItem(bar)
        if share >= LABEL_FROM:
            ink = "#000000" if color.lightnessF() > 0.42 else "#FFFFFF"
            text = pg.TextItem(localized(share, ".0%"), color=ink, anchor=(0.5, 0.5))
            text.setPos(left + share / 2, y)
            self.addItem(text)


class Legend(pg.LegendItem):  # type: ignore[misc]
    """A legend beside the data or above them, never on them; whichever leaves them more room."""

    def __init__(self, chart: Chart) -> None:
        self._place: tuple[object, ...] | None = None  # what the place was decided for
        self._above = False
        super().__init__(labelTextSize="8pt", verSpacing=-7, horSpacing=6, sampleType=None)
        plot = chart.getPlotItem()
        self.setParentItem(plot)
        plot.legend = self
        plot.vb.sigResized.connect(self.fit)

    def updateSize(self) -> None:
        super().updateSize()
        needed = self._needed()
        self.setGeometry(
            QRectF(0, 0, max(self.geometry().width(), needed.width()), needed.height())
        )
        self.fit()

    def _needed(self) -> QSizeF:
        # pyqtgraph adds up the heights that entries have, not those they need: with each entry
        # they grow, and of twelve only nine were in the chart.
        self.layout.invalidate()
        needed: QSizeF = self.layout.effectiveSizeHint(Qt.SizeHint.PreferredSize)
        return needed

    def fit(self) -> None:
        """Take room at the right of the data or above them, and shrink where there is less."""
        plot = self.parentItem()
        if plot is None:
            return
        self._decide(plot.size())
        data, size = plot.vb.geometry(), self.boundingRect()
        if not self.items:
            plot.layout.setContentsMargins(1, 1, 1, 1)
        elif self._above:
            scale = min(1.0, max(plot.size().width(), 1.0) / max(size.width(), 1.0))
            self.setScale(scale)
            plot.layout.setContentsMargins(1, 1 + size.height() * scale + BESIDE / 2, 1, 1)
            self.setPos(min(data.left(), plot.size().width() - size.width() * scale), 0)
        else:
            scale = min(1.0, max(data.height(), 1.0) / max(size.height(), 1.0))
            taken = size.width() * scale + BESIDE
            self.setScale(scale)
            plot.layout.setContentsMargins(1, 1, 1 + taken, 1)
            self.setPos(plot.size().width() - taken + BESIDE / 2, data.top())

    def _decide(self, room: QSizeF) -> None:
        """Where it stands, and in how many columns; anew for another size or other entries."""
        place = (room.width(), room.height(), tuple(text.text for _, text in self.items))
        if place == self._place or not self.items:
            return
        self._place = place
        self.setColumnCount(1)
        one = self._needed()
        for_data = room.height() - BELOW
        beside = (room.width() - one.width() - BESIDE) * for_data
        columns = max(1, min(len(self.items), int(room.width() // max(one.width(), 1.0))))
        height = one.height() * math.ceil(len(self.items) / columns) / len(self.items)
        above = room.width() * (for_data - height - BESIDE / 2)
        self._above = above > beside
        if self._above:
            self.setColumnCount(columns)

    def mouseDragEvent(self, event: object) -> None:
        """It stays where it is."""

    def hoverEvent(self, event: object) -> None:
        """It stays where it is."""


def _chance_pen(theme: Theme) -> QPen:
    pen = chance_pen(theme.muted, 1.5)
    pen.setCosmetic(True)  # in pixels, whatever the axes span
    return pen
