"""What every test may use, and which tests a command takes."""

from __future__ import annotations

import gc
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tests import crashes, slow
from tests.known import registry

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"  # no test may reach a hub
# Tests start the program again and again. Without bytecode on disk each time compiles all of it.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options by which ``installer/bootstrap.py test`` takes its parts."""
    group = parser.getgroup("pathgui")
    group.addoption("--fast", action="store_true", help="leave out the tests in tests/slow.txt")
    group.addoption("--services", action="store_true", help="run tests marked with `service` alone")
    group.addoption("--measure", action="store_true", help="write tests/slow.txt anew")


@pytest.hookimpl(trylast=True)  # after pytest's own handler of crashes
def pytest_configure(config: pytest.Config) -> None:
    """Let the report say where a test process was when it crashed."""
    config.pluginmanager.register(crashes)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[object]:
    """Collect without the garbage collector, which then never looks at what was collected.

    Modules and tests stay to the end, a million objects; to look through them again and again took
    a fifth of the CPU time of a process. The window does the same once all is imported.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the tests that the options ask for."""
    services = config.getoption("--services")
    known = slow.read() if config.getoption("--fast") else {}
    taken, left = [], []
    for item in items:
        needs = item.get_closest_marker("service")
        if needs and not services:
            reason = f"needs {needs.args[0]}: python3 installer/bootstrap.py test --services"
            item.add_marker(pytest.mark.skip(reason=reason))
        out = slow.is_slow(item.nodeid, known) or (services and not needs)
        (left if out else taken).append(item)
    items[:] = taken
    if left:
        config.hook.pytest_deselected(items=left)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note what a test costs, its fixtures and child processes included."""
    before = slow.cpu_seconds()
    result = yield
    item.config.stash.setdefault(slow.COSTS, {})[item.nodeid] = slow.cpu_seconds() - before
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Keep what was measured."""
    if session.config.getoption("--measure"):
        slow.write(session.config.stash.get(slow.COSTS, {}))


@pytest.fixture(scope="session")
def _homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of home folders. pytest's own numbering looks at all folders of the run each time."""
    root = tmp_path_factory.mktemp("homes")
    return (root / f"home{number}" for number in itertools.count())


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch, _homes: Iterator[Path]) -> None:
    """Tests never touch the user's own folders."""
    home = next(_homes)
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("PATHGUI_HOME", str(home / "pathgui"))


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Encoders that a test adds, and weights that it points to, are forgotten after it."""
    monkeypatch.setattr(registry, "_specs", dict(registry._specs))


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
