"""AnnData, or what can do the same: obs for labels; X, obsm or layers for embeddings."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import pathgui
from pathgui.api.annotated import is_annotated, parts_of
from pathgui.core.errors import EmbeddingsError
from tests.api.material import CENTER, SLIDE, TISSUE, embeddings

COLUMNS = {"tissue": "diagnosis", "center": "hospital", "slide": "slide_id"}


def obs():
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    table = {"diagnosis": TISSUE, "hospital": CENTER, "slide_id": SLIDE}
    return pandas.DataFrame(table, index=[f"tile-{i}" for i in range(48)])


def stand_in(**parts):
    return SimpleNamespace(**{"X": None, "obs": obs(), "obsm": {}, "layers": {}} | parts)


class Sparse:
    """A sparse matrix as far as it is looked at."""

    shape = (48, 9)

    def toarray(self):
        raise AssertionError("a sparse matrix holds no embeddings")


def test_it_is_told_by_its_parts():
    assert is_annotated(stand_in())
    assert not is_annotated(embeddings())
    assert not is_annotated(obs())


class View(np.ndarray):
    """A part of AnnData that was sliced: an array, though it has what sparse ones have."""

    def toarray(self):
        return np.asarray(self)


@pytest.mark.parametrize(
    "parts",
    [
        {"obsm": {"X_uni": embeddings().view(View)}},
        {"X": embeddings()},
        {"obsm": {"X_uni": embeddings()}},
        {"X": Sparse(), "obsm": {"X_uni": embeddings()}},
        {"obsm": {"X_uni": embeddings(), "X_umap": np.zeros((48, 2)), "spatial": SLIDE}},
        {"X": np.zeros((48, 0)), "obsm": {"X_uni": embeddings()}},
    ],
)
def test_the_one_dense_matrix_is_taken(parts):
    values, labels = parts_of(stand_in(**parts), COLUMNS)
    np.testing.assert_array_equal(values, embeddings())
    assert labels["center"].tolist() == CENTER


@pytest.mark.parametrize("name", ["X", "X_uni", "raw"])
def test_what_holds_the_embeddings_can_be_said(name):
    parts = {"X": embeddings(1), "X_uni": embeddings(2), "raw": embeddings(3)}
    data = stand_in(X=parts["X"], obsm={"X_uni": parts["X_uni"]}, layers={"raw": parts["raw"]})
    np.testing.assert_array_equal(parts_of(data, COLUMNS, name)[0], parts[name])


def test_labels_can_also_be_given_themselves():
    labels = parts_of(stand_in(X=embeddings()), {**COLUMNS, "tissue": TISSUE})[1]
    assert labels["tissue"] is TISSUE


@pytest.mark.parametrize(
    ("parts", "labels", "array", "said"),
    [
        ({"X": embeddings()}, {"tissue": "diagnose"}, "", "Did you mean 'diagnosis'? It has: dia"),
        ({"X": embeddings()}, COLUMNS, "uni", "no embeddings called 'uni'; it has X."),
        ({}, COLUMNS, "", "AnnData has no dense matrix X and none in obsm"),
        ({}, COLUMNS, "X", "no embeddings called 'X'; it has none."),
        (
            {"X": embeddings(), "obsm": {"uni": embeddings()}},
            COLUMNS,
            "",
            'may be X or uni (X, or a part of obsm). Say which with array="uni".',
        ),
    ],
)  # fmt: skip
def test_what_is_not_there_or_not_clear_is_said(parts, labels, array, said):
    with pytest.raises(EmbeddingsError) as told:
        parts_of(stand_in(**parts), labels, array)
    assert said in str(told.value)


def test_measuring_it_equals_measuring_its_arrays():
    options = {"sweep": "none", "device": "cpu", "k": 5}
    data = stand_in(obsm={"X_uni": embeddings()})
    found = pathgui.measure(data, **COLUMNS, **options)
    arrays = pathgui.measure(embeddings(), tissue=TISSUE, center=CENTER, slide=SLIDE, **options)
    assert found.to_json() == arrays.to_json()


def test_a_part_can_only_be_named_of_annotated_data():
    with pytest.raises(pathgui.PathguiError, match="array names a part of AnnData"):
        pathgui.measure(embeddings(), tissue=TISSUE, center=CENTER, slide=SLIDE, array="X")


def test_anndata_itself_is_read(tmp_path):
    anndata = pytest.importorskip("anndata", reason="anndata is not installed")
    table = obs().astype({"diagnosis": "category"})
    data = anndata.AnnData(obs=table, obsm={"X_uni": embeddings()}, layers={})
    assert is_annotated(data)
    options = {"sweep": "none", "device": "cpu", "k": 5}
    found = pathgui.measure(data, **COLUMNS, **options)
    data.write_h5ad(tmp_path / "set.h5ad")
    again = pathgui.measure(
        anndata.read_h5ad(tmp_path / "set.h5ad", backed="r"), **COLUMNS, **options
    )
    assert found.to_json() == again.to_json()
    view = pathgui.measure(data[data.obs["hospital"] == "A"], **COLUMNS, **options)
    assert view.robustness_index.value is None
