"""Nuclei are drawn where and as large as they are asked for."""

import numpy as np
import pytest

from pathgui.core.phantom.nuclei import EPITHELIAL, LYMPHOCYTE, MPP, Canvas


def test_a_nucleus_has_the_size_and_direction_asked_for():
    canvas = Canvas((101, 101), np.random.default_rng(0))
    points = np.full((40, 2), 50.0)
    areas, tilts = [], []
    for point in points:
        canvas.hematoxylin[:] = 0
        canvas.nuclei(point[None], EPITHELIAL, angles=np.array([np.pi / 2]))
        y, x = np.nonzero(canvas.hematoxylin > 0.3)
        areas.append(len(x))
        tilts.append(y.std() / x.std())
    ellipse = np.pi / 4 * EPITHELIAL.long_um * EPITHELIAL.short_um / MPP**2
    assert np.mean(areas) == pytest.approx(ellipse, rel=0.2)
    assert np.std(areas) / np.mean(areas) > 0.1  # no two alike
    assert np.mean(tilts) == pytest.approx(EPITHELIAL.long_um / EPITHELIAL.short_um, rel=0.2)


def test_nuclei_at_and_beyond_the_edge_are_clipped():
    canvas = Canvas((50, 40), np.random.default_rng(0))
    points = np.array([[0, 0], [49.9, 39.9], [-4, 20], [25, 43], [300, 300]], float)
    canvas.nuclei(points, LYMPHOCYTE)
    dark = canvas.hematoxylin > 0.5
    assert dark[0, 0]
    assert dark[-1, -1]
    assert dark[18:22, :2].any()
    assert not dark[20, 25]
