"""How fast maps are: looking at them, and making them. The exit code is 1 below 30 frames/s.

  pan       both linked maps moved by a mouse, one synchronous repaint of each per step
  rest      the picture with soft edges, 120 ms after the last move
  zoom      the same as pan, by the wheel
  hover     the nearest point under the cursor
  lasso     which points lie in a loop of 300 corners, and both maps painted with the choice
  scatter   with --scatter: pan, zoom and a choice by pyqtgraph's scatter plots of the same points
  make      CPU seconds of a map of 1,000 and of 5,000 tiles x 1,024, and of placing 1,000 more

A frame is both maps: CPU time of the GUI thread, and wall time, which on a machine that does other
work is the longer.

  python -m tests.benchmarks.maps             20,000 points
  python -m tests.benchmarks.maps --points N --scatter
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget

from pathgui.core.explore.maps import map_reference
from pathgui.core.pictures.palette import center_colors, point_shape, tissue_colors
from pathgui.gui.explore.explore_data import MapPoints
from pathgui.gui.explore.map_view import MapView, Window
from pathgui.gui.kit.theme import current

BUDGET_FPS = 30.0
SIZE = (700, 500)  # of one map; both fill the lower half of a full HD screen
STEPS = 120


class CountingView(MapView):
    """Counts how often it was painted, so that nothing is timed that did not happen."""

    painted = 0

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self.painted += 1


def make_points(n: int) -> MapPoints:
    """Clusters as t-SNE makes them, a fifth of the points from a slide."""
    rng = np.random.default_rng(0)
    cluster = rng.integers(0, 40, n)
    middles = rng.normal(0, 40, (40, 2))
    positions = middles[cluster] + rng.normal(0, 5, (n, 2))
    return MapPoints(
        positions.astype(np.float32),
        np.arange(n, dtype=np.int32),
        np.arange(n) >= 4 * n // 5,
        (cluster % 8).astype(np.int16),
        (cluster % 5).astype(np.int16),
    )


def linked(points: MapPoints) -> tuple[QWidget, list[CountingView]]:
    """Two maps side by side, one following the other."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    views = [CountingView("Tissue"), CountingView("Center")]
    for view in views:
        view.setFixedSize(*SIZE)
        row.addWidget(view)
    holder.show()
    QApplication.processEvents()  # else nothing is painted yet
    views[0].set_points(points, points.tissue, tissue_colors(8))
    views[1].set_points(points, points.center, center_colors(5))

    def follow(window: Window) -> None:
        views[1].set_window(window, rough=True)

    views[0].window_changed.connect(follow)
    return holder, views


def mouse(view: MapView, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
    """Send a mouse event."""
    held = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseButtonRelease else button
    where = QPointF(view.mapToGlobal(at.toPoint()))
    event = QMouseEvent(kind, at, where, button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, event)


def frames(
    step: Callable[[int], None], views: list[CountingView]
) -> tuple[list[float], list[float]]:
    """CPU and wall milliseconds of each step with its repaints."""
    cpu, wall = [], []
    for number in range(STEPS):
        start, begun = time.thread_time(), time.perf_counter()
        step(number)
        for view in views:
            painted = view.painted
            view.repaint()
            assert view.painted == painted + 1
        cpu.append(1e3 * (time.thread_time() - start))
        wall.append(1e3 * (time.perf_counter() - begun))
    return cpu, wall


def show(what: str, cpu: list[float], wall: list[float]) -> float:
    """Print a line; returns frames per second by the median CPU time."""
    middle, worst = statistics.median(cpu), sorted(cpu)[int(0.99 * len(cpu))]
    fps = 1e3 / middle
    print(
        f"{what:8} {fps:6.0f} frames/s   CPU {middle:6.1f} ms, p99 {worst:6.1f}   "
        f"wall {statistics.median(wall):6.1f} ms"
    )
    return fps


def look_at_scatter(points: MapPoints, radius: float) -> None:
    """Measure the same with pyqtgraph's scatter plots: symbols from its atlas, always smooth."""
    import pyqtgraph as pg

    pg.setConfigOptions(background=current().surface, antialias=True)
    holder = QWidget()
    row = QHBoxLayout(holder)
    views, items, brushes = [], [], []
    names = {"circle": "o", "square": "s", "diamond": "d"}
    sizes = 2 * radius * np.where(points.of_slide, 1.25, 1.0)
    for codes, colors in (
        (points.tissue, tissue_colors(8)),
        (points.center, center_colors(5)),
    ):
        view = pg.PlotWidget(enableMenu=False)
        view.setFixedSize(*SIZE)
        view.hideAxis("left")
        view.hideAxis("bottom")
        full = [pg.mkBrush(*color) for color in colors]
        faded = [pg.mkBrush(*(200 + each // 5 for each in color)) for color in colors]
        item = pg.ScatterPlotItem(
            pos=points.positions.astype(np.float64),
            size=sizes,
            pen=None,
            brush=[full[code] for code in codes],
            symbol=[names[point_shape(int(code))] for code in codes],
        )
        view.addItem(item)
        row.addWidget(view)
        views.append(view)
        items.append(item)
        brushes.append((codes, faded, full))
    views[1].setXLink(views[0])
    views[1].setYLink(views[0])
    holder.show()
    QApplication.processEvents()
    low, high = points.positions.min(axis=0), points.positions.max(axis=0)

    def show_part(shift: tuple[float, float], zoom: float) -> None:
        (x0, y0), (x1, y1) = low / zoom + shift, high / zoom + shift
        views[0].setRange(xRange=(x0, x1), yRange=(y0, y1), padding=0)

    def zoom(number: int) -> None:
        factor = 1.1 ** min(number % 40, 40 - number % 40)
        show_part((0, 0), factor)
        for item in items:
            item.setSize(sizes * factor**0.35)

    def choose(number: int) -> None:
        chosen = points.positions[:, 0] > low[0] + (high - low)[0] * (0.3 + 0.4 * number / STEPS)
        for item, (codes, faded, full) in zip(items, brushes, strict=True):
            item.setBrush([(full if c else faded)[k] for c, k in zip(chosen, codes, strict=True)])

    def measured(step: Callable[[int], None], what: str) -> None:
        cpu, wall = [], []
        for number in range(STEPS):
            start, begun = time.thread_time(), time.perf_counter()
            step(number)
            for view in views:
                view.viewport().repaint()
            cpu.append(1e3 * (time.thread_time() - start))
            wall.append(1e3 * (time.perf_counter() - begun))
        show(what, cpu, wall)

    print("  pyqtgraph's scatter plots:")
    measured(lambda k: show_part((9 * np.sin(k / 9), 6 * np.cos(k / 7)), 1.0), "  pan")
    measured(zoom, "  zoom")
    measured(choose, "  choice")
    holder.close()


def look(n: int, scatter: bool) -> bool:
    """Measure looking; whether the budget is held."""
    points = make_points(n)
    holder, views = linked(points)
    first = views[0]
    middle = QPointF(SIZE[0] / 2, SIZE[1] / 2)
    print(f"{n:,} points, two maps of {SIZE[0]} x {SIZE[1]} px, offscreen")
    mouse(first, QEvent.Type.MouseButtonPress, middle, Qt.MouseButton.MiddleButton)

    def pan(number: int) -> None:
        shift = QPointF(90 * np.sin(number / 9), 60 * np.cos(number / 7))
        mouse(first, QEvent.Type.MouseMove, middle + shift, Qt.MouseButton.MiddleButton)

    slowest = show("pan", *frames(pan, views))
    mouse(first, QEvent.Type.MouseButtonRelease, middle, Qt.MouseButton.MiddleButton)
    slowest = min(
        slowest, show("zoom", *frames(lambda k: first.zoom(1.1 if k % 40 < 20 else 1 / 1.1), views))
    )

    def rest(number: int) -> None:
        for view in views:
            view.set_window(view.window_shown)
            view.finish()

    show("rest", *frames(rest, views))
    start = time.thread_time()
    for number in range(200):
        first.point_at(QPointF(number, number))
    print(f"hover    {5 * (time.thread_time() - start):6.2f} ms")
    chosen: list[np.ndarray] = []
    first.lassoed.connect(lambda inside, adds: chosen.append(inside))
    turn = np.linspace(0, 2 * np.pi, 300)
    mouse(first, QEvent.Type.MouseButtonPress, middle + QPointF(150, 0), Qt.MouseButton.LeftButton)
    for angle in turn[1:]:
        at = middle + QPointF(150 * np.cos(angle), 150 * np.sin(angle))
        mouse(first, QEvent.Type.MouseMove, at, Qt.MouseButton.LeftButton)
    start = time.thread_time()
    mouse(first, QEvent.Type.MouseButtonRelease, middle, Qt.MouseButton.LeftButton)
    found = 1e3 * (time.thread_time() - start)
    start = time.thread_time()
    for view in views:
        view.set_chosen(chosen[0])
        view.repaint()
    painted = 1e3 * (time.thread_time() - start)
    print(
        f"lasso    {found:6.1f} ms for {int(chosen[0].sum()):,} points, {painted:.1f} ms to paint"
    )

    def choose(number: int) -> None:
        x = points.positions[:, 0]
        for view in views:
            view.set_chosen(x > x.min() + np.ptp(x) * (0.3 + 0.4 * number / STEPS))

    show("choice", *frames(choose, views))
    if scatter:
        look_at_scatter(points, first.radius())
    holder.close()
    return slowest >= BUDGET_FPS


def make() -> None:
    """Measure making maps."""
    rng = np.random.default_rng(0)
    middles = rng.normal(size=(24, 1024))

    def embeddings(n: int) -> np.ndarray:
        return (middles[np.arange(n) % 24] + rng.normal(size=(n, 1024))).astype(np.float32)

    map_reference(embeddings(50), np.arange(50), jobs=1)  # imports, and what numba compiles
    for n in (1_000, 5_000):
        values = embeddings(n)
        start = time.process_time()
        made = map_reference(values, np.arange(n) // 25, jobs=1)
        spent = time.process_time() - start
        assert made is not None
        start = time.process_time()
        made.place(embeddings(1_000))
        placed = time.process_time() - start
        print(f"make     {n:,} tiles: {spent:5.1f} s CPU; placing 1,000 more: {placed:.1f} s")


def main() -> int:
    """Print everything; 1 where the budget is not held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--points", type=int, default=20_000)
    parser.add_argument("--scatter", action="store_true", help="and pyqtgraph's scatter plots")
    options = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    held = look(options.points, options.scatter)
    app.processEvents()
    make()
    print(f"at least {BUDGET_FPS:.0f} frames/s: {'held' if held else 'NOT HELD'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
