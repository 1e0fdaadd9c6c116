"""Who we are to an archive: kept for the session, in the environment, or by the system's keyring.

A login goes to the archive that it was given for and to no other, and into no file of pathgui.
"""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

from pathgui.core.errors import ArchiveError, one_line
from pathgui.core.language.texts import say
from pathgui.core.system.program import how_to_add

_SERVICE = "pathgui archive"  # how the keyring calls what it keeps for us


@dataclass(frozen=True)
class Login:
    """A user with a password, or a token. Neither is shown where the login is printed."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


class Logins:
    """The logins of this session, by the address of the archive."""

    def __init__(self) -> None:
        self._given: dict[str, Login] = {}
        self._lock = threading.Lock()

    def give(self, address: str, login: Login) -> None:
        """Use ``login`` for the archive at ``address`` until the program ends."""
        with self._lock:
            self._given[address] = login

    def forget(self, address: str) -> None:
        """Use no login that was given for the archive at ``address`` any more."""
        with self._lock:
            self._given.pop(address, None)

    def of(self, address: str) -> Login | None:
        """The login for an archive: the one given, else the environment's, else the keyring's."""
        with self._lock:
            given = self._given.get(address)
        if given is not None:
            return given
        found = _in_environment(address) or kept_login(address)
        if found is not None:
            self.give(address, found)
        return found


logins = Logins()


def _in_environment(address: str) -> Login | None:
    """For the one archive that the environment names, so that no other is told of it."""
    if os.environ.get("PATHGUI_ARCHIVE", "").strip().rstrip("/") != address:
        return None
    login = Login(
        os.environ.get("PATHGUI_ARCHIVE_USER", ""),
        os.environ.get("PATHGUI_ARCHIVE_PASSWORD", ""),
        os.environ.get("PATHGUI_ARCHIVE_TOKEN", ""),
    )
    return None if login == Login() else login


def keyring_at_hand() -> bool:
    """Whether the system has a keyring that pathgui can use."""
    ring = _keyring()
    if ring is None:
        return False
    try:
        return bool(ring.get_keyring().priority > 0)
    except Exception:  # noqa: BLE001 - a system without a session bus raises what it likes
        return False


def keep_login(address: str, login: Login) -> None:
    """Keep a login in the system's keyring.

    Raises
    ------
    ArchiveError
        If there is no keyring, or it refuses.
    """
    ring = _keyring()
    if ring is None:
        raise ArchiveError(
            how_to_add(
                "keyring",
                say(
                    "This computer has no keyring that pathgui can use, so the password lasts "
                    "until pathgui ends. To install what reaches one: {python} -m pip install "
                    "keyring",
                    python=sys.executable,
                ),
            )
        )
    if not keyring_at_hand():
        raise ArchiveError(
            say(
                "This computer has no keyring that pathgui can use, so the password lasts until "
                "pathgui ends."
            )
        )
    try:
        ring.set_password(f"{_SERVICE} {address}", login.user, login.password)
    except Exception as error:
        raise ArchiveError(
            say("The keyring did not take the password: {why}.", why=one_line(error))
        ) from error


def kept_login(address: str) -> Login | None:
    """The login that the keyring has for an archive; None if it has none."""
    ring = _keyring() if keyring_at_hand() else None
    if ring is None:
        return None
    try:
        found = ring.get_credential(f"{_SERVICE} {address}", None)
    except Exception:  # noqa: BLE001 - locked, or no session bus
        return None
    return None if found is None else Login(found.username, found.password)


def drop_login(address: str) -> bool:
    """Remove the login of an archive from session and keyring. Whether the keyring had one."""
    logins.forget(address)
    found = kept_login(address)
    if found is None:
        return False
    ring = _keyring()
    assert ring is not None
    try:
        ring.delete_password(f"{_SERVICE} {address}", found.user)
    except Exception as error:
        raise ArchiveError(
            say("The keyring did not remove the password: {why}.", why=one_line(error))
        ) from error
    return True


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        return None
    return keyring
