"""The classes that regions may have: a short list with colors. Without Qt."""

from __future__ import annotations

from collections.abc import Iterable

from pathgui.core.pictures.palette import Color, tissue_colors

IGNORE = "Ignore*"  # QuPath's class of what nobody looks at
_NO_CLASS = (90, 210, 255)
_IGNORED = (180, 180, 180)  # as in QuPath
LONGEST_NAME = 80  # characters


class RegionClasses:
    """Tissues first, then the classes that files brought or the user typed, and ``Ignore*``."""

    def __init__(self) -> None:
        self._tissues: tuple[str, ...] = ()
        self._own: dict[str, Color | None] = {}
        self.left_out: frozenset[str] = frozenset()  # not evaluated
        self.current = ""  # what the next region drawn is of; "": no class

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in the order in which keys choose them."""
        return tuple(dict.fromkeys((*self._tissues, *self._own, IGNORE)))

    def offer(self, tissues: Iterable[str]) -> None:
        """Begin with these: the tissues of the open cohort or reference set."""
        self._tissues = tuple(tissues)

    def add(self, name: str, color: Color | None = None) -> str:
        """Take a class up, if it is new; returns its name as it is kept. ``color``: if known."""
        name = " ".join(name.split())[:LONGEST_NAME]
        if name and (name not in self.names or color is not None):
            self._own[name] = color or self._own.get(name)
        return name

    def color_of(self, name: str) -> Color:
        """Red, green and blue: what a file says, else that of the tissue on slide and report."""
        if not name:
            return _NO_CLASS
        if (own := self._own.get(name)) is not None:
            return own
        if name.endswith("*"):
            return _IGNORED
        names = [each for each in self.names if not each.endswith("*")]
        place = names.index(name) if name in names else len(names)
        return tissue_colors(place + 1)[place]

    def is_out(self, name: str) -> bool:
        """Whether regions of this class are not evaluated."""
        return name.endswith("*") or name in self.left_out
