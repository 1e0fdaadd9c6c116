"""Which slides the numbers of two runs are of: they are held against each other over the same ones.

Slides of a cohort come and go, and fail. A number over the slides of the baseline is compared where
every one of them has it now too; slides that came since are left out of both sides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pathgui.core.baselines.numbers import OWN_CENTER
from pathgui.core.errors import first_few, plural
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.over_slides import placed_at, share_over_slides
from pathgui.core.results.cohort_diff import mean_change
from pathgui.core.results.readings import Reading
from pathgui.core.runs.options import cut_key
from pathgui.core.runs.record import Run, SlideByEncoder, SlideFacts, SlideOfRun

_ALIKE = 1e-9  # a mean over slides that is taken again is the one in the record

Key = tuple[str, int]  # content of the file, and the how manieth row of the cohort with it


@dataclass(frozen=True)
class ComparedSlides:
    """A number over the slides that both runs have it of, and the interval of its change."""

    before: Reading
    after: Reading
    low: float | None  # 95 % interval of the change, patients left out in turn; None: none
    high: float | None


@dataclass(frozen=True)
class _Counted:
    value: float  # 0 to 1
    patient: str
    label: str  # the center, or the basis of the tissue


def same_tiles(one: Run, first: SlideFacts, other: Run, second: SlideFacts) -> bool:
    """Whether two runs evaluated the same tiles of the same slide, as far as it was asked for."""
    return _cut(one, first) == _cut(other, second)


def _cut(run: Run, facts: SlideFacts) -> tuple[object, ...]:
    asked = run.settings
    return (
        facts.content_id,
        facts.tile_size_l0,
        facts.tile_stride_l0,
        tuple(facts.tile_origin_l0),
        facts.own_region_l0,
        asked.region_l0,
        asked.max_tiles,
        *cut_key(asked),
    )


def over_the_same_slides(
    measure: str, encoder: str, before: Reading, after: Reading, one: Run, other: Run
) -> ComparedSlides | str:
    """A number over the slides of the baseline, in both runs; why not, where it is not compared.

    Parameters
    ----------
    measure, encoder
        The number, and the name of the encoder.
    before, after
        As the runs say it, each over all of its own slides.
    """
    was, now = _counted(one, encoder, measure), _counted(other, encoder, measure)
    if not _is_mean_of(was, before) or not _is_mean_of(now, after):
        return say("the runs do not say of which slides it is")
    if gone := [key for key in was if key not in now]:
        return say(
            "it lacks {slides} of the {n} of the baseline ({why})",
            slides=plural(len(gone), "slide"),
            n=len(was),
            why=first_few(_why_gone(gone, one, other), 3),
        )
    told = [key for key in was if was[key].label != now[key].label]
    if told:
        return say(
            "something else is known of {slides} now ({names})",
            slides=plural(len(told), "slide"),
            names=first_few([_done(one)[key].slide_id for key in told], 3),
        )
    if cut := _cut_otherwise(list(was), one, other):
        return say(
            "other tiles of {slides} were evaluated ({names})",
            slides=plural(len(cut), "slide"),
            names=first_few(cut, 3),
        )
    if len(now) > len(was):
        after = _mean([now[key] for key in was])
    return ComparedSlides(before, after, *_paired(was, now, measure))


def slide_changes(one: Run, other: Run) -> list[str]:
    """Which slides of the baseline are not judged now, and which of now it does not have."""
    was, now = _done(one), _done(other)
    said = []
    gone = [key for key in was if key not in now]
    if gone:
        said.append(
            counted(
                len(gone),
                "{n:,} slide of the baseline is not among those of now: {why}.",
                "{n:,} slides of the baseline are not among those of now: {why}.",
                why=first_few(_why_gone(gone, one, other), 10),
            )
        )
    new = [now[key].slide_id for key in now if key not in was]
    if new:
        said.append(
            counted(
                len(new),
                "{n:,} slide of now is not among those of the baseline, and not compared: {names}.",
                "{n:,} slides of now are not among those of the baseline, and not compared: "
                "{names}.",
                names=first_few(new, 10),
            )
        )
    return said


def _done(run: Run) -> dict[Key, SlideOfRun]:
    seen: dict[str, int] = {}
    found = {}
    for slide in run.slides:
        if slide.state == "done" and slide.slide is not None:
            content = slide.slide.content_id
            seen[content] = seen.get(content, -1) + 1
            found[content, seen[content]] = slide
    return found


def _why_gone(gone: Sequence[Key], one: Run, other: Run) -> list[str]:
    """The slides of a baseline by name, with what came of those that are in the other run."""
    was, judged = _done(one), _done(other)
    by_id = {slide.slide_id: slide for slide in other.slides}
    found = []
    for key in gone:
        name = was[key].slide_id
        now = judged.get(key) or by_id.get(name)
        if now is None:
            found.append(name)
        elif now.state != "done":
            reason = now.reason.rstrip(".") or now.state
            found.append(say("{name} failed now: {reason}", name=name, reason=reason))
        elif key not in judged:
            found.append(say("{name} is another file now", name=name))
        else:
            found.append(say("{name} has no such number now", name=name))
    return found


def _counted(run: Run, encoder: str, measure: str) -> dict[Key, _Counted]:
    """The slides that a number over slides is of, as :func:`over_slides` counts them."""
    tiles = dict(
        zip(
            run.reference.centers,
            (sum(column) for column in zip(*run.reference.tissue_by_center, strict=True)),
            strict=False,
        )
    )
    found = {}
    for key, slide in _done(run).items():
        for said in slide.encoders:
            if said.encoder == encoder:
                counted = (
                    _at_own_center(slide, said, tiles)
                    if measure == OWN_CENTER
                    else _tissue_right(slide, said)
                )
                if counted is not None:
                    found[key] = counted
    return found


def _at_own_center(
    slide: SlideOfRun, said: SlideByEncoder, tiles: Mapping[str, int]
) -> _Counted | None:
    nearest = said.slide.nearest_center
    at = None if nearest is None else placed_at(nearest.counts)
    center = slide.center or ""
    if nearest is None or at is None or slide.slide is None or center not in tiles:
        return None
    left_out = sum(each.tiles for each in slide.slide.left_out or ())
    if 0 < tiles[center] <= left_out:  # the set has the center from this slide alone
        return None
    return _Counted(float(nearest.names[at] == center), slide.patient or "", center)


def _tissue_right(slide: SlideOfRun, said: SlideByEncoder) -> _Counted | None:
    right = said.tissue_right
    if right is None or not right.n_tiles:
        return None
    label = f"{right.basis} {slide.tissue or ''}"
    return _Counted(right.n_right / right.n_tiles, slide.patient or "", label)


def _is_mean_of(counted: Mapping[Key, _Counted], reading: Reading) -> bool:
    values = [each.value for each in counted.values()]
    return bool(values) and abs(float(np.mean(values)) - reading.value) < _ALIKE


def _mean(counted: Sequence[_Counted]) -> Reading:
    names = [each.patient or f"\0{i}" for i, each in enumerate(counted)]
    patient = np.unique(names, return_inverse=True)[1].ravel().astype(np.intp)
    found = share_over_slides(np.array([each.value for each in counted]), patient)
    bounds = found.interval
    return Reading(found.value, bounds.low, bounds.high, bounds.reason)


def _paired(
    was: Mapping[Key, _Counted], now: Mapping[Key, _Counted], measure: str
) -> tuple[float | None, float | None]:
    """Of the mean change of the slides in ``was``."""
    found = mean_change(
        [now[key].value - was[key].value for key in was],
        [now[key].patient or was[key].patient for key in was],
        steps=measure == OWN_CENTER,
    )
    return (None, None) if found is None else (found.interval.low, found.interval.high)


def _cut_otherwise(keys: Sequence[Key], one: Run, other: Run) -> list[str]:
    was, now = _done(one), _done(other)
    found = []
    for key in keys:
        first, second = was[key], now[key]
        assert first.slide is not None
        assert second.slide is not None
        if not same_tiles(one, first.slide, other, second.slide):
            found.append(first.slide_id)
    return found
