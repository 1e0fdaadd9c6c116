"""Each measurement, and each part of the geometry, is shown in each place, or it says why not."""

from __future__ import annotations

import io
from dataclasses import MISSING, fields, replace

import pytest
from rich.console import Console

from pathgui.cli import metrics
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Geometry, PairedTiles
from pathgui.core.report.render.document import Facts, Table
from pathgui.core.report.report import build
from pathgui.core.report.sections.geometry import shape
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results.geometry_left_out import GEOMETRY_LEFT_OUT
from pathgui.core.results.measures import MEASURES, LeftOut, measure
from pathgui.core.results.readings import NOT_MEASURED, EmbeddingsAlone, Reading
from pathgui.core.results.summary import COLUMNS, summary_rows
from tests.run_factory import make_evaluation

KEYS = [each.key for each in MEASURES]
NO = NotAssessable("nothing of the kind")
PAIRS = PairedTiles(40, 4, 0.9, 0.1, [1, 10], [0.5, 0.83], [])

# Fields of the record that no measurement reads: what they are instead.
NO_MEASURE = {
    **dict.fromkeys(
        ("n_tiles", "n_slides", "n_patients", "tissues", "centers", "n_used", "rejected_rows",
         "unlabeled_rows", "dropped_tissues", "dropped_centers"), "what was given, and left out",
    ),
    **dict.fromkeys(("k", "k_rule", "own_k", "intervals", "interval_basis"), "how it was measured"),
    **dict.fromkeys(("notices", "croma_reason", "resamples", "deletions"),
        "for sentences and comparisons",
    ),
    **dict.fromkeys(
        ("counts", "undefined", "ranks", "curve", "by_cell"), "what the index is made from",
    ),
    **dict.fromkeys(
        ("with_single_cells", "squares", "paired", "sensitivity"), "the index of other tiles",
    ),
    "columns": "what texts call tissue and center",
    "confounders": "further columns, side by side: core/results/confounders.py",
    **dict.fromkeys(("centers_exchanged", "tissues_exchanged"), "tests of the index"),
    **dict.fromkeys(
        ("cramers_v", "confounder_insensitivity", "generalization_index", "on_map"),
        "in the record alone",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def evaluation():
    return make_evaluation(2, given_center=True, in_depth=True)


@pytest.fixture(scope="module")
def document(evaluation):
    return build(evaluation, b"{}", ReportOptions())


def said(measured) -> str:
    """What ``pathgui metrics`` prints of one encoder."""
    sink = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(metrics, "out", Console(file=sink, width=300))
        metrics._print(measured)
    return sink.getvalue()


def lines(text: str) -> dict[str, list[str]]:
    """Rows of the printed table by their title."""
    cells = [[each.strip() for each in line.split("│")[1:-1]] for line in text.splitlines()]
    return {row[0]: row[1:] for row in cells if row}


@pytest.mark.parametrize("key", KEYS)
def test_the_factory_of_runs_holds_every_measurement(evaluation, key):
    for result in evaluation.run.encoders:
        assert isinstance(measure(key).read(result), Reading)


@pytest.mark.parametrize("key", KEYS)
def test_the_summary_has_a_column_of_each_measurement_or_says_why_not(evaluation, key):
    known = measure(key)
    if isinstance(known.column, LeftOut):
        assert known.column.reason
        assert key not in {column.key for column in COLUMNS}
        return
    (column,) = [column for column in COLUMNS if column.title == known.column]
    assert column.anchor == known.anchor
    for result, row in zip(evaluation.run.encoders, summary_rows(evaluation.run), strict=True):
        found, cell = known.read(result), row.cells[column.key]
        alike = (f"{found.value:.{known.digits}f}", f"{found.value:.0%}")
        assert cell.text.replace("−", "-").startswith(alike)
        assert cell.note
        assert cell.sort == found.value


@pytest.mark.parametrize("key", KEYS)
def test_the_terminal_has_a_row_of_each_measurement_of_embeddings(evaluation, key):
    known, measured = measure(key), evaluation.run.encoders[0].reference
    rows = lines(said(measured))
    if known.needs_slide:
        assert known.title not in rows
        return
    text, note = rows[known.title]
    assert text == known.text(known.read(EmbeddingsAlone(measured)))
    assert note


@pytest.mark.parametrize("key", KEYS)
def test_the_report_has_a_value_of_each_measurement_or_says_why_not(evaluation, document, key):
    known = measure(key)
    if isinstance(known.report, LeftOut):
        assert known.report.reason
        return
    tables = [
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table) and known.report.heading in block.header
    ]
    facts = [
        cell.text
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Facts)
        for title, cell in block.rows
        if title == known.title
    ]
    for result in evaluation.run.encoders:
        expected = known.report.write(known.read(result).value)
        shown = [
            row[table.header.index(known.report.heading)].text
            for table in tables
            for row in table.rows
            if row[0].text == result.encoder.title
        ]
        assert any(text.startswith(expected) for text in shown + facts), known.report.heading


def test_what_is_not_assessable_says_why_and_what_was_not_measured_is_a_dash(evaluation):
    result = evaluation.run.encoders[0]
    for known in MEASURES:
        for reason, text in (("one center alone", "not assessable"), (NOT_MEASURED, "–")):
            cell = replace(known, read=lambda _, why=reason: NotAssessable(why)).cell(result)
            assert (cell.text, cell.note) == (text, reason)


def test_why_there_is_no_interval_stands_beside_the_value(evaluation):
    known = measure("enrichment")
    bare = replace(known, read=lambda _: Reading(1.5, no_interval="4 slides are too few"))
    for each in (bare, replace(bare, beside=lambda _: "null 1")):
        assert "o interval: 4 slides are too few" in each.cell(evaluation.run.encoders[0]).note


def test_why_there_is_no_index_stands_once_in_the_terminal():
    measured = make_evaluation(1, assessable=False).run.encoders[0].reference
    assert said(measured).count(measured.robustness_index.reason) == 2  # the verdict and the row


def without(record, name):
    """The record as if a field had not been measured."""
    field = next(each for each in fields(record) if each.name == name)
    if field.default is not MISSING:
        return replace(record, **{name: field.default})
    if field.default_factory is not MISSING:
        return replace(record, **{name: field.default_factory()})
    return replace(record, **{name: NO})


@pytest.mark.parametrize("field", [each.name for each in fields(ReferenceMeasurement)])
def test_each_field_of_the_record_is_read_by_a_measurement_or_says_what_it_is(evaluation, field):
    result = evaluation.run.encoders[0]
    if field in ("knn", "probe"):
        old = getattr(result.reference, field)
        less = replace(result.reference, **{field: replace(old, tissue_balanced_accuracy=NO)})
    else:
        less = without(result.reference, field)
    changed = replace(result, reference=less)
    read = any(each.read(result) != each.read(changed) for each in MEASURES)
    assert read != (field in NO_MEASURE), (
        f"{field} is in the record: write an entry among the measurements, or say here what it is."
    )


PARTS = [each.name for each in fields(Geometry) if each.name != "notices"]


@pytest.mark.parametrize("place", GEOMETRY_LEFT_OUT)
@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_the_geometry_is_shown_or_says_why_not(evaluation, part, place):
    def shown(**changes):
        first, *rest = evaluation.run.encoders
        geometry = replace(first.reference.geometry, pairs=PAIRS)
        geometry = replace(geometry, **changes)
        first = replace(first, reference=replace(first.reference, geometry=geometry))
        run = replace(evaluation.run, encoders=[first, *rest])
        if place == "summary":
            return repr(summary_rows(run))
        if place == "metrics":
            return said(first.reference)
        return repr(shape(Subject(replace(evaluation, run=run), ReportOptions())))

    reason = GEOMETRY_LEFT_OUT[place].get(part)
    seen = shown(**{part: NO}) != shown()
    assert seen != bool(reason), f"{place}: show {part}, or say in GEOMETRY_LEFT_OUT why not"


def test_nothing_is_left_out_that_is_no_part_of_the_geometry():
    for parts in GEOMETRY_LEFT_OUT.values():
        assert set(parts) <= set(PARTS)
