"""Embeddings in the files of other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.matching import (
    read_external,
)
from pathgui.core.imported.readers import looks_like_embeddings
from tests.core.imported.test_matching import RNG, D, N, trident_file, values


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
    assert found.source == "slide2vec"
    assert found.size_l0 == 512
    assert found.coords_l0 is not None
    assert found.coords_l0[2].tolist() == [1024, 0]


def test_what_others_write_too_is_not_called_by_the_name_of_a_program(tmp_path: Path) -> None:
    torch.save(torch.from_numpy(values()), tmp_path / "slide-7.pt")
    with h5py.File(tmp_path / "slide-7.h5", "w") as file:
        file["features"] = values()
    assert read_external(tmp_path / "slide-7.pt").source == "PyTorch"
    assert read_external(tmp_path / "slide-7.h5").source == "HDF5"
    whole = trident_file(tmp_path / "whole.h5", values(), np.zeros((N, 2), np.int64))
    assert read_external(whole).source == "TRIDENT"


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
    with pytest.raises(EmbeddingsError, match=r"1 of 12 embeddings is not finite.*tile 4 \(t4\)"):
        read_external(tmp_path / "a.npz")


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


def test_numbers_of_places_that_are_kept_as_floats_are_read_from_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"x": [256.0 * i for i in range(N)], "y": [0.0] * N, "size_l0": [256.0] * N}
    pq.write_table(pa.table({"features": list(values()), **columns}), tmp_path / "a.parquet")
    found = read_external(tmp_path / "a.parquet")
    assert found.coords_l0 is not None
    assert found.coords_l0[2].tolist() == [512, 0]
    assert found.size_l0 == 256
