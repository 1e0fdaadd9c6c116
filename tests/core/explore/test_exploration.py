"""What an evaluation keeps so that it can be explored."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from pathgui.core.embedding.embed import embed
from pathgui.core.errors import RecordError
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.reference.reference_set import ReferenceTiles
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate
from tests.known import encoder
from tests.material import make_reference

NAME = "color-statistics"


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="module")
def evaluation(reference, slide_path):
    with open_slide(slide_path) as slide:
        return evaluate(ask(reference, (NAME,), slide, center="Lakeside"))


def test_the_nearest_reference_tiles_of_each_tile_are_kept(evaluation, reference):
    tiles, k = evaluation.tiles, evaluation.run.encoders[0].reference.k
    rows, distances = tiles.neighbors[NAME], tiles.neighbor_distance[NAME]
    assert rows.shape == distances.shape == (len(tiles.cells), max(k, 10))
    assert (rows >= 0).all()
    assert (rows < len(reference)).all()
    assert (np.diff(distances, axis=1) >= 0).all()
    assert np.array_equal(distances[:, 0], tiles.distance[NAME])


def test_the_kept_neighbors_are_those_whose_kinds_were_counted(evaluation):
    tiles, run, known = evaluation.tiles, evaluation.run, evaluation.known
    k = run.encoders[0].reference.k
    rows = tiles.neighbors[NAME][:, :k]
    same_tissue = known.tissue[rows] == tiles.tissue[NAME][:, None]
    same_center = known.center[rows] == run.reference.centers.index("Lakeside")
    so = (same_tissue & ~same_center).sum(axis=1)
    os = (~same_tissue & same_center).sum(axis=1)
    assert np.array_equal(so, tiles.kinds[NAME][:, KINDS.index("SO")])
    assert np.array_equal(os, tiles.kinds[NAME][:, KINDS.index("OS")])


def test_reference_tiles_have_neighbors_too_none_of_their_own_slide(evaluation, reference):
    kept, labels = evaluation.known.neighbors[NAME], reference.labels
    assert len(kept.rows) == len(reference)
    assert (labels.slide[kept.rows] != labels.slide[:, None]).all()
    values = embed(ReferenceTiles(reference), encoder(NAME)).values.astype(np.float64)
    values /= np.linalg.norm(values, axis=1)[:, None]
    distances = 1 - values @ values.T
    distances[labels.slide[:, None] == labels.slide[None]] = np.inf
    assert np.allclose(np.sort(distances, axis=1)[:, :10], kept.distances[:, :10], atol=1e-6)


def test_rows_are_those_of_the_whole_set_where_the_slide_is_one_of_its_own(tmp_path, slide_path):
    reference = make_reference(tmp_path, slide_names={"Lakeside-0": slide_path.stem})
    with open_slide(slide_path) as slide:
        made = evaluate(ask(reference, (NAME,), slide, maps=False))
    own = np.flatnonzero(reference.labels.slide == slide_path.stem)
    assert len(own)
    assert not np.isin(made.tiles.neighbors[NAME], own).any()
    values = embed(ReferenceTiles(reference), encoder(NAME)).values.astype(np.float64)
    values /= np.linalg.norm(values, axis=1)[:, None]
    rows, distances = made.tiles.neighbors[NAME], made.tiles.neighbor_distance[NAME]
    apart = 1 - np.einsum("nd,nd->n", values[rows[:, 0]], values[rows[:, 1]])
    # On the sphere, two neighbors are never farther apart than the way by the tile they are of.
    assert (np.arccos(1 - apart) <= np.arccos(1 - distances[:, :2]).sum(axis=1) + 1e-6).all()
    assert np.isin(made.known.neighbors[NAME].rows, own).any()  # but other tiles may be near it


def test_the_map_holds_the_reference_set_and_the_slide(evaluation, reference):
    made, facts = evaluation.maps[NAME], evaluation.run.encoders[0].map
    assert made.rows.tolist() == list(range(len(reference)))
    assert made.slide_rows.tolist() == list(range(len(evaluation.tiles.cells)))
    assert np.isfinite(made.positions).all()
    assert np.isfinite(made.slide_positions).all()
    assert (facts.n_tiles, facts.n_slide_tiles) == (len(reference), len(evaluation.tiles.cells))
    assert facts.components == 6  # color statistics has no more
    assert 0.99 < facts.variance_kept <= 1
    assert 0 < facts.neighbors_kept <= 1
    assert evaluation.run.settings.maps
    on_map = evaluation.run.encoders[0].reference.on_map
    assert on_map.n_tiles == len(made.rows)
    assert 0 <= on_map.knn.tissue_balanced_accuracy <= 1


def test_maps_can_be_left_out(reference):
    made = evaluate(ask(reference, (NAME,), maps=False))
    assert made.maps == {}
    assert made.run.encoders[0].map is None
    assert not made.run.settings.maps
    assert len(made.known) == len(reference)


def test_it_all_reads_back_as_it_was_saved(evaluation, tmp_path):
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    back = load_evaluation(tmp_path / "a.pgrun")
    assert back.run == evaluation.run
    for field in ("neighbors", "neighbor_distance"):
        assert np.array_equal(
            getattr(back.tiles, field)[NAME], getattr(evaluation.tiles, field)[NAME]
        )
    assert back.known.names == evaluation.known.names
    assert np.array_equal(back.known.neighbors[NAME].rows, evaluation.known.neighbors[NAME].rows)
    assert np.array_equal(back.maps[NAME].positions, evaluation.maps[NAME].positions)
    columns = pq.read_schema(tmp_path / "a.pgrun" / "tiles.parquet").names
    assert {f"{NAME}.neighbors", f"{NAME}.neighbor_distance"} <= set(columns)
    pseudonym = evaluation.run.slide.pseudonym
    slides = pq.read_table(tmp_path / "a.pgrun" / "maps.parquet").column("slide").to_pylist()
    assert set(slides[-len(evaluation.tiles.cells) :]) == {pseudonym}


def test_a_run_kept_before_there_were_neighbors_and_maps_opens(evaluation, tmp_path):
    old = replace(
        evaluation,
        known=None,
        maps={},
        tiles=replace(evaluation.tiles, neighbors={}, neighbor_distance={}),
    )
    save_evaluation(old, tmp_path / "old.pgrun")
    path = tmp_path / "old.pgrun" / "run.json"
    stored = json.loads(path.read_text())
    del stored["settings"]["maps"], stored["encoders"][0]["map"]
    path.write_text(json.dumps(stored))
    back = load_evaluation(tmp_path / "old.pgrun")
    assert back.known is None
    assert back.maps == {}
    assert back.tiles.neighbors == {}


def test_a_damaged_map_is_said_with_what_to_do(evaluation, tmp_path):
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    (tmp_path / "a.pgrun" / "maps.parquet").write_bytes(b"no table")
    with pytest.raises(RecordError, match="evaluate again"):
        load_evaluation(tmp_path / "a.pgrun")
