"""What is missing on a cluster is installed by a command that works."""

from __future__ import annotations

import shlex
import sys

from pathgui.core.cluster.packages import how_to_install, wanted


def test_the_command_installs_into_this_python_what_pathgui_takes():
    said, _, command = how_to_install("submitit").partition(": ")
    assert said == "On all machines"
    *words, package = shlex.split(command)
    assert words == [sys.executable, "-m", "pip", "install"]
    assert package == wanted("submitit")
    assert package.startswith("submitit")


def test_a_program_that_takes_no_packages_says_so(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "pip" not in how_to_install("ray")
    assert "folder of sources" in how_to_install("ray")
