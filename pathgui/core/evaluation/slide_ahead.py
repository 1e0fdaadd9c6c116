"""The next slide of a cohort is opened and masked while the one before it is embedded."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pathgui.core.cohort.labeled_regions import moved, shapes
from pathgui.core.cohort.sampling.placing import apart
from pathgui.core.errors import NoTissueError, PathguiError, RegionError, ScaleError, SlideError
from pathgui.core.evaluation.slide_plan import SlidePlan, plan_slide
from pathgui.core.evaluation.slide_regions import labeled_areas, within_regions
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import say
from pathgui.core.progress import Event, Notice, ProgressFn, TilePlan, ignore_progress
from pathgui.core.reference.given import known_spelling
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.request import AskedSlide, EvaluationRequest, Opened
from pathgui.core.slides.region_files import Area
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.system.background import BEAT_SECONDS, Outcome, Workers


@dataclass(frozen=True)
class ReadySlide:
    """A slide that is open, and its tiles."""

    asked: AskedSlide
    request: EvaluationRequest  # for this slide alone
    plan: SlidePlan
    imports: MatchedImports
    truth: NDArray[np.intp] | None  # tissue of each tile by its labeled region, -1: of none
    notices: tuple[str, ...]
    seconds: float

    def close(self) -> None:
        """Close the slide."""
        self.plan.slide.close()


def open_slide_of(
    request: EvaluationRequest,
    asked: AskedSlide,
    reference: ReferenceSet,
    imports: MatchedImports,
    report: ProgressFn = ignore_progress,
) -> ReadySlide:
    """Open a slide, find its tissue and cut it into tiles.

    Raises
    ------
    PathguiError
        If it cannot be evaluated; the text says why.
    """
    begun = time.perf_counter()
    if asked.problem:
        raise SlideError(asked.problem)
    if asked.file is None:
        raise SlideError(say("Its file is not found: pathgui cohort add COHORT --find FOLDER."))
    notices: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, Notice):
            notices.append(event.text)
        if not isinstance(event, TilePlan):  # comes when its turn has come
            report(event)

    own = request.of(asked, reference)
    file = SlideFile(
        asked.file.path,
        asked.file.mpp,
        request.settings.reader == "direct",
        asked.file.content_id,
    )
    slide = file.open(hear)
    try:
        if slide.mpp is None:
            raise ScaleError(
                say(
                    "{path_name} does not say how large its pixels are. Write "
                    "its mpp (µm per pixel; about 0.25 for a 40× scan, 0.5 for "
                    "20×) into the column mpp of the cohort.",
                    path_name=slide.path.name,
                )
            )
        areas, damage = _areas(asked)
        if damage is not None and (own.region_choice or own.settings.tissue_from_region):
            raise damage  # what was asked for of them cannot be done
        own = within_regions(own, areas, slide, hear, anyway=asked.anyway)
        theirs = imports.for_slide()
        plan = plan_slide(own, Opened(reference, slide), theirs, hear)
        assert plan is not None  # the request has a slide
        truth = _truth(areas, plan, reference)
        if damage is not None:
            notices.append(say("Its labeled regions are not used: {damage}", damage=damage))
    except BaseException:
        slide.close()
        raise
    took = time.perf_counter() - begun
    return ReadySlide(asked, own, plan, theirs, truth, tuple(notices), took)


def _areas(asked: AskedSlide) -> tuple[tuple[Area, ...], RegionError | None]:
    """The labeled regions of a slide; or none, and why they cannot be read."""
    try:
        return labeled_areas(asked), None
    except RegionError as error:
        return (), error


def _truth(
    areas: Sequence[Area], plan: SlidePlan, reference: ReferenceSet
) -> NDArray[np.intp] | None:
    """The tissue of each tile whose center lies in a labeled region of one tissue; -1 of others.

    None without regions of a tissue of the set.
    """
    if not areas:
        return None
    import shapely

    named: dict[str, Any] = apart(shapes(moved(areas, plan.slide.bounds_l0[:2])))
    grid = plan.grid
    x, y = (np.asarray(grid.origins_l0) + grid.size_l0 / 2).T
    truth = np.full(len(grid), -1, np.intp)
    known = False
    for name, shape in named.items():
        tissue = known_spelling(name, reference.tissues)
        if tissue is not None:
            known = True
            truth[shapely.contains_xy(shape, x, y)] = reference.tissues.index(tissue)
    return truth if known else None


class SlidesAhead:
    """Slides in their order, each opened while the caller works on the one before.

    A context manager; on leaving, what is open and was not taken is closed.
    """

    def __init__(
        self,
        request: EvaluationRequest,
        slides: Sequence[AskedSlide],
        reference: ReferenceSet,
        imports: MatchedImports,
    ) -> None:
        self._request = request
        self._slides = slides
        self._reference = reference
        self._imports = imports
        self._workers = Workers(1, "next-slide")
        self._next = 0
        self._waiting: Outcome[ReadySlide] | None = None

    def __enter__(self) -> SlidesAhead:
        self._begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._workers.end(None if kind is None else BEAT_SECONDS)
        if self._waiting is not None and self._waiting.wait(0):
            try:
                self._waiting.result().close()
            except Exception:  # noqa: BLE001 - it is not asked for any more
                return

    def take(self, beat: ProgressFn, waiting: Event) -> ReadySlide:
        """The next slide; meanwhile ``beat(waiting)`` is called. Raises what opening it raised."""
        outcome = self._waiting
        assert outcome is not None  # as many are taken as there are
        while not outcome.wait(BEAT_SECONDS):
            beat(waiting)
        self._begin()
        return outcome.result()

    def _begin(self) -> None:
        if self._next == len(self._slides):
            self._waiting = None
            return
        asked = self._slides[self._next]
        self._next += 1

        def work() -> ReadySlide:
            return open_slide_of(
                self._request,
                asked,
                self._reference,
                self._imports,
                lambda _: self._workers.check(),
            )

        self._waiting = self._workers.submit(work)


def kind_of(error: Exception) -> Literal["no_tissue", "other"]:
    """What kind of failure ended a slide: of some kinds more can be done than to try again."""
    return "no_tissue" if isinstance(error, NoTissueError) else "other"


def words_of(error: Exception) -> str:
    """Why a slide could not be evaluated, for its row."""
    if isinstance(error, PathguiError):
        return str(error)
    return say(
        "Something unexpected happened: {name}: {error}.", name=type(error).__name__, error=error
    )
