"""The encoders that pathgui comes with, and those that the user describes or installs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pathgui.core.encoders.bundled import BUNDLED
from pathgui.core.encoders.catalog import spec_of
from pathgui.core.encoders.facts.entry import read_catalog
from pathgui.core.encoders.facts.registry import ListedEncoder, Registry
from pathgui.core.encoders.own_encoders import own_encoders, packaged_encoders
from pathgui.core.language.texts import say

_table = cache(read_catalog)


def standard_encoders() -> Registry:
    """A registry of pathgui's own encoders, to which the user's can be added."""
    return Registry((*BUNDLED, *map(spec_of, _table()[0])))


def listed_encoders() -> tuple[ListedEncoder, ...]:
    """Models that cannot run here, each with the reason and the way left."""
    return _table()[1]


def add_own_encoders(known: Registry, folder: Path) -> tuple[str, ...]:
    """Add to ``known`` the encoders described in ``folder`` and those of installed packages.

    Returns one sentence for each that cannot be used: it is wrong, or its name is taken.
    """
    faults: list[str] = []
    for specs, wrong in (own_encoders(folder), packaged_encoders()):
        faults.extend(wrong)
        for spec in specs:
            try:
                known.renew(spec)
            except ValueError:
                faults.append(
                    say(
                        "{spec_title} ({origin}): the name {spec_name!r} is taken.",
                        spec_title=spec.title,
                        origin=spec.origin,
                        spec_name=spec.name,
                    )
                )
    return tuple(faults)
