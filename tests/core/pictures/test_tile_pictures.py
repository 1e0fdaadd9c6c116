"""Pictures that are kept with a run come back as they were."""

from __future__ import annotations

import pytest

from pathgui.core.pictures.tile_pictures import TilePicture, from_arrow, to_arrow

PICTURES = (TilePicture("a", 7, 0, -1, b"\xff\xd8one"), TilePicture("a", 7, 1, 40_000, b"\xff\xd8"))


def test_what_was_written_is_read():
    assert from_arrow(to_arrow(PICTURES)) == PICTURES
    assert from_arrow(to_arrow(())) == ()


@pytest.mark.parametrize("column", ["encoder", "row", "rank", "reference", "jpeg"])
def test_a_table_that_lacks_a_column_is_refused(column):
    with pytest.raises(KeyError):
        from_arrow(to_arrow(PICTURES).drop_columns([column]))
