"""Which classes of regions are evaluated, and which are cut out of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pathgui.core.errors import RegionError
from pathgui.core.language.texts import say

NO_CLASS = "(no class)"  # how regions without a class are called where classes are chosen


@dataclass(frozen=True)
class ClassChoice:
    """What a user says of classes: those that are evaluated, and those that are left out.

    Attributes
    ----------
    wanted
        Only these; without any all that are not left out.
    left_out
        Cut out of the others, as are all that end in ``*`` (QuPath's ``Ignore*``) unless they are
        wanted.
    """

    wanted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.wanted or self.left_out)

    @property
    def said(self) -> str:
        """In words: "Tumor; left out: Necrosis"."""
        wanted = named(self.wanted) if self.wanted else say("all")
        return (
            say("{wanted}; left out: {left_out}", wanted=wanted, left_out=named(self.left_out))
            if self.left_out
            else wanted
        )

    def is_out(self, kind: str) -> bool:
        """Whether regions of this class are cut out of the others.

        >>> ClassChoice(left_out=("Necrosis",)).is_out("Necrosis"), ClassChoice().is_out("Ignore*")
        (True, True)
        """
        name = kind or NO_CLASS
        return name in self.left_out or (kind.endswith("*") and name not in self.wanted)

    def takes(self, kind: str) -> bool:
        """Whether regions of this class are evaluated.

        >>> ClassChoice(("Tumor",)).takes("Stroma"), ClassChoice().takes("")
        (False, True)
        """
        return not self.is_out(kind) and (not self.wanted or (kind or NO_CLASS) in self.wanted)

    def check(self, there: Iterable[str], where: str) -> None:
        """Check that the classes it names are among those that are ``there``.

        Raises
        ------
        RegionError
            If one is not, or one is both wanted and left out; ``where`` begins the sentence.
        """
        self.check_itself()
        kinds = sorted({kind or NO_CLASS for kind in there})
        for kind in (*self.wanted, *self.left_out):
            if kind not in kinds:
                raise RegionError(
                    say(
                        "{where} has no area of the class {kind}. It has: {kinds}.",
                        where=where,
                        kind=kind,
                        kinds=", ".join(kinds) or say("none"),
                    )
                )

    def check_itself(self) -> None:
        """Check that no class is both wanted and left out. Raises RegionError."""
        for kind in self.wanted:
            if kind in self.left_out:
                raise RegionError(
                    say("The class {kind} is both to be evaluated and to be left out.", kind=kind)
                )

    def found(self, kinds: Collection[str]) -> RegionClasses:
        """What becomes of regions of these classes."""
        return RegionClasses(
            tuple(sorted({kind for kind in kinds if self.takes(kind)})),
            tuple(sorted({kind for kind in kinds if self.is_out(kind)})),
        )


@dataclass(frozen=True)
class RegionClasses:
    """Classes of the regions that are evaluated, and of those that are cut out; "" is no class."""

    used: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def named(classes: Iterable[str]) -> str:
    """Classes in a line; "none" without any.

    >>> named(["Tumor", ""]), named([])
    ('Tumor, (no class)', 'none')
    """
    return ", ".join(kind or NO_CLASS for kind in classes) or "none"
