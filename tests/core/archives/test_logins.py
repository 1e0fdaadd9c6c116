"""Who we are to an archive."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from pathgui.core.archives import logins as module
from pathgui.core.archives.logins import Login, Logins, drop_login, keep_login, kept_login
from pathgui.core.errors import ArchiveError

BASE = "https://host/dicom-web"


@pytest.fixture
def ring(monkeypatch):
    """A keyring of a system, in memory."""
    kept: dict[str, Login] = {}
    fake = SimpleNamespace(
        get_keyring=lambda: SimpleNamespace(priority=5),
        set_password=lambda service, user, word: kept.update({service: Login(user, word)}),
        get_credential=lambda service, _: (
            SimpleNamespace(username=kept[service].user, password=kept[service].password)
            if service in kept
            else None
        ),
        delete_password=lambda service, _: kept.pop(service),
    )
    monkeypatch.setitem(sys.modules, "keyring", fake)
    return kept


def test_a_login_given_for_one_archive_goes_to_no_other():
    known = Logins()
    known.give(BASE, Login("a", "b"))
    assert known.of(BASE) == Login("a", "b")
    assert known.of("https://other/dicom-web") is None
    known.forget(BASE)
    assert known.of(BASE) is None


def test_the_environment_has_the_login_of_the_one_archive_that_it_names(monkeypatch):
    monkeypatch.setenv("PATHGUI_ARCHIVE", f"{BASE}/")
    assert Logins().of(BASE) is None
    monkeypatch.setenv("PATHGUI_ARCHIVE_USER", "a")
    monkeypatch.setenv("PATHGUI_ARCHIVE_PASSWORD", "b")
    assert Logins().of(BASE) == Login("a", "b")
    assert Logins().of("https://other/dicom-web") is None


def test_a_printed_login_shows_neither_password_nor_token():
    assert "b" not in repr(Login("a", "b", "b"))


def test_what_the_keyring_keeps_is_found_by_its_address_until_it_is_dropped(ring):
    keep_login(BASE, Login("a", "b"))
    assert kept_login(BASE) == Login("a", "b") == Logins().of(BASE)
    assert kept_login("https://other/dicom-web") is None
    assert drop_login(BASE)
    assert not drop_login(BASE)
    assert ring == {}


def test_without_a_keyring_it_is_said_how_long_the_password_lasts(monkeypatch):
    monkeypatch.setattr(module, "_keyring", lambda: None)
    with pytest.raises(ArchiveError, match="until pathgui ends"):
        keep_login(BASE, Login("a", "b"))
    assert kept_login(BASE) is None
