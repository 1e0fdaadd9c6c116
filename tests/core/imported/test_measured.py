"""Labeled embeddings measured: one encoder's as by itself, several at one k."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import DeviceError
from pathgui.core.imported.embeddings_table import LabeledEmbeddings
from pathgui.core.imported.measured import Measuring
from pathgui.core.measurement.measure import measure
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.reference.labels import TileLabels

LABELS = TileLabels(
    np.repeat(["t", "n"], 32),
    np.tile(np.repeat(["A", "B"], 16), 2),
    np.repeat([str(slide) for slide in range(16)], 4),
)


def given(seed: int, *notices: str) -> LabeledEmbeddings:
    values = np.random.default_rng(seed).normal(size=(64, 5))
    return LabeledEmbeddings(values, LABELS, notices=notices)


def test_one_encoder_is_measured_as_by_itself_and_its_notices_come_first():
    found = Measuring(asked_k("auto"), sweep="none").one(given(0, "One notice."))
    alone = measure(given(0).values, LABELS, shortcut="none")
    assert found.notices == ["One notice.", *alone.notices]
    assert (found.k, found.k_rule) == (alone.k, alone.k_rule)
    assert found.robustness_index == alone.robustness_index


def test_several_encoders_share_a_k_and_each_is_read_once_for_its_vote_and_once_for_its_numbers():
    read: list[int] = []

    def reader(seed: int):
        def read_again() -> LabeledEmbeddings:
            read.append(seed)
            return given(seed)

        return read_again

    found = Measuring(asked_k("auto"), sweep="none").several({"a": reader(0), "b": reader(1)})
    assert read == [0, 1, 0, 1]
    assert [vote.encoder for vote in found.k.votes] == ["a", "b"]
    assert {each.k for each in found.encoders.values()} == {found.k.k}
    assert found.comparison.groups[0].encoders == ["a", "b"]


def test_a_k_that_was_asked_for_needs_no_vote():
    read: list[int] = []
    readers = {
        "a": lambda: (read.append(0), given(0))[1],
        "b": lambda: (read.append(1), given(1))[1],
    }
    found = Measuring(asked_k(7), sweep="none").several(readers)
    assert read == [0, 1]
    assert (found.k.k, found.encoders["a"].k_rule) == (7, "as asked for")


def test_a_device_that_is_not_there_is_an_error():
    with pytest.raises(DeviceError, match="no device"):
        Measuring(asked_k(7), device="abacus").one(given(0))
