"""What probes and neighbors tell of tissue and center."""

from __future__ import annotations

import numpy as np

from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import RobustnessIndex
from tests.core.measurement.test_measure import labels_of, noise, table


def test_one_slide_a_cell_gives_an_index_but_no_probe_of_cells_alone():
    labels = table({(t, c): 1 for t in "AB" for c in "XY"}, tiles_per_slide=6)
    measured = measure(noise(24), labels, k=5)
    assert isinstance(measured.robustness_index, RobustnessIndex)
    assert isinstance(measured.probe.tissue_balanced_accuracy, float)


def test_more_than_a_hundred_tissues_are_no_obstacle():
    tissue = np.repeat(np.arange(130), 2).astype(str)
    center = np.tile(["X", "Y"], 130)
    measured = measure(noise(260), labels_of(tissue, center), k=5)
    assert measured.robustness_index.null < 0.02
    assert measured.probe.tissue_chance == 1 / 130
