"""PLISM becomes a set of pairs with two columns that may be the center."""

from __future__ import annotations

import re

import h5py
import pyarrow.parquet as pq
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layout import NOT_LABELED, Wishes
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.public_sets.tile_choice import TileChoice
from pathgui.core.reference.manifest import TooManyRefused
from tests.published import PLISM_SLIDES, picture, write_parquet, write_plism, write_plism_h5


def imported(tmp_path, wishes=Wishes(), **options):
    found, where = read_tiles([tmp_path / "plism"], wishes=wishes)
    return import_tiles(found, where, tmp_path / "made.pgref", **options)


@pytest.mark.parametrize("write", [write_plism, write_plism_h5])
def test_stain_and_scanner_are_columns_and_places_are_pairs(tmp_path, write):
    write(tmp_path / "plism")
    made = imported(tmp_path)
    assert made.refused == ()
    reference = made.reference
    assert len(reference) == 24
    assert reference.centers == ["AT2", "GT450", "S60"]
    assert reference.tissues == [NOT_LABELED]
    assert set(reference.labels.slide) == set(PLISM_SLIDES)
    assert set(reference.labels.pair) == {"0 0", "2 1", "4 2", "6 3"}
    table = pq.read_table(reference.folder / "tiles.parquet")
    assert set(table.column("stain").to_pylist()) == {"GIV", "HRH"}
    assert table.column("scanner").to_pylist() == reference.labels.center.tolist()
    assert "robustness index is not defined" in reference.info.description
    assert reference.info.licence == "CC-BY-4.0"


def test_the_stain_can_be_the_center(tmp_path):
    write_plism(tmp_path / "plism")
    assert imported(tmp_path, Wishes(center="stain")).reference.centers == ["GIV", "HRH"]
    with pytest.raises(ReferenceSetError, match="scanner or stain, not hospital"):
        imported(tmp_path, Wishes(center="hospital"))


@pytest.mark.parametrize("write", [write_plism, write_plism_h5])
def test_one_file_is_not_called_files(tmp_path, write):
    write(tmp_path / "plism")
    _, *others = sorted((tmp_path / "plism").rglob("*.parquet")) or sorted(
        (tmp_path / "plism").rglob("*.h5")
    )
    for each in others:
        each.unlink()
    said = imported(tmp_path).reference.info.description
    assert re.search("in 1 (Parquet|HDF5) file[.,]", said), said


def test_a_sample_keeps_places_whole(tmp_path):
    write_plism(tmp_path / "plism")
    reference = imported(tmp_path, choice=TileChoice(most=13)).reference
    assert len(reference) == 12
    assert len(set(reference.labels.pair)) == 2


def test_pixels_of_arrays_are_stored_without_loss(tmp_path):
    write_plism_h5(tmp_path / "plism")
    reference = imported(tmp_path).reference
    from pathgui.core.reference.reference_set import ReferenceTiles

    tiles = ReferenceTiles(reference)
    with h5py.File(tmp_path / "plism" / f"{PLISM_SLIDES[1]}.h5") as file:
        name = f"{PLISM_SLIDES[1]} tile_16_2_1"
        row = reference.tiles.index(name)
        assert (tiles.read(row, 1) == file["tile_16_2_1"][()]).all()


def test_names_that_tell_nothing_are_refused_at_their_row(tmp_path):
    write_plism(tmp_path / "plism")
    write_parquet(
        tmp_path / "plism" / "z.parquet",
        [picture(9000 + i, 16, "PNG") for i in range(2)],
        {"slide_id": ["somewhere.tif", PLISM_SLIDES[0]], "tile_id": ["t_16_9_9", "strange"]},
        picture_column="png",
    )
    assert [each.reason for each in imported(tmp_path).refused] == [
        "the slide is not called STAIN_SCANNER_to_GMH_S60.tif: somewhere.tif t_16_9_9",
        "the tile is not called NAME_LEVEL_X_Y: GIV_AT2_to_GMH_S60.tif strange",
    ]


def test_a_damaged_file_is_named(tmp_path):
    folder = write_plism_h5(tmp_path / "plism")
    path = folder / f"{PLISM_SLIDES[0]}.h5"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(TooManyRefused, match=r"GIV_AT2_to_GMH_S60\.tif\.h5 is cut off"):
        imported(tmp_path)
    assert len(imported(tmp_path, allow_missing=True).reference) == 20
