"""Tissues have the traits by which a pathologist tells them apart."""

import numpy as np
import pytest

from pathgui.core.phantom.brushes import Patient
from pathgui.core.phantom.nuclei import Canvas
from pathgui.core.phantom.tissues import ADIPOSE, GLAND, LYMPHOID, MUSCLE, STROMA, TISSUES, paint

SIZE = (448, 336)


def painted(tissue: str, seed: int = 0) -> Canvas:
    rng = np.random.default_rng(seed)
    return paint(tissue, SIZE, Patient.draw(rng), rng)


@pytest.mark.parametrize("tissue", TISSUES)
def test_a_field_is_finite_not_negative_and_of_the_size_asked_for(tissue):
    canvas = painted(tissue)
    for stain in (canvas.hematoxylin, canvas.eosin):
        assert stain.shape == (336, 448)
        assert stain.dtype == np.float32
        assert np.isfinite(stain).all()
        assert stain.min() > -0.05
        assert stain.max() < 5


@pytest.mark.parametrize("tissue", TISSUES)
def test_the_same_seed_paints_the_same_field_and_another_a_different_one(tissue):
    np.testing.assert_array_equal(painted(tissue).hematoxylin, painted(tissue).hematoxylin)
    assert np.abs(painted(tissue).eosin - painted(tissue, seed=1).eosin).mean() > 0.02


def nuclear_share(tissue: str) -> float:
    return float(np.mean([(painted(tissue, seed).hematoxylin > 0.7).mean() for seed in range(4)]))


def empty_share(tissue: str) -> float:
    fields = [painted(tissue, seed) for seed in range(4)]
    return float(np.mean([(f.hematoxylin + f.eosin < 0.1).mean() for f in fields]))


def test_lymphoid_tissue_is_packed_with_nuclei_and_stroma_has_few():
    share = {tissue: nuclear_share(tissue) for tissue in TISSUES}
    assert share[LYMPHOID] > 0.3
    assert 0.1 < share[GLAND] < share[LYMPHOID]
    assert share[STROMA] < 0.1
    assert share[ADIPOSE] < 0.03


def test_adipose_tissue_is_mostly_empty_and_muscle_is_not():
    assert empty_share(ADIPOSE) > 0.7
    assert 0.01 < empty_share(GLAND) < 0.4  # lumina
    assert empty_share(MUSCLE) < 0.1


def test_muscle_takes_more_eosin_than_lymphoid_tissue():
    assert painted(MUSCLE).eosin.mean() > 2 * painted(LYMPHOID).eosin.mean()


def test_an_unknown_tissue_is_refused_with_the_known_ones():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="no tissue 'bone'; there are glandular epithelium"):
        paint("bone", SIZE, Patient.draw(rng), rng)
