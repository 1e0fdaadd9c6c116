"""Charts of what probes answer: accuracies, and what a shortcut costs."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtGui import (
    QColor,
)

from pathgui.core.language.texts import localized, say
from pathgui.core.reference.roles import USUAL
from pathgui.core.results.charts import (
    CHANCE_MARK,
    AccuracyPoint,
    ShortcutCurve,
    accuracy_points,
    shortcut_curves,
)
from pathgui.core.runs.record import Run
from pathgui.gui.kit.theme import Theme, series_color
from pathgui.gui.results.charts import SYMBOLS, Chart, Legend, _chance_pen

ROUND_SYMBOLS = 0.1  # of the axis: in a low chart, too, a symbol at 1 is whole


class AccuracyChart(Chart):
    """How well tissue and center are read from the embeddings (after de Jong et al., fig. 7)."""

    def __init__(self) -> None:
        self.probes: list[AccuracyPoint] = []
        self.votes: list[AccuracyPoint] = []
        self.columns = USUAL
        super().__init__()
        self._name_itself()
        Legend(self)
        self.setXRange(0, 1, padding=0.03)
        self.getAxis("bottom").setTicks([[(i / 5, localized(i / 5, "g")) for i in range(6)]])
        self.setYRange(0, 1, padding=ROUND_SYMBOLS)

    def show_run(self, run: Run) -> None:
        self.probes = accuracy_points(run, "probe")
        self.votes = accuracy_points(run, "knn")
        self.columns = run.reference.columns
        self._name_itself()
        self.recolor()

    def _name_itself(self) -> None:
        self.title = self.columns.say(say("Accuracy for {center} against accuracy for {tissue}"))
        self.setAccessibleName(self.title)

    def draw(self, theme: Theme) -> None:
        center = self.columns.of_center.One
        self.say_below(
            say(
                "{center} accuracy (filled: probe, open: kNN; {CHANCE_MARK})",
                center=center,
                CHANCE_MARK=CHANCE_MARK,
            )
        )
        self.setLabel(
            "left", say("{One} accuracy", One=self.columns.of_tissue.One), color=theme.muted
        )
        self.plot([0, 1], [0, 1], pen=pg.mkPen(theme.border, width=1.2))
        for points, solid in ((self.votes, False), (self.probes, True)):
            for i, point in enumerate(points):
                if point.center is None or point.tissue is None:
                    continue
                color = QColor(series_color(i, theme))
                self.plot(
                    [point.center], [point.tissue], pen=None, symbol=SYMBOLS[i % len(SYMBOLS)],
                    symbolSize=12, symbolPen=pg.mkPen(color, width=2),
                    symbolBrush=color if solid else None,
                    name=self.short(point.title) if solid else None,
                )  # fmt: skip
        if self.probes:
            pen = _chance_pen(theme)
            chance = self.probes[0]
            self.plot([chance.center_chance] * 2, [0, 1], pen=pen)
            self.plot([0, 1], [chance.tissue_chance] * 2, pen=pen)


class ShortcutChart(Chart):
    """What a probe for tissue loses as tissue goes together with center in training."""

    title = say("Tissue accuracy over Cramér's V in training")

    def __init__(self) -> None:
        self.curves: list[ShortcutCurve] = []
        self.columns = USUAL
        super().__init__()
        Legend(self)
        self.setXRange(0, 1, padding=0.03)
        self.setYRange(0, 1, padding=ROUND_SYMBOLS)
        self.getAxis("bottom").setTicks([[(i / 4, localized(i / 4, "g")) for i in range(5)]])

    def show_run(self, run: Run) -> None:
        self.curves = shortcut_curves(run)
        self.columns = run.reference.columns
        self.recolor()

    def draw(self, theme: Theme) -> None:
        if not self.curves:
            self.say(
                say("This run has no shortcut sweep. pathgui evaluate --sweep quick makes one."),
                theme,
            )
            return
        label = self.columns.say("Cramér's V in training (line: same {centers}, open: others; ")
        self.say_below(f"{label}{CHANCE_MARK})")
        self.setLabel("left", self.columns.say(say("{Tissue} accuracy")), color=theme.muted)
        for i, curve in enumerate(self.curves):
            color = QColor(series_color(i, theme))
            symbol = SYMBOLS[i % len(SYMBOLS)]
            self.plot(
                curve.v, curve.inside, pen=pg.mkPen(color, width=2), name=self.short(curve.title),
                symbol=symbol, symbolSize=7, symbolBrush=color, symbolPen=None,
            )  # fmt: skip
            known = [
                (v, y) for v, y in zip(curve.v, curve.outside, strict=True) if math.isfinite(y)
            ]
            if known:
                self.plot(
                    *zip(*known, strict=True), pen=None, symbol=symbol, symbolSize=8,
                    symbolBrush=None, symbolPen=pg.mkPen(color, width=1.6),
                )  # fmt: skip
        self.plot([0, 1], [self.curves[0].chance] * 2, pen=_chance_pen(theme))
