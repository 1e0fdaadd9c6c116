"""The slides of a cohort in one run, for ``pathgui.evaluate(cohort=...)``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pathgui.core.progress import ProgressFn
from pathgui.core.reference.pseudonyms import Pseudonyms
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.record import Run as Record
from pathgui.core.runs.repeat_command import AskedAs
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.system.files import Stamp
from pathgui.folders import embeddings_dir, name_book, places_dir, pseudonym_key


def evaluate_cohort(
    cohort: Path,
    slide_ids: Sequence[str],
    asked: AskedAs,
    request: EvaluationRequest,
    reference: ReferenceSet,
    target: Path,
    *,
    replacing: Stamp | None,
    begin_anew: bool,
    retry_failed: bool,
    report: ProgressFn,
) -> Evaluation:
    """What ``request`` asks for, on the slides of a cohort, kept at ``target``."""
    from pathgui.core.cohort.opened import open_cohort
    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.cohort_slides import of_cohort
    from pathgui.core.evaluation.many_slides import evaluate_slides
    from pathgui.core.evaluation.slide_regions import require_classes

    with open_cohort(cohort, places_dir(), to_change=False) as opened:
        require_classes(opened, request.region_choice)
        request = of_cohort(request, opened, reference, asked, slide_ids)
    name_book().remember_all(CohortNames(request, reference).true_names(request.slides))
    store = EmbeddingStore(embeddings_dir())
    return evaluate_slides(
        request,
        target,
        reference=reference,
        replacing=replacing,
        begin_anew=begin_anew,
        retry_failed=retry_failed,
        store=store,
        rates=Rates.beside(store),
        report=report,
    )


def kept_id(record: Record, slide_id: str) -> str:
    """What a run calls a slide, by its slide_id or by what the run calls it."""
    hidden = Pseudonyms(pseudonym_key(), record.reference.sha256).slide(slide_id)
    there = {slide.slide_id for slide in record.slides}
    return hidden if slide_id not in there and hidden in there else slide_id
