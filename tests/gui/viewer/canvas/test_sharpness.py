"""What a view calls sharp is what it has painted, whatever arrives between two paints."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.system.byte_cache import ByteCache
from pathgui.gui.viewer.canvas.loader import Loader
from tests.gui.viewer.pictures import shown
from tests.gui.viewer.slides import MemorySlide, tissue_like

PLACE = (2100, 1400)


class Gate:
    """Holds reads of level 0 back, all but a given number."""

    def __init__(self) -> None:
        self._free = threading.Semaphore(10_000)
        self.passed = 0
        self.waiting = False

    def close(self) -> None:
        self._free = threading.Semaphore(0)

    def open(self, reads: int) -> None:
        self._free.release(reads)

    def __call__(self) -> None:
        self.waiting = True
        assert self._free.acquire(timeout=60)
        self.waiting = False
        self.passed += 1


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def picture():
    return tissue_like((4000, 3000))


@pytest.fixture
def view(qtbot, show, gate, picture):
    """A view at rest, whose next reads the gate holds back; one thread, nothing ahead of need."""
    slide = MemorySlide(picture, (1.0, 4.0))
    slide.gate = gate
    loader = Loader(ByteCache(1 << 27), threads=1)
    view = show(slide, loader=loader)
    view.loader.set_quiet(True)
    view.perform("instruments")
    view.set_color_correction(False)
    qtbot.waitUntil(lambda: view.sharp)
    gate.close()
    yield view
    gate.open(10_000)
    view.shutdown()
    assert loader.stop()


def held(view, picture) -> np.ndarray:
    """What the slide holds where the view is, at scale 1."""
    x, y = (round(each) for each in view.viewport.to_l0((0, 0)))
    width, height = view.viewport.size_px
    return picture[y : y + height, x : x + width]


def wait_without_events(condition) -> None:
    """As while the window's thread is busy: what threads tell it is not delivered yet."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def at_rest(view, gate) -> bool:
    """Whether what has been read is told, and the next read is held back."""
    loader = view.loader
    return not loader._news and (gate.waiting or not loader._reading)


def all_read(view) -> bool:
    keys = [(view.pixels.uid, key) for key in view._plan.shown]
    return all(key in view.loader.cache for key in keys) and not view.loader._reading


def test_what_is_read_but_not_painted_yet_is_not_called_sharp(qtbot, view, gate, picture):
    view.go_to(*PLACE, 1.0)
    assert not np.array_equal(shown(view), held(view, picture))  # a coarse level, for now
    gate.open(len(view._plan.wants))
    wait_without_events(lambda: all_read(view))
    painted = shown(view)
    assert view.sharp == np.array_equal(painted, held(view, picture))
    qtbot.waitUntil(lambda: view.sharp)
    assert np.array_equal(shown(view), held(view, picture))


def test_what_arrives_while_the_view_moves_is_painted_where_it_is_now(qtbot, view, gate, picture):
    view.go_to(*PLACE, 1.0)
    view.grab()
    while view.pending > 1:
        passed = gate.passed
        gate.open(1)  # for a region of the level in view, or of the coarser one
        qtbot.waitUntil(lambda passed=passed: gate.passed > passed and at_rest(view, gate))
    qtbot.wait(50)  # and painted
    gate.open(1)
    wait_without_events(lambda: all_read(view))
    center = (PLACE[0] + 20, PLACE[1] + 30)
    view.set_viewport(replace(view.viewport, center_l0=center))
    gate.open(100)
    qtbot.waitUntil(lambda: view.sharp)
    assert np.array_equal(shown(view), held(view, picture))


def test_after_a_zoom_the_same_level_is_painted_again_smoothly(qtbot, view, gate):
    gate.open(10_000)
    view.go_to(*PLACE, 1.2)
    qtbot.waitUntil(lambda: view.sharp)
    view.navigator.zoom_by(0.8, (250.0, 200.0))
    view.grab()  # quickly, for the moment
    qtbot.waitUntil(lambda: view.sharp)
    at_rest = shown(view)
    view.invalidate()
    assert np.array_equal(at_rest, shown(view))
