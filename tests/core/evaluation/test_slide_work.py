"""One encoder on one slide: whatever the batches, what it says of the slide is the same."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from pathgui.core.embedding.encoder_pass import Embeddings
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.evaluation.reference_fit import ReferenceFit
from pathgui.core.evaluation.slide_work import SlideWork
from pathgui.core.progress import TileAnswers
from tests.core.evaluation.test_encoder_runs import request
from tests.core.stand_ins import spec_of
from tests.material import make_reference

N, DIM = 70, 96


@dataclass
class Grid:
    """The tiles of a slide in a row."""

    cells: np.ndarray

    def __len__(self):
        return len(self.cells)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="module")
def fit(reference):
    values = np.random.default_rng(0).normal(size=(len(reference), DIM)).astype(np.float32)
    return ReferenceFit(values, reference.labels, reference=reference, k=3, seed=0)


def after(batches, reference, fit, unreadable=()):
    """The work on a slide whose embeddings came in these batches of rows."""
    values = np.random.default_rng(1).normal(size=(N, DIM)).astype(np.float32)
    cells = np.column_stack([np.arange(N), np.zeros(N)]).astype(np.int32)
    plan = SimpleNamespace(grid=Grid(cells))
    answers = []
    work = SlideWork(
        request(reference, (), maps=True), spec_of(dim=DIM), "fp32", fit, plan, answers.append
    )
    for rows in batches:
        rows = np.array([row for row in rows if row not in unreadable], np.intp)
        answers += work.answer(rows, values[rows])
    readable = ~np.isin(np.arange(N), unreadable)
    with Models() as models:
        work.take_slide(Embeddings(values[:0], readable, 32, 16), models)
    said = sorted(each.rows.tolist() for each in answers if isinstance(each, TileAnswers))
    assert [row for rows in said for row in rows] == np.flatnonzero(readable).tolist()
    return work, said


@pytest.mark.parametrize("unreadable", [(), (40,)])
def test_the_batches_change_no_digit(reference, fit, unreadable):
    whole, blocks = after([range(N)], reference, fit, unreadable)
    one_by_one, same = after([[row] for row in reversed(range(N))], reference, fit, unreadable)
    assert same == blocks
    assert one_by_one.slide == whole.slide
    assert whole.slide.n_tiles == N - len(unreadable)
    for name in ("tissue_probabilities", "center_probabilities", "distance"):
        one, other = (getattr(work.judge, name) for work in (whole, one_by_one))
        assert np.array_equal(one, other, equal_nan=True)
    assert np.array_equal(whole.sample.values, one_by_one.sample.values, equal_nan=True)
