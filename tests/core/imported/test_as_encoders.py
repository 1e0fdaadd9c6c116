"""Embeddings of other programs in the list of encoders, and in an evaluation."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

from pathgui.core.embedding.embed import embed
from pathgui.core.errors import EmbeddingsError, EncoderError
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.measurement.measure import measure
from pathgui.core.progress import Cancelled, Progress
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.tiling import SlideTiles
from tests.asking import ask, evaluate
from tests.known import add_imports, encoder, encoders, import_embeddings, registry, remove_import

RNG = np.random.default_rng(4)
MPP = 0.5
EDGE_PX = 256  # 128 µm


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> ReferenceSet:
    """Two tissues at two centers, four slides each, three tiles each: pictures of noise."""
    folder = tmp_path_factory.mktemp("tiles")
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "slide_id", "center", "tissue", "mpp"])
        for slide in range(16):
            for tile in range(3):
                name = f"s{slide}_t{tile}.png"
                pixels = RNG.integers(0, 255, (8, 8, 3), np.uint8)
                Image.fromarray(pixels).save(folder / name)
                row = [name, f"s{slide}", "AB"[slide % 2], ["tumor", "stroma"][slide // 8], 16.0]
                writer.writerow(row)
    return build_reference(folder / "manifest.csv", folder / "noise.pgref").reference


def of_reference(reference: ReferenceSet, path: Path, width: int = 5) -> np.ndarray:
    """Write embeddings of the tiles in another order; return them in the right one."""
    names = np.array([Path(tile).stem for tile in reference.tiles])
    tumor = (reference.labels.tissue == "tumor").astype(np.float32)
    rest = RNG.normal(size=(width - 1, len(names)))
    values = np.stack([tumor, *rest], axis=1).astype(np.float32)
    order = RNG.permutation(len(names))
    np.savez(path, features=values[order], tile=names[order])
    return values


def of_slide(path: Path, name: str, cells: list[tuple[int, int]], width: int = 5) -> np.ndarray:
    """TRIDENT's file for a slide, its tiles at ``cells`` of a lattice."""
    values = RNG.normal(size=(len(cells), width)).astype(np.float32)
    with h5py.File(path, "w") as file:
        file["features"] = values
        file["features"].attrs["encoder"] = "virchow2"
        coords = file.create_dataset("coords", data=np.array(cells) * EDGE_PX)
        coords.attrs["patch_size_level0"] = EDGE_PX
        coords.attrs["name"] = name
    return values


def test_an_import_is_an_encoder_of_the_list_until_it_is_removed(
    reference: ReferenceSet, tmp_path: Path
) -> None:
    of_reference(reference, tmp_path / "virchow2.npz")
    folder = tmp_path / "imported"
    spec = import_embeddings([tmp_path / "virchow2.npz"], folder)
    assert spec in encoders()
    assert (spec.name, spec.title, spec.dim) == ("virchow2-imported", "virchow2 (imported)", 5)
    assert spec.readiness().ready
    assert spec.origin == f"imported from {tmp_path / 'virchow2.npz'}"
    with pytest.raises(EncoderError, match="its model is not"):
        spec.load("cpu", "fp32")
    again = import_embeddings([tmp_path / "virchow2.npz"], folder)
    assert again.name == "virchow2-imported-2"

    registry.remove(spec.name)
    registry.remove(again.name)
    assert add_imports(folder) == ()
    assert encoder("virchow2-imported").readiness() == spec.readiness()
    remove_import("virchow2-imported", folder)
    assert [path.stem for path in folder.iterdir()] == ["virchow2-imported-2"]
    assert (tmp_path / "virchow2.npz").is_file()
    with pytest.raises(EncoderError, match="No encoder is called"):
        encoder("virchow2-imported")


def test_files_that_changed_or_went_are_said(reference: ReferenceSet, tmp_path: Path) -> None:
    path = tmp_path / "virchow2.npz"
    of_reference(reference, path)
    spec = import_embeddings([path], tmp_path / "imported")
    of_reference(reference, path, width=6)
    assert "have changed since they were imported" in spec.readiness().detail
    path.unlink()
    assert spec.readiness().detail.startswith(f"{path} is no longer there.")


def test_files_of_different_widths_are_not_one_encoder(
    reference: ReferenceSet, tmp_path: Path
) -> None:
    of_reference(reference, tmp_path / "a.npz", width=5)
    of_reference(reference, tmp_path / "b.npz", width=6)
    with pytest.raises(EmbeddingsError, match=r"5 numbers a tile in a\.npz and 6 .* in b\.npz"):
        import_embeddings([tmp_path / "a.npz", tmp_path / "b.npz"], tmp_path / "imported")
    assert not (tmp_path / "imported").exists()


def test_an_import_can_be_cancelled(reference: ReferenceSet, tmp_path: Path) -> None:
    of_reference(reference, tmp_path / "a.npz")

    def stop(event: object) -> None:
        if isinstance(event, Progress) and event.stage == "Hashing embeddings":
            raise Cancelled

    with pytest.raises(Cancelled):
        import_embeddings([tmp_path / "a.npz"], tmp_path / "imported", report=stop)
    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        '{"title": "Süd"}'.encode("latin-1"),
        b'{"title": "x", "dim": 5, "files": [], "sha256": "", "stamp": ""}',
        b'{"title": "x", "dim": 1000000000000, "files": ["a"], "sha256": "", "stamp": ""}',
    ],
)
def test_a_damaged_import_is_named_and_the_others_are_there(
    reference: ReferenceSet, tmp_path: Path, content: bytes
) -> None:
    folder = tmp_path / "imported"
    of_reference(reference, tmp_path / "a.npz")
    spec = import_embeddings([tmp_path / "a.npz"], folder)
    registry.remove(spec.name)
    (folder / "broken.json").write_bytes(content)
    (fault,) = add_imports(folder)
    assert fault.startswith(f"{folder / 'broken.json'} is no import of embeddings")
    assert encoder(spec.name).dim == 5


def test_imported_embeddings_are_evaluated_like_those_of_any_encoder(
    reference: ReferenceSet, tmp_path: Path
) -> None:
    values = of_reference(reference, tmp_path / "a.npz")
    spec = import_embeddings([tmp_path / "a.npz"], tmp_path / "imported")
    run = evaluate(ask(reference=reference, encoders=(spec.name,), k=5)).run
    assert run.failures == []
    (result,) = run.encoders
    direct = measure(values, reference.labels, k=5)
    assert result.reference.robustness_index == direct.robustness_index
    assert result.encoder.weights_sha256 == spec.readiness().weights_sha256
    assert result.encoder.pooling == result.encoder.transform == "done elsewhere"
    assert result.encoder.mpp_used is None


CELLS = [(0, 0), (1, 0), (3, 1), (2, 2)]


def test_on_a_slide_the_tiles_are_those_of_the_file_for_every_encoder(
    reference: ReferenceSet, slide_path: Path, tmp_path: Path
) -> None:
    """An import cannot embed other tiles, and encoders are compared on the same ones."""
    of_reference(reference, tmp_path / "tiles.npz")
    folder = tmp_path / "trident"
    folder.mkdir()
    of_slide(folder / f"{slide_path.stem}.h5", slide_path.stem, CELLS)
    of_slide(folder / "other.h5", "other", [(9, 9)])
    spec = import_embeddings([tmp_path / "tiles.npz", folder], tmp_path / "imported")
    assert len(spec.embeddings) == 3
    names = (spec.name, "color-statistics")
    with open_slide(slide_path, MPP) as slide:
        request = ask(reference=reference, encoders=names, slide=slide, k=5)
        evaluation = evaluate(request)
    assert evaluation.run.failures == []
    tiles = evaluation.tiles
    assert tiles is not None
    assert sorted(map(tuple, tiles.cells.tolist())) == sorted(CELLS)
    assert set(tiles.tissue) == set(names)
    assert evaluation.run.slide is not None
    assert evaluation.run.slide.tile_size_l0 == EDGE_PX
    said = " ".join(event.text for event in evaluation.run.events)
    assert f"The slide's 4 tiles are those of {spec.title}, which is imported." in said


def test_each_tile_gets_its_own_embedding(
    reference: ReferenceSet, slide_path: Path, tmp_path: Path
) -> None:
    """The file's order is not that of the grid."""
    of_reference(reference, tmp_path / "tiles.npz")
    path = tmp_path / f"{slide_path.stem}.h5"
    written = dict(zip(CELLS, of_slide(path, slide_path.stem, CELLS), strict=True))
    spec = import_embeddings([tmp_path / "tiles.npz", path], tmp_path / "imported")
    matched = MatchedImports([spec])
    with open_slide(slide_path, MPP) as slide:
        found = matched.grid(slide, 128.0)
        assert found is not None
        tiles = SlideTiles(slide, found[0])
        embedded = embed(tiles, spec, store=matched.bind(reference, tiles, None))
    matched.check(spec.name)
    for cell, values in zip(found[0].cells.tolist(), embedded.values, strict=True):
        np.testing.assert_array_equal(values, written[tuple(cell)])


def test_an_import_that_does_not_fit_fails_alone_and_says_why(
    reference: ReferenceSet, slide_path: Path, tmp_path: Path
) -> None:
    of_reference(reference, tmp_path / "tiles.npz")
    of_slide(tmp_path / "another.h5", "another", CELLS)
    spec = import_embeddings([tmp_path / "tiles.npz", tmp_path / "another.h5"], tmp_path / "i")
    with open_slide(slide_path, MPP) as slide:
        request = ask(
            reference=reference, encoders=(spec.name, "color-statistics"), slide=slide, k=5
        )
        evaluation = evaluate(request)
    run = evaluation.run
    (failure,) = evaluation.failures
    assert failure.name == spec.name
    assert f"has coordinates of tiles of {slide_path.name}" in failure.reason
    (kept,) = run.failures  # what others may see names the slide by its pseudonym
    assert slide_path.name not in kept.reason
    assert [result.encoder.name for result in run.encoders] == ["color-statistics"]


def test_an_import_that_names_no_tiles_is_refused_when_it_is_imported(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", features=RNG.normal(size=(6, 5)).astype(np.float32))
    with pytest.raises(EmbeddingsError, match=r"1 of the 1 files do not say which tile"):
        import_embeddings([tmp_path / "a.npz"], tmp_path / "imported")
    assert not (tmp_path / "imported").exists()


def test_tridents_files_alone_fit_a_reference_set_that_knows_places(tmp_path: Path) -> None:
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "slide_id", "center", "tissue", "mpp", "x", "y"])
        for slide in range(4):
            for tile in range(2):
                name = f"{slide}_{tile}.png"
                pixels = RNG.integers(0, 255, (8, 8, 3), np.uint8)
                Image.fromarray(pixels).save(tmp_path / name)
                row = [name, f"s{slide}.svs", "AB"[slide % 2], "ab"[slide // 2], 16.0]
                writer.writerow([*row, EDGE_PX * tile, 0])
    known = build_reference(tmp_path / "manifest.csv", tmp_path / "k.pgref").reference
    given = [
        of_slide(tmp_path / f"s{slide}.h5", f"s{slide}", [(1, 0), (0, 0)]) for slide in range(4)
    ]
    spec = import_embeddings([tmp_path / f"s{slide}.h5" for slide in range(4)], tmp_path / "i")
    matched = MatchedImports([spec])
    (part,) = (matched.bind(known, None, None) or pytest.fail("nothing bound"))._parts.values()
    matched.check(spec.name)
    np.testing.assert_array_equal(part, np.concatenate([values[::-1] for values in given]))


@pytest.mark.parametrize("suffix", [".npy", ".pt"])
def test_a_lone_matrix_is_imported_with_a_table_in_the_same_order(
    reference: ReferenceSet, tmp_path: Path, suffix: str
) -> None:
    order = RNG.permutation(len(reference))
    values = RNG.normal(size=(len(reference), 5)).astype(np.float32)
    path = tmp_path / f"uni{suffix}"
    if suffix == ".npy":
        np.save(path, values[order])
    else:
        torch.save(torch.from_numpy(values[order]), path)
    table, folder = tmp_path / "tiles.csv", tmp_path / "imported"
    names = [reference.tiles[i] for i in order]
    table.write_text("\n".join(["File;Nr", *(f"{name};1" for name in names)]))
    spec = import_embeddings([path], folder, same_order=table)
    matched = MatchedImports([spec])
    (part,) = (matched.bind(reference, None, None) or pytest.fail("nothing bound"))._parts.values()
    np.testing.assert_array_equal(part, values)
    remove_import(spec.name, folder)
    assert list(folder.iterdir()) == []
    assert path.is_file()
    table.write_text("\n".join(["File;Nr", *(f"{name};1" for name in names[1:])]))
    with pytest.raises(EmbeddingsError, match="cannot be in the same order"):
        import_embeddings([path], folder, same_order=table)
    assert list(folder.iterdir()) == []
