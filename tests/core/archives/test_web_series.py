"""One slide of an archive, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.archives.addresses import SeriesAddress, series_address
from pathgui.core.archives.web_series import open_series
from pathgui.core.errors import ArchiveError, UnreadableRegionError
from tests.dicomweb import TILE, decoded


def test_a_series_says_what_it_is_and_gives_its_frames_as_they_are(archive):
    series = open_series(series_address(archive.url))
    assert [level.size for level in series.levels] == [(300, 220), (150, 110)]
    assert series.pixel_um == pytest.approx((0.5, 0.5))
    assert (series.objective, series.icc_profile, series.pictures()) == (20, None, {})
    assert series.fact("Manufacturer") == "Scanner Ltd"
    (tile,) = series.levels[0].tiles([(1, 0)])
    assert np.array_equal(tile, decoded(archive.levels[0])[:TILE, TILE : 2 * TILE])
    assert sum("/frames/" in each for each in archive.asked) == 1
    series.levels[0].tiles([(1, 0), (2, 0), (0, 1)])
    assert archive.asked[-1].endswith("/frames/3,6")
    series.close()


def test_the_identity_is_that_of_instances_and_pixels(archive):
    series = open_series(series_address(archive.url))
    before = series.identity()
    assert before == open_series(series_address(archive.url)).identity()
    uid = next(iter(archive.instances))
    data, frames = archive.instances[uid]
    archive.instances[uid] = (data, [frames[1], *frames[1:]])
    assert open_series(series_address(archive.url)).identity() != before


def test_a_series_that_is_not_there_is_named(archive):
    with pytest.raises(ArchiveError, match=r"no slide under series 9\.9"):
        open_series(SeriesAddress(archive.base, "1.2.3.4", "9.9"))


def test_a_frame_that_is_no_picture_is_damage_and_not_the_archives_end(archive):
    series = open_series(series_address(archive.url))
    archive.damaged = True
    with pytest.raises(UnreadableRegionError, match="cannot be decoded"):
        series.levels[0].tiles([(0, 0)])
    archive.damaged = False
    assert len(series.levels[0].tiles([(0, 0)])) == 1


def test_sixteen_bits_are_refused_with_their_reason(archive):
    for data, _ in archive.instances.values():
        data.BitsAllocated = data.BitsStored = 16
        data.HighBit = 15
    with pytest.raises(ArchiveError, match="cannot be read as a slide"):
        open_series(series_address(archive.url))
