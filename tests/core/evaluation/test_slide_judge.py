"""What is said of the tiles of a slide."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.measures import measure
from pathgui.core.results.readings import NOTHING_OUTSIDE
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate
from tests.core.evaluation.test_evaluate import CONTROL
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def slide(slide_path):
    with open_slide(slide_path) as opened:
        yield opened


def test_the_block_of_the_slide_is_read_as_the_tissue_of_its_color(reference, slide):
    evaluation = evaluate(ask(reference, CONTROL, slide))
    composition = evaluation.run.encoders[0].slide.tissue
    assert composition.names == ["stroma", "tumor"]
    assert composition.counts[1] > composition.counts[0]  # (180, 60, 140) is nearer to tumor


def test_where_one_reference_slide_is_left_nothing_is_called_outside_and_the_run_reads_back(
    tmp_path, slide
):
    names = {"Lakeside-0": slide.path.stem}
    reference = make_reference(tmp_path, slides=1, slide_names=names)
    evaluation = evaluate(ask(reference, CONTROL, slide))
    measured = evaluation.run.encoders[0].slide
    assert (measured.outside_share, measured.outside_threshold) == (None, None)
    assert not evaluation.tiles.outside[CONTROL[0]].any()
    said = measure("outside_share").read(evaluation.run.encoders[0])
    assert said == NotAssessable(NOTHING_OUTSIDE)  # so no criterion on it is met
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    assert load_evaluation(tmp_path / "a.pgrun").run == evaluation.run


def test_kinds_are_counted_where_the_slides_center_is_given(reference, slide):
    given = evaluate(ask(reference, CONTROL, slide, center="Lakeside"))
    measured = given.run.encoders[0].slide
    k = given.run.encoders[0].reference.k
    assert sum(measured.counts.values()) == measured.n_tiles * k
    without = evaluate(ask(reference, CONTROL, slide))
    assert without.run.encoders[0].slide.counts is None
    assert without.tiles.kinds == {}


def test_the_slide_as_a_whole_comes_with_intervals_and_its_draw_to_a_center(reference, slide):
    measured = evaluate(ask(reference, CONTROL, slide)).run.encoders[0].slide
    shares = np.array(measured.tissue.counts) / measured.n_tiles
    assert (np.array(measured.tissue.low) <= shares + 1e-9).all()
    assert (np.array(measured.tissue.high) >= shares - 1e-9).all()
    assert sum(measured.center_draw.observed) == pytest.approx(1)
    assert sum(measured.center_draw.expected) == pytest.approx(1)
    assert 0 <= measured.center_draw.sharpness <= 1
    assert 0 <= measured.sharpness_of_reference <= 1


def test_each_tile_has_the_center_of_the_tile_that_lies_nearest_to_it(reference, slide):
    evaluation = evaluate(ask(reference, CONTROL, slide))
    tiles, name = evaluation.tiles, CONTROL[0]
    nearest = tiles.neighbors[name][:, 0]
    centers = np.array(reference.centers)[tiles.nearest_center[name]]
    np.testing.assert_array_equal(centers, reference.labels.center[nearest])
    measured = evaluation.run.encoders[0].slide
    assert sum(measured.nearest_center.counts) == measured.n_tiles


def test_probabilities_on_the_slide_are_those_of_calibrated_probes(reference, slide):
    measured = evaluate(ask(reference, CONTROL, slide)).run.encoders[0].slide
    for found in (measured.tissue_reliability, measured.center_reliability):
        assert found.n == len(reference)
        assert found.temperature != 1


def test_tiles_far_from_the_set_have_no_probability_of_tissue(reference, slide):
    evaluation = evaluate(ask(reference, CONTROL, slide))
    tiles, name = evaluation.tiles, CONTROL[0]
    measured = evaluation.run.encoders[0].slide
    np.testing.assert_array_equal(
        tiles.far[name], tiles.distance[name] > measured.outside_threshold
    )
    np.testing.assert_array_equal(np.isnan(tiles.tissue_probability[name]), tiles.outside[name])
