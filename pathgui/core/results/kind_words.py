"""What sentences call the four kinds of a neighbor, by the columns that play tissue and center."""

from __future__ import annotations

from typing import Final

from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.reference.roles import RoleColumns

_IN_ROLES: Final[dict[str, str]] = {
    "SS": "same {tissue}, same {center}",
    "SO": "same {tissue}, other {center}",
    "OS": "other {tissue}, same {center}",
    "OO": "other {tissue}, other {center}",
}


def kind_titles(columns: RoleColumns) -> dict[str, str]:
    """The words of each kind, in the order of :data:`KINDS`.

    >>> kind_titles(RoleColumns("scanner"))["SO"]
    'same tissue, other scanner'
    """
    return {kind: columns.say(_IN_ROLES[kind]) for kind in KINDS}
