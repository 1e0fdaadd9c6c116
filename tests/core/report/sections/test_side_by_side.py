"""Several columns in the center's role, in the report."""

from __future__ import annotations

from pathgui.core.report.render.document import Bullets, Heading, Paragraph, Table
from pathgui.core.report.render.html import render_html
from pathgui.core.report.report import build
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.side_by_side import side_by_side
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.confounders import confounder_rows
from tests.confounder_factory import with_confounders
from tests.run_factory import make_evaluation


def blocks(evaluation):
    return side_by_side(Subject(evaluation, ReportOptions()))


def test_a_run_of_one_column_has_no_such_section():
    assert blocks(make_evaluation(2)) == []


def test_a_line_stands_for_each_encoder_and_column_with_its_interval_and_why_there_is_none():
    heading, _, table, warnings, *_ = blocks(with_confounders(2))
    assert isinstance(heading, Heading)
    assert heading.text == 'Several columns side by side: scanner, "Klinik", batch'
    assert isinstance(table, Table)
    assert len(table.rows) == 6
    assert all(len(row) == len(table.header) == len(table.widths) for row in table.rows)
    _, klinik, batch = table.rows[:3]
    assert (klinik[2].text, klinik[2].detail) == ("0.300", "0.250 to 0.350")
    assert klinik[1].detail == "230 tiles, 2 values"
    assert (batch[2].text, batch[2].tone) == ("not assessable", "muted")
    assert "cannot be told apart" in batch[2].detail
    assert isinstance(warnings, Bullets)


def test_how_far_columns_go_together_stands_below_with_what_it_means():
    *_, words, table = blocks(with_confounders(2))
    assert isinstance(words, Paragraph)
    assert "cannot be told apart" in words.text
    assert isinstance(table, Table)
    assert [row[0].text for row in table.rows] == [
        'scanner and "Klinik"', "scanner and batch", '"Klinik" and batch'
    ]  # fmt: skip


def test_the_report_holds_the_lines_that_window_and_terminal_show():
    evaluation = with_confounders(2, further="Färbeküche <b>")
    page = render_html(build(evaluation, b"{}", ReportOptions())).decode()
    assert "Färbeküche &lt;b&gt;" in page
    for row in confounder_rows(evaluation.run):
        assert row.cells["null"].text in page
