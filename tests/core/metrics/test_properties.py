"""What holds for any embeddings."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pathgui.core.metrics.neighbors import margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.search import nearest_with_kinds

QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def reference_sets(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    n = draw(st.integers(12, 60))
    d = draw(st.integers(3, 12))
    tissue = rng.integers(0, draw(st.integers(2, 4)), n)
    center = rng.integers(0, draw(st.integers(2, 4)), n)
    groups = rng.integers(0, max(3, n // draw(st.integers(1, 4))), n)
    values = rng.standard_normal((n, d))
    values[:, 0] += draw(st.floats(0, 3)) * tissue
    values[:, 1] += draw(st.floats(0, 3)) * center
    return values, tissue, center, groups, draw(st.integers(1, 8)), rng


def numbers(values, tissue, center, groups, k):
    found, near = nearest_with_kinds(values, groups, tissue, center, k, 2)
    kinds = ri.kinds_of(found, tissue, center)
    counts = ri.counts_by_anchor(kinds, k).sum(axis=0)
    mari = margin.mari(found, kinds, k)
    croma = margin.croma_summary(margin.croma_values(near, 2))
    null = ri.null_index(ri.admissible_counts(tissue, center, groups))
    return counts.tolist(), mari and mari.value, croma and croma.median, null


def same(one, other):
    assert one[0] == other[0]
    for a, b in zip(one[1:], other[1:], strict=True):
        assert (a is None) == (b is None)
        assert a is None or abs(a - b) < 1e-9


@QUICK
@given(reference_sets())
def test_the_order_of_the_tiles_does_not_matter(data):
    values, tissue, center, groups, k, rng = data
    order = rng.permutation(len(values))
    same(
        numbers(values, tissue, center, groups, k),
        numbers(values[order], tissue[order], center[order], groups[order], k),
    )


@QUICK
@given(reference_sets())
def test_a_rotation_does_not_matter(data):
    values, tissue, center, groups, k, rng = data
    turn = np.linalg.qr(rng.standard_normal((values.shape[1],) * 2))[0]
    same(
        numbers(values, tissue, center, groups, k),
        numbers(values @ turn, tissue, center, groups, k),
    )


@QUICK
@given(reference_sets(), st.floats(-20, 20))
def test_the_length_of_the_embeddings_does_not_matter(data, power):
    values, tissue, center, groups, k, rng = data
    lengths = 2.0**power * rng.uniform(0.5, 2, (len(values), 1))
    same(
        numbers(values, tissue, center, groups, k),
        numbers(values * lengths, tissue, center, groups, k),
    )


@QUICK
@given(reference_sets())
def test_the_names_of_the_labels_do_not_matter(data):
    values, tissue, center, groups, k, rng = data
    renamed = [rng.permutation(column.max() + 1)[column] for column in (tissue, center, groups)]
    same(numbers(values, tissue, center, groups, k), numbers(values, *renamed, k))


@QUICK
@given(reference_sets())
def test_swapping_tissue_and_center_mirrors_every_index(data):
    values, tissue, center, groups, k, _ = data
    one = numbers(values, tissue, center, groups, k)
    other = numbers(values, center, tissue, groups, k)
    ss, so, os, oo = one[0]
    assert other[0] == [ss, os, so, oo]
    for a, b, around in ((one[1], other[1], 1), (one[2], other[2], 0), (one[3], other[3], 1)):
        assert (a is None) == (b is None)
        assert a is None or abs(a + b - around) < 1e-9


@QUICK
@given(reference_sets())
def test_the_adjusted_index_is_a_half_at_the_null_and_mirrors_too(data):
    values, tissue, center, groups, k, _ = data
    counts, _, _, null = numbers(values, tissue, center, groups, k)
    value = ri.robustness_index(np.array(counts))
    adjusted = ri.adjusted_index(value, null)
    if adjusted is not None:
        assert abs(ri.adjusted_index(null, null) - 0.5) < 1e-12
        assert abs(adjusted + ri.adjusted_index(1 - value, 1 - null) - 1) < 1e-9
        assert (adjusted - 0.5) * (value - null) >= -1e-12
