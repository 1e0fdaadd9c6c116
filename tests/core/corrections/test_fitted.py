"""What fitted corrections refuse."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.means import fit_center_mean
from pathgui.core.corrections.projections import fit_mean_projection
from pathgui.core.errors import CorrectionError

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
