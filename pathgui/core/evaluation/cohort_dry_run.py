"""What the slides of a cohort will cost: some of them are looked at, and the rest follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from pathgui.core.cost.estimate import Cost, EncoderCost
from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import PathguiError
from pathgui.core.evaluation.dry_run import evaluation_cost
from pathgui.core.evaluation.slide_order import bytes_of
from pathgui.core.evaluation.slide_regions import labeled_areas, within_regions
from pathgui.core.language.texts import say
from pathgui.core.progress import Event, Notice, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.request import AskedSlide, EvaluationRequest, Opened

LOOKED_AT = 8  # slides, from the smallest file to the largest


@dataclass(frozen=True)
class CohortCost:
    """What a run on a cohort will cost."""

    cost: Cost  # of the reference set and all slides; ``tiles_slide`` are those of all
    slides: int  # whose file is there
    looked_at: int  # of these; the tiles of the others are taken to go with the size of the file
    missing: int  # slides whose file is not found, or whose row says that they cannot be evaluated


def cohort_cost(
    request: EvaluationRequest,
    reference: ReferenceSet,
    *,
    store: EmbeddingStore | None = None,
    rates: Rates | None = None,
    report: ProgressFn = ignore_progress,
) -> CohortCost:
    """What :func:`~pathgui.core.evaluation.many_slides.evaluate_slides` would cost.

    The measuring of the reference set is counted once. Some slides are opened and cut into tiles;
    one of them that cannot be is told, and counted as if it had no tiles.

    Raises
    ------
    ReferenceSetError, DeviceError, CriteriaError, EmbeddingsError
        If the request cannot be carried out at all.
    """
    there = [each for each in request.slides if each.file is not None and not each.problem]
    sizes = np.array([bytes_of(each.file.path) for each in there if each.file is not None], float)
    alone = replace(request, cohort=None, slides=())
    whole = evaluation_cost(
        alone, at_hand=Opened(reference), store=store, rates=rates, report=report
    )
    order = np.argsort(sizes, kind="stable")
    chosen = np.unique(np.linspace(0, len(order) - 1, min(LOOKED_AT, len(order))).astype(int))
    tried, found = 0.0, []
    for number, at in enumerate(order[chosen].tolist()):
        looking = Progress(say("Looking at some slides"), number, len(chosen), part=Part.READING)
        report(looking)
        tried += float(sizes[at])
        slide = _cost_of_slide(
            request, there[at], reference, store, rates, partial(_again, report, looking)
        )
        if slide is not None:
            found.append(slide)
    scale = float(sizes.sum()) / tried if tried else 0.0
    encoders = tuple(
        _together(
            each, [own for one in found for own in one.encoders if own.name == each.name], scale
        )
        for each in whole.encoders
    )
    tiles = round(scale * sum(one.tiles_slide for one in found))
    cost = replace(whole, encoders=encoders, tiles_slide=tiles)
    return CohortCost(cost, len(there), len(chosen), len(request.slides) - len(there))


def _cost_of_slide(
    request: EvaluationRequest,
    asked: AskedSlide,
    reference: ReferenceSet,
    store: EmbeddingStore | None,
    rates: Rates | None,
    report: ProgressFn,
) -> Cost | None:
    try:
        own = request.of(asked, reference)
        assert own.slide is not None  # its file is there
        file = replace(own.slide, direct=request.settings.reader == "direct")
        with file.open(report) as slide:
            own = within_regions(own, labeled_areas(asked), slide, report)
            return evaluation_cost(
                own, at_hand=Opened(reference, slide), store=store, rates=rates, report=report
            )
    except PathguiError as error:
        report(
            Notice(
                say(
                    "{slide_id} could not be looked at: {error}",
                    slide_id=asked.slide_id,
                    error=error,
                )
            )
        )
        return None


def _again(report: ProgressFn, looking: Progress, event: Event) -> None:
    """While one slide is looked at there is nothing new to count, but it can be stopped."""
    report(event if isinstance(event, Notice) else looking)


def _together(reference: EncoderCost, slides: Sequence[EncoderCost], scale: float) -> EncoderCost:
    """Of the reference set and of all slides; each of ``slides`` has the reference set in it."""
    tiles = sum(each.tiles - reference.tiles for each in slides)
    stored = sum(each.stored - reference.stored for each in slides)
    disk = sum(each.disk_bytes - reference.disk_bytes for each in slides)
    known = [each.seconds for each in (reference, *slides) if each.seconds is not None]
    seconds = None
    if len(known) == len(slides) + 1:
        first, *others = known
        seconds = first + scale * sum(max(0.0, each - first) for each in others)
    basis = next((each.basis for each in slides if each.basis != "stored"), reference.basis)
    return replace(
        reference,
        tiles=reference.tiles + round(scale * tiles),
        stored=reference.stored + round(scale * stored),
        seconds=seconds,
        disk_bytes=reference.disk_bytes + round(scale * disk),
        basis=basis,
    )
