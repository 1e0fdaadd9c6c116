"""The main job in small: each step says what it found, and the first fault ends it."""

from __future__ import annotations

import pytest

from pathgui.core.phantom import self_test
from pathgui.core.phantom.self_test import STEPS


def _steps(monkeypatch: pytest.MonkeyPatch, *steps: object) -> None:
    monkeypatch.setattr(self_test, "STEPS", steps)


def test_the_worked_example_is_measured_as_counted_by_hand(monkeypatch):
    _steps(monkeypatch, *(each for each in STEPS if each[1].__name__ == "_measure"))
    ((_, found, error),) = self_test.self_test()
    assert error is None
    assert "7/16" in found


def test_steps_share_a_folder_that_is_gone_afterwards(monkeypatch):
    seen = []

    def leave(folder):
        (folder / "left").touch()
        return "written"

    def find(folder):
        seen.append(folder)
        return str((folder / "left").is_file())

    _steps(monkeypatch, ("write", leave), ("read", find))
    assert list(self_test.self_test()) == [("write", "written", None), ("read", "True", None)]
    assert not seen[0].exists()


def test_the_first_fault_is_told_and_ends_it(monkeypatch):
    fault = OSError("no space")

    def fail(folder):
        raise fault

    _steps(monkeypatch, ("write", fail), ("read", lambda folder: "never"))
    assert list(self_test.self_test()) == [("write", "", fault)]
