"""Checking a baseline: the same is asked for again, evaluated, and held against what was filed.

Same encoders, options, reference set, and slide or cohort, found by their content wherever they lie
now. What is not there any more is said, and what still is is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pathgui.core.baselines.baseline import Baseline
from pathgui.core.baselines.check import BaselineCheck, check_against, opened_baseline
from pathgui.core.cohort.opened import OpenCohort, find_cohort, open_cohort
from pathgui.core.cohort.slide_search import find_moved
from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import BaselineError, EncoderError, first_few, plural
from pathgui.core.evaluation.cohort_slides import of_cohort
from pathgui.core.evaluation.evaluate import evaluate
from pathgui.core.evaluation.many_slides import evaluate_slides
from pathgui.core.evaluation.measure_again import file_of, given_mpp, request_again
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet, load_reference
from pathgui.core.results.measures import measure
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.k_words import k_of_run
from pathgui.core.runs.options import without_slide
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.record import Evaluation, Run, SlideFacts
from pathgui.core.runs.repeat_command import AskedAs, repeat_command
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.runs.run_places import reference_of_run, slide_of_run
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.system.endings import COHORT_ENDING, RUN_ENDING
from pathgui.core.system.files import ANYTHING, Replaceable, free_names
from pathgui.core.system.times import now


def _nothing(names: Mapping[str, str]) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Desk:
    """What this computer and its user have: encoders, and where sets, slides and cohorts lie.

    Attributes
    ----------
    near
        Reference sets, slides and cohorts, or folders that hold them.
    below
        Folders whose slides are sought at every depth.
    names
        True names of slides, by what runs call them.
    remember
        Is told such names, of the slides of a cohort.
    """

    known: Registry
    store: EmbeddingStore
    pseudonym_key: bytes
    cohort_places: Path
    near: Sequence[Path] = ()
    below: Sequence[Path] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    remember: Callable[[Mapping[str, str]], None] = _nothing
    device: str = "auto"
    offline: bool = False


def check_again(
    baseline: Path,
    target: Path,
    desk: Desk,
    *,
    replacing: Replaceable = ANYTHING,
    report: ProgressFn = ignore_progress,
) -> tuple[Evaluation, BaselineCheck]:
    """Ask for the same as the filed run in ``baseline`` did; keep the new run at ``target``.

    What the run was made with and is not found is reported as a :class:`Notice`; its numbers are
    among those that are not compared.

    Raises
    ------
    BaselineError
        If the run is not filed or was changed since, its reference set is not found, or none of
        its encoders is known any more.
    Cancelled
        If ``report`` raised it; what was embedded stays in the store.
    """
    filed, before = opened_baseline(baseline)
    run = before.run
    reference = _reference_of(run, desk)
    request = _request(run, reference, filed, desk, report)
    if run.cohort is not None:
        found = _on_cohort(run, request, reference, target, desk, replacing, report)
    else:
        found = _on_slide(run, request, target, desk, replacing, report)
    return found, check_against(baseline, found, target)


def check_folder(baseline: Path) -> Path:
    """Where the run of a check goes: beside the baseline, with the day in its name.

    The name is free: a check that was stopped is begun anew, with what was embedded kept.
    """
    name = baseline.name.removesuffix(RUN_ENDING)
    wanted = baseline.absolute().with_name(f"{name} check {now()[:10]}{RUN_ENDING}")
    if not wanted.exists():
        return wanted
    return next(path for path in free_names(wanted) if not path.exists())


def _reference_of(run: Run, desk: Desk) -> ReferenceSet:
    places = [*desk.near, *desk.below]
    folder = reference_of_run(run.reference.sha256, places, filter(Path.is_dir, places))
    if folder is None:
        facts = run.reference
        raise BaselineError(
            say(
                "The reference set {facts_name}, version {version}, that the "
                "baseline was measured with is not found. Say where it lies; its "
                "table has the checksum {sha256}.",
                facts_name=facts.name,
                version=facts.version,
                sha256=facts.sha256[:12],
            )
        )
    return load_reference(folder)


def _cohorts(desk: Desk) -> Iterator[Path]:
    for place in (*desk.near, *desk.below):
        if place.suffix == COHORT_ENDING:
            yield place
        elif place.is_dir():
            yield from sorted(place.glob(f"*{COHORT_ENDING}"))


def _request(
    run: Run, reference: ReferenceSet, filed: Baseline, desk: Desk, report: ProgressFn
) -> EvaluationRequest:
    """The request of the run, without its slides, for those of its encoders that are known."""
    known, gone = [], []
    for each in run.encoders:
        try:
            desk.known.chosen([each.encoder.name])
        except EncoderError as error:
            gone.append(str(error))
            report(
                Notice(
                    say(
                        "{encoder_title} is not checked: {error}",
                        encoder_title=each.encoder.title,
                        error=error,
                    )
                )
            )
        else:
            known.append(each)
    if not known:
        raise BaselineError(
            say("No encoder of the baseline is known here. {gone}", gone=" ".join(gone))
        )
    request = request_again(
        replace(run, encoders=known), reference, desk.known, on_slide=False, device=desk.device
    )
    settings = replace(run.settings, device=desk.device, offline=desk.offline)
    # The k that was asked for may come to another one today, and then nothing could be compared.
    if (k := k_of_run(run)) is not None:
        settings = replace(settings, k=k)
    names = [each.encoder.name for each in known]
    return replace(
        request,
        settings=settings,
        criteria=tuple(each for each in request.criteria if each.encoder in ("", *names)),
        k_origin=f"as in the baseline that was filed on {filed.filed_at[:10]}",
        pseudonym_key=desk.pseudonym_key,
    )


def _on_slide(
    run: Run,
    request: EvaluationRequest,
    target: Path,
    desk: Desk,
    replacing: Replaceable,
    report: ProgressFn,
) -> Evaluation:
    facts, file = run.slide, None
    if facts is not None:
        file = _slide_of(run, facts, desk, report)
        if file is None:
            report(
                Notice(
                    say(
                        "{called} is not found. {SET_ALONE}",
                        called=_called(facts, desk),
                        SET_ALONE=_SET_ALONE,
                    )
                )
            )
    settings = request.settings
    if file is not None and facts is not None:
        request = replace(
            request,
            slide=file,
            center=facts.given_center,
            new_center=facts.new_center,
            tissue=facts.given_tissue,
            region_classes=facts.region_classes,
        )
    else:
        settings = without_slide(settings)
        request = replace(request, criteria=tuple(filter(_of_set, request.criteria)))
    asked = AskedAs(
        out=target.name,
        slide=None if file is None else file.path.name,
        mpp=None if file is None else given_mpp(run),
    )
    request = replace(request, settings=settings)
    request = replace(request, command=repeat_command(request, asked))
    found = evaluate(request, store=desk.store, rates=Rates.beside(desk.store), report=report)
    save_evaluation(found, target, replacing=replacing)
    if file is not None and found.run.slide is not None:
        desk.remember({found.run.slide.file_name: file.path.name})
    return found


def _of_set(criterion: Criterion) -> bool:
    known = measure(criterion.metric)
    return known is not None and not known.needs_slide


_SET_ALONE = say("The reference set alone is measured; numbers of the slide are not compared.")


def _called(facts: SlideFacts, desk: Desk) -> str:
    return say("The slide {get}", get=desk.names.get(facts.file_name, facts.file_name))


def _slide_of(run: Run, facts: SlideFacts, desk: Desk, report: ProgressFn) -> SlideFile | None:
    """The slide of the run, wherever it lies and whatever it is called by now."""
    name = desk.names.get(facts.file_name, facts.file_name)
    folders = [place for place in desk.near if place.is_dir()]
    found = slide_of_run(facts, [*desk.near, *desk.below], folders, name=name, report=report)
    for place in desk.below:
        if found is None:
            found = find_moved({0: (name, facts.content_id)}, place, report).get(0)
    return None if found is None else file_of(run, found)


def _on_cohort(
    run: Run,
    request: EvaluationRequest,
    reference: ReferenceSet,
    target: Path,
    desk: Desk,
    replacing: Replaceable,
    report: ProgressFn,
) -> Evaluation:
    facts = run.cohort
    assert facts is not None
    folder = find_cohort(_cohorts(desk), facts.id)
    if folder is None:
        report(
            Notice(
                say(
                    "The cohort {facts_name} is not found. The reference set "
                    "alone is measured; what the slides show together is not "
                    "compared.",
                    facts_name=facts.name,
                )
            )
        )
        return _on_slide(run, request, target, desk, replacing, report)
    request = replace(request, region_choice=facts.region_choice or ClassChoice())
    asked = AskedAs(out=target.name)
    with open_cohort(folder, desk.cohort_places, to_change=False) as opened:
        request = _of_cohort(run, request, opened, reference, asked, report)
    desk.remember(CohortNames(request, reference).true_names(request.slides))
    return evaluate_slides(
        request,
        target,
        reference=reference,
        replacing=replacing,
        store=desk.store,
        rates=Rates.beside(desk.store),
        report=report,
    )


def _of_cohort(
    run: Run,
    request: EvaluationRequest,
    opened: OpenCohort,
    reference: ReferenceSet,
    asked: AskedAs,
    report: ProgressFn,
) -> EvaluationRequest:
    """With the slides of the run that the cohort still has, by name or, failing that, by content.

    Where it has none, another user's run may call them otherwise, and all are asked for.
    """
    every = of_cohort(request, opened, reference, asked)
    called = CohortNames(every, reference).slide_id
    by_name = {called(each.slide_id): each.slide_id for each in every.slides}
    by_content = {
        each.file.content_id: each.slide_id
        for each in every.slides
        if each.file is not None and each.file.content_id
    }
    there, gone = [], []
    for slide in run.slides:
        content = "" if slide.slide is None else slide.slide.content_id
        name = by_name.get(slide.slide_id) or by_content.get(content)
        if name is None:
            gone.append(slide.slide_id)
        else:
            there.append(name)
    if not there:
        report(
            Notice(
                say(
                    "None of the slides of the baseline is found in {cohort} by name, so all of it "
                    "is evaluated. Files that the baseline does not have are not compared.",
                    cohort=opened.folder.name,
                )
            )
        )
        return every
    if gone:
        report(
            Notice(
                say(
                    "{cohort} does not have {slides} of the baseline any more: {names}. What the "
                    "slides show together is not compared.",
                    cohort=opened.folder.name,
                    slides=plural(len(gone), "slide"),
                    names=first_few(gone, 10),
                )
            )
        )
    return of_cohort(request, opened, reference, asked, list(dict.fromkeys(there)))
