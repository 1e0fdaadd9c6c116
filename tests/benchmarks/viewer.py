"""How fast the viewer is. Prints a table; the exit code is 1 if a budget is not held.

Makes its own slide of 100,000 x 80,000 px (levels 1, 4, 16, 64; a few JPEG tiles, each stored
once and pointed to again and again, so it is small and quick to make) and measures

  first     from set_slide to the first picture, and to a sharp one
  pan       a synchronous repaint per step, all regions cached: 1080p and 4K, kept view; the same
            view in a QGraphicsView for comparison
  jump      from a jump to another place to fully sharp and painted; and only to read what it
            needs, as pictures for the screen, against the same view read tile by tile with
            openslide-python and PIL in one thread, in the same run (neither paints)
  browse    the longest time the GUI thread was not free: walking alone, and with an evaluation
            running in a thread (matrix products, reads and Python, as embedding does)
  window    the same in the real window with the real evaluation of the demo (--window)
  memory    growth over a random walk, past the cache's limit
  start     a fresh interpreter to the first painted view; what it has imported

Wall times are those of the machine as it is: on one that does other work, see the line of the
GUI thread's own work.

  python -m tests.benchmarks.viewer            quick: about a minute
  python -m tests.benchmarks.viewer --walk 300 as the budget has it: five minutes of walking
  python -m tests.benchmarks.viewer --window   with the window and the demo's evaluation
  python -m tests.benchmarks.viewer --slide FILE   with a real slide as well
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import openslide
import psutil
from PySide6.QtCore import QCoreApplication, QEvent, QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QPixmap, QTransform
from PySide6.QtWidgets import QApplication, QFrame, QGraphicsScene, QGraphicsView

from pathgui.core.slides.reading import slide_pool
from pathgui.core.slides.slide import Slide, open_slide
from pathgui.core.system.byte_cache import ByteCache
from pathgui.gui.jobs.garbage import GarbageCollector
from pathgui.gui.jobs.jobs import stand_back
from pathgui.gui.viewer.actions import VIEWER_ACTIONS
from pathgui.gui.viewer.canvas.loader import Loader
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.model.layers import OverlayLayer
from pathgui.gui.viewer.model.plan import make_plan
from pathgui.gui.viewer.slide_view import SlideView

SIZE = (100_000, 80_000)
HD, UHD = (1920, 1080), (3840, 2160)
TILE = 256
VARIANTS = 12
CACHE = 256 << 20
FORBIDDEN = ("torch", "timm", "sklearn", "pyqtgraph", "pandas", "scipy", "matplotlib")


@dataclass(frozen=True)
class Row:
    """One line of the table. ``budget`` None: for information."""

    what: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def held(self) -> bool:
        return self.budget is None or self.value <= self.budget


def make_slide(path: Path, size: tuple[int, int] = SIZE) -> None:
    """A tiled JPEG pyramid whose every tile points to one of a few JPEG streams."""
    import simplejpeg

    rng = np.random.default_rng(0)
    streams = []
    for index in range(VARIANTS):
        coarse = rng.normal(0, 1, (8, 8)).repeat(32, 0).repeat(32, 1)
        noise = rng.normal(0, 12, (TILE, TILE, 1))
        base = np.array([214, 150, 190]) + index * np.array([2, -4, 1])
        picture = np.clip(base + 18 * coarse[..., None] + noise, 0, 255).astype(np.uint8)
        streams.append(
            simplejpeg.encode_jpeg(np.ascontiguousarray(picture), 80, "RGB", "420", fastdct=False)
        )
    with path.open("wb") as file:
        file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))  # BigTIFF; first IFD follows
        offsets = []
        for stream in streams:
            offsets.append(file.tell())
            file.write(stream + b"\0" * (len(stream) % 2))
        sizes = [len(stream) for stream in streams]
        previous = 8  # where the offset of the next IFD goes
        for downsample in (1, 4, 16, 64):
            width, height = size[0] // downsample, size[1] // downsample
            n = -(-width // TILE) * -(-height // TILE)
            which = rng.integers(0, VARIANTS, n)
            at_offsets = file.tell()
            file.write(np.array(offsets, "<u8")[which].tobytes())
            at_sizes = file.tell()
            file.write(np.array(sizes, "<u4")[which].tobytes())
            entries = [
                (254, 4, 1, 1 if downsample > 1 else 0),
                (256, 4, 1, width),
                (257, 4, 1, height),
                (258, 3, 3, None),  # fits into the entry: 8, 8, 8
                (259, 3, 1, 7),
                (262, 3, 1, 6),
                (277, 3, 1, 3),
                (282, 5, 1, None),
                (283, 5, 1, None),
                (284, 3, 1, 1),
                (296, 3, 1, 3),
                (322, 4, 1, TILE),
                (323, 4, 1, TILE),
                (324, 16, n, at_offsets),
                (325, 4, n, at_sizes),
                (530, 3, 2, None),
            ]
            here = file.tell()
            file.seek(previous)
            file.write(struct.pack("<Q", here))
            file.seek(here)
            file.write(struct.pack("<Q", len(entries)))
            for tag, kind, count, value in entries:
                file.write(struct.pack("<HHQ", tag, kind, count))
                if tag == 258:
                    file.write(struct.pack("<HHHH", 8, 8, 8, 0))
                elif tag in (282, 283):
                    with_value = struct.pack("<II", round(1e7 / (0.25 * downsample)), 1000)
                    file.write(with_value)
                elif tag == 530:
                    file.write(struct.pack("<HHHH", 2, 2, 0, 0))
                elif kind == 3:
                    file.write(struct.pack("<HHHH", value, 0, 0, 0))
                elif kind == 4 and count == 1:
                    file.write(struct.pack("<II", value, 0))
                else:
                    file.write(struct.pack("<Q", value))
            previous = file.tell()
            file.write(struct.pack("<Q", 0))


def spin(until, limit_s: float = 30.0) -> float:
    """Run the event loop until something is so; seconds it took."""
    start = time.perf_counter()
    while not until():
        QApplication.processEvents()
        if time.perf_counter() - start > limit_s:
            raise TimeoutError("the viewer did not come to rest")
        time.sleep(0.0005)
    return time.perf_counter() - start


def make_view(size: tuple[int, int], cache_bytes: int = CACHE) -> SlideView:
    view = SlideView(KeyTable(VIEWER_ACTIONS), Loader(ByteCache(cache_bytes)))
    view.navigator.reduced_motion = True
    view.resize(*size)
    view.show()
    QApplication.processEvents()
    return view


def end(view: SlideView) -> None:
    view.shutdown()
    view.loader.stop()
    view.hide()
    view.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def add_overlay(view: SlideView, slide: Slide, stride: int = 448) -> None:
    columns, rows = slide.size_l0[0] // stride, slide.size_l0[1] // stride
    image = np.random.default_rng(0).integers(0, 5, (rows, columns)).astype(np.uint8)
    image[image == 4] = 255
    colors = [(230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66)]
    names = ["gland", "stroma", "lymphoid", "adipose"]
    view.set_layers([OverlayLayer("tissue", image, colors, names, stride_l0=float(stride))])


def first_picture(path: Path) -> list[Row]:
    """Opening included, as a user waits for it."""
    firsts, sharps = [], []
    for _ in range(3):
        view = make_view(HD)
        start = time.perf_counter()
        slide = open_slide(path)
        view.set_slide(slide, owned=True)
        spin(lambda view=view: view.pixels.thumbnail is not None or view.sharp)
        view.repaint()
        firsts.append((time.perf_counter() - start) * 1e3)
        spin(lambda view=view: view.sharp)
        sharps.append((time.perf_counter() - start) * 1e3)
        end(view)
    return [
        Row("first picture, opening included", statistics.median(firsts), "ms", 300),
        Row("the same, fully sharp", statistics.median(sharps), "ms"),
    ]


def pan_frames(path: Path, size: tuple[int, int], name: str, steps: int) -> list[Row]:
    view = make_view(size, 1 << 30)
    slide = open_slide(path)
    view.set_slide(slide, owned=True)
    add_overlay(view, slide)
    rows = []
    center = (slide.size_l0[0] / 2, slide.size_l0[1] / 2)
    for zoom in (1.0, 0.5):
        times: list[float] = []
        view.go_to(*center, zoom)
        spin(lambda: view.sharp)
        for lap in range(2):  # the first lap reads what the second paints
            view.go_to(*center, zoom)
            for step in range(steps):
                start = time.perf_counter()
                view.navigator.pan_by(-37, -13 if step % 2 else 11)
                view.repaint()
                taken = (time.perf_counter() - start) * 1e3
                if lap:
                    times.append(taken)
                else:
                    spin(lambda: view.sharp)
        budget = (8.0, 25.0) if name == "1080p" else (None, 100.0)
        what = f"pan frame {name} with overlay, zoom {zoom:g}"
        rows.append(Row(f"{what}, median", statistics.median(times), "ms", budget[0]))
        rows.append(Row(f"{what}, p99", float(np.percentile(times, 99)), "ms", budget[1]))
    if name == "1080p":
        view.set_layers([])
        own = _pan_without_overlay(view, center, steps)
        other = _pan_in_graphics_view(view, center, steps)
        rows.append(Row("pan paint at zoom 0.5, own / QGraphicsView", own / other, "", 0.35))
    end(view)
    return rows


def _pan_without_overlay(view: SlideView, center: tuple[float, float], steps: int) -> float:
    view.go_to(*center, 0.5)
    spin(lambda: view.sharp)
    times = []
    for step in range(steps):  # the path of before, so that every region is there
        start = time.perf_counter()
        view.navigator.pan_by(-37, -13 if step % 2 else 11)
        view.repaint()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def _pan_in_graphics_view(view: SlideView, center: tuple[float, float], steps: int) -> float:
    """The same regions of level 0 at zoom 0.5 as pixmap items, smooth, as bench scripts do."""
    scene = QGraphicsScene()
    picture = QImage(TILE, TILE, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.magenta)
    for column in range(-2, 30):
        for row in range(-2, 20):
            item = scene.addPixmap(QPixmap.fromImage(picture))
            item.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
            item.setPos(column * TILE, row * TILE)
    graphics = QGraphicsView(scene)
    graphics.setFrameShape(QFrame.Shape.NoFrame)
    graphics.setSceneRect(QRectF(-512, -512, 8192, 6144))
    for policy in (graphics.setHorizontalScrollBarPolicy, graphics.setVerticalScrollBarPolicy):
        policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    graphics.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
    graphics.setTransform(QTransform.fromScale(0.5, 0.5))
    graphics.resize(*HD)
    graphics.show()
    QApplication.processEvents()
    times = []
    for step in range(steps):
        start = time.perf_counter()
        graphics.horizontalScrollBar().setValue(37 * step % 900)
        graphics.verticalScrollBar().setValue(13 * step % 500)
        graphics.viewport().repaint()
        times.append((time.perf_counter() - start) * 1e3)
    graphics.hide()
    return statistics.median(times)


def jumps(path: Path, n: int) -> list[Row]:
    rows = []
    chance = random.Random(0)
    for zoom in (1.0, 0.5, 0.26):
        view = make_view(HD)
        slide = open_slide(path)
        view.set_slide(slide, owned=True)
        spin(lambda view=view: view.sharp)
        times, reads, theirs = [], [], []
        for _ in range(n):
            x = chance.uniform(0.1, 0.9) * slide.size_l0[0]
            y = chance.uniform(0.1, 0.9) * slide.size_l0[1]
            start = time.perf_counter()
            view.go_to(x, y, zoom)
            spin(lambda view=view: view.sharp)
            times.append((time.perf_counter() - start) * 1e3)
            time.sleep(0.1)  # what the view reads ahead of need comes to an end
            reads.append(_by_the_loader(path, view))
            theirs.append(_by_openslide(path, view))
        own, other = statistics.median(times), statistics.median(theirs)
        ratio = statistics.median(a / b for a, b in zip(reads, theirs, strict=True))
        what = f"after a jump, 1080p, zoom {zoom:g}"
        rows.append(Row(f"sharp and painted {what}", own, "ms", 400))
        rows.append(
            Row(f"the same / reading with openslide-python and PIL {what}", own / other, "")
        )
        rows.append(Row(f"read {what}, own / openslide-python and PIL", ratio, "", 0.2))
        end(view)
    return rows


def _by_the_loader(path: Path, view: SlideView) -> float:
    """The cells of the view as pictures for the screen, by a loader that knows nothing; ms."""
    loader = Loader(ByteCache(CACHE))
    pixels = loader.attach(open_slide(path), owned=True)
    pixels.thumbnail_wanted = False
    plan = make_plan(pixels.pyramid, view.viewport, view.level, lambda key: False, ahead=False)
    wanted = [(pixels.uid, key) for key in plan.shown]
    start = time.perf_counter()
    loader.want(0, pixels, plan.shown, ())
    while not all(key in loader.cache for key in wanted):
        time.sleep(0.001)
    taken = (time.perf_counter() - start) * 1e3
    loader.stop()
    return taken


def _by_openslide(path: Path, view: SlideView) -> float:
    """What a viewer does that reads the tiles of the view from level 0, one by one; ms."""
    x0, y0, x1, y1 = (int(v) for v in view.viewport.seen_l0)
    with openslide.OpenSlide(path) as slide:
        slide.set_cache(openslide.OpenSlideCache(0))  # a cold view, as after any jump
        start = time.perf_counter()
        for y in range(y0 // TILE * TILE, y1, TILE):
            for x in range(x0 // TILE * TILE, x1, TILE):
                picture = slide.read_region((x, y), 0, (TILE, TILE)).convert("RGB")
                QImage(picture.tobytes(), TILE, TILE, 3 * TILE, QImage.Format.Format_RGB888).copy()
        return (time.perf_counter() - start) * 1e3


class Watch:
    """The longest time between two turns of the event loop, and the frames over 33 ms."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self.own: list[float] = []  # processor time of this thread alone
        self._last = time.perf_counter()
        self._last_own = time.thread_time()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(4)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now, own = time.perf_counter(), time.thread_time()
        self.gaps.append((now - self._last) * 1e3)
        self.own.append((own - self._last_own) * 1e3)
        self._last, self._last_own = now, own


def walk(
    view: SlideView, seconds: float, seed: int = 0, until: Callable[[], bool] = lambda: False
) -> Watch:
    """A hand that drags, zooms and jumps at random, so long or ``until`` something is so."""
    chance = random.Random(seed)
    size_l0 = view.slide.size_l0
    watch = Watch()
    last = time.perf_counter() + seconds
    while time.perf_counter() < last and not until():
        action = chance.random()
        if action < 0.75:
            dx, dy = chance.uniform(-40, 40), chance.uniform(-40, 40)
            for _ in range(12):
                view.navigator.pan_by(dx, dy)
                QApplication.processEvents()
                time.sleep(0.008)
        elif action < 0.95:
            at = (chance.uniform(0, 1900), chance.uniform(0, 1000))
            view.navigator.zoom_by(chance.choice((0.64, 0.8, 1.25, 1.56)), at)
            for _ in range(12):
                QApplication.processEvents()
                time.sleep(0.01)
        else:
            view.go_to(chance.uniform(0, size_l0[0]), chance.uniform(0, size_l0[1]))
            for _ in range(12):
                QApplication.processEvents()
                time.sleep(0.01)
    return watch


def load(stop: threading.Event, path: Path) -> None:
    """What embedding does to the other threads: products, reads, and Python in between."""
    stand_back()  # as the evaluation's job does
    rng = np.random.default_rng(0)
    a = rng.normal(size=(768, 768)).astype(np.float32)
    with open_slide(path) as slide:
        while not stop.is_set():
            for _ in range(8):
                slide.read((rng.integers(0, 90_000) // 2, rng.integers(0, 70_000) // 2), 0,
                           (448, 448))  # fmt: skip
            for _ in range(6):
                a @ a
            sum(i * i for i in range(3000))


def browsing(path: Path, seconds: float) -> list[Row]:
    gc.collect()
    gc.freeze()  # as the window does once all is imported
    collector = GarbageCollector()
    collector.start()  # as the window does
    rows = []
    for busy in (False, True):
        view = make_view(HD)
        slide = open_slide(path)
        view.set_slide(slide, owned=True)
        add_overlay(view, slide)
        spin(lambda view=view: view.sharp)
        view.go_to(slide.size_l0[0] / 2, slide.size_l0[1] / 2, 0.5)
        spin(lambda view=view: view.sharp)
        stop = threading.Event()
        thread = threading.Thread(target=load, args=(stop, path), daemon=True)
        if busy:
            view.set_busy(True)
            thread.start()
        watch = walk(view, seconds)
        stop.set()
        if busy:
            thread.join()
        rows += _blocked(watch, "while evaluating" if busy else "while browsing")
        end(view)
    collector.stop()
    return rows


def memory(path: Path, seconds: float) -> list[Row]:
    view = make_view(HD, CACHE)
    slide = open_slide(path)
    view.set_slide(slide, owned=True)
    add_overlay(view, slide)
    spin(lambda: view.sharp)
    process = psutil.Process()
    before = process.memory_info().rss
    walk(view, seconds, seed=1)
    grown = (process.memory_info().rss - before) / 2**20
    used = view.loader.cache.used_bytes / 2**20
    end(view)
    limit = CACHE / 2**20
    return [
        Row(f"memory grown in a walk of {seconds:g} s, cache {limit:g} MiB", grown, "MiB",
            limit + 300),
        Row("of that in the cache", used, "MiB", limit),
    ]  # fmt: skip


def in_the_window(folder: Path, seconds: float) -> list[Row]:
    """The program itself: browsing, then browsing while the demo is evaluated on the CPU."""
    from pathgui.gui.kit.theme import ThemeFollower
    from pathgui.gui.shell.main_window import MainWindow

    before = os.environ.get("PATHGUI_HOME")
    os.environ["PATHGUI_HOME"] = str(folder / "home")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    ThemeFollower(app)
    window = MainWindow()
    window.resize(*HD)
    window.show()
    try:
        spin(lambda: bool(window.device.text()), 120)
        window.open_demo()
        spin(lambda: window.run_panel.evaluate_button.isEnabled() and window.viewer.sharp, 300)
        spin(lambda: not window.working, 60)
        rows = _blocked(walk(window.viewer, seconds), "in the window, while browsing")
        window.controller.evaluate()
        watch = walk(window.viewer, 600, until=lambda: not window.controller.busy)
        rows += _blocked(watch, "in the window, while evaluating")
    finally:
        window.close()
        spin(lambda: not window.isVisible())
        os.environ.pop("PATHGUI_HOME")
        if before is not None:
            os.environ["PATHGUI_HOME"] = before
    return rows


def _blocked(watch: Watch, when: str) -> list[Row]:
    share = 100 * sum(gap > 33 for gap in watch.gaps) / max(len(watch.gaps), 1)
    own = 100 * sum(gap > 33 for gap in watch.own) / max(len(watch.own), 1)
    return [
        Row(f"GUI thread blocked at most, {when}", max(watch.gaps), "ms", 100),
        Row(f"of that its own work at most, {when}", max(watch.own), "ms", 100),
        Row(f"turns of the event loop over 33 ms, {when}", share, "%", 1),
        Row(f"of that by its own work, {when}", own, "%", 1),
    ]


START = """
import os, sys, time
began = time.perf_counter()
from PySide6.QtWidgets import QApplication
from pathgui.gui.viewer.actions import VIEWER_ACTIONS
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.slide_view import SlideView
app = QApplication([])
view = SlideView(KeyTable(VIEWER_ACTIONS))
view.resize(1200, 800)
view.show()
app.processEvents()
view.repaint()
import psutil
print(time.perf_counter() - began, psutil.Process().memory_info().rss / 2**20,
      *[name for name in {forbidden!r} if name in sys.modules])
view.shutdown()
"""


def starting() -> list[Row]:
    times, sizes, found = [], [], set()
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", START.format(forbidden=FORBIDDEN)],
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, mebibytes, *names = done.stdout.split()
        times.append(float(seconds) * 1e3)
        sizes.append(float(mebibytes))
        found |= set(names)
    return [
        Row("fresh interpreter to the first painted view", statistics.median(times), "ms"),
        Row("memory of the viewer without a slide", statistics.median(sizes), "MiB", 150),
        Row(f"heavy libraries imported {sorted(found) or ''}", len(found), "", 0),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--slide", type=Path, help="a real slide, measured as well")
    parser.add_argument("--walk", type=float, default=8.0, help="seconds of walking per test")
    parser.add_argument("--window", action="store_true", help="the program and its demo as well")
    parser.add_argument("--steps", type=int, default=60, help="pan frames per zoom")
    given = parser.parse_args()
    app = QApplication.instance() or QApplication([])
    sys.setswitchinterval(0.001)
    slide_pool.warm_up()  # as the window does before it opens a slide
    rows = starting()
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "big.tif"
        start = time.perf_counter()
        make_slide(made)
        print(f"made {SIZE[0]:,} x {SIZE[1]:,} px in {time.perf_counter() - start:.1f} s, "
              f"{made.stat().st_size / 2**20:.1f} MiB")  # fmt: skip
        rows += memory(made, given.walk)  # first: what is freed later is not given back
        rows += first_picture(made)
        rows += pan_frames(made, HD, "1080p", given.steps)
        rows += pan_frames(made, UHD, "4K", given.steps // 2)
        rows += jumps(made, 8)
        rows += browsing(made, given.walk)
        if given.slide is not None:
            found = first_picture(given.slide) + pan_frames(given.slide, HD, "1080p", given.steps)
            rows += [
                Row(f"{given.slide.name}: {row.what}", row.value, row.unit, row.budget)
                for row in found
            ]
        if given.window:
            rows += in_the_window(Path(folder), given.walk)
    for row in rows:
        budget = "" if row.budget is None else f"{row.budget:g}"
        said = "" if row.budget is None else ("held" if row.held else "NOT HELD")
        print(f"{row.what:72s} {row.value:9.2f} {row.unit:4s} {budget:>6s} {said}")
    del app
    return 0 if all(row.held for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
