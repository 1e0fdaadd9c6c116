"""Pictures and masks of slides that have no coarse levels."""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest

from pathgui.core.errors import UnreadableRegionError
from pathgui.core.progress import Cancelled, ignore_progress
from pathgui.core.slides import overview
from pathgui.core.slides.overview import FOR_MASKS, FOR_THE_EYE, Budget, _spread, look_over
from pathgui.core.slides.slide import Level, open_slide
from pathgui.core.slides.tissue import find_tissue
from tests.core.slide_factory import write_giant, write_slide

SIDE = 100_000, 80_000


@pytest.fixture(scope="module")
def giant(tmp_path_factory):
    path = tmp_path_factory.mktemp("giant") / "giant.tif"
    return path, write_giant(path, SIDE)


def shrunk(tissue, shape):
    """Tissue by tile, as a mask of that shape."""
    rows, columns = (
        np.minimum(np.arange(n) * side // n, side - 1)
        for n, side in zip(shape, tissue.shape, strict=True)
    )
    return tissue[np.ix_(rows, columns)]


def test_the_picture_of_a_giant_without_coarse_levels_takes_seconds(giant):
    path, tissue = giant
    with open_slide(path) as slide:
        started = time.thread_time()
        picture = slide.thumbnail(1000)
        assert time.thread_time() - started < 3
    assert picture.shape == (800, 1000, 3)
    pink = picture[..., 1] < 180
    assert (pink == shrunk(tissue, pink.shape)).mean() > 0.97


def test_without_time_there_is_a_picture_all_the_same(giant, monkeypatch):
    path, tissue = giant
    looks = itertools.count()  # at a clock that no other work delays: a millisecond each
    clock = SimpleNamespace(monotonic=lambda: next(looks) / 1000)
    monkeypatch.setattr(overview, "time", clock)
    with open_slide(path) as slide:
        budget = Budget(pixels=1, tiles=1 << 11, tiles_elsewhere=1, damage=1, seconds=0.02)
        picture = look_over(slide, 1000, budget, ignore_progress).picture
    pink = picture[..., 1] < 200
    assert (pink == shrunk(tissue, pink.shape)).mean() > 0.8
    assert next(looks) == 23  # it ended at the first look after 20 ms


def test_the_mask_of_a_giant_is_found_from_some_tiles_always_the_same(giant):
    path, tissue = giant
    with open_slide(path) as slide:
        first, second = find_tissue(slide), find_tissue(slide)
    assert np.array_equal(first.mask, second.mask)
    assert (first.mask == shrunk(tissue, first.mask.shape)).mean() > 0.98


def test_empty_tiles_cost_nothing_and_are_glass(tmp_path):
    tissue = write_giant(tmp_path / "a.tif", SIDE, empty=True)
    with open_slide(tmp_path / "a.tif") as slide:
        assert slide.reader.startswith("direct")
        mask = find_tissue(slide)
        picture = slide.thumbnail(500)
    assert (mask.mask == shrunk(tissue, mask.mask.shape)).mean() > 0.98
    assert (picture[:40] == slide.background).all()


def test_a_giant_that_is_not_read_directly_has_a_picture_in_time(tmp_path):
    tissue = write_giant(tmp_path / "a.tif", (40_000, 30_000))
    with open_slide(tmp_path / "a.tif", direct=False) as slide:
        started = time.monotonic()
        picture = slide.thumbnail(400)
        assert time.monotonic() - started < 6  # the budget is 1.5
    pink = picture[..., 1] < 190
    assert (pink == shrunk(tissue, pink.shape)).mean() > 0.85


def test_looking_over_a_giant_reports_and_can_be_cancelled(giant):
    seen = []

    def stop(event):
        seen.append(event.done)
        if len(seen) == 3:
            raise Cancelled

    with open_slide(giant[0]) as slide:
        with pytest.raises(Cancelled):
            slide.look_over(4096, stop)
        assert seen == [0, 16, 32]


def test_sampled_and_whole_pictures_agree(tmp_path):
    y, x = np.mgrid[:2100, :3000]
    smooth = np.stack([x // 12, y // 9, (x + y) // 21], axis=-1).astype(np.uint8)
    path = write_slide(tmp_path / "a.tif", smooth, compression="jpeg")
    for direct in (True, False):
        with open_slide(path, direct=direct) as slide:
            whole = slide.look_over(100).picture.astype(int)
            for tiles, most in ((1 << 10, 8), (40, 48)):
                budget = Budget(pixels=1, tiles=tiles, tiles_elsewhere=tiles, damage=1)
                sampled = look_over(slide, 100, budget, ignore_progress).picture
                assert sampled.shape == whole.shape
                assert np.abs(sampled - whole).max() <= most, (tiles, direct)


def test_cells_come_from_coarse_to_fine_and_each_once():
    for shape in ((1, 1), (5, 3), (16, 9)):
        cells = list(_spread(*shape))
        assert sorted(cell[:2] for cell in cells) == [
            (row, column) for row in range(shape[0]) for column in range(shape[1])
        ]
        steps = [step for *_, step in cells]
        assert steps == sorted(steps, reverse=True)


def test_damage_all_over_is_not_looked_into_place_by_place():
    class Damaged:
        size_l0 = (8192, 8192)
        levels = (Level((8192, 8192), 1.0),)
        background = (255, 255, 255)
        reads = 0

        def read_level(self, level, origin, size):
            self.reads += 1
            raise UnreadableRegionError("damaged")

        def read_for_screen(self, *place):
            return False

        def tiles_with_data(self, level):
            return None

    beats = []
    for budget in (FOR_MASKS, FOR_THE_EYE):
        slide = Damaged()
        look = look_over(slide, 512, budget, beats.append)
        assert (look.picture == 255).all()
        assert look.unread == 1.0
        assert len(beats) >= slide.reads
        assert slide.reads <= (FOR_THE_EYE.tiles_elsewhere if budget is FOR_THE_EYE else 600)
        beats.clear()
