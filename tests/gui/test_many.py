"""Many slides, many regions, slow slides: the window is never taken away."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication

from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.core.slides.region import inside
from pathgui.core.slides.slide import open_slide
from pathgui.gui.viewer.model.region_cut import NotCutYetError
from tests.gui.conftest import idle

MOST_S = 0.1  # on the window's thread, of its own work


def longest_turn(seconds, until=lambda: False):
    """The longest time that one turn of the event loop worked, over so many seconds."""
    longest, end = 0.0, time.monotonic() + seconds
    while time.monotonic() < end and not until():
        before = time.thread_time()
        QCoreApplication.processEvents()
        longest = max(longest, time.thread_time() - before)
        time.sleep(0.002)
    return longest


@pytest.fixture
def thousand(tmp_path, slide_path):
    """A thousand slides that are one file."""
    paths = [tmp_path / f"slide {number:04}.tif" for number in range(1000)]
    for path in paths:
        path.hardlink_to(slide_path)
    return paths


def test_of_a_thousand_slides_only_the_one_looked_at_is_opened(qtbot, window, thousand):
    opened = []

    def opening(path, mpp=None, **options):
        opened.append(path)
        return open_slide(path, mpp, **options)

    win = window(open_slide=opening)
    before = time.thread_time()
    win.open_slides(thousand)
    assert time.thread_time() - before < MOST_S
    listed = lambda: win.slide_panel.list.count() == 1000  # noqa: E731
    assert longest_turn(20, until=listed) < MOST_S
    qtbot.waitUntil(lambda: win.viewer.slide is not None)
    assert opened == [thousand[-1]]
    names = win.slide_panel.list
    assert names.viewport().rect().intersects(names.visualItemRect(names.currentItem()))
    assert win.slide_panel.paths == thousand
    win.slide_panel.list.choose(win.slide_panel.list.item(3))
    qtbot.waitUntil(lambda: win.viewer.slide is not None and win.viewer.slide.path == thousand[3])
    assert opened == [thousand[-1], thousand[3]]


def test_a_slide_that_was_just_given_can_be_closed_before_it_is_listed(qtbot, window, thousand):
    win = window()
    win.open_slides(thousand)
    win.slides.close(thousand[900])
    qtbot.waitUntil(lambda: win.slide_panel.list.count() == 999)
    assert thousand[900] not in win.slide_panel.paths


def test_a_slide_that_does_not_open_holds_up_no_other(qtbot, window, slide_path, tmp_path):
    slow, go_on = tmp_path / "slow.tif", threading.Event()
    slow.hardlink_to(slide_path)
    closed = []

    def opening(path, mpp=None, **options):
        if path == slow:
            go_on.wait(20)
        slide = open_slide(path, mpp, **options)
        if path == slow:
            slide.close = lambda: closed.append(path)
        return slide

    win = window(open_slide=opening)
    win.open_slides([slow])
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.slide is not None, timeout=5000)
    assert win.viewer.slide.path == slide_path
    go_on.set()
    qtbot.waitUntil(idle(win))
    assert win.viewer.slide.path == slide_path


def test_opening_ends_at_once_when_another_slide_is_chosen(qtbot, window, slide_path, tmp_path):
    slow, began, ended = tmp_path / "slow.tif", threading.Event(), threading.Event()
    slow.hardlink_to(slide_path)

    def opening(path, mpp=None, *, report, **options):
        if path == slow:
            began.set()
            try:
                while True:
                    report(None)
                    time.sleep(0.02)
            finally:
                ended.set()
        return open_slide(path, mpp, report=report, **options)

    win = window(open_slide=opening)
    win.open_slides([slow])
    assert began.wait(10)
    win.open_slides([slide_path])
    assert ended.wait(3)
    qtbot.waitUntil(lambda: win.viewer.slide is not None)
    assert not win.messages.bars


def test_the_window_closes_within_two_seconds_though_a_slide_does_not_open(
    qtbot, window, slide_path
):
    go_on = threading.Event()

    def opening(path, mpp=None, **options):
        go_on.wait(30)
        return open_slide(path, mpp, **options)

    win = window(open_slide=opening)
    win.open_slides([slide_path])
    qtbot.wait(100)
    started = time.monotonic()
    win.close()
    qtbot.waitUntil(lambda: not win.isVisible(), timeout=4000)
    assert time.monotonic() - started < 2
    go_on.set()
    from pathgui.gui.jobs import jobs

    for job in jobs.stragglers:
        assert job.wait(10_000)
    jobs.stragglers.clear()


def test_thousands_of_regions_do_not_hold_up_the_window(qtbot, window, slide_path, reference):
    rng = np.random.default_rng(0)
    angles = np.linspace(0, 6.28, 20)[:-1]
    regions = [
        [(float(x + 9 * np.cos(a)), float(y + 9 * np.sin(a))) for a in angles]
        for x, y in zip(rng.uniform(10, 1500, 5000), rng.uniform(10, 1000, 5000), strict=True)
    ]
    win = window()
    win.open_slides([slide_path])
    qtbot.waitUntil(lambda: win.viewer.slide is not None)
    qtbot.waitUntil(lambda: win.viewer._pixels.content_id != "")
    before = time.thread_time()
    win.viewer.set_regions(regions)
    assert time.thread_time() - before < MOST_S
    told = lambda: "5,000 regions: " in win.run_panel.region.text()  # noqa: E731
    assert longest_turn(20, until=told) < MOST_S
    assert told()
    before = time.thread_time()
    win.viewer.repaint()
    assert time.thread_time() - before < MOST_S
    qtbot.waitUntil(idle(win))
    kept = win.slide_memory._load(win.viewer._pixels.content_id)
    assert len(kept.regions) == 5000

    # Of a class that is left out, regions are cut out of the others: work of seconds.
    drawn = [
        DrawnRegion(tuple(outline), "Ignore*" if number % 4 == 0 else "Tumor")
        for number, outline in enumerate(regions[:3000])
    ]
    win.references.open(reference.folder)
    before = time.thread_time()
    win.viewer.set_drawn(drawn, "Open regions")
    assert time.thread_time() - before < MOST_S
    with pytest.raises(NotCutYetError, match="being cut"):  # nothing is evaluated meanwhile
        win.viewer.evaluated_region()
    cut = lambda: "left out: Ignore*" in win.run_panel.region.text()  # noqa: E731
    longest = longest_turn(30, until=cut)
    assert longest < MOST_S
    assert cut()
    region = win.viewer.evaluated_region()
    ignored = tuple(each.outline for each in drawn if each.ignored)
    places = rng.uniform((10, 10), (1500, 1000), (500, 2))
    wanted = inside(places, win.viewer.regions) & ~inside(places, ignored)
    assert np.array_equal(inside(places, region), wanted)
