"""Several threads cut tiles, which come in their order; what was stopped leaves none behind."""

from __future__ import annotations

import io
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pathgui.core.cohort.sampling.cutting import cut_tiles, read_square
from pathgui.core.cohort.sampling.sample import plan_sample
from pathgui.core.progress import Cancelled
from pathgui.core.slides.slide import open_slide
from pathgui.core.system.background import left_behind
from tests.core.cohort.sampling.study import SMALL, row, slide, study
from tests.core.slide_factory import noise, write_slide


def nothing():
    """No one is told."""


@pytest.fixture
def slides(tmp_path):
    """Of a sample of three slides, A of which has more than a piece of tiles."""
    opened = study(tmp_path, *(row(name, name, tissue="T") for name in "ABC"))
    return plan_sample(opened, replace(SMALL, tiles_a_slide=40)).slides


@pytest.mark.parametrize("workers", [1, 3])
def test_tiles_come_in_the_order_of_the_sample(slides, workers):
    pieces = list(cut_tiles(slides, 64, nothing, workers))
    found = [(piece.slide.slide_id, tile.origin) for piece in pieces for tile in piece.tiles]
    assert found == [(each.slide_id, origin) for each in slides for origin in each.origins]
    assert len(pieces) > 3
    with open_slide(slides[1].path) as opened:
        expected = opened.read(slides[1].origins[0], 0, (64, 64))
    first = next(piece for piece in pieces if piece.slide is slides[1]).tiles[0]
    assert np.array_equal(Image.open(io.BytesIO(first.made.picture)), expected)


def test_a_slide_that_cannot_be_opened_is_one_piece_with_the_reason(slides, tmp_path):
    (tmp_path / "A.tif").unlink()
    slide(tmp_path / "C.tif", 77)
    pieces = list(cut_tiles(slides, 64, nothing, 2))
    failed = [piece for piece in pieces if piece.error is not None]
    assert [piece.slide.slide_id for piece in failed] == ["A", "C"]
    assert "There is no file" in str(failed[0].error)
    assert "changed while tiles were cut" in str(failed[1].error)
    assert sum(len(piece.tiles) for piece in pieces) == 40


def test_stopping_ends_the_threads(slides):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        list(cut_tiles(slides, 64, stop))
    with closing(cut_tiles(slides, 64, nothing, 2)) as pieces:
        next(pieces)
    for thread in left_behind():
        thread.join(10)
    assert not left_behind()


def test_a_square_is_read_from_the_coarsest_level_with_its_detail(tmp_path):
    path = write_slide(tmp_path / "A.tif", noise(1024, 1024), factors=(1, 2, 4))
    with open_slide(path) as opened:
        expected = opened.read((128, 64), 1, (128, 128))
        assert np.array_equal(read_square(opened, (128, 64), 256, 128), expected)
        assert read_square(opened, (0, 0), 256, 100).shape == (100, 100, 3)
