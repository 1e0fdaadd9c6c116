"""Altered tiles as a source that is embedded and kept as others are."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.stain import color_counts, lab_look
from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tiling import SlideTiles, TileGrid
from pathgui.core.what_if.alterations import STAIN, Alteration, altered
from pathgui.core.what_if.altered_tiles import AlteredTiles
from pathgui.core.what_if.recoloring import recoloring
from tests.core.slide_factory import tissue_picture, write_slide
from tests.core.stand_ins import spec_of

PICTURE, _ = tissue_picture(256, 256)
LOOKS = [lab_look(color_counts(PICTURE)), lab_look(color_counts(PICTURE // 2 + 20))]
COLORS = {"Ulm": recoloring(*LOOKS)}
BLUR, SMALL, LARGE = Alteration("blur", 2.0), Alteration("scale", -0.2), Alteration("scale", 0.2)
ULM = Alteration(STAIN, center="Ulm")
CELLS = np.array([[1, 1], [2, 1], [1, 2], [2, 2]], np.int32)
ROWS = np.array([0, 3])


@pytest.fixture
def tiles(tmp_path):
    path = write_slide(tmp_path / "a.tiff", PICTURE, mpp=0.5)
    with open_slide(path) as slide:
        yield SlideTiles(slide, TileGrid(CELLS, (4, 4), 64, 64, (0, 0), 0.5))


def source(tiles, *alterations, rows=ROWS):
    return AlteredTiles(tiles, rows, alterations, COLORS)


def test_tiles_come_one_after_the_other_each_in_all_alterations(tiles):
    made = source(tiles, ULM, BLUR)
    assert (len(made), made.edge_um, made.edge_px(64)) == (4, 32.0, 64)
    for tile, row in enumerate(ROWS):
        pixels = tiles.read(int(row), 64)
        assert (made.read(2 * tile, 64) == COLORS["Ulm"](pixels)).all()
        assert (made.read(2 * tile + 1, 64) == altered(pixels, BLUR, 0.5)).all()


def test_another_scale_is_another_field_of_view_around_the_same_middle(tiles):
    made = source(tiles, SMALL, LARGE)
    assert made.edge_px(64) is None
    small, large = made.read(0, 64), made.read(1, 64)
    assert (small.shape[0], large.shape[0]) == (51, 77)
    middle = PICTURE[64 - 6 : 64 - 6 + 77, 64 - 6 : 64 - 6 + 77]
    assert (large == middle).all()


def test_embeddings_are_found_again_whatever_else_was_asked_for(tiles, tmp_path):
    store, spec = EmbeddingStore(tmp_path / "store"), spec_of()
    first = embed(source(tiles, ULM, BLUR, LARGE), spec, store=store, batch_size=1)
    assert first.resumed == 0
    again = embed(source(tiles, BLUR, ULM), spec, store=store, batch_size=1)
    assert again.resumed == 4
    assert (again.values == first.values[[1, 0, 4, 3]]).all()
    other = source(tiles, Alteration("blur", 1.0), rows=ROWS[:1])
    assert embed(other, spec, store=store, batch_size=1).resumed == 0


def test_other_colors_of_a_center_are_embedded_again(tiles, tmp_path):
    store, spec = EmbeddingStore(tmp_path / "store"), spec_of()
    embed(source(tiles, ULM), spec, store=store)
    changed = AlteredTiles(tiles, ROWS, [ULM], {"Ulm": recoloring(*LOOKS[::-1])})
    assert embed(changed, spec, store=store).resumed == 0
