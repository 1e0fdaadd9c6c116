"""The chart of perturbations: one of them over its strength, each encoder a line."""

from __future__ import annotations

from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtGui import QColor

from pathgui.core.language.texts import say
from pathgui.core.results.what_if import Answer, CurvePanel, curve_panels
from pathgui.core.what_if.results import WhatIf
from pathgui.gui.kit.theme import Theme, series_color
from pathgui.gui.results.charts import SYMBOLS, Chart, Legend

_LEAST = 0.1  # that the axis reaches to, however little changes


class WhatIfChart(Chart):
    """How far embeddings move, or which share of tiles flips, over a strength."""

    title = say("Perturbation over its strength")

    def __init__(self) -> None:
        self.panel: CurvePanel | None = None
        self._answer: Answer = "flipped"
        super().__init__()
        Legend(self)
        for name in ("bottom", "left"):
            self.getAxis(name).enableAutoSIPrefix(False)

    def show_curve(self, found: Mapping[str, WhatIf], kind: str, answer: Answer) -> None:
        """Draw one perturbation; ``found`` by title of the encoder."""
        panels = {panel.kind: panel for panel in curve_panels(found, answer)}
        self.panel, self._answer = panels.get(kind), answer
        self.recolor()

    def draw(self, theme: Theme) -> None:
        panel = self.panel
        if panel is None:
            self.setXRange(0, 1)
            self.setYRange(0, 1)
            self.say(say("This perturbation was not tried."), theme)
            return
        strengths = panel.lines[0].strength
        most = max(_LEAST, *(high for line in panel.lines for high in line.high))
        self.setXRange(strengths[0], strengths[-1], padding=0.06)
        self.setYRange(0, most, padding=0.06)
        self.plot([panel.none] * 2, [0, most], pen=pg.mkPen(theme.border, width=1.2))
        for number, line in enumerate(panel.lines):
            color = QColor(series_color(number, theme))
            for x, low, high in zip(line.strength, line.low, line.high, strict=True):
                self.plot([x, x], [low, high], pen=pg.mkPen(color, width=1.2))
            self.plot(
                line.strength, line.value, pen=pg.mkPen(color, width=2),
                name=self.short(line.title), symbol=SYMBOLS[number % len(SYMBOLS)], symbolSize=8,
                symbolBrush=color, symbolPen=None,
            )  # fmt: skip
        self.say_below(
            say("{title}: {unit} (bars: 95 % intervals)", title=panel.title, unit=panel.unit)
        )
        words = (
            say("Share of tiles flipped") if self._answer == "flipped" else say("Embedding moved")
        )
        self.setLabel("left", words, color=theme.muted)
