"""Sets that state no institution are refused with that reason."""

from __future__ import annotations

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.layout import give
from pathgui.core.public_sets.layouts import read_tiles, recognize
from tests.published import write_pictures


@pytest.mark.parametrize(
    "name", ["SPIDER-breast", "datasets--histai--SPIDER-skin", "histai", "HISTAI-mixed"]
)
def test_sets_without_an_institution_are_refused_with_the_reason(tmp_path, name):
    folder = write_pictures(tmp_path / name, ["a/b/c_1.png", "a/d/c_2.png"])
    with pytest.raises(ReferenceSetError, match="does not state which institution"):
        read_tiles([folder])


@pytest.mark.parametrize("name", ["spiders", "respider", "tiles"])
def test_other_names_are_not_taken_for_them(tmp_path, name):
    folder = write_pictures(tmp_path / name, ["a/b/c_1.png", "a/d/c_2.png"])
    assert recognize(give([folder])).name == "folders"
