"""Embeddings of other programs get their labels from a table, and reach an index."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from pathgui.core.errors import EmbeddingsError, PathguiError
from pathgui.core.imported.embeddings_table import LabeledEmbeddings, labeled
from pathgui.core.imported.matching import read_external
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import RobustnessIndex
from tests.shared_data import shared

RNG = np.random.default_rng(3)
CELLS = [(tissue, center) for tissue in "ab" for center in "XY"]
SLIDES = [f"{tissue}{center}{i}" for tissue, center in CELLS for i in range(3)]
D = 4


def write_table(path: Path, columns: list[str], rows: list[tuple[Any, ...]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def by_slide(folder: Path, slides: list[str] = SLIDES, suffix: str = ".svs") -> Path:
    rows = [(slide + suffix, slide[1], slide[0]) for slide in slides]
    return write_table(folder / "slides.csv", ["slide", "site", "label"], rows)


def trident_folder(folder: Path) -> dict[str, np.ndarray]:
    """One file a slide, four tiles each."""
    folder.mkdir()
    values = {}
    for slide in SLIDES:
        values[slide] = RNG.normal(size=(4, D)).astype(np.float32)
        with h5py.File(folder / f"{slide}.h5", "w") as file:
            file["features"] = values[slide]
            file["coords"] = [(256 * i, 512) for i in range(4)]
            file["coords"].attrs["patch_size_level0"] = 256
    return values


def test_a_folder_of_tridents_files_and_a_row_a_slide_reach_an_index(tmp_path: Path) -> None:
    values = trident_folder(tmp_path / "features")
    found = labeled(read_external(tmp_path / "features"), by_slide(tmp_path))
    assert len(found.labels) == 48
    for slide, given in values.items():
        rows = found.labels.slide == f"{slide}.svs"
        np.testing.assert_array_equal(found.values[rows], given)
        assert set(found.labels.center[rows]) == {slide[1]}
    assert isinstance(measure(found.values, found.labels, k=5).robustness_index, RobustnessIndex)
    assert any("labels of its row" in notice for notice in found.notices)


def test_tridents_tiles_are_found_by_their_places(tmp_path: Path) -> None:
    values = trident_folder(tmp_path / "features")
    rows = [(s, s[1], "ab"[i % 2], 256 * i, 512) for s in SLIDES for i in (3, 1)]
    table = write_table(tmp_path / "t.csv", ["slide_id", "center", "tissue", "x", "Y"], rows)
    found = labeled(read_external(tmp_path / "features"), table)
    expected = np.stack([values[slide][i] for slide in SLIDES for i in (3, 1)])
    np.testing.assert_array_equal(found.values, expected)
    assert found.labels.tissue.tolist() == ["b", "b"] * 12
    one = labeled(
        read_external(tmp_path / "features" / "aX0.h5"),
        write_table(tmp_path / "u.csv", ["slide_id", "center", "tissue", "x", "y"], rows[:2]),
    )
    assert len(one.labels) == 2
    assert "24 of the 48 embeddings have no row in t.csv" in " ".join(found.notices)


def test_slides_without_embeddings_are_named_and_left_out_only_on_request(tmp_path: Path) -> None:
    trident_folder(tmp_path / "features")
    table = by_slide(tmp_path, [*SLIDES, "aX9"])
    external = read_external(tmp_path / "features")
    with pytest.raises(EmbeddingsError, match=r"1 of the 13 .*slide aX9\.svs.*--allow-missing"):
        labeled(external, table)
    found = labeled(external, table, allow_missing=True)
    assert len(found.labels) == 48
    assert "aX9" in " ".join(found.notices)


@pytest.mark.parametrize("suffix", [".npy", ".pt"])
def test_the_same_order_is_taken_only_on_the_users_word(tmp_path: Path, suffix: str) -> None:
    given = RNG.normal(size=(12, D)).astype(np.float32)
    path = tmp_path / f"features{suffix}"
    if suffix == ".npy":
        np.save(path, given)
    else:
        torch.save(torch.from_numpy(given), path)
    table = by_slide(tmp_path)
    with pytest.raises(EmbeddingsError, match=r"--same-order|no embedding"):
        labeled(read_external(path), table)
    found = labeled(read_external(path), table, same_order=True)
    np.testing.assert_array_equal(found.values, given)
    assert found.labels.slide.tolist() == [f"{slide}.svs" for slide in SLIDES]
    with pytest.raises(EmbeddingsError, match="11 rows, but there are 12"):
        labeled(read_external(path), by_slide(tmp_path, SLIDES[:11]), same_order=True)


def anndata(path: Path, **parts: Any) -> Path:
    with h5py.File(path, "w") as file:
        obs = file.create_group("obs")
        obs.attrs["_index"] = "_index"
        obs["_index"] = [f"t{i}" for i in range(12)]
        obs["slide_id"] = SLIDES
        obs["Site"] = [slide[1] for slide in SLIDES]
        tissue = obs.create_group("cell type")
        tissue["categories"], tissue["codes"] = ["no"], np.full(12, -1)
        label = obs.create_group("tissue")
        label["values"] = [slide[0] for slide in SLIDES]
        label["mask"] = np.zeros(12, bool)
        for name, value in parts.items():
            file[name.replace("__", "/")] = value
    return path


def test_anndata_with_embeddings_in_obsm_is_read(tmp_path: Path) -> None:
    given = RNG.normal(size=(12, D)).astype(np.float32)
    path = anndata(tmp_path / "a.h5ad", obsm__uni=given, obsm__spatial=np.ones((12, 2)))
    found = labeled(read_external(path))
    np.testing.assert_array_equal(found.values, given)
    assert found.labels.center.tolist() == [slide[1] for slide in SLIDES]
    assert found.labels.tissue.tolist() == [slide[0] for slide in SLIDES]


def test_of_several_matrices_the_user_says_which(tmp_path: Path) -> None:
    one, other = RNG.normal(size=(2, 12, D)).astype(np.float32)
    path = anndata(tmp_path / "a.h5ad", X=one, obsm__uni=other, obsm__X_pca=other)
    with pytest.raises(EmbeddingsError, match="may be X or uni"):
        read_external(path)
    np.testing.assert_array_equal(read_external(path, "uni").values, other)
    np.testing.assert_array_equal(read_external(path, "X").values, one)
    with pytest.raises(EmbeddingsError, match=r"no embeddings called uni2; it has X, X_pca, uni"):
        read_external(path, "uni2")
    np.savez(tmp_path / "a.npz", uni=one, virchow=other)
    np.testing.assert_array_equal(read_external(tmp_path / "a.npz", "virchow").values, other)
    with pytest.raises(EmbeddingsError, match="it has uni, virchow"):
        read_external(tmp_path / "a.npz")


def labels_file(path: Path, **changes: Any) -> Path:
    columns = {
        "tissue": [slide[0] for slide in SLIDES],
        "center": [slide[1] for slide in SLIDES],
        "slide": SLIDES,
    }
    values = RNG.normal(size=(12, D)).astype(np.float32)
    np.savez(path, embeddings=values, **{k: np.array(v) for k, v in (columns | changes).items()})
    return path


def test_labels_of_files_are_evened_out_as_those_of_tables(tmp_path: Path) -> None:
    centers = np.where(np.arange(12) % 6 < 3, 1.0, 2.0)
    tissue = ["Ko\u0308ln", "K\u00f6ln ", "k\u00f6ln"] * 4
    path = labels_file(tmp_path / "a.npz", center=centers, tissue=tissue)
    found = labeled(read_external(path))
    assert set(found.labels.center) == {"1", "2"}
    assert set(found.labels.tissue) == {"K\u00f6ln", "k\u00f6ln"}
    assert '"K\u00f6ln" and "k\u00f6ln" differ only in case' in " ".join(found.notices)


def test_many_missing_labels_or_a_lost_center_are_not_passed_over(tmp_path: Path) -> None:
    tissue = ["NA", "n/a", *(slide[0] for slide in SLIDES[2:])]
    external = read_external(labels_file(tmp_path / "a.npz", tissue=tissue))
    with pytest.raises(EmbeddingsError, match=r"2 of the 12 tiles .*: 2 have no tissue"):
        labeled(external)
    assert labeled(external, allow_missing=True).labels.tissue[:3].tolist() == ["", "", "a"]
    center = ["Z", *(slide[1] for slide in SLIDES[1:])]
    tissue = ["-", *(slide[0] for slide in SLIDES[1:])]
    external = read_external(labels_file(tmp_path / "b.npz", center=center, tissue=tissue))
    with pytest.raises(EmbeddingsError, match="with them all of Z"):
        labeled(external)


def pathorob(folder: Path, name: str) -> tuple[LabeledEmbeddings, Path]:
    """PathoROB's own metadata, with embeddings of noise for its tiles."""
    manifest = shared("reference", "pathorob", "metadata", f"{name}.csv")
    with manifest.open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = np.array([f"{row['slide_id']}-{row['patch_id']}" for row in rows])
    values = RNG.normal(size=(len(names), 2)).astype(np.float32)
    np.savez(folder / "a.npz", embeddings=values, tile=names)
    return labeled(read_external(folder / "a.npz"), manifest), manifest


def test_pathorobs_own_metadata_yield_its_squares_and_its_subset(tmp_path: Path) -> None:
    _, manifest = pathorob(tmp_path, "tcga_4x4")
    external = read_external(tmp_path / "a.npz")
    found = labeled(external, manifest, paired=True, subset="ID")
    assert len(found.labels) == 5760
    assert len(found.subsets) == 36
    assert {len(rows) for rows in found.subsets.values()} == {1440}
    assert "36 squares of two tissues at two centers" in " ".join(found.notices)
    assert len(labeled(external, manifest, subset="OOD").labels) == 2400
    with pytest.raises(EmbeddingsError, match="There are: ID, OOD"):
        labeled(external, manifest, subset="id2")


def test_a_tile_with_two_labels_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", embeddings=np.ones((2, 2)), tile=["p", "q"])
    rows = [("1", "p", "a", "X"), ("1", "p", "b", "X"), ("2", "q", "a", "Y")]
    table = write_table(tmp_path / "t.csv", ["slide", "tile", "tissue", "center"], rows)
    with pytest.raises(EmbeddingsError, match="several times, with tissue a and b"):
        labeled(read_external(tmp_path / "a.npz"), table)


@pytest.mark.parametrize(
    ("name", "tiles", "told"),
    [
        ("label-case-space", 240, '"T0" and "t0"'),
        ("object-labels", 240, ""),
        ("six-tiles", 6, ""),
        ("imbalanced-4", 240, ""),
    ],
)
def test_files_that_were_handled_wrongly_are_read(name: str, tiles: int, told: str) -> None:
    found = labeled(read_external(shared("faults", "embeddings", f"{name}.npz")))
    assert len(found.labels) == tiles
    assert told in " ".join(found.notices)
    assert bool(told) == bool(found.notices)


def test_parquet_with_labels_that_are_not_utf8_is_one_sentence(tmp_path: Path) -> None:
    bad = pa.array([b"K\xf6ln", b"Graz"]).view(pa.binary())
    center = pa.Array.from_buffers(pa.string(), 2, bad.buffers())
    columns = {"embeddings": [[1.0, 2.0], [3.0, 4.0]], "center": center}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    with pytest.raises(EmbeddingsError, match="holds text that is not UTF-8"):
        read_external(tmp_path / "a.parquet")


def link_out(file: h5py.File, kind: str, other: Path) -> None:
    if kind == "link":
        file["features"] = h5py.ExternalLink(str(other), "features")
    elif kind == "link below":
        file.create_group("more")["deep"] = h5py.ExternalLink(str(other), "/")
        file["features"] = np.ones((2, 2))
    elif kind == "storage":
        other.write_bytes(b"secret" * 100)
        file.create_dataset("features", (4, 4), "f4", external=[(str(other), 0, 64)])
    else:
        layout = h5py.VirtualLayout((2, 2), "f4")
        layout[:] = h5py.VirtualSource(str(other), "features", (2, 2))
        file.create_virtual_dataset("features", layout)


@pytest.mark.parametrize("kind", ["link", "link below", "storage", "virtual"])
@pytest.mark.parametrize("suffix", [".h5", ".h5ad"])
def test_hdf5_that_leads_to_other_files_is_refused(tmp_path: Path, kind: str, suffix: str) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["features"] = np.ones((2, 2))
    with h5py.File(tmp_path / f"a{suffix}", "w") as file:
        link_out(file, kind, tmp_path / "other.h5")
    with pytest.raises(EmbeddingsError, match="from another file, which is not opened"):
        read_external(tmp_path / f"a{suffix}")


def test_a_dataset_that_claims_more_than_its_file_can_hold_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("features", (1 << 30, 1 << 10), "f4", chunks=(1024, 1024))
    with pytest.raises(EmbeddingsError, match="claims to be"):
        read_external(tmp_path / "a.h5")


@pytest.mark.parametrize("suffix", [".h5", ".npz", ".parquet", ".pt", ".npy", ".h5ad"])
def test_pipes_are_no_files_of_embeddings(tmp_path: Path, suffix: str) -> None:
    os.mkfifo(tmp_path / f"a{suffix}")
    with pytest.raises(PathguiError, match="is a pipe, not a file"):
        read_external(tmp_path / f"a{suffix}")
