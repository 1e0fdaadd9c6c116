"""The tiles that speak most against each encoder."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.explore.neighborhood import KnownTiles
from pathgui.core.pictures.tile_pictures import TilePicture
from pathgui.core.report.render.document import Tiles
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.worst_tiles import worst_tiles
from tests.core.report.sections.test_closing import texts
from tests.run_factory import make_evaluation


def subject(evaluation, *pictures):
    """With two reference tiles: of the slide's tissue and center, and of others."""
    known = KnownTiles(
        ("a", "b"), ("a.png", "b.png"), ("s", "t"),
        np.array([0, 1], np.int16), np.array([0, 1], np.int16), np.full((2, 2), np.nan),
    )  # fmt: skip
    return Subject(replace(evaluation, known=known, pictures=pictures), ReportOptions())


def made(evaluation, *pictures):
    of = subject(evaluation, *pictures)
    blocks = worst_tiles(of, list(of.run.encoders))
    rows = [row for block in blocks if isinstance(block, Tiles) for row in block.rows]
    return of, blocks, rows


@pytest.fixture(scope="module")
def plain():
    return make_evaluation(2)


@pytest.fixture(scope="module")
def given():
    """The slide's center and tissue are the first ones."""
    evaluation = make_evaluation(2, given_center=True)
    reference = evaluation.run.reference
    slide = replace(
        evaluation.run.slide,
        given_center=reference.centers[0],
        given_tissue=reference.tissues[0],
    )
    return replace(evaluation, run=replace(evaluation.run, slide=slide))


def pictures(evaluation, number=0, row=9):
    name = evaluation.run.encoders[number].encoder.name
    return [
        TilePicture(name, row, 2, 1, b"far"),
        TilePicture(name, row, 0, -1, b"own"),
        TilePicture(name, row, 1, 0, b"near"),
    ]


def test_a_run_that_keeps_no_pictures_has_no_such_section(plain):
    assert made(plain)[1] == []


def test_the_slides_tile_comes_first_and_then_its_neighbors_the_nearest_first(plain):
    of, _, (row,) = made(plain, *pictures(plain))
    assert of.files[row.tile.file] == b"own"
    assert [of.files[image.file] for image in row.others] == [b"near", b"far"]
    said = plain.tiles.tissue[plain.run.encoders[0].encoder.name][9]
    assert row.tile.alt == f"Tile of the slide, said to be {plain.run.reference.tissues[said]}."


def test_encoders_without_pictures_are_not_named(plain):
    _, blocks, _ = made(plain, *pictures(plain, number=1))
    said = texts(blocks)
    assert plain.run.encoders[1].encoder.title in said
    assert plain.run.encoders[0].encoder.title not in said


def test_where_the_slides_center_is_not_given_neighbors_have_no_kind(plain):
    _, blocks, (row,) = made(plain, *pictures(plain))
    assert "the slide’s own center is not given" in texts(blocks)
    assert [image.caption for image in row.others] == ["A", "B"]


def test_where_it_is_given_each_neighbor_says_its_kind_and_center(given):
    _, blocks, (row,) = made(given, *pictures(given))
    assert (
        "Those with the most neighbors of other tissue from the slide’s own center (OS)"
        in texts(blocks)
    )
    assert [image.caption for image in row.others] == ["SS A", "OO B"]
    assert "same tissue, same center" in row.others[0].alt
    assert given.run.reference.centers[1] in row.others[1].alt
