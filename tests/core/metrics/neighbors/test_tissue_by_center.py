"""The table of tissue by center."""

from __future__ import annotations

import csv
from itertools import combinations

import numpy as np
import pytest

from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors import tissue_by_center
from pathgui.core.metrics.neighbors.search import nearest
from tests.shared_data import shared


def test_cramers_v_is_one_where_center_tells_tissue():
    labels = np.arange(60) % 3
    assert tissue_by_center.cramers_v(labels, labels) == pytest.approx(1)
    assert tissue_by_center.cramers_v(labels, np.zeros(60, int)) is None


@pytest.mark.parametrize("moved", range(8))
def test_cramers_v_of_the_published_schedule(moved):
    """PathoROB's Camelyon: of 14 slides per row, 7 + moved in one cell: V = moved / 7."""
    tissue = np.repeat([0, 0, 1, 1], [7 + moved, 7 - moved, 7 - moved, 7 + moved])
    center = np.repeat([0, 1, 0, 1], [7 + moved, 7 - moved, 7 - moved, 7 + moved])
    assert tissue_by_center.cramers_v(tissue, center) == pytest.approx(moved / 7)


def test_complete_squares_are_all_of_them():
    rng = np.random.default_rng(0)
    for _ in range(20):
        has = rng.random((4, 5)) < 0.6
        tissue, center = np.nonzero(has)
        if not len(tissue):
            continue
        has = has[: tissue.max() + 1, : center.max() + 1]
        expected = {
            (*pair, *other)
            for pair in combinations(range(has.shape[0]), 2)
            for other in combinations(range(has.shape[1]), 2)
            if has[np.ix_(pair, other)].all()
        }
        assert set(tissue_by_center.complete_squares(tissue, center)) == expected


def test_the_published_tcga_subsets_are_complete_squares():
    with shared("reference", "pathorob", "metadata", "tcga_4x4.csv").open() as file:
        rows = list(csv.DictReader(file))
    tissues, tissue = np.unique([r["biological_class"] for r in rows], return_inverse=True)
    centers, center = np.unique([r["medical_center"] for r in rows], return_inverse=True)
    squares = {
        (frozenset(tissues[list(s[:2])]), frozenset(centers[list(s[2:])]))
        for s in tissue_by_center.complete_squares(tissue, center)
    }
    by_subset: dict[str, tuple[set[str], set[str]]] = {}
    for row in rows:
        t, c = by_subset.setdefault(row["subset"], (set(), set()))
        t.add(row["biological_class"])
        c.add(row["medical_center"])
    pairs = [s for s in by_subset.values() if (len(s[0]), len(s[1])) == (2, 2)]
    assert all((frozenset(t), frozenset(c)) in squares for t, c in pairs)


def paired_material(seed=0):
    rng = np.random.default_rng(seed)
    n = 240
    groups = np.repeat(np.arange(60), 4)
    tissue, center = (groups % 6) // 2, groups % 2
    values = rng.standard_normal((n, 8))
    values[:, 0] += tissue
    return values, tissue, center, groups


def test_evidence_is_pooled_over_subsets_searched_alone():
    values, tissue, center, groups = paired_material()
    rows = tissue_by_center.square_rows(
        tissue, center, tissue_by_center.complete_squares(tissue, center)
    )
    assert len(rows) == 3
    got = tissue_by_center.paired(values, tissue, center, groups, rows, 5)
    total, own = np.zeros(4, int), []
    for part in rows:
        found = nearest(values[part], groups[part], 5)
        kinds = ri.kinds_of(found, tissue[part], center[part])
        counts = ri.counts_by_anchor(kinds, 5).sum(axis=0)
        total += counts
        own.append(ri.robustness_index(counts))
    np.testing.assert_array_equal(got.counts, total)
    assert got.index == pytest.approx(total[1] / (total[1] + total[2]))
    assert got.mean_index == pytest.approx(np.mean(own))
    assert got.sd_index == pytest.approx(np.std(own, ddof=1))


def test_croma_says_the_same_of_pairs():
    croma = pytest.importorskip("croma")
    pd = pytest.importorskip("pandas")
    values, tissue, center, groups = paired_material(1)
    squares = tissue_by_center.complete_squares(tissue, center)
    rows = tissue_by_center.square_rows(tissue, center, squares)
    frames = [
        pd.DataFrame(
            {
                "dataset": "d",
                "subset": f"s{number}",
                "sample_id": part.astype(str),
                "image_path": part.astype(str),
                "group_id": groups[part].astype(str),
                "label": tissue[part].astype(str),
                "center": center[part].astype(str),
            }
        )
        for number, part in enumerate(rows)
    ]
    manifest = pd.concat(frames, ignore_index=True)
    features = values[np.concatenate(rows)]
    peer = croma.RI.compute_curve(
        features=features,
        manifest=manifest,
        confounder_column="center",
        k_values=[5],
        evaluation_design="paired_2x2",
    )
    got = tissue_by_center.paired(values, tissue, center, groups, rows, 5)
    assert got.index == pytest.approx(peer[5], abs=1e-9)
