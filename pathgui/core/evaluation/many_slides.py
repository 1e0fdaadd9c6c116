"""The slides of a cohort in one run: the reference set once, then slide after slide.

Whatever ends the program, the same request goes on where it was: see
:mod:`pathgui.core.runs.unfinished`. A slide that cannot be evaluated is set aside with its reason
and never ends the run.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import CohortError, EncoderError
from pathgui.core.evaluation.cohort_job import CohortJob
from pathgui.core.evaluation.slide_plan import require_edge
from pathgui.core.language.texts import in_english, say
from pathgui.core.progress import (
    ProgressFn,
    ignore_progress,
)
from pathgui.core.reference.given import known_spelling
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.results.judging import check_criteria
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.request import AskedSlide, EvaluationRequest
from pathgui.core.runs.run_files import load_evaluation
from pathgui.core.runs.unfinished import UnfinishedRun
from pathgui.core.system.files import ANYTHING, Replaceable

log = logging.getLogger(__name__)


@in_english()
def evaluate_slides(
    request: EvaluationRequest,
    target: Path,
    *,
    reference: ReferenceSet | None = None,
    replacing: Replaceable = ANYTHING,
    retry_failed: bool = False,
    begin_anew: bool = False,
    store: EmbeddingStore | None = None,
    rates: Rates | None = None,
    report: ProgressFn = ignore_progress,
) -> Evaluation:
    """Run every requested encoder over the reference set, and over every slide of the request.

    The reference set is embedded and measured once. Slides follow in an order that gives early
    answers, small ones and one of each center first; the next one is opened while one is embedded.
    Each is kept when it is done, and forgotten, so memory does not grow with their number. Reports
    :class:`Progress` with ``run``, :class:`Notice`, and of each slide its turns
    (:class:`SlideTurn`), :class:`TilePlan` and :class:`TileAnswers`.

    Parameters
    ----------
    target
        ``NAME.pgrun``. Until the run is finished it lies beside it as ``NAME.unfinished.pgrun``,
        which can be opened. Where one lies there, of this request, the run goes on with it.
    replacing
        What of the target may be replaced, as :func:`~pathgui.core.runs.targets.require_target`
        says.
    retry_failed
        Slides that failed are tried again: of a run that goes on, else of the finished one at the
        target. Those that are asked for ``anyway`` are in any case.
    begin_anew
        Where an unfinished run is of another request, it is removed.

    Returns
    -------
    Evaluation
        The finished run. Its tiles are on disk; each slide's evaluation comes from
        :func:`~pathgui.core.runs.slides_of_run.evaluation_of`.

    Raises
    ------
    EncoderError
        If no encoder could run on the reference set.
    RecordError
        If the run cannot be written, or an unfinished run there is of another request.
    ReferenceSetError, ScaleError, DeviceError, CriteriaError, CohortError
        If the request cannot be carried out at all.
    Cancelled
        If ``report`` raised it. What is done is kept, and the same call goes on there.
    """
    request, known = require_request(request, reference)
    with UnfinishedRun(target) as unfinished:
        again = retry_failed or any(each.anyway for each in request.slides)
        reopened = unfinished.before is None and again and target.exists()
        if reopened:
            unfinished.reopen()
        try:
            job = CohortJob(request, known, unfinished, store, rates, report)
            job.look_at_earlier(retry_failed, begin_anew, target if reopened else None)
        except Exception:
            if reopened:
                unfinished.discard()  # the finished run is as it was
            raise
        job.run()
        job.finish(replacing)
    return load_evaluation(target)


def require_request(
    request: EvaluationRequest, reference: ReferenceSet | None
) -> tuple[EvaluationRequest, ReferenceSet]:
    """The request with its centers as the reference set spells them, and that set.

    Raises
    ------
    EncoderError, CohortError, CriteriaError, ReferenceSetError, ScaleError
        If the request cannot be carried out at all, whatever its slides are.
    """
    if not request.specs:
        raise EncoderError(say("No encoder is chosen. Tick at least one."))
    if not request.slides:
        raise CohortError(
            say("The cohort has no slides to evaluate. Add some: pathgui cohort add.")
        )
    check_criteria(request.criteria, request.encoders, slide=False)
    known = request.reference.open() if reference is None else reference
    known = in_roles(known, request.settings.center_columns, request.settings.tissue_column)
    require_edge(known)  # before anything that takes time
    centers = known.centers  # asked of all tiles, so once for all slides
    request = replace(request, slides=tuple(_as_named(each, centers) for each in request.slides))
    return request, known


def _as_named(asked: AskedSlide, centers: Sequence[str]) -> AskedSlide:
    """The slide with its center as the reference set, which has ``centers``, spells it."""
    center = asked.center and (known_spelling(asked.center, centers) or asked.center)
    return replace(asked, center=center)
