"""What fitted corrections refuse."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.combat import fit_combat
from pathgui.core.corrections.erasure import fit_leace
from pathgui.core.corrections.fitted import moves_along
from pathgui.core.corrections.means import fit_center_mean, fit_center_mean_sd
from pathgui.core.corrections.projections import fit_mean_projection
from pathgui.core.errors import CorrectionError
from tests.core.corrections import reference

VALUES, CENTER = np.arange(12.0).reshape(4, 3), np.array(["Aix", "Aix", "Ulm", "Ulm"])


def test_a_center_that_it_was_not_fitted_on_is_refused_by_name():
    fitted = fit_center_mean(VALUES, CENTER)
    with pytest.raises(CorrectionError, match="without the center Bern"):
        fitted.apply(VALUES[:1], np.array(["Bern"]))
    with pytest.raises(CorrectionError, match="needs to know the center"):
        fitted.apply(VALUES)


def test_a_removal_asks_for_no_center():
    fitted = fit_mean_projection(VALUES, CENTER)
    np.testing.assert_array_equal(fitted.apply(VALUES), fitted.apply(VALUES, CENTER[::-1]))


@pytest.mark.parametrize("fit", [fit_center_mean, fit_mean_projection])
def test_embeddings_of_another_length_are_refused(fit):
    with pytest.raises(CorrectionError, match="of 3 numbers"):
        fit(VALUES, CENTER).apply(np.ones((2, 4)), CENTER[:2])


@pytest.mark.parametrize("fit", [fit_center_mean, fit_mean_projection, fit_leace])
def test_what_moves_embeddings_along_few_directions_says_how_far(fit):
    values, _, center = reference.drawn(n=300)
    fitted = fit(values, center)
    found = moves_along(fitted, values, center)
    assert found is not None
    amounts, directions = found
    assert amounts.shape[1] == directions.shape[1] <= 3
    after = values + amounts @ directions.T
    np.testing.assert_allclose(after, fitted.apply(values, center), atol=1e-12)


@pytest.mark.parametrize("fit", [fit_center_mean_sd, fit_combat])
def test_what_changes_spreads_moves_along_no_few_directions(fit):
    values, _, center = reference.drawn()
    assert moves_along(fit(values, center), values, center) is None
