"""What the pictures of corrections show, taken from a run; nothing is drawn here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pathgui.core.crossfit.results import Change, Corrections
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.correction_columns import full_columns_in
from pathgui.core.results.corrections import (
    changes_of,
    title_of,
)
from pathgui.core.runs.record import Run

LEAST_READ = 0.05  # over its chance value; shares of what a probe reads less are mostly noise

# What is drawn before and after: keys of the table's columns, and of what chance gives.
MEASURES: Final = ("index", "new_slides", "new_center", "met_center", "center_probe")


def measure_titles(called: RoleColumns = USUAL) -> dict[str, str]:
    """What each of them is called, by key."""
    return {each.key: each.title for each in full_columns_in(called) if each.key in MEASURES}


@dataclass(frozen=True)
class ChangeBar:
    """A measure before and after a correction; all None where it is not assessable."""

    encoder: str  # its title
    correction: str  # its title
    before: float | None = None
    after: float | None = None
    low: float | None = None  # 95 % interval of the difference, laid on ``before``
    high: float | None = None
    chance: float | None = None

    @property
    def side(self) -> int:
        """1: it rises; -1: it falls; 0: the interval holds no change, or there is none."""
        if self.before is None or self.low is None or self.high is None:
            return 0
        return int(self.low > self.before) - int(self.high < self.before)


@dataclass(frozen=True)
class Share:
    """A share with its interval, where there is one."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class KeptPoint:
    """How much of the center a correction takes out, and how much of the tissue it keeps.

    Of what a probe read over its chance value before: 1 is all of it.
    """

    encoder: str
    correction: str
    center_removed: Share
    tissue_kept: Share  # on new slides


def change_bars(run: Run, measure: str) -> list[ChangeBar]:
    """One a correction that was tried, encoder by encoder, of one of :data:`MEASURES`."""
    bars = []
    for result in run.encoders:
        found = result.corrections
        if not isinstance(found, Corrections):
            continue
        chance = _CHANCE[measure](found)
        for effect in found.ordered:
            change = changes_of(effect)[measure]
            names = result.encoder.title, title_of(effect.name, run.reference.columns)
            if not isinstance(change, Change):
                bars.append(ChangeBar(*names, chance=chance))
                continue
            low, high = (
                None if end is None else change.before + end for end in (change.low, change.high)
            )
            bars.append(ChangeBar(*names, change.before, change.after, low, high, chance))
    return bars


def kept_points(run: Run) -> list[KeptPoint]:
    """One a correction of which both can be said, encoder by encoder."""
    points = []
    for result in run.encoders:
        found = result.corrections
        if not isinstance(found, Corrections):
            continue
        for effect in found.ordered:
            center = _share(effect.center_probe, found.center_chance, gone=True)
            tissue = _share(effect.tissue_new_slides, found.tissue_chance, gone=False)
            if center is not None and tissue is not None:
                title = title_of(effect.name, run.reference.columns)
                points.append(KeptPoint(result.encoder.title, title, center, tissue))
    return points


def _share(change: object, chance: float, *, gone: bool) -> Share | None:
    """Of what a probe read over chance, the part that is gone or left."""
    if not isinstance(change, Change) or change.before - chance < LEAST_READ:
        return None
    whole = change.before - chance

    def left(difference: float) -> float:
        return -difference / whole if gone else 1 + difference / whole

    low = high = None
    if change.low is not None and change.high is not None:
        low, high = sorted((left(change.low), left(change.high)))
    return Share(left(change.difference), low, high)


_CHANCE: Final[dict[str, Callable[[Corrections], float | None]]] = {
    "index": lambda found: found.null,
    "new_slides": lambda found: found.tissue_chance,
    "new_center": lambda found: found.tissue_chance,
    "met_center": lambda found: found.tissue_chance,
    "center_probe": lambda found: found.center_chance,
}
