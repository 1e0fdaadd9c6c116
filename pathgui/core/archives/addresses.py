"""Addresses of archives and of slides in them, without any login.

A login that stands in an address is taken out before the address goes anywhere: addresses are
kept in files, records and logs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

from pathgui.core.archives.logins import Login, logins
from pathgui.core.errors import ArchiveError
from pathgui.core.language.texts import say

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):[/\\]+")
_UID = r"[0-9.]{1,64}"
_SERIES = re.compile(rf"(?P<base>.*?)/studies/(?P<study>{_UID})/series/(?P<series>{_UID})/?")
WEB = ("http", "https")


@dataclass(frozen=True)
class SeriesAddress:
    """A slide of a DICOMweb archive."""

    base: str  # of the archive: https://host/dicom-web
    study: str  # uid
    series: str  # uid

    @property
    def url(self) -> str:
        """As DICOMweb writes it."""
        return f"{self.base}/studies/{self.study}/series/{self.series}"


def is_address(text: str) -> bool:
    """Whether a text is an address rather than a path.

    >>> is_address("https://host/dicom-web"), is_address("C:/slides/a.svs"), is_address("a.svs")
    (True, False, False)
    """
    return _SCHEME.match(text.strip()) is not None


def whole(text: str) -> str:
    """An address with both of its slashes, of which a path keeps one; on Windows none.

    >>> whole("https:/host/dicom-web")
    'https://host/dicom-web'
    """
    return _SCHEME.sub(r"\1://", text.strip(), count=1).replace("\\", "/")


def without_login(text: str) -> str:
    """The address without the login, the query and the fragment that it may hold.

    A login is kept for as long as the program runs, see :data:`logins`.

    >>> without_login("https://host/dicom-web/?token=1")
    'https://host/dicom-web'

    Raises
    ------
    ArchiveError
        If it is no address.
    """
    try:
        parts = urlsplit(whole(text))
        host, user, password = parts.hostname, parts.username, parts.password
        place = parts.netloc.rpartition("@")[2]
    except ValueError:
        host = None
        place = ""
    if not host or not parts.scheme:
        raise ArchiveError(
            say(
                "This is no address of an archive. An address begins with https:// and ends with "
                "the path of its DICOMweb service, for example https://pacs.example.org/dicom-web."
            )
        )
    address = urlunsplit((parts.scheme.lower(), place, parts.path.rstrip("/"), "", ""))
    if user:
        login = Login(unquote(user), unquote(password or ""))
        series = _SERIES.fullmatch(address)
        logins.give(series["base"] if series else address, login)
    return address


def archive_address(text: str) -> str:
    """The address of a DICOMweb archive, cut back to its service where it goes on to a study.

    >>> archive_address("https://host/dicom-web/studies/1.2")
    'https://host/dicom-web'

    Raises
    ------
    ArchiveError
        If it is no address of the web.
    """
    typed = text.strip()
    if not is_address(typed):
        typed = f"https://{typed}"
    address = without_login(typed)
    if urlsplit(address).scheme not in WEB:
        raise ArchiveError(
            say(
                "{address} is no address of a DICOMweb archive. Such an address begins with "
                "https://.",
                address=address,
            )
        )
    return address.partition("/studies")[0].rstrip("/")


def is_series(text: str) -> bool:
    """Whether an address names a series of an archive."""
    path = urlsplit(whole(text)).path.rstrip("/")
    return _SERIES.fullmatch(path) is not None


def series_address(text: str) -> SeriesAddress:
    """The address of a slide in a DICOMweb archive.

    >>> series_address("https://host/dicom-web/studies/1.2/series/1.2.3").series
    '1.2.3'

    Raises
    ------
    ArchiveError
        If it does not name a study and a series.
    """
    address = without_login(text)
    found = _SERIES.fullmatch(address)
    if found is None or urlsplit(address).scheme not in WEB:
        raise ArchiveError(
            say(
                "{address} does not name a slide. The address of a slide in an archive ends in "
                "/studies/UID/series/UID; pathgui archive find lists them.",
                address=address,
            )
        )
    return SeriesAddress(found["base"], found["study"], found["series"])
