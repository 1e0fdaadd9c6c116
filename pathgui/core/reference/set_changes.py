"""What was changed from one version of a reference set to the next: a record in the new one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pathgui.core.language.texts import counted, say


@dataclass(frozen=True)
class NewLabel:
    """One label of one tile that was mended."""

    tile: str  # its name; "" in a pseudonymous copy
    column: str  # tissue, center or patient
    before: str
    after: str


@dataclass(frozen=True)
class SetChange:
    """One step from a version to the next."""

    from_version: str
    from_sha256: str  # of the table of tiles of that version
    n_dropped: int
    n_relabeled: int  # tiles with another label
    dropped: tuple[str, ...] = ()  # names of tiles; none in a pseudonymous copy
    relabeled: tuple[NewLabel, ...] = ()  # none in a pseudonymous copy

    @property
    def sentence(self) -> str:
        """For the user.

        >>> SetChange("1", "0" * 64, 3, 1).sentence
        'From version 1: 3 tiles thrown out, 1 tile relabeled.'
        """
        parts = []
        if n := self.n_dropped:
            parts.append(counted(n, "{n} tile thrown out", "{n} tiles thrown out"))
        if n := self.n_relabeled:
            parts.append(counted(n, "{n} tile relabeled", "{n} tiles relabeled"))
        return say(
            "From version {from_version}: {parts}.",
            from_version=self.from_version,
            parts=", ".join(parts),
        )


def next_version(version: str) -> str:
    """The version after one: its last number counts on, or its first where more follows.

    >>> next_version("1"), next_version("2.9"), next_version("3, seed 0"), next_version("final")
    ('2', '2.10', '4, seed 0', 'final-2')
    """
    if re.fullmatch(r"\d+(\.\d+)*", version):
        *front, last = version.split(".")
        return ".".join([*front, str(int(last) + 1)])
    if found := re.match(r"\d+", version):
        return f"{int(found.group()) + 1}{version[found.end() :]}"
    if found := re.search(r"-(\d+)$", version):
        return f"{version[: found.start()]}-{int(found.group(1)) + 1}"
    return f"{version}-2" if version else "2"
