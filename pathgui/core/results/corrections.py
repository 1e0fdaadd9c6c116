"""What corrections do, in words and cells: for the window, the terminal and the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from pathgui.core.corrections.registry import (
    CORRECTIONS,
    TILE_CORRECTIONS,
    Correction,
    TileCorrection,
)
from pathgui.core.crossfit.halves import LEAST_SLIDES
from pathgui.core.crossfit.results import (
    TISSUE_FIRST,
    TISSUE_GOES_WITH_CENTER,
    Change,
    CorrectionEffect,
    Corrections,
    RecoloredSlides,
    may_lose_tissue,
    within_tissue_first,
)
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.slide_deletion import ENOUGH_SLIDES
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results import formatting as fmt

# In texts of this module {center} and {tissue} stand for the words of the columns that play them.
_TITLES: Final = {
    **{each.name: each.title for each in CORRECTIONS},
    **{each.name: each.title for each in TILE_CORRECTIONS},
}
_TITLES_IN_ROLES: Final = {
    "mean-projection": say("Projection of {center} means"),
    "center-mean": say("{Center} means"),
    "center-mean-sd": say("{Center} means and spreads"),
}
DEFINITION = say(
    "Slides are halved within each {tissue} and {center}. Corrections are fitted on one half and "
    "judged on the other, with neighbors from that half alone, then the halves change places. "
    "Before is measured on the same halves."
)
FEWEST_HELD = 2  # slides of a pair: fewer were not simulated
FEWEST_HELD_BEFORE = 3  # ... of intervals that do not hold how slides were dealt


def title_of(name: str, called: RoleColumns = USUAL) -> str:
    """What a correction is called, by its name; one that is not known by its name."""
    if name in _TITLES_IN_ROLES:
        return called.say(_TITLES_IN_ROLES[name])
    return _TITLES.get(name, name)


@dataclass(frozen=True)
class CorrectionRow:
    """One correction, as it is shown."""

    name: str
    title: str
    cells: dict[str, str]  # by key of COLUMNS
    sentence: str
    more: dict[str, str] = field(default_factory=dict)  # what FULL_COLUMNS has besides
    tips: dict[str, str] = field(default_factory=dict)  # what a cell alone does not say
    sort: dict[str, float] = field(default_factory=dict)  # of cells that are numbers

    def text(self, key: str) -> str:
        """The cell of one of :data:`FULL_COLUMNS`."""
        return self.cells[key] if key in self.cells else self.more[key]


def change_text(change: Change | NotAssessable) -> str:
    """A number before and after, and the interval of the difference.

    >>> change_text(Change(0.398, 0.853, 0.41, 0.5))
    '0.398 → 0.853 [+0.410, +0.500]'
    """
    if isinstance(change, NotAssessable):
        return fmt.NOT_ASSESSABLE
    text = f"{fmt.index(change.before)} → {fmt.index(change.after)}"
    if change.low is None or change.high is None:
        return say("{change} [no interval]", change=text)
    return f"{text} [{fmt.signed(change.low)}, {fmt.signed(change.high)}]"


def reading(effect: CorrectionEffect, found: Corrections, called: RoleColumns = USUAL) -> str:
    """What may be said of a correction in a few words."""
    if isinstance(effect.index, NotAssessable):
        return fmt.NOT_ASSESSABLE
    if effect.tissue_falls:
        return called.say(say("{tissue} is lost"))
    if effect.better:
        return say("index up, too few slides") if _too_few(found) else say("better")
    if effect.overcorrected:
        return say("over-corrected")
    if effect.index.falls:
        return say("worse")
    if effect.index.rises:
        return called.say(say("index up, {tissue} open"))
    return say("no change told apart from chance")


def sentence(effect: CorrectionEffect, found: Corrections, called: RoleColumns = USUAL) -> str:
    """What a correction does to new slides, with no more certainty than its intervals have."""
    title = title_of(effect.name, called)
    index = effect.index
    if isinstance(index, NotAssessable):
        return say("{title}: {reason}.", title=title, reason=retold(index.reason).rstrip("."))
    change = change_text(index)
    if index.rises:
        text = say("After {title} the index rises: {change}.", title=title, change=change)
    elif index.falls:
        text = say("After {title} the index falls: {change}.", title=title, change=change)
    else:
        text = say(
            "After {title} no change of the index can be told apart from chance: {change}.",
            title=title,
            change=change,
        )
    parts = [text, *_tissue_sentences(effect, called)]
    parts += _recolored_sentences(effect, found, called)
    if effect.better and not _too_few(found):
        parts.append(
            say(
                "This is better by the rule: the index rises and no {tissue} measure falls, by "
                "their intervals.",
                **called.words,
            )
        )
    if effect.overcorrected and effect.same_center_share is not None:
        assert not isinstance(effect.same_center, NotAssessable)
        parts.append(
            say(
                "Neighbors avoid their own {center}: {share} are from it, and the chance value is "
                "{chance} (p {p}). That is over-correction.",
                **called.words,
                share=fmt.percent(effect.same_center_share),
                chance=fmt.percent(effect.same_center.mean),
                p=fmt.probability(effect.same_center.p),
            )
        )
    if isinstance(effect.center_probe, Change):
        parts.append(
            say(
                "A probe still names the {center} with a balanced accuracy of {left}; before it "
                "was {before}, and its chance value is {chance}.",
                **called.words,
                left=fmt.accuracy(effect.center_probe.after),
                before=fmt.accuracy(effect.center_probe.before),
                chance=fmt.accuracy(found.center_chance),
            )
        )
    return " ".join(parts)


def _tissue_sentences(effect: CorrectionEffect, called: RoleColumns) -> list[str]:
    new, elsewhere = effect.tissue_new_slides, effect.tissue_new_center
    said = []
    if isinstance(new, Change) and new.falls:
        said.append(
            say(
                "{Tissue} on new slides is named worse: {change}.",
                change=change_text(new),
                **called.words,
            )
        )
    if isinstance(elsewhere, Change) and elsewhere.falls:
        said.append(
            say(
                "{Tissue} at a new {center} is named worse: {change}.",
                change=change_text(elsewhere),
                **called.words,
            )
        )
    met = effect.tissue_met_center
    if isinstance(met, Change) and met.falls and met != elsewhere:
        said.append(
            say(
                "{Tissue} at a new {center}, whose slides the correction met, is named worse: "
                "{change}.",
                change=change_text(met),
                **called.words,
            )
        )
    if not said and isinstance(new, Change) and new.low is not None:
        said.append(
            called.say(say("No fall of {tissue} on new slides can be told apart from chance."))
        )
    return said


def _recolored_sentences(
    effect: CorrectionEffect, found: Corrections, called: RoleColumns
) -> list[str]:
    """What a correction of tiles was brought to, and what it could not change."""
    slides = effect.recolored
    if slides is None:
        return []
    said = brought_to(slides)
    if slides.target:
        said.insert(
            1,
            say(
                "{Tissue} at a new {center} is asked at the other {centers}.",
                **called.words,
            ),
        )
    if effect.halvings is not None:
        said.append(
            say(
                "Of it {done} of {asked} halvings are done.",
                done=effect.halvings,
                asked=found.halvings_asked,
            )
        )
    return said


def brought_to(slides: RecoloredSlides) -> list[str]:
    """To which colors slides were brought, and how many stayed as they are."""
    if slides.target:
        said = [
            say(
                "The colors of each slide were brought to those of {target}, of half of its slides "
                "at a time.",
                target=slides.target,
            )
        ]
    else:
        said = [say("The colors of each slide were brought to the published reference.")]
    if slides.unchanged:
        said.append(
            say(
                "{unchanged:,} of {slides:,} slides have too little stain and stayed as they are.",
                unchanged=slides.unchanged,
                slides=slides.slides,
            )
        )
    return said


def _too_few(found: Corrections) -> bool:
    """Whether intervals are known to be too narrow, so that nothing is called better by them."""
    return found.fewest is not None and found.fewest < _enough(found)


def _enough(found: Corrections) -> int:
    if found.dealing_in_intervals:
        return FEWEST_HELD
    return FEWEST_HELD_BEFORE if found.fits_in_intervals else ENOUGH_SLIDES


def rows(found: Corrections, called: RoleColumns = USUAL) -> list[CorrectionRow]:
    """One row a correction, in the order in which they are shown."""
    return [_row(effect, found, called) for effect in found.ordered]


def _row(effect: CorrectionEffect, found: Corrections, called: RoleColumns) -> CorrectionRow:
    title = title_of(effect.name, called)
    changes = changes_of(effect)
    cells = {key: change_text(change) for key, change in changes.items()}
    tips = {key: _interval_reason(change) for key, change in changes.items()}
    sort = {key: each.after for key, each in changes.items() if isinstance(each, Change)}
    lost, share = effect.variance_lost, effect.same_center_share
    cells |= {"name": title, "reading": reading(effect, found, called)}
    more = {
        "null": fmt.NOTHING if found.null is None else fmt.index(found.null),
        "center_chance": fmt.accuracy(found.center_chance),
        "own_center": fmt.NOT_ASSESSABLE,
    }
    if found.null is not None:
        sort["null"] = found.null
    sort["center_chance"] = found.center_chance
    if isinstance(lost, NotAssessable):
        cells["variance_lost"], tips["variance_lost"] = fmt.NOT_ASSESSABLE, retold(lost.reason)
    else:
        cells["variance_lost"], sort["variance_lost"] = fmt.percent(lost), lost
    if isinstance(effect.same_center, NotAssessable) or share is None:
        if isinstance(effect.same_center, NotAssessable):
            tips["own_center"] = retold(effect.same_center.reason)
    else:
        more["own_center"] = say(
            "{share}, chance value {chance} (p {p})",
            share=fmt.percent(share),
            chance=fmt.percent(effect.same_center.mean),
            p=fmt.probability(effect.same_center.p),
        )
        sort["own_center"] = share
    tips["name"] = _must_know(effect.name, called)
    said = sentence(effect, found, called)
    tips["reading"] = said
    return CorrectionRow(
        effect.name, title, cells, said, more, {key: tip for key, tip in tips.items() if tip}, sort
    )


def changes_of(effect: CorrectionEffect) -> dict[str, Change | NotAssessable]:
    """What is measured before and after, by key of its column."""
    return {
        "index": effect.index,
        "new_slides": effect.tissue_new_slides,
        "new_center": effect.tissue_new_center,
        "met_center": effect.tissue_met_center,
        "center_probe": effect.center_probe,
    }


def _interval_reason(change: Change | NotAssessable) -> str:
    return retold(change.reason if isinstance(change, NotAssessable) else change.no_interval)


def _must_know(name: str, called: RoleColumns) -> str:
    if any(each.name == name for each in TILE_CORRECTIONS):
        return called.say(
            say(
                "It must have all tiles of a slide, which are then embedded again. It knows "
                "neither {center} nor {tissue}."
            )
        )
    return next((must_know(each, called) for each in CORRECTIONS if each.name == name), "")


def must_know(correction: Correction | TileCorrection, called: RoleColumns = USUAL) -> str:
    """What a correction must be told."""
    if isinstance(correction, TileCorrection):
        return say(
            "It brings the colors of each slide to those of others. All tiles are embedded again, "
            "which can take long; what it will cost is said first."
        )
    if correction.needs_center:
        return called.say(say("It must know the {center} of each slide that it is applied to."))
    if correction.uses_tissue:
        return called.say(
            say(
                "It must know the {tissue} of the slides that it is fitted on. It can be applied "
                "to any slide."
            )
        )
    return called.say(say("It knows {centers} alone, no {tissue}. It can be applied to any slide."))


def so_far(found: Corrections) -> str:
    """The indices after some halvings, in one line."""
    late = [effect for effect in found.ordered if effect.halvings is not None]
    return say(
        "After {done} of {asked} halvings: {changes}.",
        done=late[-1].halvings if late else found.halvings,
        asked=found.halvings_asked,
        changes="; ".join(
            f"{effect.name} {change_text(effect.index)}" for effect in late or found.ordered
        ),
    )


def tissue_warning(v: float | None, called: RoleColumns = USUAL) -> str:
    """What to say where tissue goes with center, by its Cramér's V; "" where it does not."""
    if within_tissue_first(v):
        return say(
            "{Tissue} goes with {center} (Cramér's V {v:.2f}, over {limit}). Corrections that do "
            "not know the {tissue} then take {tissue} out. Look at within-tissue projection first.",
            **called.words,
            v=v,
            limit=TISSUE_FIRST,
        )
    if may_lose_tissue(v):
        return say(
            "{Tissue} goes with {center} to a degree (Cramér's V {v:.2f}, over {limit}). "
            "Corrections that do not know the {tissue} may take {tissue} out.",
            **called.words,
            v=v,
            limit=TISSUE_GOES_WITH_CENTER,
        )
    return ""


def _in_intervals(found: Corrections, called: RoleColumns) -> str:
    """What varies in the intervals of these numbers."""
    if not found.fits_in_intervals:
        return say("In the intervals the fits are held and judged slides are left out.")
    if not found.dealing_in_intervals:
        return say(
            "In the intervals judged slides are left out. Those of the index also hold what varies "
            "with the slides that a correction was fitted on, from two halvings on. Those of "
            "slides met and of the {center} probe are too narrow.",
            **called.words,
        )
    return say(
        "In the intervals judged slides are left out. Those of the index also hold what varies "
        "with the slides that a correction was fitted on, from two halvings on. Those of probes "
        "hold how slides were dealt into halves."
    )


def basis_sentences(found: Corrections, called: RoleColumns = USUAL) -> list[str]:
    """What the numbers rest on, and what must be read with them."""
    done = say(
        "{done} of {asked} halvings, {tiles:,} tiles of {slides:,} slides at {at}, k = {k}.",
        done=found.halvings,
        asked=found.halvings_asked,
        tiles=found.n_tiles,
        slides=found.n_slides,
        at=called.of_center.counted(len(found.centers)),
        k=found.k,
    )
    said = [done]
    if found.null is not None:
        said.append(
            say(
                "Chance values: {index} of the index, {of_tissue} of the {tissue} probes, "
                "{of_center} of the {center} probe. Probes were fitted in {probed} of the "
                "halvings. Where slides of a new {center} were met, they were {met:.1f} on "
                "average.",
                **called.words,
                index=fmt.index(found.null),
                of_tissue=fmt.accuracy(found.tissue_chance),
                of_center=fmt.accuracy(found.center_chance),
                probed=found.probed,
                met=found.slides_met,
            )
        )
    if warning := tissue_warning(found.cramers_v, called):
        said.append(warning)
    said.append(_in_intervals(found, called))
    if _too_few(found) and found.fits_in_intervals:
        said.append(
            counted(
                found.fewest or 0,
                "The smallest {tissue}-{center} pair has {n:,} slide. Whether the intervals of "
                "the differences hold with fewer than {enough} was not simulated.",
                "The smallest {tissue}-{center} pair has {n:,} slides. Whether the intervals of "
                "the differences hold with fewer than {enough} was not simulated.",
                **called.words,
                enough=_enough(found),
            )
        )
    elif _too_few(found):
        said.append(
            counted(
                found.fewest or 0,
                "The smallest {tissue}-{center} pair has {n:,} slide. With fewer than "
                "{enough}, the intervals of the differences are too narrow: what varies with the "
                "slides that a correction was fitted on is not in them.",
                "The smallest {tissue}-{center} pair has {n:,} slides. With fewer than "
                "{enough}, the intervals of the differences are too narrow: what varies with the "
                "slides that a correction was fitted on is not in them.",
                **called.words,
                enough=_enough(found),
            )
        )
    if found.left_out_centers:
        said.append(
            say(
                "Left out, with under {least} slides: {centers}.",
                least=LEAST_SLIDES,
                centers=", ".join(found.left_out_centers),
            )
        )
    return said
