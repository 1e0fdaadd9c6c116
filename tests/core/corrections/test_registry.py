"""Every entry of the registry keeps what it promises."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.registry import CORRECTIONS, correction
from pathgui.core.errors import CorrectionError
from tests.core.corrections import reference

EACH = pytest.mark.parametrize("entry", CORRECTIONS, ids=lambda entry: entry.name)


@EACH
def test_it_is_fitted_on_some_tiles_and_brings_centers_of_others_together(entry):
    values, tissue, center = reference.drawn(n=600)
    fit, new = slice(0, 300), slice(300, 600)
    fitted = entry.fit(values[fit], center[fit], tissue[fit])
    assert (fitted.needs_center, fitted.dim) == (entry.needs_center, 6)

    def apart(rows):
        return np.linalg.norm(np.ptp([rows[center[new] == one].mean(0) for one in range(3)], 0))

    after = fitted.apply(values[new], center[new])
    assert after.dtype == np.float64
    assert apart(after) < 0.5 * apart(values[new])


@EACH
def test_it_takes_float32_and_leaves_what_it_is_given_as_it_is(entry):
    values, tissue, center = reference.drawn()
    given = values.astype(np.float32)
    copy = given.copy()
    entry.fit(given, center, tissue).apply(given, center)
    np.testing.assert_array_equal(given, copy)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(CorrectionError, match="within-tissue, leace"):
        correction("harmony")
    assert len({entry.name for entry in CORRECTIONS}) == len(CORRECTIONS)
