"""Tiles brought to one stain before an encoder sees them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.corrections.registry import TILE_CORRECTIONS, StainTarget
from pathgui.core.corrections.stain import LabLook, color_counts, rounded
from pathgui.core.embedding.embed import embed, embed_many
from pathgui.core.embedding.normalized_tiles import NormalizedTiles, normalized
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import EncoderError
from pathgui.core.reference.reference_set import ReferenceTiles
from tests.core.stand_ins import MemoryTiles, spec_of
from tests.material import make_reference

REINHARD, MACENKO = TILE_CORRECTIONS
TARGET = StainTarget(REINHARD, LabLook(np.array([70.0, 12.0, -9.0]), np.array([15.0, 8.0, 6.0])))
AS_PUBLISHED = StainTarget(MACENKO, MACENKO.published)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return ReferenceTiles(make_reference(tmp_path_factory.mktemp("set"), slides=2, tiles=2))


class OneSlide(MemoryTiles):
    """Tiles in memory that are all of one slide."""

    @property
    def slide_of(self):
        return np.zeros(len(self), np.intp)


def after(*targets, key="of this file"):
    spec = standard_encoders().encoder("color-statistics")
    return replace(spec, name="after", recolorings=targets, correction=key)


def test_each_tile_is_brought_from_the_look_of_its_slide_to_the_target(source):
    seen = NormalizedTiles(source, TARGET, 224)
    row = len(source) - 1
    same = np.flatnonzero(source.slide_of == source.slide_of[row])
    look = REINHARD.look(color_counts(np.stack([source.read(each, 0) for each in same])))
    tile = source.read(row, 0)
    np.testing.assert_array_equal(seen.read(row, 0), rounded(look.recolored(tile, TARGET.look)))
    assert (seen.read(row, 0) != tile).any()
    assert (len(seen), seen.edge_um) == (len(source), source.edge_um)


@pytest.mark.parametrize("target", [TARGET, AS_PUBLISHED], ids=["reinhard", "macenko"])
def test_an_encoder_after_it_embeds_recolored_tiles_and_the_plain_one_does_not(source, target):
    plain = standard_encoders().encoder("color-statistics")
    found = embed_many(source, [plain, after(target)])
    seen = NormalizedTiles(source, target, plain.tile.size_px)
    np.testing.assert_allclose(found["after"].values, embed(seen, plain).values, atol=1e-6)
    np.testing.assert_array_equal(found[plain.name].values, embed(source, plain).values)
    assert not np.allclose(found["after"].values, found[plain.name].values, atol=1e-3)


def test_the_rows_that_are_asked_for_do_not_change_how_a_slide_looks(source):
    spec = after(TARGET)
    some = np.array([3, 0], np.intp)
    whole = embed(source, spec).values
    np.testing.assert_allclose(embed(source, spec, rows=some).values, whole[some], atol=1e-6)


def test_what_is_in_the_store_is_found_and_another_target_is_embedded_anew(source, tmp_path):
    store = EmbeddingStore(tmp_path)
    first = embed(source, after(TARGET), store=store)
    again = embed(source, after(TARGET), store=store)
    assert (first.resumed, again.resumed) == (0, len(source))
    np.testing.assert_array_equal(again.values, first.values)
    other = embed(source, after(AS_PUBLISHED, key="of another file"), store=store)
    assert other.resumed == 0
    assert not np.allclose(other.values, first.values, atol=1e-3)
    assert embed(source, replace(after(), correction=""), store=store).resumed == 0


def test_a_slide_with_too_little_stain_passes_as_it_is_and_is_counted():
    tiles = OneSlide(3, px=4)  # 48 pixels: fewer than a look takes
    plain, said = spec_of(px=4), []
    found = embed(tiles, replace(plain, recolorings=(TARGET,), correction="a"), report=said.append)
    np.testing.assert_array_equal(found.values, embed(tiles, plain).values)
    assert "1 slide has too little stain" in found.notices[0]
    assert any(getattr(event, "text", "") == found.notices[0] for event in said)


def test_tiles_that_are_of_no_slide_are_refused():
    with pytest.raises(EncoderError, match="must have the tiles of a whole slide"):
        embed(MemoryTiles(3), replace(spec_of(), recolorings=(TARGET,), correction="a"))


def test_several_are_applied_one_after_the_other(source):
    both = normalized(source, [TARGET, AS_PUBLISHED], 224)
    one = NormalizedTiles(NormalizedTiles(source, TARGET, 224), AS_PUBLISHED, 224)
    np.testing.assert_array_equal(both.read(0, 0), one.read(0, 0))
    assert normalized(source, [], 224) is source
