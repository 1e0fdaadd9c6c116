"""The functions of core that the window calls, in one place, so that tests hand in their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pathgui.core.baselines.check import BaselineCheck
from pathgui.core.cost.estimate import Cost
from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.evaluation.dry_run import evaluation_cost
from pathgui.core.evaluation.evaluate import evaluate
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn
from pathgui.core.reference.build import BuildResult, build_reference
from pathgui.core.reference.reference_set import ReferenceSet, load_reference
from pathgui.core.report.render.pages import Pages, render_pages
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.runs.name_book import NameBook
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.request import EvaluationRequest, Opened
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.slides.reading import slide_pool
from pathgui.core.slides.slide import open_slide
from pathgui.core.system.devices import resolve_device
from pathgui.folders import (
    cache_dir,
    embeddings_dir,
    name_book,
    places_dir,
    pseudonym_key,
    runs_dir,
)
from pathgui.gui.jobs.weights_services import WeightsServices

if TYPE_CHECKING:
    from pathgui.core.classifier.results import AssessedClassifier
    from pathgui.core.corrections.correction_file import CorrectionHead
    from pathgui.core.corrections.fitted import Fitted
    from pathgui.core.corrections.stain import Stain
    from pathgui.core.crossfit.results import Corrections
    from pathgui.core.encoders.facts.registry import EncoderSpec
    from pathgui.core.errors import PathguiError
    from pathgui.core.evaluation.altering import AlteringRequest
    from pathgui.core.evaluation.classifying_run import ClassifierAsked, Recognized
    from pathgui.core.evaluation.correct_encoders import CorrectionsAsked, Tried
    from pathgui.core.metrics.not_assessable import NotAssessable
    from pathgui.core.phantom.demo_to_evaluate import DemoMaterial
    from pathgui.core.runs.qualification import Qualification
    from pathgui.core.runs.record import Run
    from pathgui.core.slides.slide_file import SlideFile
    from pathgui.core.system.devices import Device
    from pathgui.core.what_if.results import WhatIf


def _write_report(
    folder: Path, out: Path | None, options: ReportOptions, report: ProgressFn
) -> Path:
    from pathgui.core.report.report import write_report  # every section: not before asked

    return write_report(folder, out, options=options, report=report)


def _preview_report(
    folder: Path, options: ReportOptions, width_px: int, report: ProgressFn
) -> Pages:
    """The pages of the report as pictures; ``report`` may raise to stop between them."""
    from pathgui.core.report.report import render_report

    pdf = render_report(folder, options, report=report)
    return render_pages(
        pdf,
        width_px,
        lambda done, total: report(
            Progress(say("Drawing the pages"), done, total, part=Part.REPORT)
        ),
    )


def _prepare_demo(folder: Path, report: ProgressFn) -> DemoMaterial:
    from pathgui.core.phantom.demo_to_evaluate import (
        prepare_demo,  # drawing tissue needs scipy: not before asked
    )

    return prepare_demo(folder, report)


def _evaluate(
    request: EvaluationRequest, *, at_hand: Opened, store: EmbeddingStore, report: ProgressFn
) -> Evaluation:
    rates = Rates.beside(store)
    return evaluate(request, at_hand=at_hand, store=store, rates=rates, report=report)


def _evaluate_slides(
    request: EvaluationRequest,
    target: Path,
    *,
    reference: ReferenceSet,
    retry_failed: bool,
    store: EmbeddingStore,
    report: ProgressFn,
) -> Evaluation:
    from pathgui.core.evaluation.many_slides import evaluate_slides

    rates = Rates.beside(store)
    return evaluate_slides(
        request, target, reference=reference, retry_failed=retry_failed, store=store, rates=rates,
        report=report,
    )  # fmt: skip


def _check_again(
    baseline: Path,
    *,
    near: Sequence[Path],
    known: Registry,
    store: EmbeddingStore,
    names: NameBook,
    pseudonym_key: bytes,
    device: str,
    offline: bool,
    report: ProgressFn,
) -> tuple[tuple[Evaluation, BaselineCheck], Path]:
    """The new run with what came of it, and its folder."""
    from pathgui.core.evaluation.ask_again import Desk, check_again, check_folder

    desk = Desk(
        known, store, pseudonym_key, places_dir(), (baseline.parent, *near), names=names.known,
        remember=names.remember_all, device=device, offline=offline,
    )  # fmt: skip
    target = check_folder(baseline)
    return check_again(baseline, target, desk, replacing=None, report=report), target


def _correct(asked: CorrectionsAsked, *, store: EmbeddingStore, report: ProgressFn) -> Tried:
    from pathgui.core.evaluation.correct_encoders import correct_encoders

    return correct_encoders(asked, store, report)


def _take_home(
    asked: CorrectionsAsked, found: Corrections, *, store: EmbeddingStore, report: ProgressFn
) -> tuple[Fitted | Stain, CorrectionHead]:
    """Of the one encoder and the one correction that are asked for."""
    from pathgui.core.evaluation.correct_encoders import embed_for, take_home

    embedded = embed_for(asked, asked.specs[0], store, report)
    return take_home(embedded, asked.chosen[0], asked.reference, found, report)


def _qualify(
    run: Run, folder: Path, near: Sequence[Path], *, known: Registry, report: ProgressFn
) -> Qualification:
    """Try whether the program works here, and keep what is found with the run in ``folder``.

    ``near``: reference sets that are known.
    """
    from pathgui.core.phantom.qualifying import qualified
    from pathgui.core.runs.qualification import keep_qualification

    found = qualified(run, [*near, folder.absolute().parent], known, report)
    keep_qualification(found, folder)
    return found


def _recognize_classifier(asked: ClassifierAsked, run: Run, reference: ReferenceSet) -> Recognized:
    from pathgui.core.evaluation.classifying_run import recognize

    return recognize(asked, run, reference)


def _judge_classifier(
    asked: ClassifierAsked,
    run: Run,
    reference: ReferenceSet,
    *,
    known: Registry,
    store: EmbeddingStore,
    device: str,
    report: ProgressFn,
) -> AssessedClassifier:
    from pathgui.core.evaluation.classifying_run import judge_on_run

    return judge_on_run(asked, run, reference, known, store, device=device, report=report)


def _keep_classifier(folder: Path, run: Run, found: AssessedClassifier) -> str:
    from pathgui.core.evaluation.classifying_run import keep_on_run

    return keep_on_run(folder, run, found)


def _what_if(
    request: AlteringRequest,
    reference: ReferenceSet,
    file: SlideFile,
    specs: Sequence[EncoderSpec],
    *,
    store: EmbeddingStore,
    report: ProgressFn,
) -> dict[str, WhatIf | NotAssessable | PathguiError]:
    from pathgui.core.evaluation.altering import carry_out, plan_altering

    with file.open(report) as slide:
        plan = plan_altering(request, reference, slide, specs, report=report)
        return carry_out(plan, store, report)


def _what_if_cost(
    request: AlteringRequest,
    reference: ReferenceSet,
    specs: Sequence[EncoderSpec],
    store: EmbeddingStore,
) -> float:
    """Seconds, roughly."""
    from pathgui.core.evaluation.altering import rough_seconds

    return rough_seconds(request, reference, specs, len(reference.centers), Rates.beside(store))


def _keep_what_if(folder: Path, run: Run, found: Mapping[str, object]) -> str:
    from pathgui.core.evaluation.altering import keep_for_run

    return keep_for_run(folder, run, found)


def _cost(
    request: EvaluationRequest, *, at_hand: Opened, store: EmbeddingStore, report: ProgressFn
) -> Cost:
    rates = Rates.beside(store)
    return evaluation_cost(request, at_hand=at_hand, store=store, rates=rates, report=report)


def _import_heavy() -> None:
    """What the first slide and evaluation need, made ready while the user looks at the window."""
    slide_pool.warm_up()
    import timm  # noqa: F401
    import torch  # noqa: F401


@dataclass(frozen=True)
class Services:
    """What the window asks core for."""

    known: Registry = field(default_factory=standard_encoders)  # encoders
    open_slide: Callable[..., Any] = open_slide
    load_reference: Callable[[Path], ReferenceSet] = load_reference
    build_reference: Callable[..., BuildResult] = build_reference
    evaluate: Callable[..., Evaluation] = _evaluate
    evaluate_slides: Callable[..., Evaluation] = _evaluate_slides
    check_again: Callable[..., tuple[tuple[Evaluation, BaselineCheck], Path]] = _check_again
    correct: Callable[..., Tried] = _correct
    take_home: Callable[..., tuple[Fitted | Stain, CorrectionHead]] = _take_home
    qualify: Callable[..., Qualification] = _qualify
    recognize_classifier: Callable[..., Recognized] = _recognize_classifier
    judge_classifier: Callable[..., AssessedClassifier] = _judge_classifier
    keep_classifier: Callable[..., str] = _keep_classifier
    what_if: Callable[..., dict[str, WhatIf | NotAssessable | PathguiError]] = _what_if
    what_if_cost: Callable[..., float] = _what_if_cost
    keep_what_if: Callable[..., str] = _keep_what_if
    cost: Callable[..., Cost] = _cost
    save_evaluation: Callable[..., None] = save_evaluation
    load_evaluation: Callable[[Path], Evaluation] = load_evaluation
    write_report: Callable[[Path, Path | None, ReportOptions, ProgressFn], Path] = _write_report
    preview_report: Callable[[Path, ReportOptions, int, ProgressFn], Pages] = _preview_report
    prepare_demo: Callable[[Path, ProgressFn], DemoMaterial] = _prepare_demo
    device: Callable[[str], Device] = resolve_device
    warm_up: Callable[[], None] = _import_heavy
    cache: Callable[[], Path] = cache_dir
    runs: Callable[[], Path] = runs_dir
    pseudonym_key: Callable[[], bytes] = pseudonym_key
    names: Callable[[], NameBook] = name_book
    weights: WeightsServices = field(default_factory=WeightsServices)

    def store(self, limit_gb: float) -> EmbeddingStore:
        """The embeddings kept in the cache."""
        return EmbeddingStore(embeddings_dir(self.cache()), limit_gb * 1e9)
