"""The report decides on each encoder as the window and the terminal do."""

from __future__ import annotations

import pytest

from pathgui.core.report.render.document import Table
from pathgui.core.report.report import build
from pathgui.core.report.sections.decisions import ON_THE_SUMMARY
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.results.answers import QUESTION, answers
from tests.core.report.readers import _of_a_cohort
from tests.run_factory import make_evaluation


@pytest.mark.parametrize(("n", "where"), [(2, "summary"), (ON_THE_SUMMARY + 1, "results")])
def test_the_table_of_decisions_stands_where_there_is_room(n, where) -> None:
    evaluation = make_evaluation(n)
    document = build(evaluation, b"{}", ReportOptions())
    tables = {
        section.key: block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table) and QUESTION in block.header
    }
    assert list(tables) == [where]
    said = [[cell.text for cell in row] for row in tables[where].rows]
    assert said == [
        [each.title, f"{each.decision}.", " ".join(each.next)] for each in answers(evaluation.run)
    ]


def test_of_a_cohort_it_says_how_many_slides_are_unlike_the_set() -> None:
    document = build(_of_a_cohort(), b"{}", ReportOptions(show_file_names=False))
    (summary,) = (section for section in document.sections if section.key == "summary")
    (table,) = (b for b in summary.blocks if isinstance(b, Table) and QUESTION in b.header)
    details = [row[1].detail for row in table.rows]
    assert all(each.startswith("Slides: none of 6 slides is unlike") for each in details)
