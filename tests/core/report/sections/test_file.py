"""What the laboratory fills in stands empty until somebody does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.appraisal.appraisal import EncoderAppraisal, appraise
from pathgui.core.appraisal.overlap import Collection, Training
from pathgui.core.appraisal.power import Expected, MoreSlides, Power
from pathgui.core.baselines.standing import Evidence
from pathgui.core.report.render.document import Bullets, Facts, Note, Table
from pathgui.core.report.sections.file import file
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.runs.kept_appraisal import KeptAppraisal
from tests.material import make_reference
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


POWER = Power(
    11, 0.61, 0.55, 0.67, "slides", 24, 1.0,
    [Expected(24, 0.61, 0.12, 0.1, 0.15), Expected(48, 0.61, 0.08, 0.07, 0.1),
     Expected(96, 0.61, 0.06, 0.05, 0.07)],
    90, [MoreSlides("tumor", "North", 3, 12)],
)  # fmt: skip


def of_appraised(evaluation, found):
    kept = KeptAppraisal(evaluation.run.id, "2026-11-30T18:00:00+00:00", "0.1.0", found)
    return file(Subject(evaluation, ReportOptions(), evidence=Evidence(appraisal=kept)))


@pytest.mark.parametrize(
    ("null", "said"),
    [(0.5, "lies on one side of the chance value"), (0.6, "are not enough to say")],
)
def test_why_the_slides_are_enough_is_argued_with_the_numbers(null, said, tmp_path):
    made = make_evaluation(1)
    (result,) = made.run.encoders
    index = structs.replace(
        result.reference.robustness_index, value=0.61, low=0.55, high=0.67, null=null
    )
    result = replace(result, reference=replace(result.reference, robustness_index=index))
    made = replace(made, run=replace(made.run, encoders=[result]))
    note = next(each for each in of(made) if isinstance(each, Note))
    assert "pathgui reference check" in note.text
    encoder = EncoderAppraisal(
        result.encoder.name, result.encoder.title, Training("", [], "unverified"), 0, POWER
    )
    found = appraise(make_reference(tmp_path), [encoder])
    bullets = next(each for each in of_appraised(made, found) if isinstance(each, Bullets))
    text = " ".join(bullets.items)
    for part in (
        said,
        "0.550 to 0.670",
        "twice as many",
        "0.080 wide",
        "Half as wide with about 90",
    ):
        assert part in text


def test_each_encoder_stands_with_what_it_was_trained_on_of_the_set(tmp_path):
    made = make_evaluation(1)
    encoder = EncoderAppraisal(
        "uni", "UNI", Training("TCGA and more", ["TCGA"], "verified"), 0, None
    )
    found = replace(
        appraise(make_reference(tmp_path), [encoder]),
        collections=[Collection("TCGA", 7, "names"), Collection("CPTAC", None, "description")],
    )
    made = replace(
        made, run=replace(made.run, reference=replace(made.run.reference, appraisal=found))
    )
    table = [each for each in of(made) if isinstance(each, Table)][-2]
    assert table.header[-2:] == ["TCGA (7 slides)", "CPTAC"]
    (row,) = table.rows
    assert [cell.text for cell in row] == ["UNI", "TCGA and more", "verified", "yes", "not named"]
    assert row[3].tone == "warning"
    older = replace(
        made, run=replace(made.run, reference=replace(made.run.reference, appraisal=None))
    )
    assert "did not look for it" in [each for each in of(older) if isinstance(each, Note)][-1].text
