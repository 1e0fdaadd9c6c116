"""What is found of a classifier is read back as it was written."""

from __future__ import annotations

from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.system.json_records import from_json, to_json
from tests.core.classifier.assessed import assessed


def test_a_record_is_read_back_with_all_that_was_found():
    found = assessed()
    assert from_json(AssessedClassifier, to_json(found)) == found


def test_centers_that_differ_are_those_whose_corrected_p_is_small():
    found = assessed()
    assert [each.center for each in found.differing] == ["center 0"]
