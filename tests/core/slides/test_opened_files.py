"""Files of a slide that change, or go, while it is open."""

from __future__ import annotations

import os
import shutil

import pytest

from pathgui.core.errors import SlideError
from pathgui.core.slides.slide import open_slide


@pytest.fixture
def copy(path, tmp_path):
    return shutil.copyfile(path, tmp_path / "a.tif")


def test_a_slide_that_changed_since_it_was_opened_says_so(copy):
    with open_slide(copy) as slide:
        os.utime(copy, (1, 1))
        with pytest.raises(SlideError, match=r"a\.tif was changed while it was open"):
            _ = slide.content_id


def test_other_rights_are_no_change_and_a_missing_file_is_an_error(copy):
    with open_slide(copy) as slide:
        assert slide.content_id
        copy.chmod(0o600)
        slide.check_unchanged()
        copy.unlink()
        with pytest.raises(SlideError, match="can no longer be read"):
            slide.check_unchanged()
