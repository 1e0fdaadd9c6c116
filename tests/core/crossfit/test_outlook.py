"""What is said of corrections before one is fitted is what cross-fitting then does."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.registry import CORRECTIONS, correction
from pathgui.core.crossfit.cross_fit import cross_fit
from pathgui.core.crossfit.outlook import Outlook, in_order, outlook, suggested
from pathgui.core.crossfit.results import Corrections
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.labels import TileLabels
from tests.core.crossfit.drawn import drawn


def test_who_takes_part_is_known_from_the_labels():
    values, labels = drawn(slides=np.array([[4, 1, 5], [4, 1, 3], [1, 0, 4]]))
    before = outlook(labels)
    after = cross_fit(values, labels, [correction("center-mean")], 3, halvings=1, probed=0)
    assert isinstance(before, Outlook)
    assert isinstance(after, Corrections)
    assert (before.n_tiles, before.centers) == (after.n_tiles, after.centers)
    assert before.left_out_centers == after.left_out_centers == ["center 1"]
    assert before.cramers_v == pytest.approx(after.cramers_v)


@pytest.mark.parametrize(("slides", "said"), [(1, "halves need"), ([[6, 0], [0, 6]], "")])
def test_what_cross_fitting_refuses_is_refused_before(slides, said):
    values, labels = drawn(slides=np.array(slides), n=2 if isinstance(slides, list) else 3)
    before = outlook(labels)
    after = cross_fit(values, labels, [correction("center-mean")], 3, halvings=1, probed=0)
    assert isinstance(before, NotAssessable)
    assert before == after
    assert said in before.reason


def test_tiles_without_labels_take_no_part():
    values, labels = drawn()
    gap = TileLabels(
        np.append(labels.tissue, ""), np.append(labels.center, "x"), np.append(labels.slide, "y")
    )
    assert outlook(gap) == outlook(labels)
    assert isinstance(outlook(gap.take(np.array([len(values)]))), NotAssessable)


@pytest.mark.parametrize(
    ("v", "first", "ticked"),
    [
        (0.0, CORRECTIONS[0].name, {"within-tissue", "leace", "mean-projection", "inlp"}),
        (None, CORRECTIONS[0].name, {"within-tissue", "leace", "mean-projection", "inlp"}),
        (0.2, CORRECTIONS[0].name, {"within-tissue"}),
        (0.4, "within-tissue", {"within-tissue"}),
    ],
)
def test_what_is_ticked_at_first_can_be_applied_anywhere_and_loses_no_tissue(v, first, ticked):
    assert in_order(CORRECTIONS, v)[0].name == first
    assert in_order(CORRECTIONS[::-1], 0.4)[0].name == "within-tissue"
    assert {each.name for each in suggested(CORRECTIONS, v)} == ticked
