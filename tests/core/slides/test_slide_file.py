"""A slide is named by plain data, and opened where it is needed."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest

from pathgui.core.errors import SlideError
from pathgui.core.slides.slide_file import SlideFile
from tests.core.slide_factory import noise, write_slide


@pytest.fixture
def file(tmp_path):
    return SlideFile(write_slide(tmp_path / "a.tif", noise(512, 512)))


def test_it_opens_the_slide_at_its_path_with_the_scale_that_was_given(file):
    with file.open() as slide:
        assert slide.mpp == pytest.approx(0.5)
    with replace(file, mpp=0.25).open() as slide:
        assert slide.mpp == pytest.approx(0.25)


def test_it_can_go_to_another_process(file):
    with pickle.loads(pickle.dumps(file)).open() as slide:
        assert slide.path == file.path


def test_a_file_that_became_another_slide_is_refused(file):
    with file.open() as slide:
        meant = replace(file, content_id=slide.content_id)
    with meant.open() as slide:
        assert slide.content_id == meant.content_id
    write_slide(file.path, noise(512, 512, seed=1))
    with pytest.raises(SlideError, match=r"a\.tif is not the slide that is meant"):
        meant.open()


def test_a_path_without_a_slide_is_refused(tmp_path):
    with pytest.raises(SlideError, match="nothing"):
        SlideFile(tmp_path / "nothing.svs").open()
