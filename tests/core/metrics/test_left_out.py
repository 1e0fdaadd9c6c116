"""All deletions in one pass are what each deletion gives on its own."""

import numpy as np
import pytest

from pathgui.core.metrics import attribution, jackknife, left_out
from pathgui.core.metrics.neighbors import knn, margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import Neighbors, nearest, nearest_with_kinds

K = 7


@pytest.fixture(params=["slides", "sets of slides", "a sample of anchors"])
def asked(request):
    """Tiles with several tissues a slide, what is left out of them, and how many are asked."""
    rng = np.random.default_rng(3)
    n = 240
    groups = np.sort(rng.integers(0, 18, n))
    center = groups % 3
    tissue = rng.integers(0, 4, n)
    values = rng.standard_normal((n, 8)) + 0.4 * np.eye(8)[center] + 0.6 * np.eye(8)[3 + tissue]
    most = 8 if request.param == "sets of slides" else 1000
    units = jackknife.units_of(groups, tissue, center, most=most)
    anchors = 100 if request.param == "a sample of anchors" else n
    order = rng.permutation(n)
    units = jackknife.Units(units.of_tile[order], units.strata, units.n_groups)
    return values[order], tissue[order], center[order], groups[order], units, anchors


def first(found, n):
    return Neighbors(found.indices[:n], found.distances[:n])


def without(asked, unit):
    """The same measured anew on what is left."""
    values, tissue, center, groups, units, anchors = asked
    left = np.flatnonzero(units.of_tile != unit)
    n = int(np.count_nonzero(left < anchors))
    found = first(nearest(values[left], groups[left], K), n)
    return found, tissue[left], center[left], groups[left], n


def test_every_number_is_what_it_is_when_measured_without_the_slide(asked):
    values, tissue, center, groups, units, anchors = asked
    found = first(nearest(values, groups, 120), anchors)
    weights = np.exp(-found.distances / 0.3)
    got = left_out.leave_out(found, tissue, center, groups, units, K, tissue[:anchors], 4, weights)
    counts = left_out.counts_without(found, tissue, center, units, K)
    tissue_accuracy = left_out.accuracies(got.tissue_votes)
    center_accuracy = left_out.accuracies(got.center_votes)
    for unit in range(len(units)):
        there, t, c, g, n = without(asked, unit)
        kinds = ri.kinds_of(there, t, c)
        by_anchor = ri.counts_by_anchor(kinds, K)
        total = by_anchor.sum(axis=0)
        assert counts[unit].tolist() == total.tolist()
        for part in range(4):
            assert got.counts[unit, part].tolist() == by_anchor[t[:n] == part].sum(axis=0).tolist()
        assert got.index()[unit] == pytest.approx(ri.robustness_index(total))
        assert got.index_2025()[unit] == pytest.approx(ri.robustness_index_2025(total))
        assert got.support()[unit] == pytest.approx(ri.support(by_anchor).value)
        assert got.mari()[unit] == pytest.approx(margin.mari(there, kinds, K, 0.3).value)
        votes = knn.votes_by_k(there, t, [K])[K]
        assert tissue_accuracy[unit] == pytest.approx(knn.balanced_accuracy(t[:n], votes))
        asks = knn.votes_by_k(there, c, [K])[K]
        assert center_accuracy[unit] == pytest.approx(knn.balanced_accuracy(c[:n], asks))
        wrong = attribution.confounders(there, t, c, g, votes, K)
        assert got.enrichment[unit] == pytest.approx(wrong.fraction / wrong.expected_fraction)


def test_the_margins_are_what_they_are_when_measured_without_the_slide(asked):
    values, tissue, center, groups, units, anchors = asked
    _, near = nearest_with_kinds(values, groups, tissue, center, K, 60, anchors=np.arange(anchors))
    got = margin.croma_without(near, units, 5)
    assert got.short == 0
    for unit in range(len(units)):
        left = np.flatnonzero(units.of_tile != unit)
        n = int(np.count_nonzero(left < anchors))
        _, there = nearest_with_kinds(
            values[left], groups[left], tissue[left], center[left], K, 5, anchors=np.arange(n)
        )
        summary = margin.croma_summary(margin.croma_values(there, 5))
        assert got.median[unit] == pytest.approx(summary.median)
        assert got.q10[unit] == pytest.approx(summary.q10)
        assert got.ltm10[unit] == pytest.approx(summary.ltm10)
        assert got.share_not_above_0[unit] == pytest.approx(summary.share_not_above_0)
