"""Sets of criteria that are kept under a name, each a file that the command line takes too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pathgui.core.errors import CriteriaError
from pathgui.core.language.texts import say
from pathgui.core.results.judging import read_criteria
from pathgui.core.runs.criteria import Criterion, save_criteria


class Presets:
    """The files NAME.toml of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """In the order of the alphabet."""
        if not self._folder.is_dir():
            return []
        return sorted((path.stem for path in self._folder.glob("*.toml")), key=str.casefold)

    def load(self, name: str, now: str) -> tuple[Criterion, ...]:
        """The criteria of that name, set ``now``.

        Raises
        ------
        CriteriaError
            If the file is gone or damaged.
        """
        return read_criteria(self._path(name), now)

    def save(self, name: str, criteria: Sequence[Criterion]) -> None:
        """Keep criteria under a name, in the place of what was there.

        Raises
        ------
        CriteriaError
            If the name cannot be that of a file, or the file cannot be written.
        """
        name = name.strip()
        if not name or name.startswith(".") or re.search(r'[<>:"/\\|?*\x00-\x1f]', name):
            raise CriteriaError(
                say(
                    "A preset cannot be called {name!r}. Use letters, digits, spaces and dashes.",
                    name=name,
                )
            )
        save_criteria(criteria, self._path(name))

    def delete(self, name: str) -> None:
        """Forget a preset."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.toml"
