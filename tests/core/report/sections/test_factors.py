"""Center, scanner and stain apart: what goes with what, and the same tissue twice."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.measurement.confounders import Association, Factor
from pathgui.core.metrics.results import Concordance, Interval, PairedTiles, Shared
from pathgui.core.report.render.document import Heading, Note, Table
from pathgui.core.report.sections.factors import factors
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.runs.record import Evaluation
from tests.cohort_run_factory import make_cohort_run
from tests.confounder_factory import with_confounders
from tests.run_factory import make_evaluation


def of(evaluation: Evaluation):
    return factors(Subject(evaluation, ReportOptions()))


def with_factors(evaluation: Evaluation) -> Evaluation:
    together = [
        Association("center", "scanner", 1.0, 0.3, 24),
        Association("center", "stain", 0.5, 0.3, 24),
        Association("scanner", "stain", 0.1, 0.3, 24),
    ]
    found = [
        Factor("center", 4, 24, 0.0),
        Factor("scanner", 2, 24, 0.12),
        Factor("stain", 2, 20, None),
    ]
    reference = replace(evaluation.run.reference, factors=found, factors_together=together)
    return replace(evaluation, run=replace(evaluation.run, reference=reference))


def paired(differ: list[str], low: float | None) -> Concordance:
    share = Shared(0.9, Interval(low, None if low is None else 0.95, 9, "4 slides are too few"))
    return Concordance(
        differ, 12, 24, 12, 240, "pieces", share, share, 0.05, 0.5, share, 0.4, None, None
    )


def with_pairs(evaluation: Evaluation) -> Evaluation:
    first, *rest = evaluation.run.encoders
    found = PairedTiles(
        240, 12, 0.9, 0.4, [1, 10], [0.8, 0.9], [], ["scanner", "stain"],
        [paired(["scanner"], 0.85), paired(["scanner", "stain"], None)],
    )  # fmt: skip
    geometry = replace(first.reference.geometry, pairs=found)
    first = replace(first, reference=replace(first.reference, geometry=geometry))
    return replace(evaluation, run=replace(evaluation.run, encoders=[first, *rest]))


def notes(blocks) -> str:
    return " ".join(each.text for each in blocks if isinstance(each, Note))


def test_a_run_without_any_of_it_says_what_was_not_looked_at():
    said = notes(of(make_evaluation(1)))
    assert "did not look for further columns" in said
    assert "no column pair" in said


def test_each_two_columns_stand_with_v_and_chance_and_those_that_are_one_are_named():
    blocks = of(with_factors(make_evaluation(1)))
    table = next(each for each in blocks if isinstance(each, Table))
    assert all(len(row) == len(table.header) == len(table.widths) for row in table.rows)
    center, scanner, stain = table.rows
    assert [cell.text for cell in center[4:]] == ["", ""]
    assert (scanner[4].text, scanner[4].detail) == ("1.00", "chance value 0.30")
    assert [cell.text for cell in stain[3:]] == ["–", "0.50", "0.10"]
    said = notes(blocks)
    assert "center and scanner" in said
    assert "center and stain" not in said
    assert "--center-column center --center-column scanner --center-column stain" in said


def test_the_index_of_each_column_stands_side_by_side():
    titles = [each.text for each in of(with_confounders(1)) if isinstance(each, Heading)]
    assert any(title.startswith("Several columns side by side") for title in titles)


def test_the_slides_of_a_cohort_are_told_apart_too():
    table = next(each for each in of(make_cohort_run(8)[0]) if isinstance(each, Table))
    names = [row[0].text for row in table.rows]
    assert "center and scanner" in names
    assert {row[3].text for row in table.rows} == {"8"}


def test_pairs_are_split_with_interval_chance_and_counts_and_say_why_there_is_no_interval():
    blocks = of(with_pairs(make_evaluation(1, in_depth=True)))
    table = next(each for each in blocks if isinstance(each, Table) and "differ" in each.header[0])
    scanner, both = table.rows
    assert (scanner[0].text, both[0].text) == ("scanner", "scanner and stain")
    assert "12 pairs of slides, 240 pairs of tiles, 12 pieces of tissue" in scanner[0].detail
    assert scanner[1].text == "not assessable"
    assert (scanner[3].text, scanner[3].detail, scanner[4].text) == ("0.90", "0.85 to 0.95", "0.05")
    assert both[7].detail == "no interval"
    assert "4 slides are too few" in blocks[-1].text
