"""Where another column plays the center, no sentence calls its values centers."""

import re
from dataclasses import replace

import pytest
from msgspec import structs

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.findings import findings, in_short, verdict
from pathgui.core.results.measures import MEASURES, measures
from pathgui.core.results.slide_verdict import detection_words, slide_in_short, slide_verdict
from pathgui.core.results.summary import COLUMNS, columns_in, columns_of, summary_rows
from pathgui.core.results.tile_layers import TileLayers
from tests.run_factory import make_evaluation

CENTERS = ["Alder", "Birch", "Cedar", "Dogwood"]
CENTER = re.compile(r"\bcenters?\b", re.IGNORECASE)


def in_role(column):
    """A run of a slide in which ``column`` plays the center."""
    evaluation = make_evaluation(3, in_depth=True, given_center=True, centers=CENTERS)
    run, columns = evaluation.run, RoleColumns(column)
    encoders = [
        replace(
            each,
            reference=replace(
                each.reference,
                columns=columns,
                notices=[],
                shortcut=structs.replace(
                    each.reference.shortcut, design=f"pairs of {columns.of_center}"
                ),
            ),
            slide=replace(each.slide, counts_basis=f"{columns.of_center} Alder"),
        )
        for each in run.encoders
    ]
    facts = replace(run.reference, columns=columns)
    return replace(evaluation, run=replace(run, reference=facts, encoders=encoders))


def said(evaluation):
    """All that core/results makes of a run."""
    run = evaluation.run
    yield from (text for column in columns_of(run) for text in (column.title, column.help))
    for row in summary_rows(run):
        yield row.sentence
    yield from (found.text for found in findings(run))
    yield from in_short(run)
    yield slide_in_short(run)
    for result in run.encoders:
        yield slide_verdict(result)
        yield verdict(result.reference.robustness_index, result.reference.columns)
        yield detection_words(result.slide.outside.rule, result.reference.columns)
    layers = TileLayers.of(evaluation)
    for name, _ in layers.encoders:
        for kind in ("center", "nearest_center", "tissue"):
            if layer := layers.layer(name, kind):
                yield layer.title


@pytest.mark.parametrize(("column", "word"), [("Scanner", "scanner"), ("Klinik", '"Klinik"')])
def test_the_columns_own_word_stands_in_every_text_of_the_results(column, word):
    texts = list(said(in_role(column)))
    assert [text for text in texts if CENTER.search(text)] == []
    assert sum(word.casefold() in text.casefold() for text in texts) > 20


def test_with_the_usual_columns_every_text_is_as_it_was():
    texts = list(said(in_role("center")))
    assert any(CENTER.search(text) for text in texts)
    assert measures(USUAL) is MEASURES
    assert columns_in(USUAL) == COLUMNS
    assert not any("{" in text for text in texts)


def test_a_verdict_names_column_and_tissue():
    index = in_role("Scanner").run.encoders[0].reference.robustness_index
    columns = RoleColumns("Scanner", "grade")
    low = type(index)(**{name: getattr(index, name) for name in index.__struct_fields__}
                      | {"low": 0.1, "high": 0.2, "null": 0.5})  # fmt: skip
    assert verdict(low, columns) == (
        "The encoder groups these tiles by scanner more than by grade, compared with chance."
    )
    assert "scanner" not in verdict(NotAssessable("Not assessable: no."), columns)
