from __future__ import annotations

import subprocess
import sys

PURE = (
    "model.viewport",
    "model.plan",
    "model.layers",
    "model.units",
    "model.keys",
    "model.memory",
    "canvas.motion",
)
HEAVY = ("torch", "timm", "sklearn", "pyqtgraph", "pandas", "scipy", "matplotlib")


def loaded_by(*modules: str) -> set[str]:
    code = f"import sys, {', '.join(modules)}; print(*{{n.partition('.')[0] for n in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_geometry_plan_cache_and_layers_know_nothing_of_qt():
    loaded = loaded_by(*(f"pathgui.gui.viewer.{name}" for name in PURE))
    assert "PySide6" not in loaded


def test_the_viewer_imports_nothing_that_takes_seconds():
    loaded = loaded_by("pathgui.gui.viewer.compare", "pathgui.core.pictures.layer_export")
    assert "PySide6" in loaded
    assert not loaded & set(HEAVY)
