"""A preview shows what will be written, and reads pictures only when they are asked for."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.cohort.sampling.preview import preview_of, read_places
from pathgui.core.cohort.sampling.sample import plan_sample
from pathgui.core.cohort.sampling.sampled_set import write_sample
from pathgui.core.progress import Cancelled
from pathgui.core.reference.tile_files import read_tile
from tests.core.cohort.sampling.study import SMALL, row, spoiled_slide, study


def nothing():
    """No one is told."""


@pytest.fixture
def sample(tmp_path):
    spoiled_slide(tmp_path / "A.tif")
    opened = study(
        tmp_path, row("A", tissue="T"), row("B", "South", tissue="T"), row("C", tissue="T"),
        row("D"),
    )  # fmt: skip
    return plan_sample(opened, replace(SMALL, quality=True, tiles_a_slide=30))


def test_it_has_the_table_that_the_set_will_have(sample, tmp_path):
    preview = preview_of(sample)
    made = write_sample(sample, tmp_path / "S.pgref").reference
    assert list(preview.tissues) == made.tissues
    assert list(preview.centers) == made.centers
    for t, tissue in enumerate(made.tissues):
        for c, center in enumerate(made.centers):
            pair = preview.pair(tissue, center)
            assert pair is not None
            assert (pair.tiles, pair.slides) == (made.table()[t, c], made.slide_table()[t, c])
    assert len(preview) == len(made)
    assert [place.name for each in preview.places.values() for place in each] == list(made.tiles)
    assert preview.pair("T", "West") is None
    assert "row 4 (D)" in str(preview.faults[0])


def test_examples_are_of_all_slides_of_a_pair(sample):
    preview = preview_of(sample, 6)
    examples = preview.pair("T", "North").examples
    assert [place.slide_id for place in examples] == ["A", "C"] * 3
    assert len(set(examples)) == 6
    assert set(examples) <= {place for each in preview.places.values() for place in each}


def test_the_pictures_are_those_that_will_be_stored(sample, tmp_path):
    preview = preview_of(sample)
    made = write_sample(sample, tmp_path / "S.pgref").reference
    wanted = [*preview.pair("T", "South").examples, *preview.pair("T", "North").examples]
    with closing(read_places(sample, wanted, nothing)) as read:
        found = dict(read)
    assert set(found) == set(wanted)
    file_of = dict(zip(made.tiles, made.files, strict=True))
    for place in wanted:
        assert np.array_equal(found[place], read_tile(made.folder / file_of[place.name]))


def test_what_is_thrown_out_can_be_looked_at_too(sample):
    preview = preview_of(sample)
    assert len(preview.thrown_out) == len(sample.thrown_out) > 0
    with closing(read_places(sample, [place for place, _ in preview.thrown_out], nothing)) as read:
        assert all(pixels is not None and pixels.mean() < 30 for _, pixels in read)


def test_a_slide_that_has_gone_has_no_pictures(sample, tmp_path):
    (tmp_path / "B.tif").unlink()
    places = preview_of(sample).pair("T", "South").examples
    with closing(read_places(sample, places, nothing)) as read:
        assert [(place, pixels) for place, pixels in read] == [(place, None) for place in places]


def test_reading_can_be_stopped(sample):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        list(read_places(sample, preview_of(sample).places["A"], stop))
