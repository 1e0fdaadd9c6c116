"""What sentences call the four kinds of a neighbor, by the columns that play tissue and center."""

from __future__ import annotations

from typing import Final

from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.reference.roles import RoleColumns

_WORDS: Final = {"S": "same", "O": "other"}  # of a kind's letters, tissue first


def kind_titles(columns: RoleColumns) -> dict[str, str]:
    """The words of each kind, in the order of :data:`KINDS`.

    >>> kind_titles(RoleColumns("scanner"))["SO"]
    'same tissue, other scanner'
    """
    return {
        kind: f"{_WORDS[kind[0]]} {columns.of_tissue}, {_WORDS[kind[1]]} {columns.of_center}"
        for kind in KINDS
    }
