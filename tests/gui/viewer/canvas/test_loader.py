from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from pathgui.core.system.byte_cache import ByteCache
from pathgui.gui.viewer.canvas.loader import THUMBNAIL, Loader
from pathgui.gui.viewer.canvas.regions import read_cell
from pathgui.gui.viewer.model.plan import CellKey
from tests.gui.viewer.slides import MemorySlide, tissue_like


@pytest.fixture
def loader(qtbot):
    made = Loader(ByteCache(1 << 26), threads=1)
    yield made
    assert made.stop()


class Gate:
    """Lets reads through one by one."""

    def __init__(self) -> None:
        self.waiting = threading.Semaphore(0)
        self.open = threading.Semaphore(0)

    def __call__(self) -> None:
        self.waiting.release()
        assert self.open.acquire(timeout=10)


def keys(*columns, level=0):
    return tuple(CellKey(level, column, 0) for column in columns)


def test_what_is_wanted_arrives_in_the_order_it_is_wanted(qtbot, loader):
    slide = MemorySlide(tissue_like((2048, 256)))
    pixels = loader.attach(slide)
    loader.want(1, pixels, keys(3, 0, 5), keys(7))
    qtbot.waitUntil(lambda: len(slide.reads) == 4)
    assert [origin[0] // 256 for origin, _, _ in slide.reads] == [3, 0, 5, 7]
    qtbot.waitUntil(lambda: all((pixels.uid, key) in loader.cache for key in keys(3, 0, 5, 7)))


def test_the_newest_plan_wins_and_at_most_one_stale_region_is_read(qtbot, loader):
    slide = MemorySlide(tissue_like((4096, 256)))
    gate = slide.gate = Gate()
    pixels = loader.attach(slide)
    pixels.thumbnail_wanted = False
    loader.want(1, pixels, keys(0, 1, 2, 3), ())
    assert gate.waiting.acquire(timeout=5)  # the first is being read
    loader.want(1, pixels, keys(9, 8), ())
    for _ in range(3):
        gate.open.release()
    qtbot.waitUntil(lambda: len(slide.reads) == 3)
    assert [origin[0] // 256 for origin, _, _ in slide.reads] == [0, 9, 8]


def test_nothing_is_read_twice_for_two_views_of_one_slide(qtbot, loader):
    slide = MemorySlide(tissue_like((1024, 256)))
    first, second = loader.attach(slide), loader.attach(slide)
    assert first is second
    loader.want(1, first, keys(0, 1, 2, 3), ())
    loader.want(2, second, keys(3, 2, 1, 0), ())
    qtbot.waitUntil(lambda: all((first.uid, key) in loader.cache for key in keys(0, 1, 2, 3)))
    assert len(slide.reads) == 4


def test_views_take_turns(qtbot, loader):
    slides = [MemorySlide(tissue_like((2048, 256), seed)) for seed in (1, 2)]
    order: list[int] = []
    for index, slide in enumerate(slides):
        slide.gate = lambda index=index: order.append(index)
    gate = Gate()
    first, second = (loader.attach(slide) for slide in slides)
    first.thumbnail_wanted = second.thumbnail_wanted = False
    slides[0].gate = lambda: (gate(), order.append(0))
    loader.want(1, first, keys(0, 1, 2), ())
    assert gate.waiting.acquire(timeout=5)
    loader.want(2, second, keys(0, 1, 2), ())
    for _ in range(3):
        gate.open.release()
    qtbot.waitUntil(lambda: len(order) == 6)
    assert order[:4] in ([0, 1, 0, 1], [0, 0, 1, 0])


def test_while_quiet_nothing_is_read_ahead(qtbot, loader):
    slide = MemorySlide(tissue_like((2048, 256)))
    pixels = loader.attach(slide)
    loader.set_quiet(True)
    with qtbot.waitSignal(loader.arrived):
        loader.want(1, pixels, keys(0), keys(1, 2))
    qtbot.waitUntil(lambda: (pixels.uid, keys(0)[0]) in loader.cache)
    assert len(slide.reads) == 1
    loader.set_quiet(False)
    qtbot.waitUntil(lambda: len(slide.reads) == 3)


def test_the_thumbnail_comes_first(qtbot, loader):
    pixels = loader.attach(MemorySlide(tissue_like((1024, 512))))
    arrived: list[CellKey] = []
    loader.arrived.connect(lambda regions: arrived.extend(key for _, key in regions))
    loader.want(1, pixels, keys(0), ())
    qtbot.waitUntil(lambda: len(arrived) == 2)
    assert arrived[0] == THUMBNAIL
    assert pixels.thumbnail is not None
    assert (pixels.thumbnail.width(), pixels.thumbnail.height()) == (1024, 512)


def test_a_damaged_place_is_hatched_counted_and_explained_once(qtbot, loader):
    slide = MemorySlide(np.full((512, 1024, 3), 200, np.uint8))
    slide.damaged = [(0, 0, 100, 100), (600, 300, 630, 310)]
    pixels = loader.attach(slide)
    troubles: list[object] = []
    loader.troubled.connect(troubles.append)
    wanted = tuple(CellKey(0, column, row) for column in range(4) for row in range(2))
    loader.want(1, pixels, wanted, ())
    qtbot.waitUntil(lambda: all((pixels.uid, key) in loader.cache for key in wanted))
    qtbot.waitUntil(lambda: bool(troubles))
    assert len(troubles) == 1
    assert not troubles[0].gone
    assert "hatched" in troubles[0].text
    assert pixels.damaged_count == 2
    image = loader.cache.get((pixels.uid, CellKey(0, 0, 0)))
    shades = {image.pixelColor(x, 20).red() for x in range(100)}
    assert shades == {150, 205}
    assert image.pixelColor(200, 200).red() == 200  # only the damaged part


def test_a_damaged_place_seen_from_afar_is_hatched_alone(qtbot, loader):
    slide = MemorySlide(np.full((2048, 2048, 3), 200, np.uint8))
    slide.damaged = [(300, 300, 310, 310)]
    pixels = loader.attach(slide)
    level = 1
    assert pixels.pyramid.levels[level].factor == 2
    region, damaged = read_cell(slide, pixels.pyramid, CellKey(level, 0, 0))
    assert damaged == 1
    bad = (region != 200).any(axis=2)
    assert bad[128:256, 128:256].all()
    assert bad.sum() == 128 * 128


def test_a_slide_that_is_gone_is_told_once_and_read_again_on_retry(qtbot, loader):
    slide = MemorySlide(tissue_like((1024, 256)))
    slide.gone = True
    pixels = loader.attach(slide)
    troubles: list[object] = []
    loader.troubled.connect(troubles.append)
    loader.want(1, pixels, keys(0, 1, 2), ())
    qtbot.waitUntil(lambda: bool(troubles))
    assert troubles[0].gone
    assert "gone" in troubles[0].text
    loader.want(1, pixels, keys(0, 1, 2), ())
    slide.gone = False
    loader.retry(pixels)
    loader.want(1, pixels, keys(0, 1, 2), ())
    qtbot.waitUntil(lambda: all((pixels.uid, key) in loader.cache for key in keys(0, 1, 2)))
    assert pixels.thumbnail is not None
    assert len(troubles) == 1


def test_an_owned_slide_is_closed_after_its_last_read_and_not_by_the_gui(qtbot, loader):
    slide = MemorySlide(tissue_like((1024, 256)))
    gate = slide.gate = Gate()
    pixels = loader.attach(slide, owned=True)
    pixels.thumbnail_wanted = False
    loader.want(1, pixels, keys(0), ())
    assert gate.waiting.acquire(timeout=5)
    loader.forget(1)
    loader.detach(pixels)
    assert not slide.closed.is_set()
    gate.open.release()
    assert slide.closed.wait(5)


def test_a_slide_of_two_views_stays_open_until_both_let_go(qtbot, loader):
    slide = MemorySlide(tissue_like((512, 256)))
    pixels = loader.attach(slide, owned=True)
    loader.attach(slide)
    loader.detach(pixels)
    assert not slide.closed.is_set()
    loader.detach(pixels)
    assert slide.closed.is_set()


def test_an_owned_slide_in_two_colors_is_closed_with_the_last_of_them(qtbot, loader):
    slide = MemorySlide(tissue_like((512, 256)))
    corrected = loader.attach(slide, owned=True)
    plain = loader.attach(slide, correct_colors=False)
    assert corrected is not plain
    loader.detach(corrected)
    assert not slide.closed.is_set()
    loader.detach(plain)
    assert slide.closed.is_set()


def test_virtual_cells_average_what_lies_under_them(loader):
    picture = tissue_like((1001, 703))
    slide = MemorySlide(picture)
    pixels = loader.attach(slide)
    level = next(i for i, each in enumerate(pixels.pyramid.levels) if each.factor == 2)
    columns, rows = pixels.pyramid.levels[level].cells
    region, _ = read_cell(slide, pixels.pyramid, CellKey(level, columns - 1, rows - 1))
    x, y = (columns - 1) * 512, (rows - 1) * 512
    block = picture[y : y + 2, x : x + 2].astype(float).mean(axis=(0, 1))
    assert np.abs(region[0, 0] - block).max() <= 1
    assert region.shape[:2] == pixels.pyramid.size_px(CellKey(level, columns - 1, rows - 1))[::-1]


def test_where_reads_wait_rather_than_work_more_threads_help(qtbot, loader):
    slide = MemorySlide(tissue_like((256 * 40, 64)))
    slide.gate = lambda: threading.Event().wait(0.08)
    pixels = loader.attach(slide)
    wanted = keys(*range(40))
    loader.want(1, pixels, wanted, ())
    qtbot.waitUntil(lambda: (pixels.uid, wanted[-1]) in loader.cache, timeout=15_000)
    assert loader.threads > 1


def test_a_bug_while_reading_is_logged_and_does_not_end_the_thread(qtbot, loader, caplog):
    slide = MemorySlide(tissue_like((1024, 256)))
    calls = []

    def stumble() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError("a bug")

    slide.gate = stumble
    pixels = loader.attach(slide)
    pixels.thumbnail_wanted = False
    with qtbot.waitSignal(loader.troubled):
        loader.want(1, pixels, keys(0), ())
    assert "a bug" in caplog.text
    loader.retry(pixels)
    loader.want(1, pixels, keys(0), ())
    qtbot.waitUntil(lambda: (pixels.uid, keys(0)[0]) in loader.cache)


def test_while_an_evaluation_runs_a_core_is_left_to_it(qtbot):
    loader = Loader(ByteCache(64 << 20), threads=4)
    loader.most_while_quiet = 1
    slide = MemorySlide(tissue_like((3000, 2000)), (1.0, 4.0))
    lock, now, most = threading.Lock(), 0, 0

    def gate():
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.005)
        with lock:
            now -= 1

    slide.gate = gate
    pixels = loader.attach(slide)
    pixels.thumbnail_wanted = False
    wanted = list(pixels.pyramid.cells(0, (0, 0, 3000, 2000)))
    try:
        loader.set_quiet(True)
        loader.want(1, pixels, wanted[:20], ())
        qtbot.waitUntil(lambda: loader.pending(pixels) == 0)
        assert most == 1
        loader.set_quiet(False)
        loader.want(1, pixels, wanted[20:60], ())
        qtbot.waitUntil(lambda: loader.pending(pixels) == 0)
        assert most > 1
    finally:
        loader.stop()


def test_slides_that_are_gone_take_no_more_than_the_cache_may_hold(qtbot):
    cache = ByteCache(1 << 20)  # two slides of two regions
    loader = Loader(cache, threads=1)

    def look_at(number):
        slide = MemorySlide(tissue_like((512, 512)))
        slide.path = slide.path.with_name(f"{number}.tif")
        pixels = loader.attach(slide)
        wanted = keys(0, 1)
        loader.want(1, pixels, wanted, ())
        qtbot.waitUntil(lambda: all((pixels.uid, key) in cache for key in wanted))
        loader.forget(1)
        loader.detach(pixels)
        return pixels.uid

    for number in range(8):
        last = look_at(number)
        assert cache.used_bytes <= cache.limit_bytes
    assert (last, keys(0)[0]) in cache  # should one come back to it
    assert loader.stop()


def test_the_cache_that_is_handed_in_is_the_one_that_is_used(qtbot):
    cache = ByteCache(1 << 20)
    loader = Loader(cache)
    assert loader.cache is cache
    loader.stop()
