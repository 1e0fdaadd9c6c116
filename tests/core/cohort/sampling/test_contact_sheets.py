"""A preview as files: a sheet for each tissue-center pair, and what is thrown out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from pathgui.core.cohort.sampling.contact_sheets import write_contact_sheets
from pathgui.core.cohort.sampling.preview import preview_of
from pathgui.core.cohort.sampling.sample import plan_sample
from pathgui.core.cohort.sampling.thrown_out_file import read_taken_back
from pathgui.core.errors import ReferenceSetError
from tests.core.cohort.sampling.study import SMALL, row, spoiled_slide, study


def nothing():
    """No one is told."""


@pytest.fixture
def sample(tmp_path):
    spoiled_slide(tmp_path / "A.tif")
    opened = study(tmp_path, row("A", "Süd", tissue="T/x:y"), row("B", "../etc", tissue="T/x:y"))
    return plan_sample(opened, replace(SMALL, quality=True, tiles_a_slide=9))


def test_there_is_a_sheet_of_each_pair_and_of_what_is_thrown_out(sample, tmp_path):
    folder = tmp_path / "Bilder ä" / "neu"
    files = write_contact_sheets(sample, preview_of(sample), folder, nothing)
    assert sorted(files) == sorted(folder.iterdir())
    assert [path.name for path in files] == [
        "01 T_x_y, _etc.png", "02 T_x_y, Süd.png", "thrown out.png", "thrown_out.csv",
    ]  # fmt: skip
    for path in files[:3]:
        with Image.open(path) as sheet:
            assert sheet.width > 800
            assert sheet.height > 224
    assert read_taken_back(files[3]) == tuple(sorted(each.name for each in sample.thrown_out))


def test_a_tile_that_cannot_be_read_has_a_frame(sample, tmp_path):
    (tmp_path / "B.tif").unlink()
    preview = preview_of(sample)
    files = write_contact_sheets(sample, preview, tmp_path / "P", nothing)
    assert len(files) == 4


def test_a_folder_that_cannot_be_written_is_one_sentence(sample, tmp_path):
    (tmp_path / "P").write_text("a file")
    with pytest.raises(ReferenceSetError, match="could not be written"):
        write_contact_sheets(sample, preview_of(sample), tmp_path / "P", nothing)
