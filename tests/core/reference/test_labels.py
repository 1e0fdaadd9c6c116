"""What is known of reference tiles, and which of them must not judge each other."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.reference.labels import TileLabels


def labels(slides, patients=None):
    n = len(slides)
    patient = None if patients is None else np.array(patients)
    return TileLabels(np.array(["t"] * n), np.array(["c"] * n), np.array(slides), patient)


def test_without_patients_a_slide_is_a_group():
    assert labels(["b", "a", "b"]).groups.tolist() == [1, 0, 1]


def test_slides_of_a_patient_are_one_group():
    assert labels(["1", "2", "3"], ["P", "Q", "P"]).groups.tolist() == [0, 1, 0]


def test_an_unknown_patient_joins_nobody():
    assert labels(["1", "2"], ["", " "]).groups.tolist() == [0, 1]


def test_links_over_several_steps_are_one_group():
    # Slide 2 has tiles of both patients, so slides 1 and 3 are linked through it.
    found = labels(["1", "2", "2", "3", "4"], ["P", "P", "Q", "Q", "R"]).groups
    assert found.tolist() == [0, 0, 0, 0, 1]


def test_groups_do_not_depend_on_the_order_of_tiles():
    slides, patients = ["1", "2", "2", "3", "4"], ["P", "P", "Q", "Q", "R"]
    there = labels(slides, patients).groups
    back = labels(slides[::-1], patients[::-1]).groups[::-1]
    assert np.array_equal(there[:, None] == there, back[:, None] == back)


def test_names_that_are_spelled_otherwise_are_the_same_slide():
    assert labels(["A.svs", "a"]).groups.tolist() == [0, 0]


def test_taken_rows_keep_all_that_is_known_of_them():
    taken = labels(["1", "2", "3"], ["P", "", "Q"]).take(np.array([2, 0]))
    assert (taken.slide.tolist(), taken.patient.tolist()) == (["3", "1"], ["Q", "P"])
    assert len(taken) == 2


def test_columns_of_different_length_are_a_mistake_of_the_program():
    with pytest.raises(ValueError, match="one entry per tile"):
        labels(["1", "2"], ["P"])


def test_no_tiles_have_no_groups():
    assert len(labels([], []).groups) == 0
