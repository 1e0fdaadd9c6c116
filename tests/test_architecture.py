"""The rules that the layout rests on."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

IMPORT_ALL = """
import importlib, pkgutil, sys
import pathgui.cli, pathgui.core, pathgui.settings
for package in (pathgui.core, pathgui.cli):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
qt = [name for name in sys.modules if name.startswith(("PySide6", "pyqtgraph", "pathgui.gui"))]
assert not qt, qt
"""

IMPORT_CLI = """
import sys
import pathgui.cli.main
slow = {"torch", "timm", "sklearn", "matplotlib", "scipy", "zarr", "typst"} & set(sys.modules)
assert not slow, slow
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)


def test_core_and_cli_never_import_qt():
    done = run(IMPORT_ALL)
    assert done.returncode == 0, done.stderr


def test_the_command_line_starts_without_what_takes_seconds_to_import():
    done = run(IMPORT_CLI)
    assert done.returncode == 0, done.stderr


def imports(path: Path) -> set[str]:
    """All modules that a file imports, at its top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize(
    ("room", "barred"),
    [
        ("core", ("PySide6", "pyqtgraph", "pathgui.gui", "pathgui.cli", "pathgui.settings")),
        ("core", ("pathgui.folders", "typer", "rich")),
        ("gui", ("pathgui.cli", "typer", "rich")),
    ],
)
def test_imports_point_one_way(room, barred):
    for path in (ROOT / "pathgui" / room).rglob("*.py"):
        wrong = [name for name in imports(path) if name.startswith(barred)]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("module", ["viewport", "plan", "cache"])
def test_the_geometry_of_the_viewer_knows_no_qt(module):
    names = imports(ROOT / "pathgui" / "gui" / "viewer" / "model" / f"{module}.py")
    assert not [name for name in names if name.startswith("PySide6")]


def test_only_jobs_and_the_viewers_loader_make_threads_in_the_window():
    allowed = {"jobs.py", "loader.py"}
    for path in (ROOT / "pathgui" / "gui").rglob("*.py"):
        if path.name not in allowed:
            text = path.read_text(encoding="utf-8")
            assert "QThread(" not in text, path
            assert "Thread(" not in text, path
