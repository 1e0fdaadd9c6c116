"""In whatever batches embeddings come, tiles are judged in the same blocks."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.evaluation.tile_blocks import BLOCK, TileBlocks

N = 3 * BLOCK + 5


def blocks_of(batches, n=N):
    """The blocks given out for batches of rows, and those at the end."""
    blocks, given = TileBlocks(n), []
    for rows in batches:
        rows = np.array(rows, np.intp)
        given += blocks.take(rows, rows[:, None].astype(np.float32))
    return given, list(blocks.rest())


def rows_in(blocks):
    return sorted(tuple(rows.tolist()) for rows, _ in blocks)


WHOLE = [tuple(range(at, min(at + BLOCK, N))) for at in range(0, N, BLOCK)]


@pytest.mark.parametrize(
    "batches",
    [
        [range(N)],
        [range(at, min(at + 7, N)) for at in range(0, N, 7)],
        [range(40, N), range(40)],
        [[*range(1, N, 2)], [*range(0, N, 2)]],
        [range(50), range(30, N)],  # some tiles come twice
    ],
)
def test_all_tiles_come_once_in_the_same_blocks(batches):
    given, rest = blocks_of(batches)
    assert rows_in(given) == WHOLE
    assert rest == []
    for rows, values in given:
        assert np.array_equal(values[:, 0], rows)


def test_a_block_with_a_tile_that_cannot_be_read_comes_at_the_end():
    given, rest = blocks_of([[row for row in range(N) if row != BLOCK + 3]])
    assert rows_in(given) == [WHOLE[0], *WHOLE[2:]]
    assert rows_in(rest) == [tuple(row for row in WHOLE[1] if row != BLOCK + 3)]


def test_what_is_kept_does_not_change_with_the_callers_array():
    blocks = TileBlocks(2)
    values = np.ones((1, 3), np.float32)
    assert list(blocks.take(np.array([0]), values)) == []
    values[:] = 7
    ((rows, kept),) = blocks.take(np.array([1]), np.zeros((1, 3), np.float32))
    assert rows.tolist() == [0, 1]
    assert kept[0].tolist() == [1, 1, 1]
