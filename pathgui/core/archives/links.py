"""Slide links: small files that stand for slides which lie behind an address.

Wherever a slide's file can stand, a link can: in the list of slides, in a cohort, in a command. It
holds the address and nothing else of the slide, and never a login.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from pathgui.core.archives.addresses import (
    WEB,
    is_address,
    is_series,
    series_address,
    whole,
    without_login,
)
from pathgui.core.errors import ArchiveError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.system.endings import LINK_ENDING
from pathgui.core.system.files import write_file
from pathgui.core.system.json_files import read_json

FORMAT = 1
_MOST_BYTES = 1 << 16
_LONGEST_NAME = 80


@dataclass(frozen=True)
class SlideLink:
    """Where a slide lies."""

    url: str  # without login, query and fragment


def is_link(path: Path) -> bool:
    """Whether a path names a slide link.

    >>> is_link(Path("HE-1.pgslide")), is_link(Path("a.svs"))
    (True, False)
    """
    return path.suffix.lower() == LINK_ENDING


def read_link(path: Path) -> SlideLink:
    """What a link says.

    Raises
    ------
    ArchiveError
        If it cannot be read, or is none.
    """
    content = read_json(path, ArchiveError, _MOST_BYTES)
    url = content.get("url") if isinstance(content, dict) else None
    if not isinstance(url, str) or not is_address(url):
        raise ArchiveError(
            say("{path} is no link to a slide: it holds no address (url).", path=path)
        )
    return SlideLink(without_login(url))


def write_link(url: str, folder: Path, name: str = "") -> Path:
    """A link to the slide at ``url`` in ``folder``; the one that is there, if there is one.

    Parameters
    ----------
    url : str
        Of a series in a DICOMweb archive. A login in it is not written.
    folder : Path
        Made if it is not there.
    name : str
        How the link is called, if not by the last part of the address. Never a patient's name.

    Raises
    ------
    ArchiveError
        If that is no address of a slide, or the folder cannot be written to.
    """
    address = without_login(url)
    if urlsplit(address).scheme in WEB:
        address = series_address(address).url
    digits = hashlib.sha256(address.encode()).hexdigest()[:8]
    called = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:_LONGEST_NAME] or "slide"
    path = folder / f"{called}-{digits}{LINK_ENDING}"
    content = json.dumps({"format": FORMAT, "url": address}, indent=2).encode() + b"\n"
    with os_errors_as(ArchiveError, say("The link {path} cannot be written", path=path)):
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            write_file(path, content)
    return path


def is_slide_address(text: str) -> bool:
    """Whether a text is the address of a slide, rather than a path or of a whole archive.

    >>> is_slide_address("https://host/rs/studies/1.2/series/3"), is_slide_address("https://host")
    (True, False)
    """
    if not is_address(text):
        return False
    return whole(text).lower().startswith("file://") or is_series(text)


def slide_path(given: str | Path, folder: Path) -> Path:
    """The path of a slide that a user names: a path as it is, an address as a link to it.

    ``folder`` gets the links. An address ``file://`` is the path that it names. A path that was
    made of an address is taken for the address.

    >>> slide_path("a.svs", Path("links")).name
    'a.svs'

    Raises
    ------
    ArchiveError
        If it is an address, but not of a slide.
    """
    if not is_address(str(given)):
        return Path(given)
    scheme, _, place = whole(str(given)).partition("://")
    if scheme.lower() == "file":
        # Of file://host/share and file:///path; "localhost" is this computer.
        return Path(url2pathname(re.sub(r"^/*(localhost)?/+", "/", f"/{place}")))
    return write_link(str(given), folder)
