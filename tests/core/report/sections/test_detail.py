"""The exhibits that compare encoders, in the report."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.report.render.document import Heading, Image, Note, Table
from pathgui.core.report.sections.detail import comparison
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from tests.core.report.sections.test_closing import texts
from tests.run_factory import make_evaluation

PLAIN, DEEP = make_evaluation(2), make_evaluation(2, in_depth=True)


def blocks_of(evaluation, **changes):
    """With these changes to what was measured of each encoder."""
    results = [
        replace(result, reference=replace(result.reference, **changes))
        for result in evaluation.run.encoders
    ]
    run = replace(evaluation.run, encoders=results)
    return comparison(Subject(replace(evaluation, run=run), ReportOptions()))


def headings(blocks):
    return [block.text for block in blocks if isinstance(block, Heading)]


def not_measured(blocks):
    return [b.text for b in blocks if isinstance(b, Note) and b.title == "Not measured"]


def test_what_the_run_holds_nothing_on_is_named_in_one_note():
    (said,) = not_measured(blocks_of(PLAIN))
    for absent in (
        "the index over the number of neighbors",
        "other forms of the index",
        "embedding maps",
    ):
        assert absent in said
    assert headings(blocks_of(PLAIN)) == []


def test_what_it_holds_is_shown_and_not_named_as_absent():
    blocks = blocks_of(DEEP)
    assert "The index over the number of neighbors" in headings(blocks)
    assert "The index against chance" in headings(blocks)
    assert not any("chance" in said for said in not_measured(blocks))


def test_one_measurement_less_is_one_exhibit_less():
    blocks = blocks_of(DEEP, same_center_errors=None)
    (said,) = [each for each in not_measured(blocks) if "errors" in each]
    assert "errors and the tile’s own center" in said
    assert "Errors, and the tile’s own center" not in headings(blocks)
    assert "Errors, and the tile’s own center" in headings(blocks_of(DEEP))


def test_the_curve_is_said_in_words_from_its_first_value_to_its_last():
    curve = DEEP.run.encoders[0].reference.curve
    values = [None, 0.111, *[0.5] * (len(curve.k) - 3), 0.999]
    blocks = blocks_of(DEEP, curve=replace(curve, robustness_index=values))
    (picture,) = [b for b in blocks if isinstance(b, Image) and b.file == "curve.svg"]
    assert f"from 0.111 to 0.999 for k from {curve.k[0]} to {curve.k[-1]}" in picture.alt


def test_squares_stand_with_how_many_there_are_and_were_taken():
    squares = DEEP.run.encoders[0].reference.squares
    names = {name: getattr(squares, name) for name in squares.__struct_fields__}
    some = type(squares)(**names | {"n_squares": 7, "of": 19, "pooled": 0.123})
    assert {"0.123", "7 of 19"} <= set(texts(blocks_of(DEEP, squares=some)).split("\n"))


def test_what_is_not_assessable_is_no_number():
    reason = NotAssessable("Not assessable: no two tissues are both found at the same centers.")
    tables = [b for b in blocks_of(DEEP, squares=reason) if isinstance(b, Table)]
    (forms,) = [b for b in tables if b.header[-1] == "Squares"]
    assert not any(char.isdigit() for row in forms.rows for char in row[-1].text)


def test_each_center_and_tissue_has_its_own_index():
    shown = texts(blocks_of(DEEP))
    assert "Single centers and tissues" in shown
    for part in DEEP.run.encoders[0].reference.by_center:
        assert part.center in shown
