"""Why a file cannot be opened as a slide, in words that help."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image

from pathgui.core.slides.reading.why_unopenable import why_unopenable
from tests.core.slide_factory import noise, write_slide


def test_a_plain_picture_is_told_from_a_slide(tmp_path):
    Image.new("RGB", (10, 10)).save(tmp_path / "a.png")
    assert "is a plain picture, not a slide" in why_unopenable(tmp_path / "a.png", "")


def test_an_empty_file_is_to_be_copied_again(tmp_path):
    (tmp_path / "a.svs").touch()
    assert why_unopenable(tmp_path / "a.svs", "") == (
        "a.svs is empty (0 bytes). Copy or download it again."
    )


def test_a_text_file_is_said_to_be_one(tmp_path):
    (tmp_path / "a.xml").write_text("<annotations/>")
    assert "is a text file, not a slide" in why_unopenable(tmp_path / "a.xml", "")


def test_bytes_of_no_kind_are_no_slide(tmp_path):
    (tmp_path / "a.svs").write_bytes(bytes(range(256)))
    assert "not a slide in any format" in why_unopenable(tmp_path / "a.svs", "")


def test_a_file_that_is_not_there_is_said(tmp_path):
    assert "cannot be read: No such file" in why_unopenable(tmp_path / "gone.svs", "")


def test_a_tiff_in_strips_is_to_be_converted(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((64, 64, 3), np.uint8))
    said = why_unopenable(tmp_path / "a.tif", "")
    assert "stored in strips, not in tiles" in said
    assert "Convert it" in said


def test_a_tiff_that_is_cut_off_is_to_be_copied_again(tmp_path):
    path = write_slide(tmp_path / "a.tif", noise(512, 512))
    path.write_bytes(path.read_bytes()[:-5000])
    said = why_unopenable(path, "")
    assert "cut off" in said or "directory is damaged" in said
    assert said.endswith("Copy or download it again.")


def test_a_whole_tiff_is_refused_with_what_the_library_said(tmp_path):
    path = write_slide(tmp_path / "a.tif", noise(512, 512))
    assert "(Unsupported photometric)" in why_unopenable(path, "Unsupported photometric")
    assert "compressed in a way" in why_unopenable(path, "Unsupported compression 50")


@pytest.mark.parametrize(
    ("uid", "name"), [("1.2.840.10008.1.2.5", "RLE"), ("1.2.840.10008.1.2.4.80", "JPEG-LS")]
)
def test_a_dicom_file_in_an_unread_compression_names_it(tmp_path, uid, name):
    (tmp_path / "a.dcm").write_bytes(b"\0" * 128 + b"DICM")
    said = why_unopenable(tmp_path / "a.dcm", f"Unsupported transfer syntax {uid}")
    assert f"compressed as {name} ({uid})" in said
