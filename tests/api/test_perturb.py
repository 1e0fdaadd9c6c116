"""``pathgui.perturb``."""

from __future__ import annotations

import pytest

import pathgui
from tests.material import make_reference


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path / "home"))


def test_a_slide_is_altered_and_the_numbers_have_intervals(tmp_path, slide_path):
    reference = make_reference(tmp_path).folder
    asked = {"reference": reference, "encoders": "color-statistics", "tiles": 6, "device": "cpu"}
    found = pathgui.perturb(slide_path, centers=["northfield"], curves="hue", **asked)
    (one,) = found.values()
    assert [each.center for each in one.centers] == ["Northfield"]
    assert [len(curve.points) for curve in one.curves] == [4]
    moved = one.centers[0].moved
    assert moved.low <= moved.value <= moved.high
    with pytest.raises(pathgui.PathguiError, match="Nothing is to be altered"):
        pathgui.perturb(slide_path, centers=0, curves=(), **asked)
    with pytest.raises(pathgui.PathguiError, match="at least 1"):
        pathgui.perturb(slide_path, **asked | {"tiles": 0})
