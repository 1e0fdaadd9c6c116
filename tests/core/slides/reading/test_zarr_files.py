"""What is an OME-Zarr, and by which files it is known."""

from __future__ import annotations

import pytest

from pathgui.core.errors import SlideError
from pathgui.core.slides.reading.zarr_files import (
    check_folder,
    is_zarr,
    is_zarr_folder,
    listing_digest,
    telling_files,
    zarr_names,
)


@pytest.fixture
def folder(tmp_path):
    """As zarr writes it, with more chunks than are read."""
    made = tmp_path / "a.ome.zarr"
    (made / "0" / "0").mkdir(parents=True)
    (made / ".zattrs").write_text("{}")
    (made / "0" / ".zarray").write_text("{}")
    for chunk in range(200):
        (made / "0" / "0" / str(chunk)).write_bytes(bytes([chunk]))
    return made


def test_a_zarr_folder_is_told_by_its_ending_or_its_metadata(folder, tmp_path):
    assert is_zarr_folder(folder)
    assert is_zarr_folder(folder.rename(tmp_path / "plain"))
    assert not is_zarr_folder(tmp_path)
    (tmp_path / "b.OZX").touch()
    (tmp_path / "b.zip").touch()
    assert is_zarr(tmp_path / "b.OZX")
    assert not is_zarr(tmp_path / "b.zip")


def test_it_is_known_by_its_metadata_and_some_chunks(folder):
    files = telling_files(folder)
    assert {folder / ".zattrs", folder / "0" / ".zarray"} < set(files)
    assert 32 <= len(files) - 2 <= 64
    assert len(zarr_names(folder)) == 202


def test_a_chunk_that_is_gone_or_cut_off_makes_another_slide(folder):
    before = listing_digest(folder)
    chunk = folder / "0" / "0" / "77"
    chunk.write_bytes(b"")
    shorter = listing_digest(folder)
    chunk.unlink()
    assert len({before, shorter, listing_digest(folder)}) == 3


def test_a_folder_without_metadata_was_copied_in_part(tmp_path):
    (tmp_path / "a.zarr" / "0").mkdir(parents=True)
    with pytest.raises(SlideError, match="copied in part"):
        check_folder(tmp_path / "a.zarr")
    with pytest.raises(FileNotFoundError):
        telling_files(tmp_path / "a.zarr")
