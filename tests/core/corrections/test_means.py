"""Same mean, and same spread, at every center."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.means import fit_center_mean, fit_center_mean_sd
from pathgui.core.errors import CorrectionError
from tests.core.corrections import reference


@pytest.mark.parametrize(
    ("fit", "name"), [(fit_center_mean, "center_mean"), (fit_center_mean_sd, "center_mean_sd")]
)
def test_it_agrees_with_the_reference_values(fit, name):
    assert reference.off(fit, name) < reference.MEANS


def test_centers_have_the_same_mean_after_and_the_same_spread():
    values, _, center = reference.drawn()
    values[center == 1] *= 3
    moved = fit_center_mean(values, center).apply(values, center)
    scaled = fit_center_mean_sd(values, center).apply(values, center)
    for here in range(3):
        np.testing.assert_allclose(moved[center == here].mean(0), moved.mean(0), atol=1e-12)
        np.testing.assert_allclose(scaled[center == here].mean(0), scaled.mean(0), atol=1e-12)
        np.testing.assert_allclose(
            scaled[center == here].std(0), scaled[center == 0].std(0), rtol=1e-12
        )
    assert moved[center == 1].std(0).mean() > 2 * moved[center == 0].std(0).mean()


def test_a_constant_component_stays_finite():
    values, _, center = reference.drawn()
    values[:, 2] = 0.1
    after = fit_center_mean_sd(values, center).apply(values, center)
    np.testing.assert_allclose(after[:, 2], 0.1, atol=1e-12)


def test_too_few_centers_or_tiles_are_refused_with_what_is_missing():
    values = np.ones((3, 2))
    with pytest.raises(CorrectionError, match="two centers"):
        fit_center_mean(values, np.array(list("AAA")))
    with pytest.raises(CorrectionError, match="center B has 1 of the 2 tiles"):
        fit_center_mean_sd(values, np.array(list("AAB")))
