"""Charts of corrections: each measure before and after, and tissue kept against center removed."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtGui import QColor

from pathgui.core.language.texts import localized, say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.charts import CHANCE_MARK
from pathgui.core.results.correction_charts import (
    ChangeBar,
    KeptPoint,
    Share,
    change_bars,
    kept_points,
    measure_titles,
)
from pathgui.core.runs.record import Run
from pathgui.gui.kit.theme import Theme, series_color
from pathgui.gui.results.charts import SYMBOLS, Chart, Legend, _chance_pen
from pathgui.gui.results.index_delegate import bar_color

_BAR = 0.2  # of a row: half of the marks at the ends of an interval
_MARGIN = 0.12  # beyond 0 and 1 in the picture of shares, for intervals that lie there


class ChangeChart(Chart):
    """One measure before and after each correction."""

    title = say("Before and after each correction")

    def __init__(self) -> None:
        self.bars: list[ChangeBar] = []
        self.measure = "index"
        self._run: Run | None = None
        super().__init__()
        self.setXRange(0, 1, padding=0.05)
        self.getAxis("bottom").setTicks([[(i / 4, localized(i / 4, "g")) for i in range(5)]])

    def show_run(self, run: Run) -> None:
        self._run = run
        self.show_measure(self.measure)

    def show_measure(self, measure: str) -> None:
        """Draw another measure of the same run."""
        self.measure = measure
        self.bars = [] if self._run is None else change_bars(self._run, measure)
        self.recolor()

    @property
    def _called(self) -> RoleColumns:
        return USUAL if self._run is None else self._run.reference.columns

    def draw(self, theme: Theme) -> None:
        count = len(self.bars)
        if not count:
            return
        self.setYRange(-0.7, count - 0.3, padding=0)
        several = len({bar.encoder for bar in self.bars}) > 1
        ticks = []
        for position, bar in enumerate(self.bars):
            y = count - 1 - position
            self._draw(bar, y, theme)
            name = f"{bar.encoder}: {bar.correction}" if several else bar.correction
            ticks.append((y, self.short(name)))
        self.getAxis("left").setTicks([ticks])
        self.say_below(
            say(
                "{measure} (open: before, full: after, bar: 95 % interval of the difference, "
                "{CHANCE_MARK})",
                measure=measure_titles(self._called)[self.measure],
                CHANCE_MARK=CHANCE_MARK,
            )
        )

    def _draw(self, bar: ChangeBar, y: int, theme: Theme) -> None:
        if bar.chance is not None:
            self.plot([bar.chance] * 2, [y - 0.42, y + 0.42], pen=_chance_pen(theme))
        if bar.before is None or bar.after is None:
            item = pg.TextItem(say("not assessable"), color=theme.muted, anchor=(0, 0.5))
            item.setPos(0.02, y)
            self.addItem(item)
            return
        color = bar_color(bar.side, theme)
        if bar.low is not None and bar.high is not None:
            self.plot([bar.low, bar.high], [y, y], pen=pg.mkPen(color, width=3))
            for end in (bar.low, bar.high):
                self.plot([end, end], [y - _BAR, y + _BAR], pen=pg.mkPen(color, width=2))
        self.plot([bar.before, bar.after], [y, y], pen=pg.mkPen(theme.muted, width=1))
        for value, fill in ((bar.before, QColor(theme.surface)), (bar.after, QColor(color))):
            self.plot(
                [value], [y], pen=None, symbol="o", symbolSize=11, symbolBrush=fill,
                symbolPen=pg.mkPen(color, width=1.8),
            )  # fmt: skip


class KeptChart(Chart):
    """How much of the tissue is kept where so much of the center is removed."""

    title = say("What is kept against what is removed")

    def __init__(self) -> None:
        self.points: list[KeptPoint] = []
        self._called = USUAL
        super().__init__()
        Legend(self)
        for axis in ("bottom", "left"):
            self.getAxis(axis).setTicks([[(i / 4, f"{25 * i} %") for i in range(-1, 6)]])

    def show_run(self, run: Run) -> None:
        self.points, self._called = kept_points(run), run.reference.columns
        self.recolor()

    def draw(self, theme: Theme) -> None:
        if not self.points:
            self.setXRange(0, 1)
            self.setYRange(0, 1)
            self.say(say("No probe read both before, so no share can be given."), theme)
            return
        self._set_ranges()
        below = say("{Center} removed (shares of what probes read over chance; bars: 95 %)")
        self.say_below(self._called.say(below))
        self.setLabel("left", self._called.say(say("{Tissue} kept")), color=theme.muted)
        self.plot([-1, 2], [1, 1], pen=pg.mkPen(theme.border, width=1.2))
        self.plot([1, 1], [-1, 2], pen=pg.mkPen(theme.border, width=1.2))
        corrections = list(dict.fromkeys(point.correction for point in self.points))
        encoders = list(dict.fromkeys(point.encoder for point in self.points))
        several = len(encoders) > 1
        named: set[str] = set()
        for point in self.points:
            which = corrections.index(point.correction)
            color = QColor(series_color(which, theme))
            symbol = SYMBOLS[(encoders.index(point.encoder) if several else which) % len(SYMBOLS)]
            x, y = point.center_removed, point.tissue_kept
            pen = pg.mkPen(color, width=1.6)
            if x.low is not None:
                self.plot([x.low, x.high], [y.value, y.value], pen=pen)
            if y.low is not None:
                self.plot([x.value, x.value], [y.low, y.high], pen=pen)
            name = None if point.correction in named else self.short(point.correction)
            named.add(point.correction)
            self.plot(
                [x.value], [y.value], pen=None, symbol=symbol, symbolSize=12, name=name,
                symbolBrush=color, symbolPen=pg.mkPen(theme.surface, width=1.5),
            )  # fmt: skip
        if several:  # what their shapes say
            for number, encoder in enumerate(encoders):
                self.plot(
                    [], [], pen=None, symbol=SYMBOLS[number % len(SYMBOLS)], symbolSize=10,
                    name=self.short(encoder), symbolBrush=QColor(theme.muted), symbolPen=None,
                )  # fmt: skip

    def _set_ranges(self) -> None:
        xs, ys = zip(*((each.center_removed, each.tissue_kept) for each in self.points),
                     strict=True)  # fmt: skip
        self.setXRange(*_span(xs), padding=0)
        self.setYRange(*_span(ys), padding=0)


def _span(shares: Sequence[Share]) -> tuple[float, float]:
    """From 0 to 1 and a margin, or as far as values go; ends of intervals may be cut."""
    values = [share.value for share in shares]
    return min(0.0, *values) - _MARGIN, max(1.0, *values) + _MARGIN
