"""Tiles without a direction or a label are left out, and that is said."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.measurement.usable_tiles import dropped_text, usable
from pathgui.core.reference.roles import USUAL
from tests.core.measurement.test_measure import labels_of, noise


def _labels(n):
    return labels_of(["T"] * n, ["C"] * n, [f"s{i}" for i in range(n)])


def test_rows_without_direction_or_label_are_named():
    embeddings, labels = noise(6).copy(), _labels(6)
    embeddings[2] = 0
    kept, rejected, unlabeled, notices = usable(embeddings, labels)
    assert (kept.tolist(), rejected.tolist(), unlabeled.tolist()) == ([0, 1, 3, 4, 5], [2], [])
    assert notices == ["1 tile left out: its embedding is zero or not finite (row 2)."]


def test_one_tile_alone_is_refused():
    embeddings = np.zeros((3, 4), np.float32)
    embeddings[0] = 1
    with pytest.raises(EmbeddingsError, match="Only 1 of 3 tiles can be measured"):
        usable(embeddings, _labels(3))


def test_what_was_dropped_is_said_with_its_names():
    assert dropped_text(1, ["fat"], [], USUAL) == (
        "1 tile left out: of tissues that only one center has (fat). It would bias the index."
    )
