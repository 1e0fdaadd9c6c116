"""Rows made ready for search, and the largest of stretches of a product."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pathgui.core.errors import EmbeddingsError
from pathgui.core.metrics.neighbors.blocks import Rows, largest, listed, row_norms


def test_unit_rows_have_length_one_whatever_their_scale():
    values = np.random.default_rng(0).normal(size=(5, 4)) * np.array(
        [[1e-20], [1], [1e3], [1e9], [7]]
    )
    unit = Rows(values).unit(np.arange(5))
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("scale", [1e-200, 1.0, 1e200])
def test_norms_are_safe_from_overflow(scale):
    values = np.array([[3.0, 4.0], [0.0, 0.0]]) * scale
    np.testing.assert_allclose(row_norms(values), [5 * scale, 0])


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_row_without_direction_is_refused_by_number(bad):
    values = np.ones((4, 2), np.float32)
    values[2] = bad
    with pytest.raises(EmbeddingsError, match="row 2"):
        Rows(values)


def test_only_a_table_is_taken():
    with pytest.raises(EmbeddingsError, match="not of shape"):
        Rows(np.ones(3))


def test_a_copy_is_at_distance_zero_and_the_opposite_at_two():
    rows = Rows(np.array([[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0]]))
    query = rows.values[0].astype(np.float64)
    found = rows.distances(query, float(rows.norms[0]), np.arange(3), np.empty((2, 2)))
    assert found.tolist() == [0.0, 0.0, pytest.approx(2.0)]


@pytest.mark.parametrize("slices", [[(0, 100)], [(0, 7), (20, 95)], [(3, 5)]])
@pytest.mark.parametrize("count", [1, 6, 50])
def test_the_largest_are_those_of_a_full_sort(slices, count):
    similar = torch.from_numpy(np.random.default_rng(0).normal(size=(9, 100)).astype(np.float32))
    values, columns = largest(similar, count, slices)
    allowed = np.concatenate([np.arange(*each) for each in slices])
    expected = -np.sort(-similar.numpy()[:, allowed], axis=1)[:, :count]
    np.testing.assert_array_equal(values, expected)
    np.testing.assert_array_equal(np.take_along_axis(similar.numpy(), columns, axis=1), values)


def test_many_rows_are_listed_in_short():
    assert listed(np.arange(3)) == "0, 1, 2"
    assert listed(np.arange(30)).endswith("9 and 20 more")
