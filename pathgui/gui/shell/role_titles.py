"""What actions about tissue and center are called while other columns play these roles."""

from __future__ import annotations

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.gui.viewer.model.keys import Called


def role_titles(columns: RoleColumns) -> dict[str, Called]:
    """By the id of an action: its titles in the words of the columns; {} where they are the usual.

    >>> role_titles(RoleColumns(center="scanner"))["next_following"].title
    'Next tile that follows the scanner'
    """
    if columns == USUAL:
        return {}
    return {
        "next_following": Called(
            columns.say(say("Next tile that follows the {center}")),
            columns.say(say("Next tile that &follows the {center}")),
        ),
        "previous_following": Called(columns.say(say("Previous tile that follows the {center}"))),
        "layer_tissue": Called(
            columns.say(say("Layer: {tissue}, probe")),
            columns.say(say("{Tissue}, probe")),
            columns.say(say("no {tissue} layer yet: evaluate first")),
        ),
        "layer_center": Called(
            columns.say(say("Layer: {center}, probe")),
            columns.say(say("{Center}, probe")),
            columns.say(say("no {center} layer yet: evaluate first")),
        ),
        "layer_nearest_center": Called(
            columns.say(say("Layer: {center} of the nearest reference tile")),
            columns.say(say("{Center} of the nearest reference tile")),
            columns.say(say("no layer of the nearest tile's {center}: evaluate first")),
        ),
        "layer_agreement": Called(
            nothing=columns.say(
                say("no agreement layer: give the {center} of the slide and evaluate")
            )
        ),
        "lens": Called(
            columns.say(say("Lens: colors of the next {center}, then none")),
            columns.say(say("L&ens: colors of another {center}")),
            columns.say(say("no colors of other {centers} yet: try What if in the summary")),
        ),
        "layer_confidence": Called(
            columns.say(say("Layer: probability of the {tissue}")),
            columns.say(say("Pr&obability of the {tissue}")),
        ),
    }
