"""A number that the data cannot give has a reason in its place."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json


@dataclass(frozen=True)
class Holder:
    value: float | NotAssessable


@pytest.mark.parametrize("value", [0.25, NotAssessable("all tiles are from one center")])
def test_a_number_and_a_reason_are_told_apart(value):
    assert from_json(Holder, to_json(Holder(value))) == Holder(value)


def test_what_is_neither_is_refused():
    with pytest.raises(InvalidRecord):
        from_json(Holder, b'{"value": "much"}')


def test_a_reason_cannot_be_changed():
    with pytest.raises((AttributeError, TypeError)):
        NotAssessable("a").reason = "b"
