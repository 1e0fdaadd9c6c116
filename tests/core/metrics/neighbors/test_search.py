"""Exact neighbors, whatever the embeddings look like."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from pathgui.core.errors import EmbeddingsError
from pathgui.core.metrics.neighbors import blocks
from pathgui.core.metrics.neighbors import search as neighbors
from pathgui.core.metrics.neighbors.blocks import Rows
from pathgui.core.metrics.neighbors.search import ReferenceSearch, nearest, nearest_with_kinds
from pathgui.core.progress import Cancelled, Progress


def sorted_out(embeddings, groups, k):
    """The same by sorting whole rows of float64 distances."""
    unit = embeddings.astype(np.float64)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    distances = np.maximum(1 - unit @ unit.T, 0).round(12)
    distances[groups[:, None] == groups] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    near = np.take_along_axis(distances, order, axis=1)
    return np.where(np.isfinite(near), order, -1), near


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_neighbors_are_those_of_a_full_sort(dtype):
    rng = np.random.default_rng(1)
    embeddings = rng.standard_normal((400, 24)).astype(dtype)
    groups = rng.integers(0, 30, 400)
    found = nearest(embeddings, groups, k=25)
    indices, distances = sorted_out(embeddings, groups, 25)
    np.testing.assert_array_equal(found.indices, indices)
    np.testing.assert_allclose(found.distances, distances, atol=1e-12)


def test_vectors_closer_than_float32_can_tell_are_still_in_order():
    rng = np.random.default_rng(2)
    base = rng.standard_normal(256)
    embeddings = (base + 1e-6 * rng.standard_normal((300, 256))).astype(np.float64)
    groups = np.arange(300)
    found = nearest(embeddings, groups, k=5)
    exact = [
        [
            float(np.sum((row / np.linalg.norm(row) - one / np.linalg.norm(one)) ** 2) / 2)
            for one in embeddings
        ]
        for row in embeddings[:20]
    ]
    for row, near in enumerate(exact):
        near[row] = np.inf
        assert found.distances[row, 4] <= np.sort(near)[4] + 1e-12


def test_the_own_group_is_never_a_neighbor():
    rng = np.random.default_rng(3)
    groups = rng.integers(0, 5, 90)
    found = nearest(rng.standard_normal((90, 8)), groups, k=90)
    for tile, row in enumerate(found.indices):
        assert groups[tile] not in groups[row[row >= 0]]
        assert len(row[row >= 0]) == np.count_nonzero(groups != groups[tile])


def test_missing_neighbors_are_marked():
    embeddings = np.eye(3) + 0.1
    found = nearest(embeddings, np.array([0, 0, 1]), k=2)
    np.testing.assert_array_equal(found.indices, [[2, -1], [2, -1], [0, 1]])
    assert np.isinf(found.distances[0, 1])
    np.testing.assert_array_equal(found.available, [1, 1, 2])


def test_ties_go_to_the_smaller_row():
    embeddings = np.tile(np.array([[1.0, 2.0, 3.0]]), (60, 1))
    found = nearest(embeddings, np.arange(60), k=3)
    np.testing.assert_array_equal(found.indices[10], [0, 1, 2])
    np.testing.assert_array_equal(found.indices[1], [0, 2, 3])
    assert not found.distances.any()


def test_many_copies_do_not_hide_the_one_that_is_nearer():
    rng = np.random.default_rng(4)
    anchor = rng.standard_normal(64)
    other = anchor + rng.standard_normal(64)
    nearer = anchor + 0.9999999 * (other - anchor)
    embeddings = np.vstack([anchor, np.tile(other, (200, 1)), nearer])
    assert nearest(embeddings, np.arange(202), k=1).indices[0, 0] == 201


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_length_does_not_matter(scale):
    rng = np.random.default_rng(5)
    embeddings = rng.standard_normal((80, 6)).astype(np.float32)
    groups = np.arange(80) // 4
    scaled = embeddings * rng.uniform(0.5, 2, (80, 1)).astype(np.float32) * np.float32(scale)
    np.testing.assert_array_equal(
        nearest(embeddings, groups, 7).indices, nearest(scaled, groups, 7).indices
    )


def test_nearest_of_each_kind_are_those_of_a_full_sort():
    rng = np.random.default_rng(6)
    n = 300
    embeddings = rng.standard_normal((n, 12))
    groups, tissue, center = (rng.integers(0, m, n) for m in (40, 4, 3))
    _, kinds = nearest_with_kinds(embeddings, groups, tissue, center, 5, 4)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    distances = 1 - unit @ unit.T
    for row in range(n):
        others = groups != groups[row]
        for out, same in ((kinds.SO, tissue), (kinds.OS, center)):
            other = center if same is tissue else tissue
            of_kind = others & (same == same[row]) & (other != other[row])
            expected = np.full(4, np.inf)
            near = np.sort(distances[row, of_kind])[:4]
            expected[: len(near)] = near
            np.testing.assert_allclose(out[row], expected, atol=1e-12)


@pytest.mark.parametrize("count", [1, 5, 40, 77, 500])
@pytest.mark.parametrize("slices", [[(0, 200)], [(3, 60), (100, 117), (180, 183)], [(9, 10)], []])
def test_the_largest_of_stretches_are_those_of_a_full_sort(slices, count):
    rng = np.random.default_rng(10)
    table = rng.integers(-50, 50, (30, 200)).astype(np.float32)
    table[:, 20:110] = -np.inf
    values, columns = blocks.largest(torch.from_numpy(table), count, slices)
    inside = np.concatenate([np.arange(0), *(np.arange(*one) for one in slices)])
    np.testing.assert_array_equal(values, -np.sort(-table[:, inside], axis=1)[:, :count])
    np.testing.assert_array_equal(values, np.take_along_axis(table, columns, axis=1))
    assert np.isin(columns, inside).all()
    assert all(len(set(row)) == len(row) for row in columns.tolist())


def test_a_sample_of_anchors_has_the_neighbors_it_has_among_all():
    rng = np.random.default_rng(7)
    embeddings, groups = rng.standard_normal((120, 9)), rng.integers(0, 20, 120)
    none = np.zeros(120, np.intp)
    anchors = np.array([70, 3, 44, 5])
    some, _ = nearest_with_kinds(embeddings, groups, none, none, 6, 0, anchors=anchors)
    np.testing.assert_array_equal(some.indices, nearest(embeddings, groups, 6).indices[anchors])


def test_blocks_do_not_change_the_result(monkeypatch):
    rng = np.random.default_rng(8)
    embeddings, groups = rng.standard_normal((150, 9)), rng.integers(0, 20, 150)
    whole = nearest(embeddings, groups, 6)
    monkeypatch.setattr(neighbors, "BLOCK_BYTES", 4 * 150 * 7)
    blocked = nearest(embeddings, groups, 6)
    np.testing.assert_array_equal(whole.indices, blocked.indices)
    np.testing.assert_array_equal(whole.distances, blocked.distances)


def test_reference_tiles_that_are_excluded_are_not_found():
    rng = np.random.default_rng(9)
    queries, reference = rng.standard_normal((20, 5)), rng.standard_normal((50, 5))
    excluded = np.arange(50) % 3 == 0
    search = ReferenceSearch(reference, excluded)
    found = search(queries, 4)
    allowed = np.flatnonzero(~excluded)
    cosine = (queries @ reference[allowed].T) / np.outer(
        np.linalg.norm(queries, axis=1), np.linalg.norm(reference[allowed], axis=1)
    )
    np.testing.assert_array_equal(found.indices, allowed[np.argsort(-cosine, axis=1)[:, :4]])
    for part in np.array_split(np.arange(20), 3):  # batch by batch, as they come
        np.testing.assert_array_equal(search(queries[part], 4).indices, found.indices[part])
    nothing_left = ReferenceSearch(Rows(reference), np.ones(50, bool))
    assert (nothing_left(queries, 4).indices == -1).all()


def test_embeddings_of_another_encoder_are_refused():
    with pytest.raises(EmbeddingsError, match="not of the same encoder"):
        ReferenceSearch(np.ones((2, 4)))(np.ones((2, 3)), 1)


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_rows_without_direction_are_refused_by_number(value):
    embeddings = np.ones((4, 3))
    embeddings[2] = value
    with pytest.raises(EmbeddingsError, match="row 2"):
        nearest(embeddings, np.arange(4), 1)


@dataclass
class Watcher:
    """Sees progress, and stops the work after ``most`` reports."""

    most: int
    seen: list[Progress] = field(default_factory=list)

    def __call__(self, event):
        self.seen.append(event)
        if len(self.seen) > self.most:
            raise Cancelled


def test_progress_is_told_and_the_search_can_be_stopped(monkeypatch):
    monkeypatch.setattr(neighbors, "BLOCK_BYTES", 4 * 40 * 10)
    embeddings = np.random.default_rng(0).standard_normal((40, 4))
    watcher = Watcher(most=99)
    nearest(embeddings, np.arange(40), 2, watcher)
    assert [event.done for event in watcher.seen] == [0, 10, 20, 30, 40]
    with pytest.raises(Cancelled):
        nearest(embeddings, np.arange(40), 2, Watcher(most=2))
