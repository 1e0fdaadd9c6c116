"""The chart of perturbations."""

from __future__ import annotations

from pathgui.core.report.render.what_if_figure import what_if_chart
from pathgui.core.results.what_if import curve_panels
from tests.core.what_if.test_results import FOUND


def test_equal_input_gives_equal_bytes_and_each_encoder_is_named():
    found = {"SHELL": FOUND, "UNI with a name that is far too long " * 9: FOUND}
    panels = [curve_panels(found, answer) for answer in ("moved", "flipped")]
    chart = what_if_chart(*panels)
    assert chart == what_if_chart(*panels)
    for words in (b"SHELL", b"embedding moved", b"Blur"):
        assert words in chart
