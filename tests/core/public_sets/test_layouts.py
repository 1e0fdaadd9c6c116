"""The layout of files is recognized, or what was looked for is said."""

from __future__ import annotations

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.layouts import IMPORTED, LAYOUTS, layout_named, read_tiles


def test_files_of_no_layout_are_told_what_layouts_there_are(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ReferenceSetError) as caught:
        read_tiles([tmp_path])
    for layout in IMPORTED:
        assert layout.title in str(caught.value)
    assert "pathgui reference build TABLE" in str(caught.value)


def test_layouts_have_different_names_and_are_found_by_them():
    names = [layout.name for layout in LAYOUTS]
    assert len(set(names)) == len(names)
    for layout in LAYOUTS:
        assert layout_named(layout.name.upper()) is layout
    with pytest.raises(ReferenceSetError, match=r"There is no layout x\. There are: pathorob"):
        layout_named("x")


def test_a_layout_that_was_asked_for_says_what_it_misses(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ReferenceSetError, match="holds no Parquet file of PathoROB"):
        read_tiles([tmp_path], "pathorob")
