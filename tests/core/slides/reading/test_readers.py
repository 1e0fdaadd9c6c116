"""Each file is read by the library that reads all of it."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import SlideError
from pathgui.core.slides.reading.readers import open_reader
from pathgui.core.slides.slide import open_slide
from tests.core.pyramid_factory import write_ome_tiff
from tests.core.slide_factory import noise, write_slide


def test_openslide_reads_what_it_reads_whole(tmp_path):
    reader, facts = open_reader(write_slide(tmp_path / "a.tif", noise(300, 200)))
    assert reader.name.startswith("OpenSlide")
    assert facts.properties["openslide.vendor"] == "generic-tiff"
    reader.close()


def test_tifffile_reads_a_pyramid_in_subifds(tmp_path):
    picture = noise(300, 200)
    reader, facts = open_reader(write_ome_tiff(tmp_path / "a.ome.tif", picture))
    assert reader.name.startswith("tifffile")
    assert len(facts.levels) == 3
    assert np.array_equal(reader.read((7, 5), 0, (100, 90)), picture[5:95, 7:107])
    assert np.array_equal(reader.read((8, 4), 1, (9, 8)), picture[::2, ::2][2:10, 4:13])
    reader.close()


def test_a_pyramid_that_is_cut_off_is_not_shown_in_part(tmp_path):
    path = write_ome_tiff(tmp_path / "a.ome.tif", noise(600, 500), compression="jpeg")
    path.write_bytes(path.read_bytes()[: 3 * path.stat().st_size // 5])
    with pytest.raises(SlideError, match=r"cut off.*Copy or download it again"):
        open_reader(path)


def test_an_ome_tiff_is_a_slide_like_others(tmp_path):
    """Also read directly, with a content id, and in a process of its own."""
    path = write_ome_tiff(tmp_path / "a.ome.tif", noise(600, 500), compression="jpeg")
    with open_slide(path) as slide, open_slide(path, direct=False) as slow:
        assert slide.direct
        assert slide.reader.startswith("direct (simplejpeg")
        assert "checked against tifffile" in slide.reader
        assert (slide.format, slide.mpp, len(slide.levels)) == ("OME-TIFF", 0.5, 3)
        for level in range(3):
            size = slide.levels[level].size
            assert np.array_equal(slide.read((0, 0), level, size), slow.read((0, 0), level, size))
        assert slide.content_id == slow.content_id
        assert slide.thumbnail(64).shape == (53, 64, 3)
