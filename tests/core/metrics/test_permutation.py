"""Labels of slides dealt out anew."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics import permutation
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO
from pathgui.core.metrics.neighbors.search import nearest


def made(center_effect, tissue_effect=1.0, seed=0, slides=8, tiles=3):
    rng = np.random.default_rng(seed)
    cells = [(t, c) for t in range(2) for c in range(2) for _ in range(slides)]
    groups = np.repeat(np.arange(len(cells)), tiles)
    tissue, center = np.array(cells)[groups].T
    values = (
        rng.standard_normal((len(groups), 8)) + 0.7 * rng.standard_normal((len(cells), 8))[groups]
    )
    values[:, 0] += tissue_effect * tissue
    values[:, 1] += center_effect * center
    return nearest(values, groups, 7), tissue, center, groups


def index_test(found, tissue, center, groups, k=7, seed=0):
    null = permutation.permute(found, tissue, center, groups, k, seed, exchanged_is_center=True)
    counts = ri.counts_by_anchor(ri.kinds_of(found, tissue, center), k).sum(axis=0)
    _, so, os, _ = null.counts.T
    return permutation.compare_with(ri.robustness_index(counts), so / (so + os)), null


def test_every_permutation_keeps_the_pairs_and_the_tissues():
    found, tissue, center, groups = made(1.0)
    counts = ri.counts_by_anchor(ri.kinds_of(found, tissue, center), 7).sum(axis=0)
    _, null = index_test(found, tissue, center, groups)
    np.testing.assert_array_equal(null.counts.sum(axis=1), counts.sum())
    np.testing.assert_array_equal(null.counts[:, :2].sum(axis=1), counts[:2].sum())


def test_a_permutation_is_the_count_with_relabeled_slides():
    """All ways to exchange two slides of each tissue, counted tile by tile."""
    rng = np.random.default_rng(1)
    groups = np.repeat(np.arange(4), 3)
    tissue, center = np.array([0, 0, 1, 1])[groups], np.array([0, 1, 0, 1])[groups]
    found = nearest(rng.standard_normal((12, 4)), groups, 5)
    possible = set()
    for first in (False, True):
        for second in (False, True):
            dealt = np.array([0, 1, 0, 1])
            dealt[:2] = dealt[:2][:: -1 if first else 1]
            dealt[2:] = dealt[2:][:: -1 if second else 1]
            kinds = ri.kinds_of(found, tissue, dealt[groups])
            possible.add(tuple(ri.counts_by_anchor(kinds, 5).sum(axis=0).tolist()))
    null = permutation.permute(found, tissue, center, groups, 5, 0, exchanged_is_center=True)
    assert {tuple(row) for row in null.counts.tolist()} == possible


def test_counts_of_very_many_slides_are_those_of_few(monkeypatch):
    """A table of all pairs of slides is made only where it is small."""
    found, tissue, center, groups = made(1.0)
    weights = np.random.default_rng(0).random(found.indices.shape)

    def permuted():
        return permutation.permute(
            found, tissue, center, groups, 7, 0, exchanged_is_center=True, weights=weights
        )

    with_table = permuted()
    monkeypatch.setattr(permutation, "MOST_CELLS", 0)
    without = permuted()
    np.testing.assert_array_equal(without.counts, with_table.counts)
    np.testing.assert_allclose(without.weighted, with_table.weighted, rtol=0, atol=1e-9)


def test_a_center_that_shows_is_found():
    test, _ = index_test(*made(3.0))
    assert test.p < 0.01
    assert test.z < -3


def test_the_mirror_exchanges_tissues():
    found, tissue, center, groups = made(1.0, tissue_effect=3.0)
    null = permutation.permute(found, center, tissue, groups, 7, 0, exchanged_is_center=False)
    swapped = permutation.permute(found, center, tissue, groups, 7, 0, exchanged_is_center=True)
    np.testing.assert_array_equal(null.counts, swapped.counts[:, [0, 2, 1, 3]])


def test_slides_without_a_like_cannot_be_exchanged():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(3), 4)
    found = nearest(rng.standard_normal((12, 4)), groups, 3)
    assert (
        permutation.permute(found, groups, groups % 2, groups, 3, 0, exchanged_is_center=True)
        is None
    )


def test_p_is_never_zero_and_two_sided():
    drawn = np.linspace(-1, 1, 99)
    assert permutation.compare_with(9.0, drawn).p == pytest.approx(0.01)
    assert permutation.compare_with(-9.0, drawn).p == pytest.approx(0.01)
    assert permutation.compare_with(0.0, drawn).p == 1
    assert permutation.compare_with(0.5, np.full(10, 0.5)).z is None


def test_where_center_means_nothing_p_is_small_as_rarely_as_it_says():
    ps = [index_test(*made(0.0, seed=seed, slides=5))[0].p for seed in range(60)]
    assert np.mean(np.array(ps) <= 0.05) < 0.15
    assert np.mean(np.array(ps) <= 0.5) == pytest.approx(0.5, abs=0.2)


def embedded(center_effect, tissue_effect=1.0, seed=0, slides=8, tiles=3):
    """As :func:`made`, with the embeddings too."""
    rng = np.random.default_rng(seed)
    cells = [(t, c) for t in range(2) for c in range(2) for _ in range(slides)]
    groups = np.repeat(np.arange(len(cells)), tiles)
    tissue, center = np.array(cells)[groups].T
    values = rng.standard_normal((len(groups), 8))
    values[:, 0] += tissue_effect * tissue
    values[:, 1] += center_effect * center
    return values, tissue, center, groups


@pytest.mark.parametrize("of_center", [True, False])
def test_weighted_sums_are_those_with_relabeled_slides(of_center):
    from pathgui.core.metrics.neighbors import margin

    values, tissue, center, groups = embedded(1.0)
    found = nearest(values, groups, 7)
    kept, dealt = (tissue, center) if of_center else (center, tissue)
    kinds = ri.kinds_of(found, tissue, center)
    weights = margin.mari(found, kinds, 7).weights
    null = permutation.permute(
        found, kept, dealt, groups, 7, 5, exchanged_is_center=of_center, weights=weights
    )
    units = permutation.units(kept, dealt, groups)
    rng = np.random.default_rng(5)
    for row in range(5):
        anew = units.deal(rng)[units.of_tile]
        kinds = ri.kinds_of(found, *((tissue, anew) if of_center else (anew, center)))
        expected = [weights[kinds == kind].sum() for kind in (SO, OS)]
        np.testing.assert_allclose(null.weighted[row], expected)


def margins(values, kept, groups, units, seed, of_center):
    asked, _ = permutation.margin_anchors(len(values), seed)
    depth = permutation.margin_depth(units, 5)
    (near,) = permutation.nearest_by_label(values, asked, groups, [(kept, depth)])
    return permutation.permuted_margins(
        near, units, 5, len(values), seed, exchanged_is_center=of_center
    )


@pytest.mark.parametrize("of_center", [True, False])
def test_margins_are_those_of_a_new_search_with_relabeled_slides(of_center):
    from pathgui.core.metrics.neighbors import margin
    from pathgui.core.metrics.neighbors.search import nearest_with_kinds

    values, tissue, center, groups = embedded(1.0)
    kept, dealt = (tissue, center) if of_center else (center, tissue)
    units = permutation.units(kept, dealt, groups)
    value, permuted = margins(values, kept, groups, units, 9, of_center)
    rng = np.random.default_rng(9)

    def median(labels):
        both = (tissue, labels) if of_center else (labels, center)
        near = nearest_with_kinds(values, groups, *both, 1, 5)[1]
        return margin.croma_summary(margin.croma_values(near, 5)).median

    assert value == pytest.approx(median(dealt), abs=1e-6)
    for row in range(5):
        expected = median(units.deal(rng)[units.of_tile])
        assert permuted[row] == pytest.approx(expected, abs=1e-6)


def test_votes_are_those_with_relabeled_slides():
    from pathgui.core.metrics.neighbors import knn

    values, tissue, center, groups = embedded(1.0)
    found = nearest(values, groups, 7)
    units = permutation.units(tissue, center, groups)
    value, permuted = permutation.permuted_accuracies(found, units, 7, 3)
    rng = np.random.default_rng(3)
    assert value == knn.balanced_accuracy(center, knn.votes_by_k(found, center, [7])[7])
    for row in range(5):
        anew = units.deal(rng)[units.of_tile]
        votes = knn.votes_by_k(found, anew, [7])[7]
        assert permuted[row] == pytest.approx(knn.balanced_accuracy(anew, votes))


def test_every_statistic_has_its_test_and_finds_a_center_that_shows():
    from pathgui.core.measurement.measure import measure
    from pathgui.core.reference.labels import TileLabels

    values, tissue, center, groups = embedded(3.0)
    labels = TileLabels(*(column.astype(str) for column in (tissue, center, groups)))
    measured = measure(values, labels, k=7, probes=False, geometry=False)
    tests = measured.centers_exchanged
    for test in (tests.robustness_index, tests.mari, tests.croma, tests.accuracy):
        assert test.p < 0.02
    assert tests.croma.z < -3 < 3 < tests.accuracy.z
    assert measured.tissues_exchanged.croma.z > 0


def test_a_center_that_does_not_show_is_rarely_found():
    """At 5 %, of 60 cohorts without a center effect."""
    found = {"accuracy": 0, "croma": 0}
    for seed in range(60):
        values, tissue, center, groups = embedded(0.0, seed=seed, slides=5)
        units = permutation.units(tissue, center, groups)
        votes = permutation.permuted_accuracies(nearest(values, groups, 7), units, 7, seed)
        margin = margins(values, tissue, groups, units, seed, True)
        for name, (value, permuted) in (("accuracy", votes), ("croma", margin)):
            found[name] += permutation.compare_with(value, permuted).p <= 0.05
    assert all(number <= 9 for number in found.values()), found  # P(more than 9) = 0.1 %
