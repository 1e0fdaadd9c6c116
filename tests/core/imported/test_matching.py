"""Embeddings that other programs made, as files they really write, and what becomes of them."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from pathgui.core.errors import EmbeddingsError, ScaleError
from pathgui.core.imported.matching import (
    ExternalEmbeddings,
    grid_of,
    match_names,
    match_reference,
    read_external,
    write_trident,
)
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
