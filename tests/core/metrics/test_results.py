"""Results of metrics stay as they are."""

from __future__ import annotations

import pytest

from pathgui.core.metrics.results import Interval


def test_results_cannot_be_changed():
    with pytest.raises((AttributeError, TypeError)):
        Interval(0.1, 0.2).low = 0.0
