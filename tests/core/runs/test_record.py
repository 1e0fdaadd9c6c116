"""The record of a run is read back as it was written, and earlier ones open."""

from __future__ import annotations

import json

import pytest

from pathgui.core.runs.record import Run
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json
from tests.run_factory import make_evaluation, of_an_earlier_version

RUN = make_evaluation().run


def test_what_was_written_is_read():
    assert from_json(Run, to_json(RUN)) == RUN


def test_a_record_of_an_earlier_version_opens():
    earlier = of_an_earlier_version(make_evaluation()).run
    assert from_json(Run, to_json(earlier)) == earlier


def test_a_record_is_json_that_any_program_reads():
    record = json.loads(to_json(RUN))
    assert record["pathgui"] == RUN.pathgui
    assert len(record["encoders"]) == len(RUN.encoders)


@pytest.mark.parametrize("field", ["id", "encoders", "reference"])
def test_a_record_that_lacks_what_it_must_have_is_refused_by_name(field):
    record = json.loads(to_json(RUN))
    del record[field]
    with pytest.raises(InvalidRecord, match=field):
        from_json(Run, json.dumps(record).encode())
