from __future__ import annotations

import numpy as np

from pathgui.core.slides.reading.spare_tiles import SpareTiles

SHAPE = (8, 8, 3)


def test_what_nobody_uses_serves_again():
    spare = SpareTiles()
    arrays = [np.full(SHAPE, 7, np.uint8)]
    place = arrays[0].ctypes.data
    spare.give(arrays)
    assert spare.nbytes == 192
    assert spare.take((8, 9, 3)).shape == (8, 9, 3)
    assert spare.take(SHAPE).ctypes.data == place
    assert spare.nbytes == 0


def test_what_somebody_still_uses_does_not():
    spare = SpareTiles()
    used = np.zeros(SHAPE, np.uint8)
    whole = np.zeros(SHAPE, np.uint8)
    part = whole[:4]
    spare.give([used, whole])
    assert spare.nbytes == 0
    assert spare.take(SHAPE).ctypes.data not in (used.ctypes.data, part.ctypes.data)


def test_a_tile_from_here_is_kept_but_not_while_a_part_of_it_is_shown():
    spare = SpareTiles()
    first, second = spare.take(SHAPE), spare.take(SHAPE)
    assert not np.shares_memory(first, second)
    place, shown = first.ctypes.data, second[:4]
    tiles = [first, second]
    del first, second
    spare.give(tiles)
    assert spare.nbytes == 192
    assert spare.take(SHAPE).ctypes.data == place
    assert not np.shares_memory(spare.take(SHAPE), shown)


def test_tiles_of_any_size_are_handed_out_whole():
    spare = SpareTiles()
    for shape in ((1, 1, 3), (256, 256, 3), (1500, 1000, 3), (3000, 1000, 3), (0, 8, 3)):
        tile = spare.take(shape)
        tile[:] = 5
        assert tile.shape == shape
        assert tile.flags.c_contiguous
        assert tile.flags.writeable


def test_a_view_is_not_kept_for_what_it_shows():
    spare = SpareTiles()
    spare.give([np.zeros((9, 8, 3), np.uint8)[:8]])
    assert spare.nbytes == 0


def test_no_more_is_kept_than_allowed():
    spare = SpareTiles(most_bytes=400)
    spare.give([np.zeros(SHAPE, np.uint8) for _ in range(5)])
    assert spare.nbytes == 384
