"""Published tiles of which nobody says which institution they are from."""

from __future__ import annotations

import re
from functools import partial

from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.public_sets.layout import FoundTiles, Given, Layout, Wishes


def _called(word: str, given: Given) -> bool:
    """Whether a folder or file that was named, or a folder around it, is called so."""
    pattern = re.compile(rf"(?:^|--|[-_ ]){word}(?:[-_ .]|$)", re.IGNORECASE)
    return any(pattern.search(part) for path in given.paths for part in path.parts[-5:])


def _refuse(title: str, given: Given, wishes: Wishes) -> FoundTiles:
    raise ReferenceSetError(
        say(
            "{title} does not state which institution a tile is from, so nothing "
            "tells center from tissue and no robustness can be measured on it. "
            "Choose a set that has centers. If this is another set that is only "
            "called so, name its layout with --as.",
            title=title,
        )
    )


SPIDER = Layout(
    "spider",
    "SPIDER",
    say("states no institution"),
    partial(_called, "spider"),
    partial(_refuse, "SPIDER"),
    refused=True,
)
HISTAI = Layout(
    "histai",
    "HISTAI",
    say("states no institution"),
    partial(_called, "histai"),
    partial(_refuse, "HISTAI"),
    refused=True,
)
