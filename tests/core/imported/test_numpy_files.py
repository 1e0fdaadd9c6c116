"""Arrays of numpy are read without running what a pickle in them may hold."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.numpy_files import read_npy, read_npz


class Evil:
    """A pickle that calls a function when it is read."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return open, (str(self.place), "w")


def test_arrays_come_back_by_their_names(tmp_path):
    values = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    np.savez(tmp_path / "a.npz", embeddings=values, tissue=np.array(["T", "N", "T", "N"]))
    found = read_npz(tmp_path / "a.npz")
    np.testing.assert_array_equal(found["embeddings"], values)
    assert found["tissue"].tolist() == ["T", "N", "T", "N"]


def test_labels_that_pandas_kept_as_objects_are_read(tmp_path):
    labels = np.array(["T", None, 3, 2.5, np.int64(7), np.str_("N")], dtype=object)
    np.savez(tmp_path / "a.npz", tissue=labels)
    assert read_npz(tmp_path / "a.npz")["tissue"].tolist() == ["T", None, 3, 2.5, 7, "N"]


def test_what_a_pickle_would_call_is_not_called(tmp_path):
    made = tmp_path / "made"
    np.savez(tmp_path / "a.npz", tissue=np.array([Evil(made)], dtype=object))
    with pytest.raises(EmbeddingsError, match="not loaded because they can run code"):
        read_npz(tmp_path / "a.npz")
    np.save(tmp_path / "a.npy", np.array([Evil(made)], dtype=object))
    with pytest.raises(EmbeddingsError, match=r"cannot be read as \.npy"):
        read_npy(tmp_path / "a.npy")
    assert not made.exists()


def test_an_array_without_a_name_is_not_an_archive_and_the_other_way_round(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    np.testing.assert_array_equal(read_npy(tmp_path / "a.npy"), np.zeros((2, 2)))
    (tmp_path / "b.npz").write_bytes((tmp_path / "a.npy").read_bytes())
    with pytest.raises(EmbeddingsError, match="one array without a name"):
        read_npz(tmp_path / "b.npz")
    np.savez(tmp_path / "c.npz", a=np.zeros(2))
    (tmp_path / "c.npy").write_bytes((tmp_path / "c.npz").read_bytes())
    with pytest.raises(EmbeddingsError, match="archive of several arrays"):
        read_npy(tmp_path / "c.npy")


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04" + b"x" * 50, b"\x93NUMPY\x01"])
def test_damage_is_one_sentence(tmp_path, content):
    for name, read in (("a.npz", read_npz), ("a.npy", read_npy)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(EmbeddingsError, match=r"a\.np[yz] "):
            read(tmp_path / name)
