"""What may be said of a correction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.crossfit.results import Change, CorrectionEffect, Corrections
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import PermutationTest

UP, SAME, DOWN = (
    Change(0.4, 0.8, 0.3, 0.5),
    Change(0.9, 0.9, -0.02, 0.02),
    Change(0.9, 0.7, -0.3, -0.1),
)
UNSURE = Change(0.9, 0.9, None, None, "too few slides")
NO = NotAssessable("no")
TEST = PermutationTest(0.33, 0.01, -3.0, 0.002)


def effect(index=UP, new=SAME, elsewhere=SAME, met=SAME, name="leace"):
    return CorrectionEffect(name, index, new, elsewhere, met, DOWN, 0.1, TEST, 0.33)


@pytest.mark.parametrize(
    ("given", "better"),
    [
        (effect(), True),
        (effect(index=SAME), False),
        (effect(new=DOWN), False),
        (effect(elsewhere=DOWN), False),
        (effect(new=UNSURE), False),
        (effect(elsewhere=NO), True),  # what was met there stands in
        (effect(elsewhere=NO, met=DOWN), False),
        (effect(elsewhere=NO, met=NO), False),
        (effect(index=NO), False),
    ],
)
def test_better_needs_a_rise_of_the_index_and_no_fall_of_tissue(given, better):
    assert given.better is better


def test_overcorrection_is_a_share_below_chance():
    assert replace(effect(), same_center_share=0.3).overcorrected
    assert not replace(effect(), same_center_share=0.36).overcorrected
    assert not replace(effect(), same_center=NO).overcorrected


@pytest.mark.parametrize(
    ("v", "warns", "first"),
    [
        (0.1, False, "leace"),
        (0.2, True, "leace"),
        (0.4, True, "within-tissue"),
        (None, False, "leace"),
    ],
)
def test_the_more_tissue_goes_with_center_the_more_it_matters_which(v, warns, first):
    effects = [effect(), effect(name="within-tissue")]
    found = Corrections(
        effects, 11, 10, 10, 2, 0, 100, 20, ["a", "b"], [], ["s", "t"], 0.5, v, 0.5, 0.5, 3.0, []
    )
    assert found.class_blind_may_lose_tissue is warns
    assert found.ordered[0].name == first
