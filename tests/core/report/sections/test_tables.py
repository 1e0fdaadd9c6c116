"""What goes along with the report: numbers as CSV, the machine as text, the record."""

from __future__ import annotations

import csv
import io
import json

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.tables import environment_text, pseudonymous_json, results_csv
from pathgui.core.system.json_records import to_json
from tests.run_factory import make_evaluation

SUBJECT = Subject(make_evaluation(), ReportOptions())


def test_each_encoder_has_a_row_of_full_precision_or_the_reason():
    rows = list(csv.DictReader(io.StringIO(results_csv(SUBJECT).decode())))
    assert [row["encoder"] for row in rows] == [r.encoder.name for r in SUBJECT.run.encoders]
    for row, result in zip(rows, SUBJECT.run.encoders, strict=True):
        index = result.reference.robustness_index
        if isinstance(index, NotAssessable):
            assert row["robustness_index.value"] == ""
            assert row["not_assessable"] == index.reason
        else:
            assert float(row["robustness_index.value"]) == index.value
            assert row["not_assessable"] == ""


def test_the_environment_is_one_fact_a_line():
    lines = environment_text(SUBJECT).decode().splitlines()
    assert f"pathgui: {SUBJECT.run.pathgui}" in lines
    assert all(": " in line for line in lines)


def test_the_record_that_goes_along_does_not_name_the_slide():
    kept = pseudonymous_json(SUBJECT, to_json(SUBJECT.run)).decode()
    assert SUBJECT.slide.file_name not in kept
    assert SUBJECT.slide.pseudonym in kept
    assert json.loads(kept)["id"] == SUBJECT.run.id
