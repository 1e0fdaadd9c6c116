"""A slide is known by its content, and its files by name or header."""

from __future__ import annotations

import numpy as np

from pathgui.core.slides.content_id import content_id, slide_files


def test_a_large_file_is_known_by_its_size_ends_and_samples(tmp_path):
    path = tmp_path / "large"
    content = bytearray(np.random.default_rng(0).bytes(9 << 20))
    path.write_bytes(content)
    first = content_id([path])
    content[-1] ^= 1
    path.write_bytes(content)
    assert content_id([path]) != first
    path.write_bytes(content + b"x")
    assert content_id([path]) != first


def test_files_named_like_a_slide_of_several_files_are_no_part_of_it(tmp_path):
    (tmp_path / "a.vms").write_text("[Virtual Microscope Specimen]\nImageFile=a.jpg\nX=../a.txt\n")
    for name in ("a.jpg", "a1.vms", "a1.jpg", "a.txt"):
        (tmp_path / name).write_bytes(b"x")
    found = slide_files(tmp_path / "a.vms", "hamamatsu", None)
    assert [file.name for file in found] == ["a.jpg", "a.vms"]

    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "Slidedat.ini").write_text("\ufeff[DATAFILE]\r\nFILE_0 = Data0000.dat\r\n", "utf-8")
    for name in ("Data0000.dat", "Thumbs.db"):
        (folder / name).write_bytes(b"x")
    found = slide_files(tmp_path / "b.mrxs", "mirax", None)
    assert [file.name for file in found] == ["b.mrxs", "Data0000.dat", "Slidedat.ini"]
