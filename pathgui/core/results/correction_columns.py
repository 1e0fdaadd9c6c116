"""Columns of the tables of corrections: what is measured before and after, and what it means."""

from __future__ import annotations

from functools import partial
from typing import Final

from pathgui.core.language.texts import say
from pathgui.core.metrics.permutation import ALPHA
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.summary import Column

# In these texts {center} and {tissue} stand for the words of the columns that play them.


ANCHOR = "corrections-corrections"  # of the entry in docs/measurements.md
_column = partial(Column, anchor=ANCHOR)

_IN_ROLES: Final = (
    _column(
        "name",
        say("Correction"),
        say("What is fitted on one half of the slides."),
        right=False,
    ),
    _column(
        "index",
        say("Robustness index"),
        say(
            "Before and after, with the 95 % interval of the difference. Read it with {tissue}: an "
            "index can rise because {tissue} is lost."
        ),
    ),
    _column(
        "new_slides",
        say("{Tissue}, new slides"),
        say("Balanced accuracy of a {tissue} probe of the fitted half, asked on the other half."),
    ),
    _column(
        "new_center",
        say("{Tissue}, new {center}"),
        say(
            "Balanced accuracy of a {tissue} probe at {a_center} that neither probe nor correction "
            "ever saw, mean over {centers}."
        ),
    ),
    _column(
        "met_center",
        say("{Tissue}, new {center}, slides met"),
        say(
            "The same, where the correction was also fitted on slides of that {center}, "
            "without their {tissue}."
        ),
    ),
    _column(
        "center_probe",
        say("{Center} probe left"),
        say(
            "Balanced accuracy with which a probe, trained on the judged slides, still names the "
            "{center} of others. Compare it with its chance value."
        ),
    ),
    _column(
        "variance_lost",
        say("{Tissue} variance lost"),
        say(
            "Share of the variance between {tissues}, within {centers}, that the correction takes "
            "out. Below 0, it adds some."
        ),
    ),
    _column(
        "reading",
        say("Reading"),
        say("What may be said, by the intervals of this line."),
        right=False,
    ),
)


_OF_ALL = {each.key: each for each in _IN_ROLES}
# With all that a correction must be read by, for whoever has the room.
_FULL_IN_ROLES: Final = (
    _OF_ALL["name"],
    _OF_ALL["reading"],
    _OF_ALL["index"],
    _column(
        "null",
        say("Chance value"),
        say(
            "The index that neighbors drawn at random within a half would give. Compare the index "
            "with it, not with ½."
        ),
    ),
    *(_OF_ALL[key] for key in ("new_slides", "new_center", "met_center", "center_probe")),
    _column(
        "center_chance",
        say("{Center}, chance value"),
        say("Balanced accuracy of a {center} probe that reads nothing: one over the {centers}."),
    ),
    _OF_ALL["variance_lost"],
    _column(
        "own_center",
        say("Own {center}"),
        say(
            "Share of neighbors that are of the tile's own {{center}} after the correction, and "
            "the chance value. Below it (p < {alpha}) the correction has made tiles avoid "
            "their own {{center}}.",
            alpha=ALPHA,
        ),
    ),
)


def columns_in(called: RoleColumns) -> tuple[Column, ...]:
    """Columns in the words of the columns of a set that play center and tissue."""
    return tuple(each.called(called) for each in _IN_ROLES)


def full_columns_in(called: RoleColumns) -> tuple[Column, ...]:
    """All columns, with those for whoever has the room."""
    return tuple(each.called(called) for each in _FULL_IN_ROLES)


COLUMNS: Final = columns_in(USUAL)
FULL_COLUMNS: Final = full_columns_in(USUAL)
