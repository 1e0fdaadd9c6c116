"""Sums with and without each slide."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest

from pathgui.core.corrections.combat import fit_combat
from pathgui.core.corrections.erasure import fit_leace
from pathgui.core.corrections.means import fit_center_mean, fit_center_mean_sd
from pathgui.core.corrections.projections import fit_mean_projection, fit_within_tissue
from pathgui.core.crossfit.results import Change
from pathgui.core.crossfit.tally import Found, Judged, Kinds, by_fits, change
from pathgui.core.metrics import jackknife
from pathgui.core.metrics.jackknife import Units, units_of
from pathgui.core.metrics.left_out import accuracies, judged_without
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from tests.core.corrections import reference
from tests.shared_data import shared

NAMES = {
    "center_mean": fit_center_mean,
    "center_mean_sd": fit_center_mean_sd,
    "combat": fit_combat,
    "leace": fit_leace,
    "mean_projection": fit_mean_projection,
    "within_tissue_projection": fit_within_tissue,
}


@pytest.mark.parametrize("name", ["before", *NAMES])
def test_cross_fitted_neighbors_are_those_of_the_reference_values(name):
    given = reference.rows()
    values = json.loads(shared("reference", "correction", "values.json").read_text())
    codes = [
        np.unique(c, return_inverse=True)[1] for c in (given.tissue, given.center, given.slide)
    ]
    units = units_of(codes[2], *codes[:2])
    kinds = Kinds.nothing(len(units))
    for fit, judged in ((given.first, ~given.first), (~given.first, given.first)):
        rows = given.values[judged]
        if name in NAMES:
            fitted = NAMES[name](given.values[fit], given.center[fit], given.tissue[fit])
            rows = fitted.apply(rows, given.center[judged])
        tissue, center, slide = (code[judged] for code in codes)
        found = nearest(rows, np.unique(slide, return_inverse=True)[1], 20)
        half = Units(units.of_tile[judged], units.strata, units.n_groups)
        kinds.add(found, tissue, center, half, values["k"])
    expected = (
        values["before"]["halves"]
        if name == "before"
        else values["methods"][name]["cross_fitted_counts"]
    )
    assert kinds.counts.tolist() == expected


def test_accuracies_with_one_place_are_those_of_a_judged_set():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(12), 3)
    truth = groups % 3
    units = units_of(groups, truth, np.zeros(36, int))
    answers = np.where(rng.random(36) < 0.6, truth, 0)
    answers[:4] = -1
    judged = Judged.nothing(len(units), 1, 3)
    for half in (groups < 6, groups >= 6):  # in two pieces, as halves come
        some = Units(units.of_tile[half], units.strata, units.n_groups)
        judged.add(truth[half], answers[half], np.zeros(half.sum(), int), some)
    found = judged.value()
    assert found is not None
    np.testing.assert_allclose(found[1], accuracies(judged_without(truth, answers, units)))


def test_a_mean_over_places_gives_each_the_same_weight():
    units = units_of(np.arange(8), np.zeros(8, int), np.zeros(8, int))
    truth, place = np.zeros(8, int), np.array([0, 1, 1, 1, 1, 1, 1, 1])
    judged = Judged.nothing(len(units), 2, 1)
    judged.add(truth, truth, place, units)
    judged.table[0, 0, 0] = 0  # the one tile of the first place is wrong
    found = judged.value()
    assert found is not None
    assert found[0] == 0.5


def test_nobody_asked_is_not_assessable():
    units = units_of(np.arange(8), np.zeros(8, int), np.zeros(8, int))
    nobody = Judged.nothing(len(units), 1, 2).value()
    assert change(nobody, nobody, units, "no probe") == NotAssessable("no probe")


def every_halving():
    """Two strata of four units; what each adds as a judged and as a fitted one; all halvings."""
    f, g = np.random.default_rng(1).standard_normal((2, 8))
    units = Units(np.arange(8), np.repeat([0, 1], 4), 8)
    pairs = [np.isin(np.arange(4), pair) for pair in itertools.combinations(range(4), 2)]
    firsts = [np.concatenate(both) for both in itertools.product(pairs, pairs)]
    judged = np.array([half for first in firsts for half in (first, ~first)])
    by_half = 2 * (judged @ f + ~judged @ g)
    return f, g, units, judged, by_half


def spread(values, units):
    """Variance of the sum of units that are drawn within strata."""
    return sum(4 * values[units.strata == stratum].var(ddof=1) for stratum in (0, 1))


def test_what_halves_differ_beyond_their_judged_slides_is_what_the_fitted_ones_add():
    f, g, units, judged, by_half = every_halving()
    halvings = len(by_half) // 2
    found = by_fits(by_half, judged, 3.0 - f, units)
    assert found == pytest.approx(spread(g, units) * (halvings - 1) / halvings)
    assert by_fits(2 * judged @ f, judged, 3.0 - f, units) == pytest.approx(0, abs=1e-20)


def test_one_halving_shows_nothing_of_the_fits():
    f, _, units, judged, by_half = every_halving()
    assert by_fits(by_half[:2], judged[:2], -f, units) == 0


def test_a_change_counts_judged_slides_in_full_and_the_fits_beside_them():
    f, g, units, judged, by_half = every_halving()
    nothing = Found(0.0, np.zeros(8), np.zeros(len(by_half)), judged)
    f, g, by_half = 0.01 * f, 0.01 * g, 0.01 * by_half
    held = change(Found(0.0, np.zeros(8)), Found(0.1, 0.1 - f), units, "")
    both = change(nothing, Found(0.1, 0.1 - f, by_half, judged), units, "")
    assert isinstance(held, Change)
    assert isinstance(both, Change)
    wide = [(each.high - each.low) / 2 for each in (held, both)]
    assert wide[0] == pytest.approx(jackknife.t_quantile(6) * spread(f, units) ** 0.5)
    more = spread(g, units) * (1 - 2 / len(by_half))
    assert wide[1] == pytest.approx(
        jackknife.t_quantile(6) * (spread(f, units) + more) ** 0.5, rel=0.01
    )
