"""What can be read off a map."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.map_accuracy import map_accuracies, nearest_on_map
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels


def laid_out(by, *, seed=0, slides=6, tiles=4, centers=2):
    """Two tissues at two centers; the map is split by tissue or by center."""
    slide = np.repeat(np.arange(2 * centers * slides), tiles)
    tissue, center = slide % 2, slide // 2 % centers
    rng = np.random.default_rng(seed)
    positions = rng.standard_normal((len(slide), 2)).astype(np.float32)
    positions[:, 0] += 8 * {"tissue": tissue, "center": center}[by]
    return positions, TileLabels(*(column.astype(str) for column in (tissue, center, slide)))


def test_neighbors_on_the_map_are_the_nearest_points_of_other_slides():
    positions, labels = laid_out("tissue")
    found = nearest_on_map(positions, labels.groups, 5)
    for row in range(len(positions)):
        far = np.hypot(*(positions.astype(float) - positions[row].astype(float)).T)
        far[labels.groups == labels.groups[row]] = np.inf
        assert found.indices[row].tolist() == np.argsort(far, kind="stable")[:5].tolist()


@pytest.mark.parametrize("by", ["tissue", "center"])
def test_what_splits_the_map_is_read_off_it_and_the_other_is_not(by):
    found = map_accuracies(*laid_out(by), k=5)
    other = {"tissue": "center", "center": "tissue"}[by]
    for accuracies in (found.knn, found.probe):
        assert getattr(accuracies, f"{by}_balanced_accuracy") > 0.95
        # With slides held out, nothing to see comes out at a half or somewhat below.
        assert getattr(accuracies, f"{other}_balanced_accuracy") < 0.7
        assert (accuracies.tissue_chance, accuracies.center_chance) == (0.5, 0.5)
    assert (found.k, found.n_tiles) == (5, 96)


def test_one_center_cannot_be_told_from_others():
    found = map_accuracies(*laid_out("tissue", centers=1), k=5)
    assert isinstance(found.knn.center_balanced_accuracy, NotAssessable)
    assert isinstance(found.probe.center_balanced_accuracy, NotAssessable)
