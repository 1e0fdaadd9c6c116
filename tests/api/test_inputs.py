"""Everything that users hand in comes to the same arrays, or to one sentence."""

from __future__ import annotations

import datetime
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from pathgui.api.inputs import arrays_of, matrix
from pathgui.core.errors import EmbeddingsError
from tests.api.material import CENTER, LABELS, SLIDE, TISSUE, embeddings

VALUES = embeddings().astype(np.float32)


def pandas():
    return pytest.importorskip("pandas", reason="pandas is not installed")


def polars():
    return pytest.importorskip("polars", reason="polars is not installed")


def torch():
    return pytest.importorskip("torch")


def halved() -> np.ndarray:
    return VALUES.astype(np.float16).astype(np.float32)


EMBEDDINGS = {
    "lists": lambda: VALUES.tolist(),
    "tuples": lambda: tuple(map(tuple, VALUES.tolist())),
    "a list of arrays": lambda: list(VALUES),
    "an array": lambda: VALUES,
    "an array in Fortran's order": lambda: np.asfortranarray(VALUES),
    "a masked array": lambda: np.ma.array(VALUES),
    "a column of arrays": lambda: np.array([*VALUES, None], object)[:-1],
    "a tensor": lambda: torch().from_numpy(VALUES),
    "a tensor with a gradient": lambda: torch().from_numpy(VALUES).requires_grad_(),
    "a list of tensors": lambda: list(torch().from_numpy(VALUES).requires_grad_()),
    "a table of pandas": lambda: pandas().DataFrame(VALUES),
    "a table of pandas with gaps allowed": lambda: pandas().DataFrame(VALUES).astype("Float32"),
    "a column of pandas": lambda: pandas().Series(list(VALUES)),
    "a column of lists in pandas": lambda: pandas().Series(VALUES.tolist()),
    "a table of pyarrow": lambda: pa.table({str(i): VALUES[:, i] for i in range(5)}),
    "a column of pyarrow": lambda: pa.array(list(VALUES)),
    "a column of pyarrow in parts": lambda: pa.chunked_array([list(VALUES[:9]), list(VALUES[9:])]),
    "a column of vectors of one length": lambda: pa.FixedSizeListArray.from_arrays(
        pa.array(VALUES.ravel()), 5
    ),
    "a table of polars": lambda: polars().DataFrame(VALUES),
    "a column of polars": lambda: polars().Series(VALUES.tolist()),
    "a sparse matrix": lambda: pytest.importorskip("scipy.sparse").csr_matrix(VALUES),
    "something that gives an array": lambda: SimpleArray(VALUES),
}


class SimpleArray:
    """As a dataset of HDF5 or Zarr, or an array on another device."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self.values


@pytest.mark.parametrize("kind", EMBEDDINGS)
def test_embeddings_of_any_kind_are_the_same_array(kind):
    found = matrix(EMBEDDINGS[kind]())
    assert found.shape == VALUES.shape
    np.testing.assert_array_equal(found.astype(np.float32), VALUES)


@pytest.mark.parametrize(
    ("dtype", "becomes"),
    [
        ("float64", "float64"), ("float32", "float32"), ("float16", "float32"),
        ("int64", "float64"), ("int8", "float32"), ("uint16", "float32"), (">f4", "float32"),
    ],
)  # fmt: skip
def test_numbers_are_kept_as_precise_as_files_of_them(dtype, becomes):
    given = np.arange(10).reshape(5, 2).astype(dtype)
    found = matrix(given)
    assert found.dtype == becomes
    assert found.tolist() == given.tolist()


def test_half_precision_of_torch_is_widened():
    tensor = torch().from_numpy(VALUES)
    np.testing.assert_array_equal(matrix(tensor.half()), halved())
    found = matrix(tensor.bfloat16())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, VALUES, atol=0.02)


def test_gaps_in_tables_are_rows_that_are_not_finite():
    table = pandas().DataFrame(VALUES).astype("Float32")
    table.iloc[3, 1] = None
    assert np.isnan(matrix(table)[3, 1])
    masked = np.ma.array(VALUES, mask=VALUES[3, 1] == VALUES)
    assert np.isnan(matrix(masked)[3, 1])


WRONG_EMBEDDINGS = [
    (lambda: None, "The embeddings are None; expected numbers of shape"),
    (lambda: "features.npz", "Files are measured by pathgui metrics"),
    (lambda: Path("features.npz"), "Files are measured by pathgui metrics"),
    (lambda: {"a": VALUES}, "The embeddings are a dict"),
    (lambda: {1, 2}, "(set)"),
    (lambda: 3.5, "shape () and the type float64"),
    (lambda: VALUES[0], "shape (5,)"),
    (lambda: VALUES[None], "shape (1, 48, 5)"),
    (lambda: [], "shape (0,)"),
    (lambda: VALUES[:0], "shape (0, 5)"),
    (lambda: VALUES[:, :0], "shape (48, 0)"),
    (lambda: VALUES > 0, "type bool"),
    (lambda: VALUES * 1j, "type complex64"),
    (lambda: VALUES.astype(str), "type <U"),
    (lambda: VALUES.astype(object), '.astype("float32")'),
    (lambda: np.array([[1, "lung"], [2, 3]], object), "They hold 'lung' (str), which is no number"),
    (lambda: [[1, 2], [3]], "cannot be read as numbers"),
    (lambda: [VALUES[0], VALUES[1][:3]], "cannot be read as numbers"),
    (lambda: pa.array([[1.0, 2.0], [3.0]]), "differ in length: from 1 to 2 numbers a tile"),
    (lambda: pa.array([[1.0, 2.0], None]), "They hold"),
    (lambda: pa.table({"a": [1.0], "b": ["x"]}), "They hold"),
    (lambda: (each for each in VALUES), "generator"),
    (lambda: [torch().zeros(2), torch().zeros(3)], "cannot be read as numbers"),
    (
        lambda: pandas().DataFrame({"f0": [1.0], "slide": ["a"], "when": ["b"]}),
        "These columns of the embeddings hold no numbers: slide, when.",
    ),
]


@pytest.mark.parametrize(("given", "said"), WRONG_EMBEDDINGS)
def test_embeddings_that_are_wrong_are_told_in_a_sentence(given, said):
    with pytest.raises(EmbeddingsError) as told:
        matrix(given())
    assert said in str(told.value)
    assert str(told.value).endswith(".")
    assert "\n" not in str(told.value)


NAMED = ["b", "a", "", "b"]
COLUMNS = {
    "a list": lambda: ["b", "a", None, "b"],
    "a tuple": lambda: ("b", "a", "", "b"),
    "a generator": lambda: (each for each in ["b", "a", None, "b"]),
    "an array": lambda: np.array(["b", "a", "", "b"]),
    "bytes": lambda: np.array([b"b", b"a", b"", b"b"]),
    "an array of objects": lambda: np.array(["b", "a", np.nan, "b"], object),
    "a masked array": lambda: np.ma.array(["b", "a", "x", "b"], mask=[0, 0, 1, 0]),
    "a column of pandas": lambda: pandas().Series(["b", "a", None, "b"]),
    "categories of pandas": lambda: pandas().Series(["b", "a", None, "b"], dtype="category"),
    "a bare category": lambda: pandas().Categorical(["b", "a", None, "b"]),
    "text of pandas": lambda: pandas().Series(["b", "a", None, "b"], dtype="string"),
    "an index": lambda: pandas().Index(["b", "a", None, "b"]),
    "pyarrow": lambda: pa.array(["b", "a", None, "b"]),
    "a dictionary of pyarrow": lambda: pa.array(["b", "a", None, "b"]).dictionary_encode(),
    "parts of pyarrow": lambda: pa.chunked_array([["b"], ["a", None, "b"]]),
    "polars": lambda: polars().Series(["b", "a", None, "b"]),
    "categories of polars": lambda: (
        polars().Series(["b", "a", None, "b"]).cast(polars().Categorical)
    ),
    "something that gives an array": lambda: SimpleArray(np.array(["b", "a", "", "b"])),
    "marks of what is missing": lambda: ["b", " a ", "n/a", "b"],
}


def read(column: object) -> list[str]:
    labels = {"tissue": column, "center": [1, 2, 3, 4], "slide": list("wxyz")}
    return arrays_of(VALUES[:4], labels).labels["tissue"].tolist()


@pytest.mark.parametrize("kind", COLUMNS)
def test_labels_of_any_kind_are_the_same_texts(kind):
    assert read(COLUMNS[kind]()) == NAMED


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        ([1, 2, 1, 3], ["1", "2", "1", "3"]),
        (np.array([1, 2, 1, 3], np.uint8), ["1", "2", "1", "3"]),
        ([1.0, 2.0, float("nan"), 3.0], ["1", "2", "", "3"]),
        (np.array([1, 2, np.nan, 3], np.float32), ["1", "2", "", "3"]),
        ([True, False, True, True], ["True", "False", "True", "True"]),
        (range(4), ["0", "1", "2", "3"]),
        ([1, "1", None, "a"], ["1", "1", "", "a"]),
    ],
)
def test_numbers_and_truth_values_are_names(column, texts):
    assert read(column) == texts


def test_numbers_of_torch_and_pandas_are_names():
    assert read(torch().tensor([1, 2, 1, 3])) == ["1", "2", "1", "3"]
    with_gaps = pandas().Series([1, 2, None, 3])  # pandas makes floats of these
    assert read(with_gaps) == ["1", "2", "", "3"]
    assert read(with_gaps.astype("Int64")) == ["1", "2", "", "3"]


def test_labels_are_called_as_in_files():
    found = arrays_of(VALUES, {**LABELS, "patient": SLIDE, "pair": TISSUE, "subset": CENTER})
    assert set(found.labels) == {"tissue", "center", "slide", "patient", "pair", "subset"}
    assert found.labels["patient"].tolist() == SLIDE


def test_labels_that_look_alike_are_told():
    notices = arrays_of(VALUES[:2], {"tissue": ["lung", "Lung"], "center": [1, 2], "slide": [1, 2]})
    assert '"Lung" and "lung" differ only in case' in notices.notices[0]


WRONG_LABELS = [
    (lambda: "tissue", "tissue is the text 'tissue'; expected one label for each tile."),
    (lambda: None, "tissue is None"),
    (lambda: 3, "tissue is 3 (int)"),
    (lambda: {"a": 1}, "tissue is {'a': 1} (dict)"),
    (lambda: {"a", "b"}, "(set); expected one label"),
    (lambda: ["a", "b", "c"], "There are 4 embeddings, but tissue has 3 labels"),
    (lambda: [], "tissue has 0 labels"),
    (lambda: [0.5, 1, 2, 3], "tissue holds 0.5 (row 0); expected names or whole numbers."),
    (lambda: np.array([1, 2, 3, 0.25], np.float32), "tissue holds 0.25 (row 3)"),
    (lambda: [["a"], ["b"], ["c"], ["d"]], "tissue holds ['a'] (list) (row 0)"),
    (lambda: np.eye(4), "tissue holds [1.0, 0.0, 0.0, 0.0] (list) (row 0)"),
    (lambda: np.array("a"), "tissue is 'a' (str)"),
    (lambda: [b"\xe9", b"a", b"b", b"c"], "bytes that are not UTF-8 (row 0)"),
    (lambda: pandas().DataFrame({"a": [1, 2, 3, 4]}), "tissue is a table; give one of its columns"),
    (lambda: pa.table({"a": [1, 2, 3, 4]}), "tissue is a table"),
    (lambda: torch().zeros(4, 2), "tissue holds [0.0, 0.0] (list)"),
]


@pytest.mark.parametrize(("given", "said"), WRONG_LABELS)
def test_labels_that_are_wrong_are_told_in_a_sentence(given, said):
    with pytest.raises(EmbeddingsError) as told:
        read(given())
    assert said in str(told.value)
    assert "\n" not in str(told.value)


def test_other_things_that_have_a_name_are_labels():
    dates = [datetime.date(2024, 1, day) for day in (1, 2, 3, 4)]
    assert read(dates)[0] == "2024-01-01"
    assert read([Fraction(1, 2)] * 4) == ["1/2"] * 4


def test_rows_in_another_order_are_not_mixed_up():
    table = pandas().DataFrame(VALUES, index=[f"tile {i}" for i in range(48)])
    named = {name: pandas().Series(given, index=table.index) for name, given in LABELS.items()}
    assert arrays_of(table, named).labels["tissue"].tolist() == TISSUE
    named["center"] = named["center"].iloc[::-1]
    with pytest.raises(EmbeddingsError, match=r"center has the rows of embeddings in another"):
        arrays_of(table, named)
    with pytest.raises(EmbeddingsError, match=r"center has the rows of tissue in another order"):
        arrays_of(VALUES, named)
    named["center"] = named["center"].loc[table.index]
    assert arrays_of(table, named).labels["center"].tolist() == CENTER


def test_rows_with_other_names_are_taken_in_their_order():
    table = pandas().DataFrame(VALUES, index=[f"tile {i}" for i in range(48)])
    named = {name: pandas().Series(given) for name, given in LABELS.items()}
    assert arrays_of(table, named).labels["slide"].tolist() == SLIDE


def test_what_only_has_an_index_method_is_no_column_of_pandas():
    assert arrays_of(VALUES, {**LABELS, "slide": SimpleNamespace(tolist=lambda: SLIDE)}).labels
