"""Stored embeddings hold for the pixels they were made of, and for no others."""

from __future__ import annotations

import csv
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zarr
from PIL import Image

from pathgui.core.cost.estimate import estimate
from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import ReferenceSetError, SlideError
from pathgui.core.progress import Notice
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceTiles
from pathgui.core.slides.identity import FileStamp, TileIdentity, digest_of
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tiling import SlideTiles, TileGrid
from pathgui.core.system.devices import resolve_device
from tests.core.slide_factory import noise, write_slide
from tests.core.stand_ins import MemoryTiles, mean_color, spec_of
from tests.material import make_reference


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "store")


class Counting:
    """An encoder that counts the tiles it is given."""

    def __init__(self):
        self.tiles = 0

    def __call__(self, tiles):
        self.tiles += len(tiles)
        return mean_color(tiles)


def stamped(n=20, stamp="1@1", **options):
    return MemoryTiles(n, identity=TileIdentity(stamp=stamp), **options)


# ---- what could not be read


def test_an_intact_copy_does_not_inherit_what_the_damaged_one_could_not_read(store):
    embed(stamped(unreadable=(0, 7, 19)), spec_of(), batch_size=4, store=store)
    found = embed(stamped(), spec_of(), batch_size=4, store=store)
    assert found.readable.all()
    np.testing.assert_array_equal(found.values, embed(stamped(), spec_of()).values)


def test_what_still_cannot_be_read_is_tried_but_nothing_is_embedded_for_it(store):
    embed(stamped(unreadable=(0, 7, 19)), spec_of(), batch_size=4, store=store)
    source, encode = stamped(unreadable=(0, 7, 19)), Counting()
    found = embed(source, spec_of(encode), batch_size=4, store=store)
    assert set(source.reads) == {0, 7, 19}
    assert encode.tiles == 0
    assert np.flatnonzero(~found.readable).tolist() == [0, 7, 19]


def test_a_reference_picture_that_was_missing_once_is_embedded_when_it_is_back(tmp_path, store):
    reference = make_reference(tmp_path)
    picture = reference.folder / reference.files[5]
    away = picture.rename(tmp_path / "away.png")
    assert not embed(ReferenceTiles(reference), spec_of(), store=store).readable[5]
    away.rename(picture)
    assert embed(ReferenceTiles(reference), spec_of(), store=store).readable.all()


# ---- files of another size or time


def test_files_of_the_same_size_and_time_are_not_read_again(store):
    embed(stamped(), spec_of(), store=store)
    again = stamped()
    assert embed(again, spec_of(), store=store).resumed == 20
    assert not again.reads


def test_a_copy_of_another_time_is_compared_once_and_not_embedded(store):
    first = embed(stamped(), spec_of(), store=store)
    copy, encode = stamped(stamp="1@2"), Counting()
    found = embed(copy, spec_of(encode), store=store)
    assert len(copy.reads) == 20
    assert encode.tiles == 0
    np.testing.assert_array_equal(found.values, first.values)
    for stamp in ("1@1", "1@2"):
        again = stamped(stamp=stamp)
        embed(again, spec_of(), store=store)
        assert not again.reads


def test_tiles_that_have_other_pixels_are_embedded_again_and_only_their_batches(store):
    embed(stamped(40), spec_of(), batch_size=4, store=store)
    seeds = [*range(10), *range(100, 110), *range(20, 40)]  # tiles 10 to 19 are others now
    changed, encode, told = stamped(40, "1@2", seeds=seeds), Counting(), []
    found = embed(changed, spec_of(encode), batch_size=4, store=store, report=told.append)
    assert encode.tiles == 12  # rows 8 to 19
    np.testing.assert_array_equal(found.values, embed(changed, spec_of()).values)
    notices = [event.text for event in told if isinstance(event, Notice)]
    assert any("10 tiles have other pixels now" in text for text in notices)
    # The former file is compared too, should it come back: some rows are no longer its own.
    former = embed(stamped(40), spec_of(), batch_size=4, store=store)
    np.testing.assert_array_equal(former.values, embed(stamped(40), spec_of()).values)


def test_rows_embedded_from_a_changed_file_do_not_hold_for_the_former_one(store):
    embed(stamped(40), spec_of(), batch_size=4, store=store, rows=np.arange(20))
    seeds = [*range(20), *range(120, 140)]  # what was embedded is the same, the rest is not
    embed(stamped(40, "1@2", seeds=seeds), spec_of(), batch_size=4, store=store)
    former = embed(stamped(40), spec_of(), batch_size=4, store=store)
    np.testing.assert_array_equal(former.values, embed(stamped(40), spec_of()).values)


def test_of_a_part_only_the_part_is_compared(store):
    embed(stamped(40), spec_of(), batch_size=4, store=store)
    source = stamped(40, "1@2")
    embed(source, spec_of(), batch_size=4, store=store, rows=np.arange(8, 16))
    assert set(source.reads) == set(range(8, 16))


def large_slide(path):
    """A slide of 12 MB, of which the content id reads 4."""
    return write_slide(path, noise(2048, 2048))


def tiles_of(slide):
    cells = np.array([(x, y) for y in range(8) for x in range(8)], np.int32)
    return SlideTiles(slide, TileGrid(cells, (8, 8), 256, 256, (0, 0), 0.5))


def replace_unsampled_pixels(path):
    """Change pixels between the blocks that the content id reads."""
    size = path.stat().st_size
    step = (size - (2 << 20) - (1 << 16)) // 31
    with path.open("rb+") as file:
        for gap in range(31):
            file.seek((1 << 20) + gap * step + (1 << 16))
            file.write(b"\x80" * (step - (1 << 16)))


def test_a_slide_whose_tiles_were_replaced_in_place_is_not_answered_for_by_its_hash(
    tmp_path, store
):
    path = large_slide(tmp_path / "a.tif")
    with open_slide(path) as slide:
        before, content = embed(tiles_of(slide), spec_of(), store=store), slide.content_id
    replace_unsampled_pixels(path)
    with open_slide(path) as slide:
        assert slide.content_id == content
        found = embed(tiles_of(slide), spec_of(), store=store)
        fresh = embed(tiles_of(slide), spec_of())
    np.testing.assert_array_equal(found.values, fresh.values)
    assert (found.values != before.values).any(axis=1).sum() > 20


def test_a_copied_slide_is_the_same_slide(tmp_path, store):
    path = large_slide(tmp_path / "a.tif")
    with open_slide(path) as slide:
        embed(tiles_of(slide), spec_of(), store=store)
    copy = Path(shutil.copyfile(path, tmp_path / "renamed.tif"))
    encode = Counting()
    with open_slide(copy) as slide:
        embed(tiles_of(slide), spec_of(encode), store=store)
    assert encode.tiles == 0


# ---- files that change meanwhile


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("time_set_back", [True, False])
def test_a_slide_overwritten_while_it_is_embedded_leaves_nothing_wrong(
    tmp_path, store, time_set_back, kept
):
    path = large_slide(tmp_path / "a.tif")
    original = tmp_path / "original.tif"
    shutil.copy2(path, original)
    other = write_slide(tmp_path / "other.tif", noise(2048, 2048, seed=1)).read_bytes()
    batches = []

    def encode(tiles):
        batches.append(len(tiles))
        if len(batches) == 4:
            fact = path.stat()
            with path.open("rb+") as file:
                file.write(other)
            if time_set_back:
                os.utime(path, ns=(fact.st_atime_ns, fact.st_mtime_ns))
        return mean_color(tiles)

    with open_slide(path) as slide, pytest.raises(SlideError, match="changed while it was open"):
        embed(tiles_of(slide), spec_of(encode), batch_size=4, store=store if kept else None)
    shutil.copy2(original, path)
    with open_slide(path) as slide:
        found = embed(tiles_of(slide), spec_of(), batch_size=4, store=store)
        np.testing.assert_array_equal(found.values, embed(tiles_of(slide), spec_of()).values)


# ---- embeddings of earlier versions


def earlier_of(source):
    """The key of an earlier version for the tiles of a source, without batch or pictures."""
    key = _key(source).parts | {"tiles": source.identity().formerly or source.content_key}
    del key["batch_size"]
    return key


def test_embeddings_of_an_earlier_version_are_not_used_and_the_run_says_so(tmp_path, store):
    path = large_slide(tmp_path / "a.tif")
    with open_slide(path) as opened:
        for source in (tiles_of(opened), ReferenceTiles(make_reference(tmp_path))):
            place = store.folder / f"{len(source):040x}"
            zarr.create_group(place, attributes={"format": 1, "key": earlier_of(source)})
            told, encode = [], Counting()
            embed(source, spec_of(encode), store=store, report=told.append)
            assert encode.tiles == len(source)
            assert sum("earlier version" in e.text for e in told if isinstance(e, Notice)) == 1
            told.clear()
            embed(source, spec_of(encode), store=store, report=told.append)
            assert not [e for e in told if isinstance(e, Notice)]


# ---- reference sets


def rebuilt(reference, folder, change):
    """The set built again from its manifest after ``change`` of the rows."""
    manifest = reference.folder.parent / "manifest.csv"
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = change(list(csv.DictReader(file)))
    changed = manifest.with_name("changed.csv")
    with changed.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return build_reference(changed, folder).reference


def renamed(rows):
    return [row | {"center": row["center"].replace("Lakeside", "Seaside")} for row in rows]


def without_five(rows):
    return rows[:3] + rows[8:]


@pytest.mark.parametrize("change", [renamed, without_five, lambda rows: rows[::-1]])
def test_changed_labels_order_or_fewer_tiles_embed_nothing(tmp_path, store, change):
    reference = make_reference(tmp_path)
    embed(ReferenceTiles(reference), spec_of(), store=store)
    changed = ReferenceTiles(rebuilt(reference, tmp_path / "changed.pgref", change))
    spec = spec_of(encode := Counting())
    (cost,) = estimate(
        [changed], [spec], device=resolve_device("cpu"), store=store, warm_up=False
    ).encoders
    assert (cost.tiles, cost.stored) == (0, len(changed))
    found = embed(changed, spec, store=store)
    assert encode.tiles == 0
    np.testing.assert_array_equal(found.values, embed(changed, spec_of()).values)
    for entry in store.entries()[1:]:  # what was taken over stays
        store.remove(entry.digest)
    embed(changed, spec, store=store)
    assert encode.tiles == 0


def test_another_encoder_or_field_of_view_takes_over_nothing(tmp_path, store):
    reference = make_reference(tmp_path)
    embed(ReferenceTiles(reference), spec_of(), store=store)
    changed = ReferenceTiles(rebuilt(reference, tmp_path / "changed.pgref", without_five))
    for spec in (spec_of(encode := Counting(), sha256="other"), spec_of(encode, px=24)):
        encode.tiles = 0
        embed(changed, spec, store=store)
        assert encode.tiles == len(changed)


def test_a_swapped_picture_is_found_when_it_is_read(tmp_path, store):
    reference = make_reference(tmp_path)
    tiles = ReferenceTiles(reference)
    shutil.copyfile(reference.folder / reference.files[1], reference.folder / reference.files[6])
    with pytest.raises(ReferenceSetError, match=r"000006\.png is not the picture"):
        embed(tiles, spec_of(), store=store)
    assert store.count_done(_key(tiles), identity=tiles.identity()) <= 6


def test_the_checksum_is_of_the_bytes_that_are_decoded(tmp_path, monkeypatch):
    """A file that is exchanged between two reads would be decoded as one and told by the other."""
    reference = make_reference(tmp_path)
    tiles, path = ReferenceTiles(reference), reference.folder / reference.files[0]
    whole, decode = path.read_bytes(), Image.open

    def swapped_back(source, **options):
        picture = decode(source, **options)
        picture.load()
        path.write_bytes(whole)  # in time for a second read
        return picture

    shutil.copyfile(reference.folder / reference.files[1], path)
    monkeypatch.setattr(Image, "open", swapped_back)
    with pytest.raises(ReferenceSetError, match="is not the picture"):
        tiles.read(0, 1)


def _key(tiles):
    from pathgui.core.embedding.encoder_pass import embedding_key

    return embedding_key(tiles, spec_of(), "")


# ---- small parts


def test_a_tile_is_known_by_its_pixels_and_shape():
    tile = np.zeros((4, 6, 3), np.uint8)
    assert (digest_of(tile) == digest_of(tile.copy())).all()
    assert (digest_of(tile) != digest_of(tile.reshape(6, 4, 3))).any()
    assert (digest_of(tile) != digest_of(tile + np.uint8(1))).any()


def test_a_stamp_is_the_same_in_whatever_order_files_are_named(tmp_path):
    paths = [tmp_path / name for name in "ab"]
    for size, path in enumerate(paths):
        path.write_bytes(b"x" * size)
    one, other = FileStamp.of(paths), FileStamp.of(paths[::-1])
    assert one == other
    assert replace(one, changed_ns=(0, 0)).text == one.text
