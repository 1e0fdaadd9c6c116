"""A slide that is not open says how it is opened, and which slide is meant."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import tifffile

from pathgui.core.errors import SlideError
from pathgui.core.slides.slide_file import SlideFile


def test_the_file_of_a_slide_says_how_it_is_opened(slide_path: Path) -> None:
    with SlideFile(slide_path, 0.3, direct=False).open() as slide:
        assert slide.mpp == 0.3
        assert not slide.direct


def test_an_open_slide_says_what_opens_it_again(slide_path: Path) -> None:
    for given in (None, 0.3):
        with SlideFile(slide_path, given).open() as slide:
            file = SlideFile.of(slide)
            assert file == SlideFile(slide_path, given, slide.direct, slide.content_id)
            with pickle.loads(pickle.dumps(file)).open() as again:
                assert (again.content_id, again.mpp) == (slide.content_id, slide.mpp)


def test_another_slide_in_its_place_is_refused(slide_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(slide_path.read_bytes())
    with SlideFile(path).open() as slide:
        meant = SlideFile.of(slide)
    with tifffile.TiffFile(slide_path) as tif:
        picture = 255 - tif.pages[0].asarray()
    tifffile.imwrite(path, picture, tile=(256, 256), photometric="rgb")
    with pytest.raises(SlideError, match=r"a\.tif is not the slide that is meant"):
        meant.open()
