"""The record of what was found of a set."""

from __future__ import annotations

import pytest

from pathgui.core.appraisal.appraisal import Appraisal, appraise
from pathgui.core.system.json_records import from_json, to_json
from tests.core.appraisal.making import full_rows, reference_of


def test_a_sound_set_is_not_at_fault_and_its_record_is_read_again():
    found = appraise(reference_of(full_rows()))
    assert not found.at_fault
    assert (found.n_tiles, found.n_slides, found.n_patients) == (96, 32, None)
    assert from_json(Appraisal, to_json(found)) == found


@pytest.mark.parametrize(
    ("rows", "more"),
    [
        ([("tumor", "North", f"S{n}") for n in range(20)], {}),
        ([("tumor", "North", "")], {}),
        (full_rows(), {"pictures": ["one"] * 96}),
        (full_rows(), {"contents": ["one"] * 96}),
    ],
    ids=["no index", "no tiles with labels", "pictures twice", "slides twice"],
)
def test_what_makes_numbers_wrong_or_impossible_is_a_fault(rows, more):
    assert appraise(reference_of(rows, **more)).at_fault


def test_what_is_only_to_be_looked_at_is_no_fault():
    rows = [(*row, f"patient {number % 8}") for number, row in enumerate(full_rows(8, 1))]
    assert appraise(reference_of(rows)).doubles.patients
    assert not appraise(reference_of(rows)).at_fault
