"""What is written is read back, in each format."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.embeddings_columns import ExternalEmbeddings
from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.embeddings_writer import require_format, write_embeddings
from pathgui.core.imported.readers import read_file

FORMATS = (".h5", ".npz", ".parquet", ".h5ad")
N = 6
FULL = ExternalEmbeddings(
    np.random.default_rng(5).normal(size=(N, 4)).astype(np.float32),
    "pathgui",
    encoder="uni2-h@cls",
    tiles=np.array([f"images/Präparat {i}.png" for i in range(N)]),
    labels={
        "tissue": np.array(["gland", "fat"] * 3),
        "center": np.array(["Süd"] * 3 + ["Nord"] * 3),
        "slide": np.array(["s 1", "s 1", "s 2", "s 3", "s 3", "s 4"]),
        "patient": np.array(["p1", "p1", "", "p3", "p3", "p4"]),
        "pair": np.array(["", "", "a", "a", "b", "b"]),
    },
    coords_l0=np.arange(2 * N).reshape(N, 2) * 100,
    size_l0=256,
    edge_um=128.5,
)
BARE = ExternalEmbeddings(FULL.values, "pathgui", tiles=FULL.tiles)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("written", [FULL, BARE, replace(FULL, coords_l0=None, size_l0=None)])
def test_every_fact_comes_back(tmp_path, suffix, written):
    path = tmp_path / f"a{suffix}"
    write_embeddings(path, written)
    read = read_file(path)
    np.testing.assert_array_equal(read.values, written.values)
    assert read.values.dtype == np.float32
    assert read.tiles.tolist() == written.tiles.tolist()
    for name, texts in written.labels.items():
        assert read.labels[name].tolist() == texts.tolist(), name
    assert (read.encoder, read.edge_um) == (written.encoder, written.edge_um)
    if written.coords_l0 is None:
        assert read.coords_l0 is None
    else:
        assert read.coords_l0.tolist() == written.coords_l0.tolist()
        assert read.size_l0 == written.size_l0


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_labels_in_a_file_suffice_to_measure_it(tmp_path, suffix):
    write_embeddings(tmp_path / f"a{suffix}", FULL)
    found = labeled(read_file(tmp_path / f"a{suffix}"))
    assert found.labels.slide.tolist() == FULL.labels["slide"].tolist()
    assert found.labels.patient.tolist() == FULL.labels["patient"].tolist()


def test_another_suffix_and_tiles_without_names_of_their_own_are_refused(tmp_path):
    with pytest.raises(EmbeddingsError, match=r"\.h5, \.npz, \.parquet, \.h5ad; a\.csv does not"):
        require_format(tmp_path / "a.csv")
    with pytest.raises(EmbeddingsError, match="names of their tiles"):
        write_embeddings(tmp_path / "a.npz", replace(FULL, tiles=None))
    twice = np.array(["a", "b", "c", "c", "d", "e"])
    with pytest.raises(EmbeddingsError, match="2 tiles are called c"):
        write_embeddings(tmp_path / "a.h5ad", replace(FULL, tiles=twice))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_place_that_cannot_be_written_is_named(tmp_path, suffix):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EmbeddingsError, match="could not be written"):
        write_embeddings(tmp_path / "file" / f"a{suffix}", FULL)
