"""Classes of a classifier are tissues of the set, or are said to be none."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.classifier.answers import NONE, OTHER, Answers, meanings_of, places_of
from pathgui.core.errors import ClassifierError

TISSUES = ("normal", "tumor")


def test_a_class_is_the_tissue_of_its_name_whatever_its_case():
    assert places_of(["tumor", "Normal"], TISSUES, {}, "here") == [1, 0]


def test_two_tissues_that_differ_by_case_only_are_told_apart():
    assert places_of(["T", "t"], ("T", "t"), {}, "here") == [0, 1]


def test_a_class_that_is_no_tissue_is_refused_with_the_place_and_the_way_out():
    with pytest.raises(ClassifierError, match=r'row 3: the class "Tumour".*normal, tumor.*--class'):
        places_of(["Tumour"], TISSUES, {}, "row 3")


def test_it_can_be_said_what_a_class_is_and_that_it_is_none():
    meanings = meanings_of(["Tumour=tumor", "a=b=normal", "mud="])
    assert places_of(["Tumour", "a=b", "mud"], TISSUES, meanings, "") == [1, 0, OTHER]


@pytest.mark.parametrize("given", [["tumor"], ["=tumor"], ["a=x", "a=y"]])
def test_what_says_no_class_or_says_it_twice_is_refused(given):
    with pytest.raises(ClassifierError):
        meanings_of(given)


def test_answers_of_some_tiles_leave_the_others_without_one():
    some = Answers(TISSUES, np.array([1, 0]), np.eye(2)[::-1], "", TISSUES)
    spread = some.spread(np.array([3, 1]), 4)
    assert spread.codes.tolist() == [NONE, 0, NONE, 1]
    assert spread.there.tolist() == [False, True, False, True]
    back = spread.take(np.array([3, 1]))
    np.testing.assert_array_equal(back.probabilities, some.probabilities)
