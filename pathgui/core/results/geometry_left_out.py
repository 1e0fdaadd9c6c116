"""Parts of the geometry that are no measurements with a name, by the place that leaves them out."""

from __future__ import annotations

from pathgui.core.results.measures import DESCRIBES

# Parts of the geometry that are not measurements with a name, by the place that leaves them out.
GEOMETRY_LEFT_OUT: dict[str, dict[str, str]] = {
    "summary": dict.fromkeys(
        ("clustering", "silhouettes", "variance", "components", "mixing", "slide_gap", "distances",
         "pairs"), DESCRIBES.reason,
    ),
    "metrics": {
        "components": "lists over components; the record has them (--json)",
        "distances": "means over all pairs that no other number is held against; --json has them",
    },
    "report": {
        "components": "lists over components; run.json and the table of every number have them",
        "distances": "means over all pairs; run.json and the table of every number have them",
        "pairs": "only tables with a column of pairs have it, and they make no report",
    },
}  # fmt: skip
