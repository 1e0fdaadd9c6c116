"""Files with embeddings made elsewhere, and what may be wrong with them."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.embeddings_table import LabeledEmbeddings, labeled
from pathgui.core.imported.matching import read_external


def read_embeddings(path) -> LabeledEmbeddings:
    return labeled(read_external(path), allow_missing=True)


def good():
    return {
        "embeddings": np.arange(12, dtype=np.float32).reshape(4, 3) + 1,
        "tissue": np.array(["a", "b", "a", "b"]),
        "center": np.array(["x", "x", "y", "y"]),
        "slide": np.array(["1", "2", "3", "4"]),
    }


@pytest.fixture
def npz(tmp_path):
    def write(**changes):
        arrays = {name: value for name, value in (good() | changes).items() if value is not None}
        np.savez(tmp_path / "e.npz", **arrays)
        return tmp_path / "e.npz"

    return write


def test_npz_and_parquet_give_the_same(npz, tmp_path):
    columns = good() | {"patient": np.array(["p", "", "q", "q"])}
    table = {name: pa.array(value) for name, value in columns.items() if name != "embeddings"}
    flat = pa.array(columns["embeddings"].ravel())
    table["embeddings"] = pa.FixedSizeListArray.from_arrays(flat, 3)
    pq.write_table(pa.table(table), tmp_path / "e.parquet")
    from_npz = read_embeddings(npz(patient=columns["patient"]))
    from_parquet = read_embeddings(tmp_path / "e.parquet")
    for read in (from_npz, from_parquet):
        np.testing.assert_array_equal(read.values, columns["embeddings"])
        assert read.labels.slide.tolist() == ["1", "2", "3", "4"]
        assert read.labels.patient.tolist() == ["p", "", "q", "q"]


def test_parquet_lists_and_nulls_are_understood(tmp_path):
    table = pa.table(
        {
            "embeddings": [[1.0, 2.0], [3.0, 4.0]],
            "tissue": ["a", None],
            "center": ["x", "y"],
            "slide": [7, 8],
        }
    )
    pq.write_table(table, tmp_path / "e.parquet")
    read = read_embeddings(tmp_path / "e.parquet")
    assert read.labels.tissue.tolist() == ["a", ""]
    assert read.labels.slide.tolist() == ["7", "8"]
    assert read.values.dtype == np.float64


def test_half_precision_is_widened(npz):
    assert read_embeddings(npz(embeddings=np.ones((4, 3), np.float16))).values.dtype == np.float32


@pytest.mark.parametrize("name", ["array embeddings", "tissue", "center", "slide"])
def test_a_missing_array_is_named(npz, name):
    with pytest.raises(EmbeddingsError, match=f"ha(s|ve) no {name}"):
        read_embeddings(npz(**{name.split()[-1]: None}))


def test_without_slides_every_number_would_be_too_good(npz):
    with pytest.raises(EmbeddingsError, match="too good"):
        read_embeddings(npz(slide=None))


@pytest.mark.parametrize("name", ["tissue", "center", "slide", "patient"])
def test_an_array_of_the_wrong_length_is_named(npz, name):
    with pytest.raises(EmbeddingsError, match=f"{name}.* has the shape"):
        read_embeddings(npz(**{name: np.array(["a", "b"])}))


@pytest.mark.parametrize("values", [np.ones(4), np.ones((4, 0)), np.ones((4, 2, 2))])
def test_embeddings_must_be_a_table(npz, values):
    with pytest.raises(EmbeddingsError, match="embeddings of shape"):
        read_embeddings(npz(embeddings=values))


def test_embeddings_must_be_numbers(npz):
    with pytest.raises(EmbeddingsError, match="expected numbers"):
        read_embeddings(npz(embeddings=np.full((4, 3), "x")))


class Evil:
    def __reduce__(self):
        return (eval, ("open('evil', 'w')",))


@pytest.mark.parametrize("bad", [Evil(), [1], Path("x"), {"a": 1}, np.ones(3)])
def test_objects_that_are_no_labels_are_not_loaded(npz, bad, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tissue = np.empty(4, object)
    tissue[:] = ["a", "b", "a", bad]
    path = npz(tissue=tissue)
    with pytest.raises(EmbeddingsError, match=r"astype\(str\)"):
        read_embeddings(path)
    assert not (tmp_path / "evil").exists()


def test_labels_that_pandas_kept_as_objects_are_read(npz):
    gaps = [np.float64("nan"), None, float("nan")]
    for gap in gaps:
        tissue = np.array(["a", gap, np.str_("c"), "b"], object)
        assert read_embeddings(npz(tissue=tissue)).labels.tissue.tolist() == ["a", "", "c", "b"]
    numbers = np.array([np.int64(1), 2, 1.0, np.float32(2)], object)
    assert read_embeddings(npz(center=numbers)).labels.center.tolist() == ["1", "2", "1", "2"]
    slides = pytest.importorskip("pandas").Series(["s 1", "s 2", None, "s 3"]).to_numpy(object)
    assert read_embeddings(npz(slide=slides)).labels.slide.tolist() == ["s 1", "s 2", "", "s 3"]


def test_rows_of_different_length_are_refused(tmp_path):
    table = {"embeddings": [[1.0], [1.0, 2.0]]} | {
        n: ["a", "b"] for n in ("tissue", "center", "slide")
    }
    pq.write_table(pa.table(table), tmp_path / "e.parquet")
    with pytest.raises(EmbeddingsError, match="differ in length"):
        read_embeddings(tmp_path / "e.parquet")


@pytest.mark.parametrize("values", [["a", "b"], [[1.0], None]])
def test_a_parquet_column_without_lists_is_refused(tmp_path, values):
    table = {"embeddings": values} | {n: ["a", "b"] for n in ("tissue", "center", "slide")}
    pq.write_table(pa.table(table), tmp_path / "e.parquet")
    with pytest.raises(EmbeddingsError, match=r"must be of one encoder|expected numbers"):
        read_embeddings(tmp_path / "e.parquet")


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("e.npz", b"nonsense", "cannot be read as .npz"),
        ("e.npz", b"", "cannot be read as .npz"),
        ("e.parquet", b"nonsense", "cannot be read as Parquet"),
        ("e.csv", b"a,b", "is no file of embeddings"),
    ],
)
def test_what_is_no_such_file_is_said(tmp_path, name, content, text):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(EmbeddingsError, match=text):
        read_embeddings(tmp_path / name)


def test_a_truncated_npz_is_refused(npz):
    path = npz()
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(EmbeddingsError, match="cannot be read"):
        read_embeddings(path)


def test_an_archive_with_flipped_bytes_is_refused_wherever_they_lie(npz):
    path = npz()
    good = path.read_bytes()
    for at in range(len(good)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 0x21]) + good[at + 1 :])
        with contextlib.suppress(EmbeddingsError):
            read_embeddings(path)


def test_a_lone_array_is_not_taken_for_an_archive(tmp_path):
    with (tmp_path / "e.npz").open("wb") as file:
        np.save(file, np.ones((3, 2)))
    with pytest.raises(EmbeddingsError, match="without a name"):
        read_embeddings(tmp_path / "e.npz")


def test_no_file_at_all(tmp_path):
    with pytest.raises(EmbeddingsError, match="no file"):
        read_embeddings(tmp_path / "gone.npz")
