"""What is known of altered tiles while these are being embedded."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.embedding.encoder_pass import Embeddings
from pathgui.core.evaluation import altered_answers
from pathgui.core.evaluation.altered_answers import LiveAnswers, WhatIfSoFar, answerer
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import PartialResult, ignore_progress
from pathgui.core.reference.leakage import OwnTiles
from pathgui.core.what_if.alterations import STAIN, Alteration
from pathgui.core.what_if.results import WhatIf
from tests.core.crossfit.drawn import drawn

VALUES, LABELS = drawn(n=2)
KNOWN = Embeddings(VALUES.astype(np.float32), np.ones(len(VALUES), np.bool_), 1, 16)
OWN = OwnTiles(np.zeros(len(VALUES), np.bool_))
ALTERATIONS = [Alteration(STAIN, center=str(name)) for name in np.unique(LABELS.center)]
CELLS = np.stack(np.unravel_index(np.arange(20), (5, 4)), axis=1)


def live(told):
    answers = answerer(KNOWN, LABELS, OWN, 0, ignore_progress)
    before = VALUES[:20].astype(np.float32)
    return LiveAnswers("shell", answers, before, ALTERATIONS, CELLS, "", {}, 0, told.append)


def batch(made, tiles, shift=1.0):
    """Rows of these tiles in each alteration, and embeddings of them."""
    rows = (np.asarray(tiles)[:, None] * len(ALTERATIONS) + np.arange(len(ALTERATIONS))).ravel()
    return rows.astype(np.intp), np.repeat(made.before[tiles], len(ALTERATIONS), axis=0) + shift


def test_numbers_so_far_are_of_tiles_that_are_there_in_each_alteration(monkeypatch):
    monkeypatch.setattr(altered_answers, "LIVE_SECONDS", 0.0)
    monkeypatch.setattr(altered_answers, "LIVE_SHARE", 0)
    told: list[object] = []
    made = live(told)
    rows, values = batch(made, [0, 1, 2, 3])
    made.take(rows[:-1], values[:-1])  # one alteration of the last tile lacks
    made.take(*batch(made, [4]))
    made.take(*batch(made, [4]))  # nothing new
    assert all(isinstance(each, PartialResult) for each in told)
    found = [each.result for each in told]
    assert [type(each) for each in found] == [WhatIfSoFar] * 2
    assert [each.found.n_tiles for each in found] == [3, 4]
    assert [each.center for each in found[0].found.centers] == [a.center for a in ALTERATIONS]
    assert found[0].found.notices == found[1].found.notices  # none of tiles that are to come


def test_between_two_results_there_is_a_while(monkeypatch):
    told: list[object] = []
    made = live(told)
    for tile in range(10):
        made.take(*batch(made, [tile]))
    assert len(told) == 1


def test_so_far_gives_the_numbers_that_the_same_tiles_give_in_the_end(monkeypatch):
    monkeypatch.setattr(altered_answers, "LIVE_SECONDS", 0.0)
    told: list[object] = []
    made = live(told)
    rows, values = batch(made, list(range(8)))
    made.take(rows, values)
    after = values.reshape(8, len(ALTERATIONS), -1)
    whole = made.answers.answered(
        made.before[:8], {a: after[:, n] for n, a in enumerate(ALTERATIONS)}, CELLS[:8],
        own_center="", looks={}, seed=0,
    )  # fmt: skip
    assert isinstance(whole, WhatIf)
    assert told[0].result.found == whole


def test_where_every_reference_tile_is_of_the_slide_nothing_answers():
    own = OwnTiles(np.ones(len(VALUES), np.bool_))
    found = answerer(KNOWN, LABELS, own, 0, ignore_progress)
    assert isinstance(found, NotAssessable)
    assert "comes from this slide" in found.reason


@pytest.mark.parametrize("shift", [0.0])
def test_tiles_that_did_not_change_did_not_move(shift, monkeypatch):
    monkeypatch.setattr(altered_answers, "LIVE_SECONDS", 0.0)
    told: list[object] = []
    made = live(told)
    made.take(*batch(made, [0, 1, 2], shift))
    assert told[0].result.found.moved.value == pytest.approx(0.0, abs=1e-6)
