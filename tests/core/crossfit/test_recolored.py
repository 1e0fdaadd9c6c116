"""Corrections of tiles in cross-fitting: judged by embeddings that were made again."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.crossfit.cross_fit import cross_fit
from pathgui.core.crossfit.halves import halvings
from pathgui.core.crossfit.material import tiles_of
from pathgui.core.crossfit.recolored import Recolored, RecoloredTable
from pathgui.core.crossfit.results import Change, Corrections, RecoloredSlides
from tests.core.crossfit.drawn import drawn

TARGET = "center 1"


def made_again(center_effect, target):
    """The same tiles with and without a center effect, and tables fitted on a center's halves."""
    values, labels = drawn(center_effect=1.0, slides=4, effects_seed=1)
    again = drawn(center_effect=center_effect, slides=4, effects_seed=1)[0]
    tiles = tiles_of(values, labels)
    here = tiles.code_of(TARGET)
    first = halvings(tiles.groups, tiles.tissue, tiles.center, 1, 0, here)[0]
    rows = [tiles.rows[half & (tiles.center == here)] for half in (first, ~first)]
    if not target:
        rows = [np.empty(0, np.intp)]
    tables = tuple(RecoloredTable(again, each) for each in rows)
    return values, labels, Recolored("reinhard", tables, RecoloredSlides(target, 36, 0))


@pytest.mark.parametrize("target", ["", TARGET])
def test_the_center_is_gone_where_it_is_gone_from_the_tiles_and_tissue_stays(target):
    values, labels, recolored = made_again(0.0, target)
    found = cross_fit(values, labels, [recolored], 5, target=target or None, halvings=3, probed=1)
    assert isinstance(found, Corrections)
    (effect,) = found.effects
    assert effect.index.rises
    assert not effect.tissue_falls
    assert effect.center_probe.after < effect.center_probe.before - 0.2
    assert effect.tissue_new_center == effect.tissue_met_center
    assert effect.recolored == RecoloredSlides(target, 36, 0)


def test_embeddings_that_are_the_same_again_change_nothing():
    values, labels, recolored = made_again(1.0, TARGET)
    found = cross_fit(values, labels, [recolored], 5, target=TARGET, halvings=2, probed=1)
    (effect,) = found.effects
    for change in (effect.index, effect.tissue_new_slides, effect.tissue_new_center):
        assert isinstance(change, Change)
        assert change.before == change.after
    assert effect.variance_lost == pytest.approx(0, abs=1e-9)


def test_what_was_fitted_on_judged_slides_is_not_judged():
    values, labels, recolored = made_again(0.0, TARGET)
    with pytest.raises(ValueError, match="alone"):  # its slides are dealt out anew
        cross_fit(values, labels, [recolored], 5, halvings=4, probed=0)
    tiles = tiles_of(values, labels)
    assert recolored.fitted_on(tiles) is recolored.tables[0]
