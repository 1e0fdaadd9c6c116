"""Pictures of reference tiles."""

from __future__ import annotations

import shutil

import pytest

from pathgui.core.reference.reference_pictures import find_reference, pictures_of, tile_pictures
from pathgui.core.reference.reference_set import load_reference
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), slides=2, tiles=1)


def test_pictures_come_in_the_size_asked_for(reference):
    pictures = tile_pictures(reference.folder, reference.files[:3], 32)
    assert [picture.shape for picture in pictures] == [(32, 32, 3)] * 3
    assert (tile_pictures(reference.folder, reference.files[:1], 500)[0].shape) == (64, 64, 3)


def test_a_picture_that_is_gone_or_damaged_is_none_and_the_others_come(reference, tmp_path):
    folder = shutil.copytree(reference.folder, tmp_path / "a.pgref")
    (folder / reference.files[0]).unlink()
    (folder / reference.files[1]).write_bytes(b"no picture")
    pictures = tile_pictures(folder, reference.files[:3], 32)
    assert [picture is None for picture in pictures] == [True, True, False]


def test_another_picture_in_its_place_is_none(reference, tmp_path):
    folder = shutil.copytree(reference.folder, tmp_path / "a.pgref")
    shutil.copyfile(folder / reference.files[0], folder / reference.files[1])
    pictures = tile_pictures(folder, reference.files[:3], 32)
    assert [picture is None for picture in pictures] == [False, True, False]


def test_a_reference_set_is_found_by_its_content(reference, tmp_path):
    other = make_reference(tmp_path / "other", slides=2, tiles=2)
    folders = [tmp_path / "gone.pgref", other.folder, reference.folder]
    assert find_reference(folders, reference.info.tiles_sha256) == reference.folder
    assert find_reference(folders, "0" * 64) is None


def test_pictures_of_an_open_set_come_by_row_and_none_is_another_one(reference, tmp_path):
    folder = shutil.copytree(reference.folder, tmp_path / "a.pgref")
    shutil.copyfile(folder / reference.files[0], folder / reference.files[2])
    found = list(pictures_of(load_reference(folder), [2, 1], 32))
    assert [(row, picture is None) for row, picture in found] == [(2, True), (1, False)]
    assert found[1][1].shape == (32, 32, 3)
