"""What the slides of a cohort say to whoever has to decide on an encoder."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.over_slides import OwnCenter, ShareOverSlides, share_over_slides
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.outside import FALSE_ALARMS
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_summary import SMALL_P, own_center_sentence
from pathgui.core.results.unlike_slides import is_known, is_unlike, rule_text
from pathgui.core.runs.record import Run
from pathgui.core.runs.tile_columns import FAR

_MOST_NAMED = 5  # slides in a sentence


@dataclass(frozen=True)
class SlidesAnswer:
    """The slides that one encoder judged."""

    n: int  # slides that it judged
    n_asked: int  # of these, slides of which it is known whether they are like the set
    unlike: tuple[str, ...]  # slide_ids: much of them, or all, lies outside the set
    outside: ShareOverSlides | None  # mean share of a slide's tiles far from the set
    own: OwnCenter | None  # slides placed at their own center; None: not assessable
    why: tuple[str, ...]  # sentences

    @property
    def tells_centers(self) -> bool:
        """Whether it places more slides at their own center than chance would."""
        return self.own is not None and self.own.p is not None and self.own.p <= SMALL_P

    def in_short(self, columns: RoleColumns) -> str:
        """Both facts as one sentence."""
        center = columns.of_center
        if not self.n_asked:
            text = say(
                "whether {slides} lie outside is {NOT_ASSESSABLE}",
                slides=fmt.plural(self.n, "slide"),
                NOT_ASSESSABLE=fmt.NOT_ASSESSABLE,
            )
        elif self.unlike:
            text = counted(
                len(self.unlike),
                "{n:,} of {slides} is unlike the reference set",
                "{n:,} of {slides} are unlike the reference set",
                slides=fmt.plural(self.n_asked, "slide"),
            )
        else:
            text = say(
                "none of {slides} is unlike the reference set",
                slides=fmt.plural(self.n_asked, "slide"),
            )
        if self.own is not None:
            of = say(
                "{n_own} of {slides}",
                n_own=fmt.count(self.own.n_own),
                slides=fmt.plural(self.own.share.n_slides, "slide"),
            )
            sure = (
                say("chance cannot be tested")
                if self.own.p is None
                else say("more than chance")
                if self.tells_centers
                else say("which can be chance")
            )
            text += say(
                "; {of} placed at their own {center}, {sure}", of=of, center=center, sure=sure
            )
        return say("Slides: {text}.", text=text)


def slides_answer(run: Run, encoder: str) -> SlidesAnswer | None:
    """What the slides of a run say of one encoder; None where it judged none of a cohort."""
    judged = [
        (slide, said.slide)
        for slide in run.slides
        for said in slide.encoders
        if said.encoder == encoder
    ]
    if not judged:
        return None
    asked = [measured for _, measured in judged if is_known(measured)]
    unlike = tuple(slide.slide_id for slide, measured in judged if is_unlike(measured))
    far = [
        (measured.outside_share, slide.patient or say("slide {i}", i=i))
        for i, (slide, measured) in enumerate(judged)
        if measured.outside_share is not None
    ]
    outside = (
        share_over_slides(
            np.array([share for share, _ in far], np.float64),
            np.unique([patient for _, patient in far], return_inverse=True)[1].ravel(),
        )
        if far
        else None
    )
    found = next((each for each in run.over_slides if each.encoder == encoder), None)
    own = None if found is None or isinstance(found.own_center, NotAssessable) else found.own_center
    columns = run.reference.columns
    why = [_of_unlike(unlike, len(asked), columns)] if asked else []
    if outside is not None:
        why.append(_of_outside(outside))
    if found is not None:
        why.append(
            say("It {own_center_sentence}", own_center_sentence=own_center_sentence(found, columns))
        )
    return SlidesAnswer(len(judged), len(asked), unlike, outside, own, tuple(why))


def _of_unlike(unlike: tuple[str, ...], n: int, columns: RoleColumns) -> str:
    rule = rule_text(columns)
    if not unlike:
        return say(
            "None of {slides} is unlike the reference set ({rule}).",
            slides=fmt.plural(n, "slide"),
            rule=rule,
        )
    more = len(unlike) - _MOST_NAMED
    named = ", ".join(unlike[:_MOST_NAMED]) + (
        say(" and {more} more", more=fmt.count(more)) if more > 0 else ""
    )
    return counted(
        len(unlike),
        "{n:,} of {slides} is unlike the reference set ({rule}): {named}.",
        "{n:,} of {slides} are unlike the reference set ({rule}): {named}.",
        slides=fmt.plural(n, "slide"),
        rule=rule,
        named=named,
    )


def _of_outside(outside: ShareOverSlides) -> str:
    bounds = outside.interval
    sure = fmt.certainty(bounds.low, bounds.high, bounds.reason, fmt.percent)
    return say(
        "Of a slide's tiles, {value} lie {FAR}, on average over {slides} "
        "({sure}); {FALSE_ALARMS} of the set's own do.",
        value=fmt.percent(outside.value),
        FAR=retold(FAR),
        slides=fmt.plural(outside.n_slides, "slide"),
        sure=sure,
        FALSE_ALARMS=fmt.percent(FALSE_ALARMS),
    )
