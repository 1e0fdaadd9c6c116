"""ComBat: as neuroCombat has it, iterated to the end."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.combat import fit_combat
from tests.core.corrections import reference


@pytest.mark.parametrize(
    ("name", "options", "tolerance"),
    [
        ("combat", {}, reference.ITERATED),
        ("combat_no_eb", {"shrink": False}, reference.MEANS),
        ("combat_mean_only", {"mean_only": True}, reference.ITERATED),
    ],
)
def test_it_agrees_with_the_reference_values(name, options, tolerance):
    assert reference.off(fit_combat, name, **options) < tolerance


@pytest.mark.filterwarnings("ignore")  # of a package that few keep up to date
@pytest.mark.parametrize("shrink", [True, False])
def test_it_agrees_with_neurocombat(shrink, capsys):
    neuro = pytest.importorskip("neuroCombat")
    pandas = pytest.importorskip("pandas")
    values, _, center = reference.drawn(d=8)
    peer = neuro.neuroCombat(
        values.T, pandas.DataFrame({"center": center}), batch_col="center", eb=shrink
    )["data"].T
    ours = fit_combat(values, center, shrink=shrink).apply(values, center)
    # It ends where changes are under 1e-4 of a number, ours goes on.
    np.testing.assert_allclose(ours, peer, atol=1e-4 if shrink else 1e-10)


def test_components_that_do_not_vary_pass_and_take_no_part_in_the_priors():
    values, _, center = reference.drawn()
    still = np.insert(values, 3, 0.1, axis=1)
    with_it = fit_combat(still, center).apply(still, center)
    without = fit_combat(values, center).apply(values, center)
    np.testing.assert_allclose(with_it[:, 3], 0.1, atol=1e-15)
    np.testing.assert_allclose(np.delete(with_it, 3, axis=1), without, atol=1e-12)


def test_one_component_alone_and_one_that_is_constant_at_a_center_stay_finite():
    values, _, center = reference.drawn(d=1)
    assert np.isfinite(fit_combat(values, center).apply(values, center)).all()
    values, _, center = reference.drawn()
    values[center == 0, 1] = 7.0
    for shrink in (True, False):
        assert np.isfinite(fit_combat(values, center, shrink=shrink).apply(values, center)).all()
