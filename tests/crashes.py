"""A plugin for pytest: the report says where a test process was when a signal ended it.

Without, the stack stands on the standard error of that process alone: in the middle of a long log.
"""

from __future__ import annotations

import faulthandler
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

STACKS = pytest.StashKey[Path]()  # the folder, in the process that reports
HANDED_ON = "pathgui_stacks"  # the same in what each test process is told


@pytest.hookimpl(trylast=True)  # after pytest's own handler, which is replaced
def pytest_configure(config: pytest.Config) -> None:
    """Write stacks to a file of this process, if it is one of several."""
    told: dict[str, Any] | None = getattr(config, "workerinput", None)
    if told is None:
        config.stash[STACKS] = Path(tempfile.mkdtemp(prefix="pathgui-stacks-"))
    elif HANDED_ON in told:
        path = Path(told[HANDED_ON]) / told["workerid"]
        # Never closed: a process may crash up to its very end.
        faulthandler.enable(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a test process where to write."""
    node.workerinput[HANDED_ON] = str(node.config.stash[STACKS])


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(report: Any) -> None:
    """Say beside the test that was running what the process has written."""
    path = report.node.config.stash[STACKS] / report.node.gateway.id
    stack = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    report.longrepr = f"{report.longrepr}\n\n{stack or 'It has left no stack.'}"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Nothing is left behind."""
    if STACKS in config.stash:
        shutil.rmtree(config.stash[STACKS], ignore_errors=True)
