"""Embeddings and columns of labels beside them, by the names that other programs use."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pathgui.core.errors import EmbeddingsError, SlideError
from pathgui.core.imported.embeddings_columns import as_coords, as_values, damage_told, from_columns

FILE = Path("a.npz")
VALUES = np.ones((3, 2), np.float16)


def read(array="", **columns):
    return from_columns(columns, FILE, "a test", array)


def test_values_and_labels_are_found_under_their_usual_names():
    found = read(features=VALUES, label=np.array(["T", "N", "T"]), hospital=np.array(["A"] * 3))
    assert found.values.dtype == np.float32  # half precision is widened
    assert found.labels["tissue"].tolist() == ["T", "N", "T"]
    assert found.labels["center"].tolist() == ["A", "A", "A"]


def test_the_array_can_be_named():
    assert read("mine", mine=VALUES, features=np.zeros((1, 1))).values.shape == (3, 2)
    with pytest.raises(EmbeddingsError, match="has no array mine; it has features"):
        read("mine", features=VALUES)


def test_places_are_rounded_to_pixels():
    found = read(embeddings=VALUES, x=np.array([0.0, 10.4, 20]), y=np.array([5, 5, 5]))
    assert found.coords_l0.tolist() == [[0, 5], [10, 5], [20, 5]]
    with pytest.raises(EmbeddingsError, match="are no numbers"):
        as_coords(np.full((3, 2), np.nan), 3, FILE)


def test_a_column_of_another_length_is_named_if_it_must_be_the_one():
    with pytest.raises(EmbeddingsError, match=r"3 embeddings, but tissue has the shape \(2,\)"):
        read(embeddings=VALUES, tissue=np.array(["T", "N"]))
    # What only may be meant is passed over.
    assert "tissue" not in read(embeddings=VALUES, label=np.array(["T", "N"])).labels


@pytest.mark.parametrize(
    "wrong", [np.ones(3), np.ones((0, 2)), np.ones((3, 0)), np.full((3, 2), "a")]
)
def test_embeddings_are_a_table_of_numbers(wrong):
    with pytest.raises(EmbeddingsError, match="expected numbers of shape"):
        as_values(wrong, FILE)


def test_double_precision_stays():
    assert as_values(np.ones((1, 1)), FILE).dtype == np.float64


def test_what_a_library_stumbles_over_is_one_sentence_and_our_own_errors_pass():
    with pytest.raises(EmbeddingsError, match=r"a\.npz is damaged.*KeyError"), damage_told(FILE):
        raise KeyError("x")
    with pytest.raises(EmbeddingsError, match="not UTF-8"), damage_told(FILE):
        b"\xff".decode()
    with pytest.raises(SlideError), damage_told(FILE):
        raise SlideError("ours")
