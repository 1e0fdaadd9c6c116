"""Names that tell slides and patients apart, and not who they are.

A pseudonym follows from a name, the reference set and a key that lies with the user and in no run.
So it is the same in every run of that user on that set, and nobody without the key can find out a
name by trying names.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from pathgui.core.system.exchange import rename_new

KEY_FILE = "pseudonym.key"  # in the user's folder of settings
_KEY_BYTES = 32
_DIGITS = 8  # 1 of 4 billion: two of 1,000 slides share a pseudonym once in 10,000 sets
_LEAST_ID = 4  # letters and digits of an id that is looked for in sentences; shorter ones are words


class Pseudonyms:
    """Pseudonyms of one reference set, by the user's key."""

    def __init__(self, key: bytes, reference_sha256: str) -> None:
        self._key = hashlib.sha256(key + reference_sha256.encode()).digest()

    def slide(self, name: str) -> str:
        """Of a slide's id, or of its file's name without its ending; "" stays ""."""
        return self._of("slide", name)

    def patient(self, name: str) -> str:
        """Of a patient's id; "" stays ""."""
        return self._of("patient", name)

    def _of(self, kind: str, name: str) -> str:
        if not name:
            return ""
        text = f"{kind}\0{name}".encode("utf-8", "surrogatepass")
        return f"{kind}-{hmac.new(self._key, text, hashlib.sha256).hexdigest()[:_DIGITS]}"


def load_key(path: Path) -> bytes:
    """The user's key; made at the first call, readable by nobody else. b"" where it cannot be."""
    with contextlib.suppress(OSError):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Made with the rights 0600, and complete before it bears its name.
            handle, draft = tempfile.mkstemp(dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(secrets.token_bytes(_KEY_BYTES))
                with contextlib.suppress(FileExistsError):
                    rename_new(Path(draft), path)
            finally:
                Path(draft).unlink(missing_ok=True)
        return path.read_bytes()
    return b""


class Scrubber:
    """Takes names and folders of this computer out of sentences."""

    def __init__(self, replaced: dict[str, str], folders: Iterable[Path] = ()) -> None:
        """``replaced``: what stands in place of a name. ``folders``: may have blanks in them."""
        self._replaced = {name: to for name, to in replaced.items() if _is_telling(name)}
        longest_first = sorted(self._replaced, key=len, reverse=True)
        self._names = (
            re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")
            if longest_first
            else None
        )
        self._folders = sorted({str(each) for each in folders}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """``text`` with paths cut to their last part, and pseudonyms in place of names."""
        for folder in self._folders:
            if len(folder) > 1:
                text = text.replace(folder + os.sep, "").replace(folder, Path(folder).name)
        text = last_parts(text)
        if self._names is not None:
            text = self._names.sub(lambda found: self._replaced[found.group()], text)
        return text


def _is_telling(name: str) -> bool:
    """Whether a name is found in a sentence without taking a word or a number for it."""
    return len(name) >= _LEAST_ID and not (name.isdigit() and len(name) < _LEAST_ID + 2)


# Two or more folders deep: "/data/a.svs", "C:\\slides\\a.svs", "../../a/b". Not "mm/px", "1/2" or
# an address.
PATH_BEGINNING = r"(?<![\w/\\.<])(?<!:(?=//))(?:[A-Za-z]:[\\/]|\.{0,2}[\\/])"
_PATH = re.compile(PATH_BEGINNING + r"[^\s'\"<>|:,;]+")


def last_parts(text: str) -> str:
    """Every path in ``text`` without its folders.

    >>> last_parts("Copied /home/me/a.svs at 0.5 um/px")
    'Copied a.svs at 0.5 um/px'
    """
    return _PATH.sub(_last_part, text)


def _last_part(match: re.Match[str]) -> str:
    path = match.group()
    kind: Any = PureWindowsPath if "\\" in path else PurePosixPath
    return str(kind(path).name) or path
