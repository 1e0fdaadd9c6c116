"""What probes are asked, and of whom."""

from __future__ import annotations

import numpy as np

from pathgui.core.corrections.registry import correction
from pathgui.core.crossfit.material import tiles_of
from pathgui.core.crossfit.probes import Probes, ask, ask_elsewhere, fit_without
from pathgui.core.errors import CorrectionError
from pathgui.core.metrics.not_assessable import NotAssessable
from tests.core.crossfit.drawn import drawn


def halves():
    tiles = tiles_of(*drawn(slides=2, tissue_effect=3.0))
    assert not isinstance(tiles, NotAssessable)
    first = tiles.groups % 2 == 0
    return tiles, tiles.take(np.flatnonzero(first)), tiles.take(np.flatnonzero(~first))


def test_the_answers_are_of_the_judged_slides():
    tiles, train, judged = halves()
    probes, said = Probes.nothing(tiles), []
    for work in ask(probes, train, judged, (train.values, judged.values), 0, said):
        work()
    assert probes.new_slides.value() is None  # nothing counts before it is counted
    for each in said:
        each.count()
    assert probes.new_slides.table[..., 1].sum() == len(judged)
    assert probes.center.table[..., 1].sum() == len(judged)
    found = probes.new_slides.value()
    assert found is not None
    assert found[0] > 0.9


def test_at_a_new_center_only_its_tiles_are_asked_and_a_tissue_of_its_own_is_not():
    tiles, train, judged = halves()
    elsewhere = (train.center != 1) & (train.tissue != 2)
    train = train.take(np.flatnonzero(elsewhere))
    found, said = Probes.nothing(tiles).new_center, []
    there = judged.values[judged.center == 1]
    ask_elsewhere(found, train, judged, 1, lambda: (train.values, there), said)()
    said[0].count()
    asked = found.table[..., 1]
    assert asked[1, 2] == asked[0].sum() == asked[2].sum() == 0
    assert asked[1, :2].sum() == np.count_nonzero((judged.center == 1) & (judged.tissue != 2))


def test_what_cannot_be_fitted_without_a_center_is_not_assessable_anywhere():
    tiles, train, judged = halves()
    found, said = Probes.nothing(tiles).new_center, []

    def refit():
        raise CorrectionError("no two centers")

    ask_elsewhere(found, train, judged, 1, refit, said)()
    assert (found.value(), found.why_not, said) == (None, "no two centers", [])


def test_a_center_that_was_met_without_its_tissue_is_known_to_the_correction():
    _, train, _ = halves()
    combat, within = correction("combat"), correction("within-tissue")
    assert fit_without(combat, train, 1, met=True).centers.tolist() == [0, 1, 2]
    assert fit_without(combat, train, 1, met=False).centers.tolist() == [0, 2]
    np.testing.assert_allclose(
        abs(fit_without(within, train, 1, met=True).read.T
            @ fit_without(within, train, 1, met=False).read),
        np.eye(1),
        atol=1e-9,
    )  # fmt: skip
