"""What the slides of a cohort show together."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.over_slides import (
    OwnCenter,
    SlideSeen,
    over_slides,
    placed_at,
    share_over_slides,
)
from pathgui.core.metrics.not_assessable import NotAssessable

NORTH, SOUTH = [9, 1], [2, 8]
CENTERS = ["North", "South"]


def seen(patient, center, nearest, right=0, of=0):
    return SlideSeen(patient, center, nearest, of, right)


def own(slides) -> OwnCenter:
    found = over_slides("e", slides, CENTERS).own_center
    assert isinstance(found, OwnCenter)
    return found


def test_a_slide_is_placed_at_the_center_of_most_of_its_nearest_tiles():
    assert placed_at(NORTH) == 0
    assert placed_at([4, 4]) == 0
    assert placed_at([0, 0]) is None


def test_slides_are_counted_by_known_center_and_place():
    slides = [
        seen("a", "North", NORTH),
        seen("b", "North", SOUTH),
        seen("c", "South", SOUTH),
        seen("d", "Overseas", NORTH),
        seen("e", None, SOUTH),
        seen("f", "South", [0, 0]),  # none of its tiles has a neighbor
    ]
    found = over_slides("e", slides, CENTERS)
    assert found.known == ["North", "South", "Overseas"]
    assert found.placed == [[1, 1], [0, 1], [1, 0]]
    assert found.unknown == [0, 1]
    assert found.own_center.n_own == 2
    assert found.own_center.share.n_slides == 3  # a center that the set lacks has no own place


def test_chance_is_what_the_frequencies_alone_would_give():
    """Nine of ten slides are of North and all are placed there: nine right, by frequency alone."""
    slides = [seen(str(i), "North" if i else "South", NORTH) for i in range(10)]
    found = own(slides)
    assert found.share.value == pytest.approx(0.9)
    assert found.chance == pytest.approx(0.9)
    assert found.p is None  # in ten ways only
    slides = [seen(str(i), "North" if i else "South", NORTH) for i in range(30)]
    assert own(slides).p == 1


def test_slides_at_their_own_centers_are_more_than_chance():
    slides = [seen(str(i), CENTERS[i % 2], NORTH if i % 2 == 0 else SOUTH) for i in range(12)]
    found = own(slides)
    assert found.share.value == 1
    assert found.share.interval.low < 1 == found.share.interval.high
    assert found.chance == pytest.approx(0.5)
    assert found.p < 0.01


def test_patients_are_exchanged_and_not_slides():
    """Six patients with twenty slides each: by chance they are in their order once in 20 times."""
    slides = [seen(str(i % 6), CENTERS[i % 2], NORTH if i % 2 == 0 else SOUTH) for i in range(120)]
    assert own(slides).p == pytest.approx(0.05, abs=0.01)


def test_where_too_few_patients_can_be_exchanged_nothing_is_tested():
    """Two patients with fifty slides each: by chance they are in their order half of the time."""
    slides = [seen(str(i % 2), CENTERS[i % 2], NORTH if i % 2 == 0 else SOUTH) for i in range(100)]
    assert own(slides).p is None


def test_a_patient_at_two_centers_cannot_be_exchanged():
    slides = [seen("a", "North", NORTH), seen("a", "South", SOUTH), seen("b", "South", SOUTH)]
    assert own(slides).p is None


def test_all_of_one_center_have_a_share_and_no_p():
    found = own([seen(str(i), "North", NORTH) for i in range(6)])
    assert found.share.value == found.chance == 1
    assert found.p is None


def test_slides_without_a_patient_stand_each_for_itself():
    found = own([seen("", "North", NORTH) for _ in range(3)] + [seen("", "South", NORTH)] * 3)
    assert found.share.n_patients == 6


def test_slides_of_unknown_centers_alone_have_no_own_center():
    found = over_slides("e", [seen("a", None, NORTH)], CENTERS)
    assert isinstance(found.own_center, NotAssessable)
    assert isinstance(found.tissue, NotAssessable)


def test_tissue_counts_each_slide_once_however_many_tiles_it_has():
    slides = [seen("a", None, NORTH, right=1, of=10), seen("b", None, NORTH, right=900, of=1000)]
    found = over_slides("e", slides, CENTERS).tissue
    assert found.value == pytest.approx(0.5)
    assert found.interval.low is None  # of two patients


def test_slides_of_one_patient_widen_the_interval():
    values = np.tile([1.0, 1.0, 0.0, 1.0], 10)
    apart = share_over_slides(values, np.arange(40))
    together = share_over_slides(np.sort(values), np.repeat(np.arange(10), 4))
    widths = [each.interval.high - each.interval.low for each in (apart, together)]
    assert widths[1] > 1.5 * widths[0]


def test_without_slides_nothing_is_assessable():
    found = over_slides("e", [], CENTERS)
    assert found.known == []
    assert found.unknown == [0, 0]
    assert isinstance(found.own_center, NotAssessable)
