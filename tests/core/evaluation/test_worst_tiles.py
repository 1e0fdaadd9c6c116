"""Which tiles speak most against an encoder, and their pictures."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pathgui.core.evaluation.worst_tiles import EDGE_PX, NEIGHBORS, TILES, worst_rows
from pathgui.core.report.report import write_report
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate
from tests.material import make_reference
from tests.pdf_text import words_of
from tests.run_factory import make_evaluation

NAME = "color-statistics"


def test_most_neighbors_of_other_tissue_and_the_same_center_come_first():
    tiles = make_evaluation(1, given_center=True).tiles
    rows = worst_rows(tiles, NAME)
    follows = tiles.kinds[NAME][:, 2]
    assert len(rows) == TILES
    assert follows[rows].tolist() == sorted(follows[tiles.readable], reverse=True)[:TILES]
    equal = rows[follows[rows] == follows[rows[0]]]
    assert (np.diff(tiles.distance[NAME][equal]) >= 0).all()  # the surest of equals first


def test_without_the_slides_center_the_farthest_come_first():
    tiles = make_evaluation(1).tiles
    distance = np.where(tiles.readable, tiles.distance[NAME], -1)
    assert worst_rows(tiles, NAME, 3).tolist() == np.argsort(-distance)[:3].tolist()


def test_unreadable_tiles_and_those_that_follow_nothing_are_not_among_them():
    evaluation = make_evaluation(1, given_center=True)
    kinds = {NAME: np.zeros_like(evaluation.tiles.kinds[NAME])}
    kinds[NAME][[5, 6, 9], 2] = 7  # 5 and 6 cannot be read
    assert worst_rows(replace(evaluation.tiles, kinds=kinds), NAME).tolist() == [9]


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory, slide_path):
    reference = make_reference(tmp_path_factory.mktemp("reference"))
    with open_slide(slide_path) as slide:
        request = ask(
            reference,
            (NAME,),
            slide,
            center="Northfield",
            tissue="tumor",
            k=11,
            max_tiles=60,
            maps=False,
        )  # fmt: skip  said to be tumor, it lies among stroma of its own center
        return evaluate(request)


def test_an_evaluation_keeps_pictures_of_them_and_of_their_nearest(evaluated, tmp_path):
    rows = worst_rows(evaluated.tiles, NAME)
    assert 0 < len(rows) <= TILES
    kept = evaluated.pictures
    assert [each.row for each in kept if each.rank == 0] == rows.tolist()
    of_first = [each for each in kept if each.row == rows[0]]
    nearest = evaluated.tiles.neighbors[NAME][rows[0], :NEIGHBORS].tolist()
    assert [each.reference for each in of_first] == [-1, *nearest]
    for each in of_first:
        with Image.open(io.BytesIO(each.jpeg)) as picture:
            assert picture.size == (EDGE_PX, EDGE_PX)
    with Image.open(io.BytesIO(of_first[0].jpeg)) as picture:
        red, green, blue = np.asarray(picture).reshape(-1, 3).mean(axis=0)
    assert red > blue > green  # the tissue of the slide of the tests
    save_evaluation(evaluated, tmp_path / "a.pgrun")
    assert load_evaluation(tmp_path / "a.pgrun").pictures == kept


def test_the_report_shows_them_with_kind_and_center(evaluated, tmp_path):
    save_evaluation(evaluated, tmp_path / "a.pgrun")
    path = write_report(tmp_path / "a.pgrun")
    _, _, part = words_of(path).partition("Tiles that speak most against each encoder")
    assert "most neighbors of other tissue from the slide’s own center" in part
    kinds = len(re.findall(r"\b(?:SS|SO|OS|OO) [AB]\b", part))
    assert kinds == sum(each.rank > 0 for each in evaluated.pictures)
    page = write_report(tmp_path / "a.pgrun", tmp_path / "a.html").read_text(encoding="utf-8")
    assert page.count('class="tile-row"') == len(worst_rows(evaluated.tiles, NAME))


def test_a_run_kept_without_pictures_still_has_a_report(evaluated, tmp_path):
    save_evaluation(replace(evaluated, pictures=()), tmp_path / "a.pgrun")
    kept = load_evaluation(tmp_path / "a.pgrun")
    assert kept.pictures == ()
    assert write_report(tmp_path / "a.pgrun").is_file()
