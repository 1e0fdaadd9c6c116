"""The true names of slides whose runs hold pseudonyms: on the user's desk, and nowhere else."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

BOOK_FILE = "slide-names.json"  # in the user's folder of settings


class NameBook:
    """A file that its owner alone can read. What cannot be read or written is not known."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def name_of(self, file_name: str) -> str:
        """The slide's true file name; ``file_name`` itself where no other is known."""
        return self._read().get(file_name, file_name)

    @property
    def known(self) -> dict[str, str]:
        """Every true name, by what runs call it."""
        return self._read()

    def remember(self, file_name: str, true_name: str) -> None:
        """Note the true name of a slide that a run calls ``file_name``."""
        self.remember_all({file_name: true_name})

    def remember_all(self, names: Mapping[str, str]) -> None:
        """Note the true names of several slides, by what runs call them."""
        known = self._read()
        new = {called: name for called, name in names.items() if called != name}
        if all(known.get(called) == name for called, name in new.items()):
            return
        text = json.dumps(known | new, indent=1)
        with contextlib.suppress(OSError, UnicodeEncodeError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self._path.parent)  # with the rights 0600
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(text)
                os.replace(draft, self._path)
            finally:
                Path(draft).unlink(missing_ok=True)

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._path.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        good = isinstance(found, dict) and all(isinstance(each, str) for each in found.values())
        return found if good else {}
