"""A slide of an archive is a slide like any other."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.archives.links import write_link
from pathgui.core.archives.logins import Login, logins
from pathgui.core.cohort.slide_search import content_of
from pathgui.core.errors import ArchiveError, SlideError
from pathgui.core.progress import Cancelled
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.slide_file import SlideFile
from tests.dicomweb import NAME, PASSWORD, PATIENT, USER, decoded, dicomweb_archive


@pytest.fixture(scope="module")
def archive():
    with dicomweb_archive() as found:
        logins.give(found.base, Login(USER, PASSWORD))
        yield found
        logins.forget(found.base)


@pytest.fixture
def link(archive, tmp_path):
    yield write_link(archive.url, tmp_path)
    archive.frames_left = None


def test_every_region_of_every_level_has_the_pixels_of_its_frames(archive, link):
    with open_slide(link) as slide:
        for level, pixels in enumerate(archive.levels):
            width, height = slide.levels[level].size
            assert np.array_equal(slide.read((0, 0), level, (width, height)), decoded(pixels))
        inner = slide.read((50, 40), 0, (70, 60))
        assert np.array_equal(inner, decoded(archive.levels[0])[40:100, 50:120])
        beyond = slide.read((280, 210), 0, (40, 40))
        assert (beyond[10:] == 255).all()
        assert (beyond[:, 20:] == 255).all()
        assert (slide.read((-900, -900), 0, (3, 3)) == 255).all()


def test_it_says_scale_and_format_and_nothing_of_the_patient(link):
    with open_slide(link) as slide:
        assert (slide.mpp, slide.mpp_source, slide.objective) == (0.5, "file", 20)
        assert slide.format == "DICOM of an archive"
        told = " ".join(slide.properties.values())
        assert PATIENT not in told
        assert NAME not in told
        assert slide.associated_image("label") is None


def test_its_content_is_known_wherever_it_is_opened(link, archive, tmp_path):
    with open_slide(link) as slide:
        content = slide.content_id
        slide.check_unchanged()
        again = SlideFile.of(slide)
    with again.open() as slide:
        assert slide.content_id == content
    assert content_of(write_link(archive.url, tmp_path / "elsewhere", "other")) == content


def test_an_archive_that_goes_in_the_middle_ends_the_slide_not_the_region(link, archive):
    with open_slide(link) as slide:
        archive.frames_left = 0
        with pytest.raises(ArchiveError, match="cannot be reached"):
            slide.read((130, 130), 0, (10, 10))
        archive.frames_left = None
        assert slide.read((130, 130), 0, (10, 10)).shape == (10, 10, 3)


def test_a_closed_slide_says_so(link):
    slide = open_slide(link)
    slide.close()
    slide.close()
    with pytest.raises(SlideError, match="has been closed"):
        slide.read((0, 0), 0, (1, 1))


def test_opening_can_be_stopped(link):
    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        open_slide(link, report=stop)
