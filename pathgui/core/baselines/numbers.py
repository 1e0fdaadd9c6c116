"""The numbers of a run that a baseline holds: of each encoder, and of it over a cohort's slides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pathgui.core.language.texts import say
from pathgui.core.measurement.over_slides import OverSlides, OwnCenter, ShareOverSlides
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.results.measures import measures
from pathgui.core.results.readings import NOT_MEASURED, Reading
from pathgui.core.runs.record import EncoderResult, Run

OWN_CENTER, TISSUE_RIGHT = "slides_at_own_center", "slides_tissue_right"
_DIGITS = 3


@dataclass(frozen=True)
class HeldNumber:
    """One number of one encoder, or why there is none."""

    encoder: str  # its name
    encoder_title: str
    measure: str  # key of MEASURES, or of those over slides
    title: str
    digits: int
    found: Reading | NotAssessable


def held_numbers(run: Run) -> list[HeldNumber]:
    """Every number of a run that has a name, in the order that tables show them.

    What the run did not measure at all is left out; what could not be assessed is in it.
    """
    over = {each.encoder: each for each in run.over_slides}
    return [
        number
        for result in run.encoders
        for number in (*_of_encoder(result), *_over_slides(run, result, over))
    ]


def _of_encoder(result: EncoderResult) -> Iterator[HeldNumber]:
    for known in measures(result.reference.columns):
        found = known.read(result)
        if known.needs_slide and result.slide is None:
            continue
        if isinstance(found, NotAssessable) and found.reason == NOT_MEASURED:
            continue
        facts = result.encoder
        yield HeldNumber(facts.name, facts.title, known.key, known.title, known.digits, found)


def _over_slides(
    run: Run, result: EncoderResult, over: dict[str, OverSlides]
) -> Iterator[HeldNumber]:
    found = over.get(result.encoder.name)
    if found is None:
        return
    columns = run.reference.columns
    own = found.own_center
    share = own.share if isinstance(own, OwnCenter) else own
    for key, title, value in (
        (OWN_CENTER, say("Slides placed at their own {of_center}", of_center=columns.of_center),
            share),
        (TISSUE_RIGHT, say("{One} of the tiles right, mean over slides", One=columns.of_tissue.One),
         found.tissue),
    ):  # fmt: skip
        facts = result.encoder
        yield HeldNumber(facts.name, facts.title, key, title, _DIGITS, _reading(value))


def _reading(share: ShareOverSlides | NotAssessable) -> Reading | NotAssessable:
    if isinstance(share, NotAssessable):
        return share
    found = share.interval
    return Reading(share.value, found.low, found.high, found.reason)
