"""An archive on the loopback, whose login is known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pathgui.core.archives.logins import Login, logins
from tests.dicomweb import PASSWORD, USER, Archive, dicomweb_archive


@pytest.fixture
def archive() -> Iterator[Archive]:
    with dicomweb_archive() as found:
        logins.give(found.base, Login(USER, PASSWORD))
        yield found
        logins.forget(found.base)
