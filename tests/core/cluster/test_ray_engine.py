"""Ray, short of a cluster. tests/cluster asks a real one."""

from __future__ import annotations

import sys

import pytest

from pathgui.core.cluster.ray_engine import RayEngine
from pathgui.core.errors import ClusterError


def test_without_ray_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ClusterError, match="pip install"):
        RayEngine("auto")
