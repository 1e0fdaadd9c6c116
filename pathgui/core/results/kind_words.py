"""What sentences call the four kinds of a neighbor, by the columns that play tissue and center."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.reference.roles import RoleColumns


def kind_titles(columns: RoleColumns) -> dict[str, str]:
    """The words of each kind, in the order of :data:`KINDS`.

    >>> kind_titles(RoleColumns("scanner"))["SO"]
    'same tissue, other scanner'
    """
    said = (
        say("same {tissue}, same {center}"),
        say("same {tissue}, other {center}"),
        say("other {tissue}, same {center}"),
        say("other {tissue}, other {center}"),
    )
    return dict(zip(KINDS, map(columns.say, said), strict=True))
