"""What differs where pathgui is a program that brings its own Python."""

import sys

import pytest

from pathgui.cli import engines
from pathgui.core.archives import logins
from pathgui.core.archives.logins import Login
from pathgui.core.cluster import packages
from pathgui.core.errors import ArchiveError
from pathgui.core.slides.reading import slide_pool


@pytest.fixture
def program(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/pathgui/pathgui")


def test_under_a_python_another_process_is_started_by_its_module():
    assert engines.own_command() == [sys.executable, "-m", "pathgui"]


def test_the_program_starts_itself(program):
    assert engines.own_command() == ["/opt/pathgui/pathgui"]
    assert slide_pool._command()[1:] == [slide_pool.CHILD_ARGUMENT]


def test_the_window_of_windows_starts_the_program_that_can_answer(program, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/opt/pathgui/pathgui-window.exe")
    assert engines.own_command() == ["/opt/pathgui/pathgui.exe"]


def test_where_nothing_can_be_added_nobody_is_told_to_add_it(program, monkeypatch):
    monkeypatch.setattr(logins, "_keyring", lambda: None)
    with pytest.raises(ArchiveError, match="without keyring, and nothing can be added") as told:
        logins.keep_login("https://archive", Login("user", "word"))
    assert "pip" not in str(told.value)
    assert "cannot take more packages" in packages.how_to_install("ray")


def test_a_keyring_that_cannot_be_used_is_not_said_to_be_missing(monkeypatch):
    monkeypatch.setattr(logins, "_keyring", lambda: object())  # no get_keyring
    with pytest.raises(ArchiveError, match=r"until pathgui ends\.$"):
        logins.keep_login("https://archive", Login("user", "word"))
