"""What the laboratory fills in stands empty until somebody does."""

from __future__ import annotations

from pathgui.core.report.render.document import Facts, Table
from pathgui.core.report.sections.file import file
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from tests.run_factory import make_evaluation

EMPTY = "to be filled in by the laboratory"


def of(evaluation, **options):
    return file(Subject(evaluation, ReportOptions(**options)))


def test_labels_are_printed_as_typed_and_empty_where_nothing_was():
    labels = next(each for each in of(make_evaluation(1)) if isinstance(each, Facts))
    assert [cell.text for _, cell in labels.rows] == [EMPTY] * 3
    typed = of(
        make_evaluation(1), labels_by="two pathologists", labels_disagreement="12 of 400, discussed"
    )
    labels = next(each for each in typed if isinstance(each, Facts))
    assert [cell.text for _, cell in labels.rows] == [
        "two pathologists", EMPTY, "12 of 400, discussed"
    ]  # fmt: skip


def test_the_slides_are_counted_and_each_index_stands_with_its_interval():
    made = make_evaluation(2)
    counts = [each for each in of(made) if isinstance(each, Facts)][1]
    shown = [cell.text for _, cell in counts.rows]
    assert shown[0] == str(made.run.reference.n_slides)
    assert shown[-1] == EMPTY
    table = next(each for each in of(made) if isinstance(each, Table))
    assert len(table.rows) == 2
    refused = of(make_evaluation(1, assessable=False))
    row = next(each for each in refused if isinstance(each, Table)).rows[0]
    assert row[1].text == "not assessable"


def test_risks_are_named_and_their_consequence_is_left_to_the_laboratory():
    table = [each for each in of(make_evaluation(1)) if isinstance(each, Table)][-1]
    assert len(table.rows) > 5
    assert all(cell.text == " " for row in table.rows for cell in row[2:])
