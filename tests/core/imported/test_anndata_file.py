"""``.h5ad`` files in AnnData's documented layout, read back here and, where it is, by anndata."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.anndata_file import write_anndata
from pathgui.core.imported.readers import read_file

VALUES = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
NAMES = [f"tile {i}" for i in range(5)]
OBS = {
    "slide_id": ["a", "a", "b", "b", "Präparat"],
    "center": ["Süd", None, "Süd", "Nord", "Nord"],
    "x_l0": np.arange(5),
    "far": np.array([True, False, False, True, False]),
    "p": np.array([0.5, np.nan, 1, 0, 0.25], np.float32),
}


@pytest.fixture
def path(tmp_path):
    write_anndata(
        tmp_path / "a.h5ad",
        OBS,
        NAMES,
        x=VALUES,
        obsm={"spatial": np.arange(10).reshape(5, 2), "X_tsne_uni": np.zeros((5, 2))},
        uns={"pathgui": {"run": "8f", "mpp_l0": 0.5, "about": {"tile_size_l0": 448}}},
    )
    return tmp_path / "a.h5ad"


def test_what_is_written_is_read_as_embeddings_with_their_labels(path):
    found = read_file(path)
    np.testing.assert_array_equal(found.values, VALUES)
    assert found.tiles.tolist() == NAMES
    assert found.labels["slide"].tolist() == OBS["slide_id"]
    assert found.labels["center"].tolist() == ["Süd", "", "Süd", "Nord", "Nord"]
    assert found.coords_l0.tolist() == np.arange(10).reshape(5, 2).tolist()


def test_maps_are_not_taken_for_embeddings_of_several_encoders(tmp_path):
    obsm = {"uni": VALUES, "shell": VALUES, "X_tsne_uni": VALUES[:, :2]}
    write_anndata(tmp_path / "a.h5ad", {}, NAMES, obsm=obsm)
    with pytest.raises(EmbeddingsError, match="may be shell or uni"):
        read_file(tmp_path / "a.h5ad")
    np.testing.assert_array_equal(read_file(tmp_path / "a.h5ad", "uni").values, VALUES)


def test_every_element_says_how_it_is_encoded(path):
    """As AnnData's page on its on-disk format asks of every element."""
    versions = {
        "anndata": "0.1.0", "dict": "0.1.0", "dataframe": "0.2.0", "array": "0.2.0",
        "string-array": "0.2.0", "categorical": "0.2.0", "string": "0.2.0",
        "numeric-scalar": "0.2.0",
    }  # fmt: skip
    seen = set()
    with h5py.File(path, "r") as file:

        def check(name, element):
            kind = element.attrs["encoding-type"]
            assert versions[kind] == element.attrs["encoding-version"], name
            seen.add(kind)

        check("/", file)
        file.visititems(check)
        assert list(file["obs"].attrs["column-order"]) == list(OBS)
        assert file["obs"]["center"]["codes"].dtype == np.int8
    assert seen == set(versions)


def test_anndata_itself_reads_it_without_a_warning(path):
    anndata = pytest.importorskip("anndata")
    read = anndata.read_h5ad(path)
    np.testing.assert_array_equal(read.X, VALUES)
    assert read.obs_names.tolist() == NAMES
    assert read.obs["center"].tolist()[3] == "Nord"
    assert read.obs["center"].isna().tolist() == [False, True, False, False, False]
    assert read.obs["far"].dtype == bool
    assert read.uns["pathgui"]["about"]["tile_size_l0"] == 448
    assert set(read.obsm) == {"spatial", "X_tsne_uni"}


def test_what_does_not_fit_together_is_refused_before_anything_is_written(tmp_path):
    for wrong in (
        {"names": ["a", "a", "b", "c", "d"]},
        {"names": NAMES[:4]},
        {"obs": {"a/b": np.arange(5)}},
        {"x": VALUES[:2]},
    ):
        given = {"obs": OBS, "names": NAMES, "x": VALUES} | wrong
        with pytest.raises(ValueError, match=r"observations|name"):
            write_anndata(tmp_path / "a.h5ad", **given)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(EmbeddingsError, match="could not be written"):
        write_anndata(tmp_path / "file" / "a.h5ad", OBS, NAMES, x=VALUES)
