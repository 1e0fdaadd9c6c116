"""The embeddings of a run, written as TRIDENT does."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from PIL import Image

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EmbeddingsError
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.options import OPTIONS
from pathgui.core.slides.slide import open_slide
from tests.asking import AREA, another, ask, evaluate, export_trident
from tests.core.imported.test_as_encoders import CELLS, EDGE_PX, MPP, RNG, of_reference, of_slide
from tests.known import import_embeddings
from tests.material import make_reference


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


def test_what_was_embedded_is_exported_and_comes_in_again_as_it_was(
    reference: ReferenceSet, slide_path: Path, tmp_path: Path
) -> None:
    """Out as TRIDENT's .h5, in as an import: the same answers for every tile."""
    of_reference(reference, tmp_path / "tiles.npz")
    of_slide(tmp_path / f"{slide_path.stem}.h5", slide_path.stem, CELLS)
    first = import_embeddings(
        [tmp_path / "tiles.npz", tmp_path / f"{slide_path.stem}.h5"], tmp_path / "imported"
    )
    store = EmbeddingStore(tmp_path / "store")
    names = ("color-statistics", first.name)
    with open_slide(slide_path, MPP) as slide:
        request = ask(keep_names=True, reference=reference, encoders=names, slide=slide, k=5)
        evaluation = evaluate(request, store=store)
        paths = export_trident(evaluation, slide, reference, tmp_path / "out", store)
    assert paths == [tmp_path / "out" / name / f"{slide_path.stem}.h5" for name in names]
    again = import_embeddings([tmp_path / "tiles.npz", paths[1]], tmp_path / "imported")
    with open_slide(slide_path, MPP) as slide:
        request = ask(reference=reference, encoders=(again.name,), slide=slide, k=5)
        tiles = evaluate(request).tiles
    assert tiles is not None
    assert evaluation.tiles is not None
    np.testing.assert_array_equal(tiles.cells, evaluation.tiles.cells)
    np.testing.assert_array_equal(tiles.distance[again.name], evaluation.tiles.distance[first.name])
    with h5py.File(paths[0], "r") as file:
        assert file["features"].shape == (len(CELLS), 6)
        assert file["coords"].attrs["patch_size_level0"] == EDGE_PX


@pytest.mark.parametrize(
    "options",
    [{"max_tiles": 3, option.name: another(option)} for option in OPTIONS if option.of_slide]
    + [{"preparation": "fast"}, {"max_tiles": 3}],
)
def test_what_was_evaluated_is_exported_and_nothing_is_embedded_for_it(
    slide_path: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    if options.get("tissue_from_region"):  # the mask is a region, so there has to be one
        options = {"region_l0": AREA, **options}
    colors = make_reference(tmp_path / "set")
    store = EmbeddingStore(tmp_path / "store")
    with open_slide(slide_path, MPP) as slide:
        request = ask(colors, ("color-statistics",), slide, k=5, **options)
        evaluation = evaluate(request, store=store)
        kept = {entry.digest: entry.done for entry in store.entries()}
        (path,) = export_trident(evaluation, slide, colors, tmp_path / "out", store)
    assert {entry.digest: entry.done for entry in store.entries()} == kept
    assert evaluation.tiles is not None
    assert evaluation.run.slide is not None
    with h5py.File(path, "r") as file:
        places = evaluation.tiles.cells * evaluation.run.slide.tile_stride_l0
        np.testing.assert_array_equal(file["coords"][:], places)


def test_an_export_that_cannot_be_written_says_so(slide_path: Path, tmp_path: Path) -> None:
    colors = make_reference(tmp_path / "set")
    (tmp_path / "taken").write_text("a file")
    store = EmbeddingStore(tmp_path / "store")
    with open_slide(slide_path, MPP) as slide:
        evaluation = evaluate(ask(colors, ("color-statistics",), slide, k=5))
        with pytest.raises(EmbeddingsError, match="could not be written"):
            export_trident(evaluation, slide, colors, tmp_path / "taken", store)


def test_a_tile_that_is_not_found_any_more_is_an_error_and_no_other_tile(
    slide_path: Path, tmp_path: Path
) -> None:
    colors = make_reference(tmp_path / "set")
    store = EmbeddingStore(tmp_path / "store")
    with open_slide(slide_path, MPP) as slide:
        request = ask(colors, ("color-statistics",), slide, k=5, max_tiles=7)
        evaluation = evaluate(request, store=store)
        assert evaluation.tiles is not None
        cells = evaluation.tiles.cells.copy()
        cells[0] = 0  # glass
        elsewhere = replace(evaluation, tiles=replace(evaluation.tiles, cells=cells))
        with pytest.raises(EmbeddingsError, match="no tile in column 0, row 0 of the grid"):
            export_trident(elsewhere, slide, colors, tmp_path / "out", store)
