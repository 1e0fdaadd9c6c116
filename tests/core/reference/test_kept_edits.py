"""Changes of a reference set that were not saved come back."""

from __future__ import annotations

import pytest

from pathgui.core.reference.kept_edits import keep_edits, kept_edits
from pathgui.core.reference.set_editing import Edits
from tests.core.appraisal.making import full_rows, reference_of

EDITS = Edits(frozenset({3, 90}), {5: {"tissue": "Fettgewebe Süd"}, 6: {"center": "North"}})


@pytest.fixture
def reference():
    return reference_of(full_rows())


def test_edits_come_back_of_that_set_alone_until_there_is_nothing_to_keep(reference, tmp_path):
    folder = tmp_path / "edits"
    assert kept_edits(folder, reference) == Edits()
    keep_edits(folder, reference, Edits())  # where there never was a folder
    keep_edits(folder, reference, EDITS)
    assert kept_edits(folder, reference) == EDITS
    keep_edits(folder, reference, Edits())
    assert kept_edits(folder, reference) == Edits()
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("90", "96"),  # a row that the set does not have
        ('"format": 1', '"format": 2'),
        ('"tissue"', '"slide"'),
        ("{", ""),
    ],
)
def test_what_is_damaged_or_of_another_kind_is_passed_over(reference, tmp_path, before, after):
    keep_edits(tmp_path, reference, EDITS)
    (path,) = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    assert kept_edits(tmp_path, reference) == Edits()
