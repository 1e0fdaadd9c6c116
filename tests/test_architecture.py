"""The floor plan and the contracts that it rests on, asked of this checkout.

``contracts.py`` has the contracts and their messages, ``test_contracts.py`` breaks each of them.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.contracts import CONTRACTS, House, each_core_module_has_a_test_of_its_name
from tests.guards import ELSEWHERE

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


@cache
def house() -> House:
    return House(ROOT)


def test_core_and_cli_never_import_qt():
    done = run(IMPORT_ALL)
    assert done.returncode == 0, done.stderr


def test_the_command_line_starts_without_what_takes_seconds_to_import():
    done = run(IMPORT_CLI)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.__name__)
def test_the_house_keeps_each_contract(contract):
    broken = list(contract(house()))
    assert not broken, "\n".join(["", *broken])


def test_each_core_module_has_a_test_module_of_its_name():
    broken = list(each_core_module_has_a_test_of_its_name(house(), ELSEWHERE))
    assert not broken, "\n".join(["", *broken])
