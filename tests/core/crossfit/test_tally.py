"""Sums with and without each slide."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pathgui.core.corrections.combat import fit_combat
from pathgui.core.corrections.erasure import fit_leace
from pathgui.core.corrections.means import fit_center_mean, fit_center_mean_sd
from pathgui.core.corrections.projections import fit_mean_projection, fit_within_tissue
from pathgui.core.crossfit.results import Change
from pathgui.core.crossfit.tally import (
    LEAST_HALVINGS_WHERE_FITTED,
    Found,
    Judged,
    Kinds,
    change,
    change_of_answers,
    too_few_halvings,
)
from pathgui.core.metrics import jackknife
from pathgui.core.metrics.jackknife import Units, units_of
from pathgui.core.metrics.left_out import accuracies, judged_without
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from tests.core.corrections import reference
from tests.core.crossfit.halvings import every_halving, spread
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


def answered(value, left, by_half):
    return Found(value, np.asarray(left, float), np.asarray(by_half, float))


def half_width(found):
    assert isinstance(found, Change)
    assert found.low is not None
    return (found.high - found.low) / 2


def test_a_change_of_answers_also_holds_how_slides_were_dealt():
    units = Units(np.arange(8), np.zeros(8, int), 8)
    left = 0.01 * np.arange(8.0)  # variance 7 / 8 * 42e-4, made up for: 8 / 7 * 42e-4
    nothing = answered(0.0, np.zeros(8), np.zeros(4))
    found = change_of_answers(nothing, answered(0.2, left, [0.1, 0.1, 0.3, 0.3]), units, "")
    judged, dealt = 42e-4 * 8 / 7, 0.02 / 2  # means of halvings .1 and .3
    free = (judged + dealt) ** 2 / (judged**2 / 7 + dealt**2 / 1)
    assert half_width(found) == pytest.approx(jackknife.t_quantile(free) * (judged + dealt) ** 0.5)


def test_where_the_correction_rests_on_few_slides_halves_say_how_wide_it_is_at_least():
    units = Units(np.arange(8), np.zeros(8, int), 8)
    left = 0.001 * np.arange(8.0)
    nothing = answered(0.0, np.zeros(8), np.zeros(8))
    apart = answered(0.2, left, [0.1, 0.3] * 4)  # each halving has .2, its halves .1 off it
    assert half_width(change_of_answers(nothing, apart, units, "")) < 0.02
    held = change_of_answers(nothing, apart, units, "", fitted_there=True)
    assert half_width(held) == pytest.approx(jackknife.t_quantile(7) * 0.1)


def test_with_too_few_halvings_a_change_of_answers_says_so_in_place_of_an_interval():
    units = Units(np.arange(8), np.zeros(8, int), 8)
    nothing = answered(0.0, np.zeros(8), np.zeros(4))
    some = answered(0.2, np.arange(8.0), [0.1, 0.1, 0.3, 0.3])
    found = change_of_answers(nothing, some, units, "", LEAST_HALVINGS_WHERE_FITTED)
    assert found == Change(0.0, 0.2, None, None, too_few_halvings(2, 4))


def test_answers_that_are_not_kept_half_by_half_are_an_error():
    units = units_of(np.arange(8), np.zeros(8, int), np.zeros(8, int))
    with pytest.raises(ValueError, match="half by half"):
        change_of_answers(Found(0.0, np.zeros(8)), Found(0.1, np.zeros(8)), units, "")


def test_each_half_has_the_answers_that_it_added():
    units = units_of(np.arange(8), np.zeros(8, int), np.zeros(8, int))
    truth, place = np.zeros(4, int), np.zeros(4, int)
    judged = Judged.nothing(len(units), 1, 2)
    for at, right in ((0, 4), (4, 1)):
        answers = np.where(np.arange(4) < right, 0, 1)
        judged.add(truth, answers, place, Units(np.arange(at, at + 4), units.strata, 8))
        judged.end_half()
    found = judged.value()
    assert found is not None
    assert found.value == 5 / 8
    assert found.by_half.tolist() == [1.0, 0.25]


def test_pairs_add_up_to_what_each_anchor_and_each_neighbor_add():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(8), 3)
    tissue, center = groups % 2, groups // 4
    units = units_of(groups, tissue, center)
    kinds = Kinds.nothing(len(units))
    kinds.add(nearest(rng.standard_normal((24, 4)), groups, 10), tissue, center, units, 5)
    found = kinds.value()
    assert found is not None
    so, os = kinds.counts[1:3]
    assert kinds.pairs.sum(axis=(1, 2)).tolist() == [so, os]
    assert not np.diagonal(kinds.pairs, axis1=1, axis2=2).any()  # a slide is barred from itself
    assert found.pairs.sum() == pytest.approx(0)
    # One more SO neighbor of slide 0 with slide 4 moves the index by its derivative.
    more = (so + 1) / (so + 1 + os) - found.value
    assert (1 - found.value) / (so + os) == pytest.approx(more, rel=0.1)


def test_a_change_is_bounded_by_what_its_pairs_can_vary():
    units = Units(np.arange(16), np.repeat([0, 1], 8), 16)
    left = 0.1 + 0.01 * np.random.default_rng(1).standard_normal(16)
    pairs = np.zeros((16, 16))
    pairs[0, 8] = 1e-6
    nothing = Found(0.0, np.zeros(16), pairs=0 * pairs)
    free = change(Found(0.0, np.zeros(16)), Found(0.1, left), units, "")
    bounded = change(nothing, Found(0.1, left, pairs=pairs), units, "")
    assert half_width(bounded) < 1e-4 < half_width(free)
