import numpy as np
import pytest

from pathgui.core.pictures.fading import HOLLOW, steps
from pathgui.core.pictures.palette import center_letter
from pathgui.core.results.tile_layers import KIND_NAMES, TileLayers
from tests.core.what_if.test_results import FOUND
from tests.run_factory import make_evaluation


@pytest.fixture
def evaluation():
    return make_evaluation(2, given_center=True)


def first(evaluation):
    return evaluation.run.encoders[0].encoder.name


def test_a_run_without_a_slide_has_no_layers():
    assert TileLayers.of(make_evaluation(1, slide=False)) is None


def test_every_encoder_has_every_layer_with_the_classes_of_its_tiles(evaluation):
    layers = TileLayers.of(evaluation)
    tiles, run = evaluation.tiles, evaluation.run
    assert {(each.encoder, each.kind) for each in layers.layers} == {
        (result.encoder.name, kind) for result in run.encoders for kind in KIND_NAMES
    }
    name = first(evaluation)
    columns, rows = tiles.cells.T
    tissue = layers.layer(name, "tissue")
    assert tuple(tissue.names) == tuple(run.reference.tissues)
    wanted = np.where(tiles.tissue[name] < 0, 255, tiles.tissue[name])
    assert (tissue.image[rows, columns] == wanted).all()
    center = layers.layer(name, "center")
    assert center.names[1] == f"{center_letter(1)}  {run.reference.centers[1]}"
    distance = layers.layer(name, "distance").image[rows, columns]
    assert np.allclose(distance[tiles.readable], tiles.distance[name][tiles.readable])
    assert np.isnan(distance[~tiles.readable]).all()


def test_tiles_fade_by_the_probability_of_what_the_layer_shows(evaluation):
    layers, tiles, name = TileLayers.of(evaluation), evaluation.tiles, first(evaluation)
    columns, rows = tiles.cells[tiles.readable].T
    for kind in ("tissue", "center"):
        probability = getattr(tiles, f"{kind}_probability")[name][tiles.readable]
        assert (layers.layer(name, kind).fades[rows, columns] == steps(probability)).all()
    hollow = layers.layer(name, "tissue").fades[rows, columns] == HOLLOW
    assert (hollow == tiles.outside[name][tiles.readable]).all()
    assert layers.layer(name, "nearest_center").fades is None


def test_of_more_than_six_classes_tiles_have_letters():
    few = TileLayers.of(make_evaluation(1))
    assert all(not layer.codes for layer in few.layers)
    tissues, centers = ([f"{kind} {i}" for i in range(23)] for kind in ("tissue", "center"))
    many = TileLayers.of(make_evaluation(1, tissues=tissues, centers=centers))
    codes = {layer.kind: list(layer.codes) for layer in many.layers}
    assert codes["tissue"][-1] == "w"
    assert codes["center"] == codes["nearest_center"]
    assert codes["center"][-1] == "W"
    assert not codes["distance"]


def test_without_a_given_center_there_is_no_layer_of_agreement():
    evaluation = make_evaluation(1)
    assert TileLayers.of(evaluation).layer(first(evaluation), "agreement") is None


def test_numbers_and_words_of_a_tile_stand_at_its_cell(evaluation):
    layers, tiles, name = TileLayers.of(evaluation), evaluation.tiles, first(evaluation)
    numbers, words = layers.measurements(name), layers.remarks(name)
    row = int(np.flatnonzero(tiles.far[name])[0])
    column, line = tiles.cells[row]
    assert numbers["Distance to the nearest reference tile"][line, column] == pytest.approx(
        float(tiles.distance[name][row])
    )
    assert words[int(line), int(column)]["No tissue probability"] == "far from every reference tile"
    assert layers.measurements("none such") == layers.remarks("none such") == {}


def test_what_recoloring_does_to_tiles_lies_over_those_that_were_altered(evaluation):
    layers, name = TileLayers.of(evaluation), first(evaluation)
    layers.add_what_if(name, FOUND)
    flipped, moved = (layers.layer(name, f"what_if_{kind}") for kind in ("flipped", "moved"))
    places = list(zip(FOUND.tiles.row, FOUND.tiles.column, strict=True))
    assert [float(flipped.image[place]) for place in places] == [0, 1, 1]
    assert [round(float(moved.image[place]), 3) for place in places] == FOUND.tiles.moved
    assert np.isfinite(flipped.image).sum() == len(places)
    assert flipped.title.endswith("flip the tissue")
