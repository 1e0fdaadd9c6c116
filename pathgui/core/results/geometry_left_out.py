"""Parts of the geometry that are no measurements with a name, by the place that leaves them out."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.results.measures import DESCRIBES

# Parts of the geometry that are not measurements with a name, by the place that leaves them out.
GEOMETRY_LEFT_OUT: dict[str, dict[str, str]] = {
    "summary": dict.fromkeys(
        ("clustering", "silhouettes", "variance", "components", "mixing", "slide_gap", "distances",
         "pairs"), DESCRIBES.reason,
    ),
    "metrics": {
        "components": say("lists over components; the record has them (--json)"),
        "distances": say("means over all pairs that no other number is held against; --json "
            "has them"),
    },
    "report": {
        "components": say("lists over components; run.json and the table of every number have "
                          "them"),
        "distances": say("means over all pairs; run.json and the table of every number have them"),
        "pairs": say("only tables with a column of pairs have it, and they make no report"),
    },
}  # fmt: skip
