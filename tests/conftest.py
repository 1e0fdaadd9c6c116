"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import tifffile

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"  # no test may reach a hub


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests never touch the user's own folders."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("PATHGUI_HOME", str(home / "pathgui"))


@pytest.fixture(scope="session")
def slide_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A 1536 x 1024 slide of three levels at 0.5 µm/px: glass, and one block of tissue."""
    rng = np.random.default_rng(0)
    level_0 = np.full((1024, 1536, 3), 245, np.uint8)
    level_0[200:700, 300:1100] = np.array((180, 60, 140)) + rng.integers(-20, 20, (500, 800, 3))
    path = tmp_path_factory.mktemp("slides") / "block.tif"
    with tifffile.TiffWriter(path) as tif:
        for level, factor in enumerate((1, 2, 4)):
            tif.write(
                level_0[::factor, ::factor],
                tile=(256, 256),
                photometric="rgb",
                subfiletype=1 if level else 0,
                resolution=(1e4 / (0.5 * factor),) * 2,  # pixels per centimetre
                resolutionunit="CENTIMETER",
            )
    return path
