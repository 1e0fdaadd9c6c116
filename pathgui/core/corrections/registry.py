"""The corrections that there are, of embeddings and of tiles, by name. A new one is one entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pathgui.core.corrections.combat import fit_combat
from pathgui.core.corrections.erasure import fit_leace
from pathgui.core.corrections.fitted import Fitted, Floats, Labels
from pathgui.core.corrections.means import fit_center_mean, fit_center_mean_sd
from pathgui.core.corrections.projections import fit_inlp, fit_mean_projection, fit_within_tissue
from pathgui.core.corrections.stain import PUBLISHED, ColorCounts, Stain, lab_look, stain_look
from pathgui.core.errors import CorrectionError
from pathgui.core.language.texts import say

FitFn = Callable[[Floats, Labels, Labels | None], Fitted]  # embeddings, centers, tissues


@dataclass(frozen=True)
class Correction:
    """What can be said of a correction of embeddings without fitting it."""

    name: str
    title: str
    needs_center: bool  # of the tiles that it is applied to
    uses_tissue: bool  # of the tiles that it is fitted on
    fit: FitFn = field(repr=False, compare=False)

    @property
    def met_alike(self) -> bool:
        """Whether slides of a center tell it nothing if their tissue is not known."""
        return self.uses_tissue

    @property
    def class_blind(self) -> bool:
        """Whether it cannot tell tissue from center where the two go together."""
        return not self.uses_tissue

    @property
    def why_no_encoder(self) -> str:
        """Why an encoder after it cannot stand in the list; "" if it can."""
        if not self.needs_center:
            return ""
        return say(
            "{title} needs to know the center of each tile, so it cannot stand as an encoder.",
            title=self.title,
        )


CORRECTIONS: tuple[Correction, ...] = (
    Correction("within-tissue", say("Within-tissue projection"), False, True, fit_within_tissue),
    Correction("leace", "LEACE", False, False, fit_leace),
    Correction(
        "mean-projection", say("Projection of center means"), False, False, fit_mean_projection
    ),
    Correction("inlp", "INLP", False, False, fit_inlp),
    Correction("center-mean", say("Center means"), True, False, fit_center_mean),
    Correction("center-mean-sd", say("Center means and spreads"), True, False, fit_center_mean_sd),
    Correction("combat", "ComBat", True, False, fit_combat),
)


def correction(name: str) -> Correction:
    """The correction of embeddings of that name.

    Raises
    ------
    CorrectionError
        If there is none; the text names those that there are.

    >>> correction("leace").needs_center
    False
    """
    for each in CORRECTIONS:
        if each.name == name:
            return each
    there_are = [each.name for each in CORRECTIONS] + [each.name for each in TILE_CORRECTIONS]
    raise CorrectionError(
        say(
            'There is no correction "{name}". There are: {CORRECTIONS}.',
            name=name,
            CORRECTIONS=", ".join(there_are),
        )
    )


@dataclass(frozen=True)
class TileCorrection:
    """A correction of tiles: after it they are embedded again."""

    name: str
    title: str
    look: Callable[[ColorCounts], Stain | None] = field(repr=False, compare=False)  # of a slide
    published: Stain | None = field(default=None, repr=False, compare=False)  # to bring slides to

    why_no_encoder = ""  # it can stand in the list: tiles are recolored before it


@dataclass(frozen=True)
class StainTarget:
    """What tiles are brought to before an encoder sees them, each from the look of its slide."""

    correction: TileCorrection
    look: Stain


TILE_CORRECTIONS: tuple[TileCorrection, ...] = (
    TileCorrection("reinhard", "Reinhard", lab_look),
    TileCorrection("macenko", "Macenko", stain_look, PUBLISHED),
)


def any_correction(name: str) -> Correction | TileCorrection:
    """The correction of that name, of embeddings or of tiles; raises as :func:`correction` does.

    >>> any_correction("reinhard").title
    'Reinhard'
    """
    return next((each for each in TILE_CORRECTIONS if each.name == name), None) or correction(name)
