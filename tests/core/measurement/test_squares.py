"""The index over complete parts of two tissues at two centers."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement import squares
from pathgui.core.measurement.results import Squares
from pathgui.core.measurement.sample import prepare
from pathgui.core.metrics.neighbors import tissue_by_center
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import ignore_progress
from tests.core.measurement.test_measure import noise, square, table

K = 5


def material(labels, k=K):
    return prepare(noise(len(labels)), labels, np.arange(len(labels)), k, 0)[0]


def of(labels, k=K):
    return squares.squares_of(material(labels, k), ignore_progress)


def three():
    """Three tissues at two centers: three squares."""
    return table({(t, c): 3 for t in "ABC" for c in "XY"})


def test_every_two_tissues_at_two_centers_are_a_square():
    found = of(three())
    assert isinstance(found, Squares)
    assert (found.n_squares, found.of) == (3, 3)
    assert of(square()).of == 1


def test_a_cell_without_tiles_leaves_out_the_squares_it_would_be_in():
    assert of(table({(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3})).of == 1


def test_without_a_square_the_reason_is_given():
    found = of(table({("A", "X"): 4, ("B", "Y"): 4}))
    assert isinstance(found, NotAssessable)
    assert "no two tissues are both found at the same two centers" in found.reason


def test_k_is_no_larger_than_what_half_of_the_tiles_of_the_smallest_part_have():
    assert of(three()).k == K
    # A part has 36 of the 54 tiles, of which 3 are of the own slide.
    assert of(three(), k=40).k == 33


def test_of_too_many_squares_some_are_drawn_and_all_are_counted(monkeypatch):
    monkeypatch.setattr(tissue_by_center, "MOST_SQUARES", 2)
    found = of(three())
    assert (found.n_squares, found.of) == (2, 3)


def test_squares_that_would_take_longer_than_all_else_are_not_searched(monkeypatch):
    monkeypatch.setattr(squares, "SQUARE_COST", 0.5)
    assert isinstance(of(three()), Squares)  # of so few tiles they are, all the same
    large = table({(t, c): 50 for t in "ABC" for c in "XY"}, tiles_per_slide=11)
    found = of(large)
    assert isinstance(found, NotAssessable)
    assert "3 complete parts of the table would take 1 times as long" in found.reason


def paired(subsets, labels=None, k=K):
    given = {name: np.asarray(rows, np.intp) for name, rows in subsets.items()}
    return squares.paired_of(material(labels or square(), k), given, ignore_progress)


def test_subsets_that_are_given_are_searched_and_pooled():
    labels = square()
    found, notices = paired({"all": range(len(labels)), "again": range(len(labels))})
    assert isinstance(found, Squares)
    assert (found.n_squares, found.of, found.k, notices) == (2, 2, K, [])


def test_a_subset_that_is_no_square_is_left_out_and_named():
    labels = square()
    one_center = np.flatnonzero(labels.center == labels.center[0])
    found, notices = paired({"all": range(len(labels)), "half": one_center})
    assert isinstance(found, Squares)
    assert found.n_squares == 1
    assert notices == ["1 subset left out: it is not two tissues at two centers (half)."]
    found, _ = paired({"half": one_center})
    assert isinstance(found, NotAssessable)
    assert "no subset is two tissues at two centers" in found.reason


def test_a_small_subset_sets_k_for_all_and_says_so():
    labels = square(slides=4, tiles_per_slide=3)
    first = np.concatenate([
        np.flatnonzero((labels.tissue == t) & (labels.center == c))[:1]
        for t in np.unique(labels.tissue) for c in np.unique(labels.center)
    ])  # fmt: skip
    found, notices = paired({"all": range(len(labels)), "four": first})
    assert found.k == 3
    assert notices == ["The smallest subset allows k = 3, which is used for all subsets."]


@pytest.mark.parametrize("rows", [[0, 1, 2], []])
def test_rows_that_are_not_measured_are_no_part_of_a_subset(rows):
    found, _ = paired({"few": rows})
    assert isinstance(found, NotAssessable)
