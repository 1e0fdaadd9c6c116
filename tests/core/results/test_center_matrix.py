"""Every slide that an encoder judged is in one cell of its matrix, and the cells are the counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.measurement.over_slides import SlideSeen, over_slides
from pathgui.core.results.center_matrix import (
    cell_sentence,
    center_matrix,
    outside_text,
    place_text,
    seen_slides,
)
from pathgui.core.runs.record import Run
from tests.cohort_run_factory import make_cohort_run

RUN = make_cohort_run()[0].run
FIRST, SECOND = (each.encoder.name for each in RUN.encoders)
CENTERS = RUN.reference.centers


def of_centers(*centers: str | None) -> Run:
    """The run with other known centers of its first slides."""
    slides = [replace(s, center=c) for s, c in zip(RUN.slides, centers, strict=False)]
    return replace(RUN, slides=[*slides, *RUN.slides[len(slides) :]])


@pytest.mark.parametrize("encoder", [FIRST, SECOND])
@pytest.mark.parametrize("run", [RUN, of_centers(None, "Elsewhere")])
def test_cells_are_the_counts_that_the_run_records(run, encoder):
    seen = []
    for slide in run.slides:
        for said in slide.encoders:
            nearest = said.slide.nearest_center
            if said.encoder == encoder and nearest is not None:
                seen.append(SlideSeen("", slide.center, nearest.counts))
    found, matrix = over_slides(encoder, seen, CENTERS), center_matrix(run, encoder)
    at = [CENTERS.index(name) for name in matrix.columns]
    rows = dict(zip(found.known, found.placed, strict=True)) | {"": found.unknown}
    assert [row.center for row in matrix.rows if row.center] == found.known
    for row in matrix.rows:
        assert [len(cell) for cell in row.cells] == [rows[row.center][i] for i in at]
        assert row.in_set == (row.center in CENTERS)
    assert sum(len(row.slides) for row in matrix.rows) == len(seen)
    assert matrix.n_empty == len(CENTERS) - len(matrix.columns)


def test_the_slides_of_the_diagonal_are_at_their_own_center():
    matrix = center_matrix(RUN, SECOND)
    for row in matrix.rows:
        for name, cell in zip(matrix.columns, row.cells, strict=True):
            assert all(slide.is_own == (name == row.center) for slide in cell)
    assert not any(slide.is_own for slide in seen_slides(of_centers(None), FIRST)[:1])


def test_a_slide_without_nearest_tiles_is_in_no_cell_and_one_that_failed_is_listed_still():
    first = RUN.slides[0]
    nowhere = [replace(e, slide=replace(e.slide, nearest_center=None)) for e in first.encoders]
    run = replace(RUN, slides=[replace(first, encoders=nowhere), *RUN.slides[1:]])
    matrix = center_matrix(run, FIRST)
    assert [each.slide.slide_id for each in matrix.nowhere] == [first.slide_id]
    said = matrix.nowhere[0].said
    assert said is not None
    assert place_text(said) == ""
    last = seen_slides(run, FIRST)[-1]
    assert (last.slide.state, last.said) == ("failed", None)


def test_a_cell_says_of_how_many_slides_it_is():
    matrix = center_matrix(RUN, FIRST)
    row = matrix.rows[0]
    assert cell_sentence(matrix, row, 0) == (
        f"2 of 2 slides of {row.center} (100 %) are placed at {row.center}"
    )
    assert cell_sentence(matrix, row, None) == f"2 slides of {row.center}"
    said = row.slides[0].said
    assert said is not None
    assert " % of " in place_text(said)
    assert outside_text(replace(said, far_share=None)) == "not assessable"
