"""Which tiles are thrown out, by what was measured of them and of their slide."""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.cohort.quality.look import Look
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import noted

ENOUGH = 8  # tiles; what is usual on a slide is not known of fewer

# The limits are set so that hardly any sound tile goes (tests/benchmarks/quality.py measures how
# many): a tile too few costs nothing, since another one is drawn.
_EDGES, _EDGES_BY_SLOPE = 0.2, 0.45  # of what is usual on the slide
_INK, _GRAY, _USUAL = 0.1, 0.15, 0.02  # shares of a tile; where more is usual it is the stain
_DENSITY, _TIMES_USUAL = 0.45, 2.5
_TISSUE = 0.05
_TELLING = 0.15  # share of tissue; glass has no focus and says nothing of the tissue beside it
_BLACK, _USUAL_LIGHT = 30.0, 60.0  # mean brightness; a slide that is darker is fluorescence


@dataclass(frozen=True)
class Flaw:
    """Why a tile is thrown out."""

    kind: str  # a key of SAID
    value: float
    limit: float

    def __str__(self) -> str:
        return SAID[self.kind].format(value=self.value, limit=self.limit)

    @property
    def shown(self) -> str:
        """In the reader's language, what the files say in English."""
        return retold(str(self))


# In the order in which they are looked for. The text completes "the tile ...".
SAID = {
    "black": noted("is nearly black: mean brightness {value:.0f} of 255 (limit {limit:.0f})"),
    "tissue": noted("has too little tissue: {value:.0%} (limit {limit:.0%})"),
    "pen": noted("is under ink: {value:.0%} of it (limit {limit:.0%})"),
    "bubble": noted(
        "lies at a bubble, dirt or the edge of the glass: {value:.0%} of it is gray "
        "(limit {limit:.0%})"
    ),
    "fold": noted(
        "lies in a fold, or under dark ink: optical density {value:.2f} (limit {limit:.2f})"
    ),
    "blur": noted(
        "is blurred: its edges are {value:.2f} of what is usual on its slide (limit {limit:.2f})"
    ),
}


def find_flaw(look: Look, usual: Look, known: int, *, needs_tissue: bool = True) -> Flaw | None:
    """The first flaw of a tile; None if it has none.

    Parameters
    ----------
    usual
        What is usual on its slide, whose stain may be vivid, gray or dark all over.
    known
        Of how many tiles that is known. Blur and folds are told by it alone, and are not looked for
        below :data:`ENOUGH`.
    needs_tissue
        False where tiles without tissue are asked for.
    """
    if usual.brightness >= _USUAL_LIGHT:
        flaw = _flaw_in_light(look, usual, known, needs_tissue)
        if flaw is not None:
            return flaw
    is_known = known >= ENOUGH and usual.edges > 0 and usual.edges_by_slope > 0
    # What is much darker than usual is another thing, as a field of fluorescence without cells.
    if is_known and is_telling(look) and 2 * look.brightness >= usual.brightness:
        edges = look.edges / usual.edges
        by_slope = look.edges_by_slope / usual.edges_by_slope
        if edges < _EDGES and by_slope < _EDGES_BY_SLOPE:
            return Flaw("blur", edges, _EDGES)
    return None


def is_telling(look: Look) -> bool:
    """Whether a tile has the tissue to say what is usual on its slide; fat has enough."""
    return look.tissue >= _TELLING


def _flaw_in_light(look: Look, usual: Look, known: int, needs_tissue: bool) -> Flaw | None:
    """What can be told of stains that absorb light; fluorescence has none of it."""
    if look.brightness < _BLACK:
        return Flaw("black", look.brightness, _BLACK)
    if needs_tissue and look.tissue < _TISSUE:
        return Flaw("tissue", look.tissue, _TISSUE)
    if look.ink >= _INK and usual.ink < _USUAL:
        return Flaw("pen", look.ink, _INK)
    if look.gray >= _GRAY and usual.gray < _USUAL:
        return Flaw("bubble", look.gray, _GRAY)
    dense = max(_DENSITY, _TIMES_USUAL * usual.density)
    if known >= ENOUGH and look.density >= dense:
        return Flaw("fold", look.density, dense)
    return None
