"""Tiles recolored before they are embedded, and how their embeddings are kept apart."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.registry import TILE_CORRECTIONS
from pathgui.core.corrections.stain import PUBLISHED, color_counts, pooled, rounded
from pathgui.core.embedding.recolored_tiles import (
    RecoloredTiles,
    colors_of,
    correction_key,
    slide_colors,
)
from pathgui.core.progress import Cancelled
from pathgui.core.reference.reference_set import ReferenceTiles
from tests.core.stand_ins import MemoryTiles
from tests.material import make_reference

REINHARD, MACENKO = TILE_CORRECTIONS


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("set"), slides=2, tiles=2)


def recolored(reference, correction=REINHARD, of_slide=0):
    source, slide_of = ReferenceTiles(reference), reference.labels.slides
    found = slide_colors(source, slide_of, [correction], keep=[of_slide])
    looks = found.looks[correction.name]
    target = correction.published or correction.look(found.kept[of_slide])
    return source, slide_of, looks, target


def test_statistics_are_of_all_tiles_of_a_slide(reference):
    source, slide_of, looks, _ = recolored(reference)
    tiles = [source.read(row, 0) for row in np.flatnonzero(slide_of == 1)]
    wanted = REINHARD.look(color_counts(np.stack(tiles)))
    np.testing.assert_allclose(looks[1].numbers, wanted.numbers, rtol=1e-12)


@pytest.mark.parametrize("correction", TILE_CORRECTIONS, ids=lambda each: each.name)
def test_a_tile_is_recolored_by_the_look_of_its_slide(reference, correction):
    source, slide_of, looks, target = recolored(reference, correction)
    after = RecoloredTiles(source, slide_of, looks, target)
    assert (len(after), after.edge_um) == (len(source), source.edge_um)
    row = int(np.flatnonzero(slide_of == 3)[0])  # of the other center
    tile = source.read(row, 0)
    np.testing.assert_array_equal(after.read(row, 0), rounded(looks[3].recolored(tile, target)))
    assert (after.read(row, 0) != tile).any()


def test_a_slide_with_too_little_stain_passes_as_it_is(reference):
    source, slide_of, looks, target = recolored(reference)
    after = RecoloredTiles(source, slide_of, [None, *looks[1:]], target)
    row = int(np.flatnonzero(slide_of == 0)[0])
    np.testing.assert_array_equal(after.read(row, 0), source.read(row, 0))


def test_what_decides_a_pixel_decides_the_keys(reference):
    source, slide_of, looks, target = recolored(reference)
    one = RecoloredTiles(source, slide_of, looks, target)
    again = RecoloredTiles(source, slide_of, looks, target)
    assert one.content_key == again.content_key != source.content_key
    np.testing.assert_array_equal(one.identity().digests, again.identity().digests)
    # Another look of one slide: its tiles are others, those of other slides are the same.
    other = RecoloredTiles(source, slide_of, [looks[1], *looks[1:]], target)
    assert other.content_key != one.content_key
    same = (other.identity().digests == one.identity().digests).all(axis=1)
    np.testing.assert_array_equal(same, slide_of != 0)
    keys = {
        correction_key("", "reinhard", target),
        correction_key("", "macenko", target),
        correction_key("", "macenko", PUBLISHED),
        correction_key("ab", "macenko", PUBLISHED),
    }
    assert len(keys) == 4


def test_tiles_that_cannot_be_read_are_left_out_of_the_colors():
    source = MemoryTiles(4, unreadable=(1,))
    found = colors_of(source, np.arange(4))
    wanted = pooled([color_counts(source.read(row, 0)) for row in (0, 2, 3)])
    np.testing.assert_array_equal(found.counts, wanted.counts)
    assert colors_of(source, np.array([1])) is None


def test_counting_colors_can_be_stopped(reference):
    def stop(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        slide_colors(ReferenceTiles(reference), reference.labels.slides, [REINHARD], report=stop)
