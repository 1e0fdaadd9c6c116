"""Projections: what is gone, and what has to stay."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.projections import (
    MOST_ROWS,
    fit_inlp,
    fit_mean_projection,
    fit_within_tissue,
)
from pathgui.core.errors import CorrectionError
from tests.core.corrections import reference


@pytest.mark.parametrize(
    ("fit", "name", "tolerance"),
    [
        (fit_mean_projection, "mean_projection", reference.MEANS),
        (fit_within_tissue, "within_tissue_projection", reference.MEANS),
        (fit_inlp, "inlp_3", reference.SOLVED),
    ],
)
def test_it_agrees_with_the_reference_values(fit, name, tolerance):
    assert reference.off(fit, name) < tolerance


def test_within_tissue_projection_keeps_a_tissue_that_goes_with_a_center():
    rng = np.random.default_rng(0)
    tissue = np.repeat([0, 1, 0, 1], [90, 10, 10, 90])
    center = np.repeat([0, 0, 1, 1], [90, 10, 10, 90])
    values = 0.1 * rng.standard_normal((200, 3))
    values[:, 0] += 4 * tissue
    values[:, 1] += 2 * center

    def gap(after, label):
        means = [after[label == one].mean(0) for one in (0, 1)]
        return np.linalg.norm(means[1] - means[0])

    kept = fit_within_tissue(values, center, tissue).apply(values)
    lost = fit_mean_projection(values, center).apply(values)
    assert gap(kept, tissue) > 3.9
    assert gap(lost, tissue) < 2
    assert np.ptp([kept[center == one, 1].mean() for one in (0, 1)]) < 0.1


def test_tiles_of_unknown_tissue_take_no_part_in_what_is_projected_out():
    values, tissue, center = reference.drawn()
    some = tissue.copy()
    some[::4] = -1
    named = np.where(some < 0, "", some.astype(str))
    directions = [fit_within_tissue(values, center, labels).read for labels in (some, named)]
    known = some >= 0
    alone = fit_within_tissue(values[known], center[known], some[known]).read
    for found in directions:
        np.testing.assert_allclose(abs(found.T @ alone), np.eye(2), atol=1e-9)


@pytest.mark.parametrize("fit", [fit_mean_projection, fit_within_tissue, fit_inlp])
def test_what_is_projected_out_once_is_gone(fit):
    values, tissue, center = reference.drawn()
    fitted = fit(values, center, tissue)
    once = fitted.apply(values)
    np.testing.assert_allclose(fitted.apply(once), once, atol=1e-12)


def test_inlp_of_a_large_set_sees_rows_from_all_over_it():
    values, _, center = reference.drawn(n=MOST_ROWS + 1_000, d=12)
    order = np.argsort(center, kind="stable")  # the last center is beyond the first rows
    values, center = values[order], center[order]
    after = fit_inlp(values, center).apply(values)

    def apart(rows):
        return np.linalg.norm(rows[center == 2].mean(0) - rows[center == 0].mean(0))

    assert apart(after) < 0.1 * apart(values)


def test_what_cannot_be_fitted_is_refused_in_words():
    values, _, center = reference.drawn()
    with pytest.raises(CorrectionError, match="needs the tissue"):
        fit_within_tissue(values, center)
    with pytest.raises(CorrectionError, match="a tissue that two centers have"):
        fit_within_tissue(values, center, center)
    with pytest.raises(CorrectionError, match="two centers"):
        fit_inlp(values, np.zeros(len(values), int))
