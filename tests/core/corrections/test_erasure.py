"""LEACE: nothing linear is left, at the least change."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.corrections.erasure import fit_leace
from pathgui.core.corrections.projections import fit_mean_projection
from pathgui.core.errors import CorrectionError
from tests.core.corrections import reference


def test_it_agrees_with_the_reference_values():
    assert reference.off(fit_leace, "leace") < reference.ITERATED


def test_it_agrees_with_concept_erasure():
    erasure = pytest.importorskip("concept_erasure")
    torch = pytest.importorskip("torch")
    values, _, center = reference.drawn()
    peer = erasure.LeaceFitter.fit(
        torch.from_numpy(values),
        torch.nn.functional.one_hot(torch.from_numpy(center)).double(),
        shrinkage=False,
        svd_tol=1e-6,
        constrain_cov_trace=False,
    ).eraser(torch.from_numpy(values))
    ours = fit_leace(values, center).apply(values)
    np.testing.assert_allclose(ours, peer.numpy(), atol=1e-10)


def test_centers_have_one_mean_after_and_less_is_changed_than_by_projection():
    values, _, center = reference.drawn()
    after = fit_leace(values, center).apply(values)
    for here in range(3):
        np.testing.assert_allclose(after[center == here].mean(0), values.mean(0), atol=1e-12)
    spread = np.linalg.inv(np.cov(values.T))
    changes = [
        np.einsum("ij,jk,ik->", change, spread, change)
        for change in (
            after - values,
            fit_mean_projection(values, center).apply(values) - values,
        )
    ]
    assert changes[0] < changes[1]


def test_more_components_than_tiles_leave_no_center_in_them():
    values, _, center = reference.drawn(n=30, d=80)
    fitted = fit_leace(values, center)
    after = fitted.apply(values)
    assert fitted.read.shape == (80, 2)
    for here in range(3):
        np.testing.assert_allclose(after[center == here].mean(0), values.mean(0), atol=1e-10)


def test_one_center_is_refused():
    with pytest.raises(CorrectionError, match="two centers"):
        fit_leace(np.eye(3), np.zeros(3, int))
