"""Tests against labels of slides that are dealt out anew."""

from __future__ import annotations

from pathgui.core.measurement.measure import measure
from pathgui.core.metrics.not_assessable import NotAssessable
from tests.core.measurement.test_measure import noise, square


def test_a_test_with_too_few_exchanges_for_any_p_below_the_level_is_not_assessable():
    """Two slides a cell: 6 x 6 ways, of which one and its mirror are as extreme as any."""
    measured = measure(noise(24), square(slides=2), k=3, probes=False, geometry=False)
    assert isinstance(measured.centers_exchanged, NotAssessable)
    assert "36 ways" in measured.centers_exchanged.reason
    assert "0.056" in measured.centers_exchanged.reason
    enough = measure(noise(36), square(slides=3), k=3, probes=False, geometry=False)
    assert enough.centers_exchanged.exchanges == 400
    assert enough.centers_exchanged.least_p == 2 / 400
