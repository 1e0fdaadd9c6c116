"""One product for several changes finds what a product for each finds."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.metrics.neighbors.moved import Along, Moved, nearest_after_each
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.progress import Progress


def moved(values, amounts, directions):
    after = values + amounts @ directions.T
    return Moved(after.astype(values.dtype), Along(amounts, directions))


def changes(values, rng):
    """None, a projection, means of groups, one that leaves little, and one along nothing."""
    n, d = values.shape
    nothing = Moved(values, Along(np.zeros((n, 0)), np.zeros((d, 0))))
    basis = np.linalg.qr(rng.standard_normal((d, 3)))[0]
    projected = moved(values, -(values - values.mean(0)) @ basis, basis)
    of = np.eye(3)[rng.integers(3, size=n)]
    shift = rng.standard_normal((d, 3)) @ np.diag([1, 1e-3, 0])
    oblique = moved(values, -(values @ basis) @ np.diag([1, 2, 0.5]), 0.1 * basis[:, ::-1])
    whole = np.linalg.qr(rng.standard_normal((d, d - 4)))[0]
    little = moved(values, -(values @ whole), whole)
    scaled = Moved(values * rng.random(d).astype(values.dtype), None)
    return [nothing, projected, moved(values, of, shift), oblique, little, scaled]


@pytest.mark.parametrize(
    ("n", "d", "dtype", "offset", "k"),
    [
        (2_050, 64, np.float32, 0.0, 12),  # beyond what is settled in float64 throughout
        (2_050, 64, np.float32, 3.0, 12),
        (300, 8, np.float64, 0.0, 12),
        (30, 8, np.float32, 0.0, 40),  # more than there are
    ],
)
def test_each_change_has_the_neighbors_that_a_search_of_its_own_finds(n, d, dtype, offset, k):
    rng = np.random.default_rng(n)
    values = (rng.standard_normal((n, d)) + offset).astype(dtype)
    values[1] = 2 * values[0]  # copies, and a tie
    groups = rng.integers(n // 10, size=n)
    given = changes(values, rng)
    found = nearest_after_each(values, given, groups, k)
    for change, one in zip(given, found, strict=True):
        alone = nearest(change.values, groups, k)
        np.testing.assert_array_equal(one.indices, alone.indices)
        np.testing.assert_allclose(one.distances, alone.distances, atol=3e-6)


def test_changes_along_few_directions_are_multiplied_once():
    rng = np.random.default_rng(0)
    values = (rng.standard_normal((60, 64)) + 1).astype(np.float32)
    seen = []
    nearest_after_each(values, changes(values, rng), np.arange(60), 5, seen.append)
    starts = [event for event in seen if isinstance(event, Progress) and not event.done]
    assert len(starts) == 3  # one for four changes, one each for the others


def test_an_embedding_of_which_nothing_is_left_is_refused():
    values = np.eye(4, dtype=np.float32)
    direction = np.eye(4)[:, :1]
    with pytest.raises(EmbeddingsError, match="row 0"):
        nearest_after_each(values, [moved(values, -values @ direction, direction)], np.arange(4), 2)
