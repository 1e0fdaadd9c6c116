"""MaRI and CRoMa."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pathgui.core.metrics import jackknife
from pathgui.core.metrics.neighbors import margin
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SO, SS
from pathgui.core.metrics.neighbors.search import KindDistances, nearest_with_kinds


def searched(seed=0, n=60, m=12):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((n, 6))
    tissue, center, groups = rng.integers(0, 2, n), rng.integers(0, 2, n), np.arange(n) // 3
    found, near = nearest_with_kinds(values, groups, tissue, center, 30, m)
    return found, near, ri.kinds_of(found, tissue, center), (values, tissue, center, groups)


def test_a_large_tau_gives_the_robustness_index():
    found, _, kinds, _ = searched()
    index = ri.robustness_index(ri.counts_by_anchor(kinds, 7).sum(axis=0))
    assert margin.mari(found, kinds, 7, tau=1e9).value == pytest.approx(index)


def test_a_small_tau_does_not_lose_the_evidence():
    found, _, kinds, _ = searched()
    typed = (kinds[:, :7] == SO) | (kinds[:, :7] == OS)
    nearest = np.where(typed, found.distances[:, :7], np.inf)
    winner = kinds[:, :7].ravel()[nearest.argmin()]
    assert margin.mari(found, kinds, 7, tau=1e-6).value == pytest.approx(float(winner == SO))


def test_nothing_typed_or_only_copies_is_no_value():
    found, _, kinds, _ = searched()
    assert margin.mari(found, np.full_like(kinds, SS), 5) is None
    copies = type(found)(found.indices, np.zeros_like(found.distances))
    assert margin.mari(copies, kinds, 5) is None


def near_of(so, os):
    so, os = np.array(so, float), np.array(os, float)
    return KindDistances(so, os, np.zeros(so.shape, int), np.zeros(os.shape, int))


def test_the_margin_of_the_worked_example():
    d_so, d_os = 1 - math.cos(math.radians(14)), 1 - math.cos(math.radians(20))
    assert margin.croma_values(near_of([[d_so]], [[d_os]]), 1)[0] == pytest.approx(
        0.33999, abs=1e-5
    )


def test_anchors_without_enough_tiles_and_copies_have_no_margin():
    values = margin.croma_values(
        near_of([[0.1, np.inf], [0.1, 0.2], [0, 0]], [[0.1, 0.2], [0.1, np.inf], [0, 0]]), 2
    )
    assert np.isnan(values).all()
    assert margin.croma_summary(values) is None


def test_the_tail_is_closed_at_zero_and_at_its_quantile():
    values = np.array([-0.4, -0.2, 0.0, 0.2, 0.4, np.nan])
    summary = margin.croma_summary(values)
    assert summary.median == 0
    assert summary.share_not_above_0 == 3 / 5
    assert summary.q10 == pytest.approx(-0.32)
    assert summary.ltm10 == -0.4


def test_an_anchor_that_loses_its_only_tiles_of_a_kind_has_no_margin_there():
    """Anchor 0 has SO tiles of slides 1 and 2, anchor 1 of slide 1 alone."""
    far = np.inf
    near = KindDistances(
        SO=np.array([[0.2, 0.4, far], [0.9, far, far]]),
        OS=np.array([[0.6, 0.6, 0.6], [0.1, 0.1, 0.1]]),
        SO_rows=np.array([[2, 3, -1], [2, -1, -1]]),
        OS_rows=np.array([[4, 4, 4], [4, 4, 4]]),
    )
    units = jackknife.Units(np.array([0, 0, 1, 2, 3]), np.zeros(4, np.intp), 4)
    got = margin.croma_without(near, units, 1)
    assert got.median[1] == pytest.approx((0.6 - 0.4) / (0.6 + 0.4))
    assert np.isnan(got.median[0])
    assert got.share_not_above_0[2] == 0.5


def test_lists_that_end_before_enough_tiles_of_other_slides_are_counted():
    """Anchor 0's SO list is all of slide 1, with more to come; anchor 1's is all there is."""
    far = np.inf
    near = KindDistances(
        SO=np.array([[0.2, 0.3, 0.4], [0.2, 0.3, far]]),
        OS=np.array([[0.6, far, far], [0.6, far, far]]),
        SO_rows=np.array([[2, 3, 4], [2, 3, -1]]),
        OS_rows=np.array([[5, -1, -1], [5, -1, -1]]),
    )
    units = jackknife.Units(np.array([0, 0, 1, 1, 1, 2, 3]), np.zeros(4, np.intp), 4)
    # Of four lists that lose a slide, one is too short.
    assert margin.croma_without(near, units, 1).short == 1 / 4


@pytest.mark.parametrize("seed", range(3))
def test_croma_says_the_same(seed):
    """The peer's own program, on tables with unequal and missing cells."""
    croma = pytest.importorskip("croma")
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(seed)
    n = 260
    tissue, center = rng.integers(0, 3, n), rng.integers(0, 3, n)
    whole = ~((tissue == 0) & (center == 2))  # a cell is missing
    tissue, center = tissue[whole], center[whole]
    n = len(tissue)
    values = rng.standard_normal((n, 10))
    values[:, 0] += tissue
    values[:, 1] += 0.7 * center
    # A slide has one center; its tissues vary.
    groups = center * 30 + rng.integers(0, 12, n)
    manifest = pd.DataFrame(
        {
            "dataset": "d",
            "sample_id": [str(i) for i in range(n)],
            "image_path": [str(i) for i in range(n)],
            "group_id": groups.astype(str),
            "label": tissue.astype(str),
            "center": center.astype(str),
        }
    )
    found, near = nearest_with_kinds(values, groups, tissue, center, 21, 10)
    kinds = ri.kinds_of(found, tissue, center)
    given = {"features": values, "manifest": manifest, "confounder_column": "center"}
    for k, value in croma.RI.compute_curve(**given, k_values=[1, 5, 21]).items():
        assert ri.robustness_index(ri.counts_by_anchor(kinds, k).sum(axis=0)) == pytest.approx(
            value, abs=1e-9
        )
    for k, value in croma.MaRI.compute_curve(**given, k_values=[1, 5, 21], tau=0.3).items():
        assert margin.mari(found, kinds, k, tau=0.3).value == pytest.approx(value, abs=1e-9)
    for m in (1, 5):
        peer = croma.CRoMa.compute(**given, m=m)
        ours = margin.croma_summary(margin.croma_values(near, m))
        assert [ours.median, ours.q10, ours.ltm10, ours.share_not_above_0] == pytest.approx(
            [peer.value, peer.q_alpha, peer.ltm_alpha, peer.f0], abs=1e-9
        )
