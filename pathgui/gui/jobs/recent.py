"""Slides, cohorts, reference sets, runs and archives used lately."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSettings

MOST = 20


class Recent:
    """Kept in the window's QSettings; what is gone from the disk is not offered."""

    def __init__(self, memory: QSettings) -> None:
        self._memory = memory

    @property
    def slides(self) -> list[Path]:
        """Last used first."""
        return self._paths("slides")

    @property
    def last_open(self) -> list[Path]:
        """The slides that were open when the window was closed last, as they stood in the list."""
        return self._paths("open")

    def keep_open(self, paths: Sequence[Path]) -> None:
        """These slides are open as the window closes; where none is, the former ones stay."""
        if paths:
            self._memory.setValue("recent/open", [str(each) for each in paths])

    @property
    def references(self) -> list[Path]:
        """Last used first."""
        return self._paths("references")

    @property
    def runs(self) -> list[Path]:
        """Last made first."""
        return self._paths("runs")

    @property
    def cohorts(self) -> list[Path]:
        """Last used first."""
        return self._paths("cohorts")

    @property
    def slide_folder(self) -> str:
        """Where to look for slides."""
        return str(self.slides[0].parent) if self.slides else str(Path.home())

    @property
    def reference_folder(self) -> str:
        """Where to look for reference sets."""
        return str(self.references[0].parent) if self.references else str(Path.home())

    @property
    def archives(self) -> list[str]:
        """Addresses of archives, last used first."""
        stored = self._memory.value("recent/archives", [])
        found = [stored] if isinstance(stored, str) else stored
        return [str(each) for each in found] if isinstance(found, list) else []

    def add_archive(self, address: str) -> None:
        """An archive was searched. ``address`` holds no login."""
        others = [each for each in self.archives if each != address]
        self._memory.setValue("recent/archives", [address, *others][:MOST])

    def add_slide(self, path: Path) -> None:
        """A slide was opened."""
        self._add("slides", path)

    def add_reference(self, path: Path) -> None:
        """A reference set was opened."""
        self._add("references", path)

    def add_run(self, path: Path) -> None:
        """A run was saved."""
        self._add("runs", path)

    def add_cohort(self, path: Path) -> None:
        """A cohort was opened or made."""
        self._add("cohorts", path)

    def _paths(self, key: str) -> list[Path]:
        stored = self._memory.value(f"recent/{key}", [])
        names = [stored] if isinstance(stored, str) else stored
        if not isinstance(names, list):
            return []
        return [path for path in map(Path, names) if _there(path)]

    def _add(self, key: str, path: Path) -> None:
        paths = [path, *(each for each in self._paths(key) if each != path)][:MOST]
        self._memory.setValue(f"recent/{key}", [str(each) for each in paths])


def _there(path: Path) -> bool:
    """Also of a share that is gone, or a folder that may not be entered."""
    try:
        return path.exists()
    except OSError:
        return False
