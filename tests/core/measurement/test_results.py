"""A measurement, and its way through the record."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.system.json_records import from_json, to_json
from tests.core.measurement.test_measure import labels_of, noise, square, table


@pytest.mark.parametrize(
    "labels",
    [
        square(),
        square().take(np.arange(24)),
        table({("A", "X"): 4, ("B", "Y"): 4}),
        table({(t, c): 3 for t in "AB" for c in "XY"} | {("C", "X"): 3}),
        labels_of(["A", "B"], ["X", "Y"]),
    ],
)
def test_every_measurement_survives_the_record(labels):
    measured = measure(noise(len(labels)), labels)
    assert from_json(ReferenceMeasurement, to_json(measured)) == measured
