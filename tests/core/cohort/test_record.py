"""The record of a cohort: roles are chosen, and damage is one sentence."""

from __future__ import annotations

import pytest

from pathgui.core.cohort.record import Roles, new_info, read_info
from pathgui.core.errors import CohortError
from pathgui.core.system.json_records import to_json


def test_any_column_can_play_any_role():
    roles = Roles().playing("center", "scanner").playing("tissue", "grade")
    assert (roles.center, roles.tissue, roles.patient) == ("scanner", "grade", "patient_id")
    with pytest.raises(CohortError, match=r"no role hospital\. The roles are tissue, center"):
        Roles().playing("hospital", "x")


def test_a_record_is_read_as_it_was_written():
    info = new_info("Liver")
    assert read_info(to_json(info), "cohort.json") == info
    assert new_info("Liver").id != info.id


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is not JSON"),
        (b"[]", "dict expected"),
        (b'{"format": 1, "name": "a"}', "id is missing"),
        (b'{"format": 1, "name": 7, "id": "x"}', "name must be text"),
        (b'{"format": 9, "name": "a", "id": "x"}', "newer pathgui"),
    ],
)
def test_a_damaged_record_is_one_sentence_with_its_file(content, text):
    with pytest.raises(CohortError, match=text) as error:
        read_info(content, "C.pgcohort/cohort.json")
    assert str(error.value).startswith("C.pgcohort/cohort.json")
