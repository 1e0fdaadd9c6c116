"""Runs as files for other programs."""

from __future__ import annotations

import json
from dataclasses import replace

import h5py
import numpy as np
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import tifffile

from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EncoderError, PathguiError, RecordError
from pathgui.core.evaluation.run_export import RunExport, export_run, scanned_part
from pathgui.core.imported.readers import read_file
from pathgui.core.pictures.layer_export import ExportError
from pathgui.core.runs.run_files import TILES_FILE, load_evaluation, save_evaluation
from pathgui.core.runs.run_table import write_run_table
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tiling import SlideTiles, TileGrid
from tests.asking import ask, evaluate
from tests.known import encoder
from tests.material import make_reference
from tests.run_factory import make_evaluation, with_maps


@pytest.fixture
def two(tmp_path):
    """A run of two encoders as it is read back."""
    save_evaluation(with_maps(make_evaluation(2, given_center=True)), tmp_path / "a.pgrun")
    return load_evaluation(tmp_path / "a.pgrun")


@pytest.fixture(scope="module")
def real(tmp_path_factory, slide_path):
    """A run on a slide, and the store that has its embeddings."""
    folder = tmp_path_factory.mktemp("real")
    reference, store = make_reference(folder / "set"), EmbeddingStore(folder / "store")
    with open_slide(slide_path) as slide:
        request = ask(reference, ("color-statistics",), slide, k=5, max_tiles=7)
        save_evaluation(evaluate(request, store=store), folder / "a.pgrun")
    return load_evaluation(folder / "a.pgrun"), store


def name_of(evaluation, number=0):
    return evaluation.run.encoders[number].encoder.name


def test_the_table_of_all_numbers_is_that_of_the_window(two, tmp_path):
    for form in ("csv", "parquet"):
        path, window = tmp_path / f"t.{form}", tmp_path / f"w.{form}"
        export_run(two, RunExport(form), path)
        write_run_table(two.run, window)
        assert path.read_bytes() == window.read_bytes()
    rows = pq.read_table(tmp_path / "t.parquet").to_pylist()
    assert {row["value"] for row in rows if row["name"] == "slide.tissue_area_mm2"} == {21.37}
    assert any(row["encoder"] and row["name"].startswith("slide.tissue.") for row in rows)
    export_run(two, RunExport("csv", name_of(two, 1)), tmp_path / "one.csv")
    one = pyarrow.csv.read_csv(tmp_path / "one.csv")
    assert set(one.column("encoder").to_pylist()) == {name_of(two, 1)}


def test_tiles_are_the_rows_of_the_run_as_parquet_and_as_csv(two, tmp_path):
    export_run(two, RunExport("parquet", tiles=True), tmp_path / "t.parquet")
    written = pq.read_table(tmp_path / "t.parquet")
    assert written.equals(pq.read_table(tmp_path / "a.pgrun" / TILES_FILE))
    export_run(two, RunExport("csv", name_of(two), tiles=True), tmp_path / "t.csv")
    table = pyarrow.csv.read_csv(tmp_path / "t.csv")
    assert table.num_rows == len(two.tiles.cells)
    name = name_of(two)
    assert {each.split(".")[0] for each in table.column_names if "." in each} == {name}
    tissues = written.column(f"{name}.tissue").to_pylist()
    assert table.column(f"{name}.tissue").to_pylist() == [each or "" for each in tissues]


def test_columns_of_an_encoder_whose_name_begins_like_another_are_its_own(two, tmp_path):
    first, second = (result.encoder for result in two.run.encoders)
    longer = f"{first.name}.2"
    encoders = [
        two.run.encoders[0],
        replace(two.run.encoders[1], encoder=replace(second, name=longer)),
    ]
    tiles = replace(
        two.tiles,
        **{
            part: {
                {second.name: longer}.get(name, name): values
                for name, values in getattr(two.tiles, part).items()
            }
            for part in (
                "tissue", "tissue_probability", "center", "center_probability", "distance",
                "outside", "kinds", "nearest_center", "far", "no_known_center",
            )
        },
    )  # fmt: skip
    run = replace(two, run=replace(two.run, encoders=encoders), tiles=tiles)
    for name, other in ((first.name, longer), (longer, "")):
        export_run(run, RunExport("parquet", name, tiles=True), tmp_path / "t.parquet")
        columns = pq.read_table(tmp_path / "t.parquet").column_names
        assert f"{name}.tissue" in columns
        assert not other or f"{other}.tissue" not in columns
        assert name == first.name or f"{first.name}.tissue" not in columns


def test_a_layer_is_of_one_encoder_and_of_a_kind_that_the_run_has(two, tmp_path):
    with pytest.raises(RecordError, match=f"--encoder: {name_of(two)}, {name_of(two, 1)}"):
        export_run(two, RunExport("geojson"), tmp_path / "t.geojson")
    with pytest.raises(RecordError, match="no encoder uni2-h"):
        export_run(two, RunExport("csv", "uni2-h"), tmp_path / "t.csv")
    bare = make_evaluation(1)
    with pytest.raises(ExportError, match="needs the slide's center"):
        export_run(bare, RunExport("geojson", layer="agreement"), tmp_path / "t.geojson")
    export_run(bare, RunExport("geojson"), tmp_path / "t.geojson")  # of the only one
    features = json.loads((tmp_path / "t.geojson").read_text())["features"]
    assert len(features) == int(bare.tiles.readable.sum())


def test_a_layer_lies_at_the_place_of_the_scanned_part(two, tmp_path):
    facts = replace(two.run.slide, bounds_l0=(448, 896, 20_000, 19_000))
    moved = replace(two, run=replace(two.run, slide=facts))
    wanted = RunExport("geojson", name_of(two), "center")
    export_run(two, wanted, tmp_path / "a.geojson")
    export_run(moved, wanted, tmp_path / "b.geojson")
    one, other = (
        json.loads((tmp_path / f"{name}.geojson").read_text())["features"][0]["geometry"]
        for name in "ab"
    )
    (x, y), (moved_x, moved_y) = one["coordinates"][0][0], other["coordinates"][0][0]
    assert (moved_x, moved_y) == (x - 448, y - 896)
    export_run(moved, RunExport("ome-tiff", name_of(two), "distance"), tmp_path / "b.ome.tif")
    with tifffile.TiffFile(tmp_path / "b.ome.tif") as tif:
        step = round(float(tif.ome_metadata.split('PhysicalSizeX="')[1].split('"')[0]) / 0.25)
        height, width = tif.pages[0].shape[:2]
    assert (width * step - 20_000, height * step - 19_000) < (step, step)


def test_where_an_earlier_run_does_not_say_what_was_scanned_the_slide_has_to(two):
    facts = two.run.slide
    assert facts.bounds_l0 is None
    assert scanned_part(facts, None) == (0, 0, *facts.size_l0)
    with pytest.raises(ExportError, match="--slide"):
        scanned_part(replace(facts, tile_origin_l0=(17, 0)), None)


def test_the_same_run_gives_the_same_bytes_twice(two, tmp_path):
    for form in ("geojson", "ome-tiff"):
        for name in "ab":
            export_run(two, RunExport(form, name_of(two)), tmp_path / name)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_pictures_of_two_layers_have_ids_of_their_own(two, tmp_path):
    ids = set()
    for name in (name_of(two), name_of(two, 1)):
        export_run(
            two,
            RunExport("ome-tiff", name),
            tmp_path / "a.ome.tif",
        )
        with tifffile.TiffFile(tmp_path / "a.ome.tif") as tif:
            ids.add(tif.ome_metadata.split('UUID="')[1].split('"')[0])
    assert len(ids) == 2


def test_regions_of_the_run_leave_as_annotations(two, tmp_path):
    wanted = RunExport("geojson", layer="regions")
    with pytest.raises(ExportError, match="no regions"):
        export_run(two, wanted, tmp_path / "r.geojson")
    square = ((0.0, 0.0), (900.0, 0.0), (900.0, 900.0))
    settings = replace(two.run.settings, region_l0=(square,))
    export_run(
        replace(two, run=replace(two.run, settings=settings)), wanted, tmp_path / "r.geojson"
    )
    (feature,) = json.loads((tmp_path / "r.geojson").read_text())["features"]
    assert feature["properties"]["objectType"] == "annotation"
    assert feature["geometry"]["coordinates"][0][1] == [900, 0]


def test_an_h5ad_holds_what_is_said_of_each_readable_tile_and_its_maps(two, tmp_path):
    placed = np.flatnonzero(two.tiles.readable)[:3].astype(np.int32)
    name = name_of(two)
    laid = replace(two.maps[name], slide_rows=placed, slide_positions=np.ones((3, 2), np.float32))
    export_run(replace(two, maps=two.maps | {name: laid}), RunExport("h5ad"), tmp_path / "a.h5ad")
    with h5py.File(tmp_path / "a.h5ad") as file:
        obs, column = file["obs"], file["obs"][f"{name}.tissue"]
        names = [each.decode() for each in column["categories"]]
        kept = two.tiles.readable
        tissues = [two.run.reference.tissues[i] for i in two.tiles.tissue[name][kept]]
        assert [names[code] for code in column["codes"]] == tissues
        np.testing.assert_array_equal(obs[f"{name}.distance"][:], two.tiles.distance[name][kept])
        on_map = file["obsm"][f"X_tsne_{name}"][:]
        assert np.isfinite(on_map[:, 0]).sum() == 3
        assert "X" not in file
        assert file["uns/pathgui/run"][()].decode() == two.run.id


def test_with_its_slide_an_h5ad_holds_the_kept_embeddings_and_reads_back(
    real, slide_path, tmp_path
):
    evaluation, store = real
    before = {entry.digest: entry.done for entry in store.entries()}
    path = tmp_path / "a.h5ad"
    with open_slide(slide_path) as slide:
        export_run(evaluation, RunExport("h5ad"), path, slide=slide, store=store, device="cpu")
        facts = evaluation.run.slide
        grid = TileGrid(
            evaluation.tiles.cells, facts.lattice, facts.tile_size_l0, facts.tile_stride_l0,
            facts.tile_origin_l0, facts.mpp,
        )  # fmt: skip
        edge_um = evaluation.run.reference.edge_um
        direct = embed(SlideTiles(slide, grid, edge_um), encoder("color-statistics"))
    assert {entry.digest: entry.done for entry in store.entries()} == before
    found = read_file(path)
    np.testing.assert_allclose(found.values, direct.values, rtol=1e-5)
    np.testing.assert_array_equal(found.coords_l0, grid.origins_l0)


def test_embeddings_of_other_weights_than_the_run_had_are_refused(real, slide_path, tmp_path):
    evaluation, store = real
    (result,) = evaluation.run.encoders
    other = replace(result, encoder=replace(result.encoder, weights_sha256="ab" * 32))
    changed = replace(evaluation, run=replace(evaluation.run, encoders=[other]))
    with open_slide(slide_path) as slide, pytest.raises(EncoderError, match="other we"):
        export_run(changed, RunExport("h5ad"), tmp_path / "a.h5ad", slide=slide, store=store)
    assert not (tmp_path / "a.h5ad").exists()


@pytest.mark.parametrize("wanted", [
    RunExport("geojson"), RunExport("ome-tiff"), RunExport("h5ad"),
    RunExport("csv", tiles=True), RunExport("parquet", tiles=True),
])  # fmt: skip
def test_a_run_without_a_slide_has_only_numbers(wanted, tmp_path):
    evaluation = make_evaluation(1, slide=False)
    with pytest.raises(RecordError, match="reference set alone"):
        export_run(evaluation, wanted, tmp_path / "a")
    export_run(evaluation, RunExport("csv"), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").stat().st_size


@pytest.mark.parametrize("wanted", [
    RunExport("csv"), RunExport("csv", tiles=True), RunExport("geojson"), RunExport("ome-tiff"),
    RunExport("h5ad"),
])  # fmt: skip
def test_a_place_that_cannot_be_written_is_named(wanted, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PathguiError, match=r"file/a.*|a\b.*written"):
        export_run(make_evaluation(1), wanted, tmp_path / "file" / "a")
