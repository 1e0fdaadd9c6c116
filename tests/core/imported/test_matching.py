"""Embeddings that other programs made, as files they really write, and what becomes of them."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from pathgui.core.errors import EmbeddingsError, ScaleError
from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.matching import (
    ExternalEmbeddings,
    grid_of,
    match_names,
    match_reference,
    read_external,
    write_trident,
)
from pathgui.core.imported.readers import looks_like_embeddings
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tiling import TileGrid

RNG = np.random.default_rng(0)
N, D = 12, 5


def values(n: int = N) -> np.ndarray[Any, np.dtype[np.float32]]:
    return RNG.normal(size=(n, D)).astype(np.float32)


def trident_file(path: Path, features: Any, coords: Any, **facts: Any) -> Path:
    """As TRIDENT's own writer lays it out."""
    with h5py.File(path, "w") as file:
        file["features"] = features
        file["features"].attrs["encoder"] = "virchow2"
        file["coords"] = coords
        given = {"patch_size": 256, "patch_size_level0": 512, "target_magnification": 20}
        for name, value in (given | facts).items():
            file["coords"].attrs[name] = value
    return path


def test_a_trident_file_gives_features_coordinates_and_scale(tmp_path: Path) -> None:
    given = values()
    coords = [(512 * (i % 4), 512 * (i // 4)) for i in range(N)]
    path = trident_file(tmp_path / "slide-7.h5", given, coords, name="slide-7")
    found = read_external(path)
    np.testing.assert_array_equal(found.values, given)
    assert found.coords_l0 is not None
    assert found.coords_l0.tolist() == [list(pair) for pair in coords]
    assert (found.size_l0, found.edge_um, found.encoder) == (512, 128.0, "virchow2")
    assert set(found.labels["slide"]) == {"slide-7"}


def test_older_trident_files_with_a_batch_of_one_are_the_same(tmp_path: Path) -> None:
    given = values()
    coords = np.zeros((1, N, 2), int) + np.arange(N)[None, :, None]
    path = trident_file(tmp_path / "old.h5", given[None], coords)
    np.testing.assert_array_equal(read_external(path).values, given)


def test_npz_and_parquet_with_the_usual_names_are_the_same(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    given = values()
    names = [f"t{i}.png" for i in range(N)]
    columns = {"tile": names, "x": list(range(N)), "y": list(range(N)), "slide_id": ["s"] * N}
    np.savez(tmp_path / "a.npz", features=given, **columns)
    pq.write_table(pa.table({"features": list(given), **columns}), tmp_path / "a.parquet")
    for path in (tmp_path / "a.npz", tmp_path / "a.parquet"):
        found = read_external(path)
        np.testing.assert_array_equal(found.values, given)
        assert found.tiles is not None
        assert found.tiles.tolist() == names
        assert found.coords_l0 is not None
        assert found.coords_l0[3].tolist() == [3, 3]
        assert set(found.labels["slide"]) == {"s"}


def test_pathorobs_folder_is_joined_with_its_metadata(tmp_path: Path) -> None:
    folder = tmp_path / "camelyon"
    folder.mkdir()
    manifest = tmp_path / "camelyon.csv"
    by_name, lines = {}, ["subset,slide_id,patch_id,biological_class,medical_center"]
    for number, center in enumerate(["RUMC", "UMC Utrecht"]):
        arrays = {}
        for patch in range(3):
            name = f"patient_{number}-{patch}"
            arrays[name] = by_name[name] = RNG.normal(size=D).astype(np.float32)
            kind = "tumor" if patch else "normal"
            lines.append(f"camelyon,patient_{number},{patch},{kind},{center}")
        np.savez(folder / f"{center.replace(' ', '_')}.npz", **arrays)
    manifest.write_text("\n".join(lines))
    found = labeled(read_external(folder), manifest)
    assert found.labels.center.tolist() == ["RUMC"] * 3 + ["UMC Utrecht"] * 3
    assert found.labels.tissue.tolist() == ["normal", "tumor", "tumor"] * 2
    expected = np.stack([by_name[f"patient_{n}-{p}"] for n in range(2) for p in range(3)])
    np.testing.assert_array_equal(found.values, expected)

    manifest.write_text("\n".join([*lines, "camelyon,patient_9,0,tumor,RUMC"]))
    with pytest.raises(EmbeddingsError, match=r"1 of the 7 rows of the manifest camelyon\.csv"):
        labeled(read_external(folder), manifest)


def test_slide2vec_tensors_find_their_coordinates_next_door(tmp_path: Path) -> None:
    given = values()
    (tmp_path / "tile_embeddings").mkdir()
    (tmp_path / "tiles").mkdir()
    path = tmp_path / "tile_embeddings" / "slide-7.pt"
    torch.save(torch.from_numpy(given).half(), path)
    at = np.arange(N) * 512
    place = tmp_path / "tiles" / "slide-7.coordinates.npz"
    np.savez(place, tile_index=np.arange(N), x=at, y=at * 0)
    facts = {"tiling": {"tile_size_lv0": 512}}
    (tmp_path / "tiles" / "slide-7.coordinates.meta.json").write_text(json.dumps(facts))
    found = read_external(path)
    np.testing.assert_allclose(found.values, given, atol=0.01)
    assert found.size_l0 == 512
    assert found.coords_l0 is not None
    assert found.coords_l0[2].tolist() == [1024, 0]


def test_anndata_is_read_without_anndata(tmp_path: Path) -> None:
    given = values()
    path = tmp_path / "features.h5ad"
    with h5py.File(path, "w") as file:
        file["X"] = given
        obs = file.create_group("obs")
        obs.attrs["_index"] = "_index"
        obs["_index"] = np.array([f"t{i}" for i in range(N)], dtype=object)
        center = obs.create_group("center")  # a categorical column
        center["categories"] = np.array(["A", "B"], dtype=object)
        center["codes"] = np.array([i % 2 for i in range(N)], np.int8)
        obs["tissue"] = np.array(["tumor"] * N, dtype=object)
        obs["slide"] = np.array([f"s{i % 3}" for i in range(N)], dtype=object)
        file.create_group("obsm")["spatial"] = np.stack([np.arange(N), np.arange(N)], axis=1)
    found = read_external(path)
    np.testing.assert_array_equal(found.values, given)
    assert found.tiles is not None
    assert found.tiles[:2].tolist() == ["t0", "t1"]
    assert labeled(found).labels.center.tolist() == ["A", "B"] * 6
    assert found.coords_l0 is not None


@pytest.mark.parametrize(
    ("name", "write", "text"),
    [
        ("a.h5", lambda p: h5py.File(p, "w").close(), "has no dataset 'features'"),
        ("a.h5", lambda p: p.write_bytes(b"no"), "is damaged or no HDF5 file"),
        ("a.npz", lambda p: np.savez(p, other=np.zeros(3)), "has no array embeddings or features"),
        ("a.npz", lambda p: np.savez(p, features=np.zeros(3)), r"of shape \(3,\)"),
        ("a.npz", lambda p: p.write_bytes(b"no"), "cannot be read as .npz"),
        ("a.npz", lambda p: np.savez(p, features=np.ones((2, 2)), tile=["x"]), "2 embeddings, but"),
        ("a.parquet", lambda p: p.write_bytes(b"no"), "cannot be read as Parquet"),
        ("a.pt", lambda p: torch.save({"x": 1}, p), "holds no tensor of embeddings"),
        ("a.csv", lambda p: p.write_text("1"), "is no file of embeddings that can be read here"),
        ("a.h5ad", lambda p: h5py.File(p, "w").close(), "has no dense matrix X"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    tmp_path: Path, name: str, write: Any, text: str
) -> None:
    write(tmp_path / name)
    with pytest.raises(EmbeddingsError, match=text):
        read_external(tmp_path / name)


def test_embeddings_that_are_not_finite_are_named(tmp_path: Path) -> None:
    given = values()
    given[4, 1] = np.nan
    np.savez(tmp_path / "a.npz", features=given, tile=[f"t{i}" for i in range(N)])
    with pytest.raises(EmbeddingsError, match=r"1 of 12 embeddings are not finite.*tile 4 \(t4\)"):
        read_external(tmp_path / "a.npz")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> ReferenceSet:
    """Two tissues at two centers, four slides each, three tiles each: pictures of noise."""
    folder = tmp_path_factory.mktemp("tiles")
    rng = np.random.default_rng(1)
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "slide_id", "center", "tissue", "mpp"])
        for slide in range(16):
            for tile in range(3):
                name = f"s{slide}_t{tile}.png"
                Image.fromarray(rng.integers(0, 255, (8, 8, 3), np.uint8)).save(folder / name)
                row = [name, f"s{slide}", "AB"[slide % 2], ["tumor", "stroma"][slide // 8], 16.0]
                writer.writerow(row)
    return build_reference(folder / "manifest.csv", folder / "noise.pgref").reference


def embeddings_of(reference: ReferenceSet, path: Path, *, stems: bool = True) -> Path:
    """For the tiles in another order, and with tiles that nobody asked for."""
    names = [Path(tile).stem if stems else tile for tile in reference.tiles] + ["surplus"]
    tissue = (np.append(reference.labels.tissue, "") == "tumor").astype(float)
    given = np.stack([tissue, *RNG.normal(size=(4, len(names)))], axis=1).astype(np.float32)
    order = RNG.permutation(len(names))
    np.savez(path, features=given[order], tile=np.array(names)[order])
    return path


@pytest.mark.parametrize("stems", [False, True])
def test_tiles_are_matched_by_name_and_never_by_order(
    reference: ReferenceSet, tmp_path: Path, stems: bool
) -> None:
    found = read_external(embeddings_of(reference, tmp_path / "a.npz", stems=stems))
    rows = match_reference(found, reference)
    np.testing.assert_array_equal(
        found.values[rows][:, 0], (reference.labels.tissue == "tumor").astype(float)
    )


def test_tiles_without_an_embedding_and_files_without_names_are_refused(
    reference: ReferenceSet, tmp_path: Path
) -> None:
    found = read_external(embeddings_of(reference, tmp_path / "a.npz"))
    assert found.tiles is not None
    kept = found.tiles != "s3_t1"
    fewer = replace(found, values=found.values[kept], tiles=found.tiles[kept])
    with pytest.raises(EmbeddingsError, match=r"1 of the 48 tiles .* the first s3_t1\.png"):
        match_reference(fewer, reference)
    with pytest.raises(EmbeddingsError, match="do not say which tile each belongs to"):
        match_reference(replace(found, tiles=None), reference)
    double = replace(found, tiles=np.full(len(found), "same"))
    with pytest.raises(EmbeddingsError, match="48 of the 48 tiles"):
        match_reference(double, reference)


def test_tiles_of_another_field_of_view_are_refused(
    reference: ReferenceSet, tmp_path: Path
) -> None:
    found = read_external(embeddings_of(reference, tmp_path / "a.npz"))
    match_reference(replace(found, edge_um=130.0), reference)  # theirs are 128 µm
    with pytest.raises(ScaleError, match="tiles 256 µm wide, but 128 µm are needed"):
        match_reference(replace(found, edge_um=256.0), reference)


def test_coordinates_become_a_grid_on_the_slide(slide_path: Path, tmp_path: Path) -> None:
    """The slide has 1536 x 1024 pixels of 0.5 µm."""
    cells = [(c, r) for r in (2, 0, 1) for c in (1, 0, 3)]  # in no order
    coords = [(128 + 256 * c, 64 + 256 * r) for c, r in cells]
    given = values(len(cells))
    path = trident_file(tmp_path / "block.h5", given, coords, patch_size_level0=256)
    found = read_external(path)
    with open_slide(slide_path) as slide:
        grid, rows = grid_of(found, slide, 128.0)
        assert (grid.size_l0, grid.stride_l0, grid.origin_l0) == (256, 256, (128, 64))
        assert grid.edge_um == 128.0
        assert found.coords_l0 is not None
        np.testing.assert_array_equal(grid.origins_l0, found.coords_l0[rows])
        assert grid.cells.tolist() == sorted(grid.cells.tolist(), key=lambda cell: cell[::-1])
        with pytest.raises(ScaleError, match="tiles 128 µm wide, but 64 µm are needed"):
            grid_of(found, slide, 64.0)
        with pytest.raises(EmbeddingsError, match="They belong to another slide"):
            grid_of(replace(found, coords_l0=found.coords_l0 + 1000), slide)
        with pytest.raises(EmbeddingsError, match="have the same coordinates"):
            grid_of(replace(found, coords_l0=found.coords_l0 * 0), slide)
        shifted = found.coords_l0 + np.arange(len(cells))[:, None] ** 2
        with pytest.raises(EmbeddingsError, match="lie on no lattice"):
            grid_of(replace(found, coords_l0=shifted), slide)
        with pytest.raises(EmbeddingsError, match="come without coordinates"):
            grid_of(replace(found, coords_l0=None), slide)


def test_an_export_opens_with_tridents_own_documented_reader(tmp_path: Path) -> None:
    cells = np.array([(0, 0), (1, 0), (0, 1)], np.int32)
    grid = TileGrid(cells, (2, 2), 512, 512, (64, 32), 0.25)
    given = values(3)
    path = tmp_path / "slide-7.h5"
    write_trident(
        path,
        given,
        grid,
        slide_name="slide-7",
        size_l0=(4000, 3000),
        encoder="uni",
        patch_px=256,
    )
    # the reader of TRIDENT's tutorial, and what its slide encoders and patchers look up
    with h5py.File(path, "r") as file:
        coords = file["coords"][:]
        patch_features = torch.from_numpy(file["features"][:])
        patch_size_level0 = file["coords"].attrs["patch_size_level0"]
        attributes = dict(file["coords"].attrs)
    np.testing.assert_array_equal(patch_features.numpy(), given)
    assert coords.tolist() == [[64, 32], [576, 32], [64, 544]]
    assert patch_size_level0 == 512
    assert {
        name: attributes[name] for name in ("patch_size", "target_magnification", "overlap")
    } == {
        "patch_size": 256,
        "target_magnification": 20,
        "overlap": 0,
    }
    assert attributes["level0_magnification"] == 40
    assert (attributes["level0_width"], attributes["level0_height"]) == (4000, 3000)
    again = read_external(path)
    np.testing.assert_array_equal(again.values, given)
    assert (again.size_l0, again.edge_um, again.encoder) == (512, 128.0, "uni")


def test_embeddings_are_told_from_weights(tmp_path: Path) -> None:
    torch.save(torch.zeros(5, 8), tmp_path / "slide2vec.pt")
    torch.save({"features": torch.zeros(5, 8)}, tmp_path / "wrapped.pt")
    torch.save({"blocks.0.norm1.weight": torch.zeros(8)}, tmp_path / "model.pt")
    (tmp_path / "broken.pt").write_bytes(b"x")
    for name in ("a.h5", "a.npz", "a.h5ad", "a.parquet", "slide2vec.pt", "wrapped.pt"):
        assert looks_like_embeddings(tmp_path / name), name
    for name in ("model.safetensors", "model.bin", "model.pt", "broken.pt"):
        assert not looks_like_embeddings(tmp_path / name), name
    (tmp_path / "trident").mkdir()
    (tmp_path / "weights").mkdir()
    (tmp_path / "trident" / "s1.h5").touch()
    (tmp_path / "weights" / "model.safetensors").touch()
    assert looks_like_embeddings(tmp_path / "trident")
    assert not looks_like_embeddings(tmp_path / "weights")


def test_names_of_other_programs_lead_to_the_same_tiles() -> None:
    tiles = np.array(["images/s1_0.png", "images/s1_1.png"])
    slides = np.array(["s1", "s1"])
    for theirs in (
        ["images/s1_1.png", "images/s1_0.png"],
        ["s1_1.png", "s1_0.png"],
        ["C:\\data\\s1_1.jpg", "C:\\data\\s1_0.jpg"],
        ["s1_1", "s1_0"],
        ["s1-s1_1", "s1-s1_0"],
    ):
        found = replace(EMPTY, values=values(2), tiles=np.array(theirs))
        assert match_names(found, tiles, slides).tolist() == [1, 0], theirs


EMPTY = ExternalEmbeddings(values(1), "test")


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [(["A", "C"], [0, -1]), (["A.svs", "B.svs"], [0, 1]), (["case 1", "case 2"], [0, 1])],
)
def test_a_tile_of_another_slide_is_not_taken_for_one_of_the_same_name(
    theirs: list[str], expected: list[int]
) -> None:
    found = ExternalEmbeddings(
        np.eye(2, dtype=np.float32),
        "npz",
        tiles=np.array([f"{theirs[0]}/1.png", f"{theirs[1]}/2.png"]),
        labels={"slide": np.array(theirs)},
    )
    names, slides = np.array(["A/1.png", "B/2.png"]), np.array(["A", "B"])
    assert match_names(found, names, slides).tolist() == expected


@pytest.mark.parametrize(
    "columns",
    [
        {"x": np.arange(N), "y": np.arange(N - 1)},
        {"x": 3, "y": 4},
        {"size_l0": np.empty(0)},
        {"size_l0": np.nan},
    ],
)
def test_columns_that_do_not_belong_together_are_refused(
    tmp_path: Path, columns: dict[str, Any]
) -> None:
    np.savez(tmp_path / "a.npz", features=values(), **columns)
    with pytest.raises(EmbeddingsError, match=r"a\.npz is damaged, or its parts"):
        read_external(tmp_path / "a.npz")


def test_hdf5_files_of_another_make_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5ad", "w") as file:
        file["X"] = values()  # without obs
    with h5py.File(tmp_path / "b.h5ad", "w") as file:
        file["X"] = values()
        tissue = file.create_group("obs/tissue")
        tissue["categories"], tissue["codes"] = ["a"], np.full(N, 7)
    trident_file(tmp_path / "c.h5", values(), np.zeros((N, 2), int), target_magnification="20x")
    for path in sorted(tmp_path.iterdir()):
        with pytest.raises(EmbeddingsError, match=rf"{path.name} is damaged, or its parts"):
            read_external(path)


def test_numbers_of_places_that_are_kept_as_floats_are_read_from_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"x": [256.0 * i for i in range(N)], "y": [0.0] * N, "size_l0": [256.0] * N}
    pq.write_table(pa.table({"features": list(values()), **columns}), tmp_path / "a.parquet")
    found = read_external(tmp_path / "a.parquet")
    assert found.coords_l0 is not None
    assert found.coords_l0[2].tolist() == [512, 0]
    assert found.size_l0 == 256
