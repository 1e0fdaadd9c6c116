"""``pathgui evaluate --cohort``: the slides of a cohort in one run."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pathgui.cli.arguments import check_run_target
from pathgui.cli.cost import print_cohort_cost
from pathgui.cli.engines import forget_logs, print_script, run_shards
from pathgui.cli.options import Chosen
from pathgui.cli.spread import Spread, forget_job, job_of, remember_job, repeated
from pathgui.cli.terminal import Watch, err
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.errors import PathguiError, plural
from pathgui.core.language.texts import say
from pathgui.core.progress import Cancelled
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.record import Evaluation
from pathgui.core.runs.repeat_command import AskedAs
from pathgui.core.runs.unfinished import unfinished_folder
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.folders import embeddings_dir, name_book, pseudonym_key

if TYPE_CHECKING:
    from pathgui.core.cohort.opened import OpenCohort
    from pathgui.core.evaluation.shards import ShardDone
    from pathgui.core.reference.reference_set import ReferenceSet
    from pathgui.core.runs.request import EvaluationRequest

_HOW = say(
    "Choose another name, replace it with --overwrite, or try its slides "
    "that failed again with --retry-failed."
)


def evaluate_cohort(
    cohort: Path,
    *,
    reference: Path,
    specs: tuple[EncoderSpec, ...],
    out_folder: Path | None,
    slide_ids: Sequence[str],
    retry_failed: bool,
    chosen: Chosen,
    choice: ClassChoice,
    weights: Mapping[str, str],
    demands: tuple[Criterion, ...],
    use: IntendedUse | None,
    files: Mapping[str, Path | None],
    overwrite: bool,
    dry_run: bool,
    spread: Spread,
    json: bool,
) -> Evaluation | None:
    """Evaluate the slides of a cohort, or print what it would cost; the finished run."""
    from pathgui.cli.cohort import reading, with_ending
    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.many_slides import evaluate_slides
    from pathgui.core.evaluation.shards import evaluate_shard, merge_shards
    from pathgui.core.runs.private_names import CohortNames

    before = None
    if out_folder is not None:
        before = check_run_target(out_folder, overwrite or retry_failed, _HOW)
        known_run = out_folder.exists() or unfinished_folder(out_folder).exists()
        if retry_failed and not known_run:
            raise PathguiError(
                say(
                    "There is no run {out_folder} whose slides could be tried again.",
                    out_folder=out_folder,
                )
            )
    asked = AskedAs(
        out=(out_folder or reference).name,
        weights={name: Path(path).name for name, path in weights.items()},
        files={flag: file.name for flag, file in files.items() if file is not None},
    )
    with reading(with_ending(cohort)) as opened:
        request, known = asked_of_cohort(
            opened,
            reference=reference,
            specs=specs,
            chosen=chosen,
            choice=choice,
            asked=asked,
            pseudonym_key=pseudonym_key(),
            slide_ids=slide_ids,
            demands=demands,
            use=use,
        )
    store = EmbeddingStore(embeddings_dir())
    rates = Rates.beside(store)
    if out_folder is None or dry_run:
        print_cohort_cost(request, known, store, rates, json)
        return None
    if spread.shard is None or spread.shard.number <= 1:  # the others need not write it, too
        name_book().remember_all(CohortNames(request, known).true_names(request.slides))
    if spread.print_script:
        print_script(spread, out_folder, len(request.slides))
        return None
    try:
        with Watch(quiet=json) as watch:
            if spread.engine is not None:
                run_shards(spread, out_folder, len(request.slides), retry_failed, watch)
            if spread.shard is not None:
                remember_job(out_folder, spread, spread.shard.of)
                done = evaluate_shard(
                    request,
                    out_folder,
                    spread.shard,
                    reference=known,
                    retry_failed=retry_failed,
                    store=store,
                    rates=rates,
                    report=watch,
                )
                _say_of_shard(out_folder, done)
                return None
            if spread.merging or spread.engine is not None:
                job = job_of(out_folder)
                merged = merge_shards(
                    request,
                    out_folder,
                    job.of,
                    repeat=repeated(out_folder, job.words),
                    reference=known,
                    replacing=before,
                    report=watch,
                )
                forget_job(out_folder)
                forget_logs(out_folder)
                return merged
            return evaluate_slides(
                request,
                out_folder,
                reference=known,
                replacing=before,
                retry_failed=retry_failed,
                begin_anew=overwrite,
                store=store,
                rates=rates,
                report=watch,
            )
    except Cancelled:
        _say_what_is_kept(out_folder)
        raise


def asked_of_cohort(
    opened: OpenCohort,
    *,
    reference: Path,
    specs: tuple[EncoderSpec, ...],
    chosen: Chosen,
    choice: ClassChoice,
    asked: AskedAs,
    pseudonym_key: bytes,
    slide_ids: Sequence[str] = (),
    demands: tuple[Criterion, ...] = (),
    use: IntendedUse | None = None,
) -> tuple[EvaluationRequest, ReferenceSet]:
    """What is asked of the slides of a cohort, and the reference set."""
    from pathgui.core.evaluation.cohort_slides import of_cohort
    from pathgui.core.evaluation.slide_regions import require_classes
    from pathgui.core.reference.reference_set import load_reference
    from pathgui.core.runs.request import EvaluationRequest

    known = load_reference(reference)
    request = EvaluationRequest(
        reference=known.place,
        specs=specs,
        settings=chosen.settings,
        k_origin=chosen.k_origin,
        criteria=demands,
        intended_use=use,
        pseudonym_key=pseudonym_key,
        region_choice=choice,
    )
    require_classes(opened, choice)
    return of_cohort(request, opened, known, asked, slide_ids), known


def _say_of_shard(target: Path, done: ShardDone) -> None:
    """What came of a shard, and what comes next."""
    if done.shard.number == 0:
        said = say("The reference set is measured.")
    else:
        said = say(
            "Shard {shard} is complete: {done} evaluated, {failed:,} failed.",
            shard=done.shard,
            done=plural(done.done, "slide"),
            failed=done.failed,
        )
    follows = say("Once all shards are: pathgui merge {target}", target=shlex.quote(str(target)))
    err.print(f"{said} {follows}", soft_wrap=True)


def _say_what_is_kept(target: Path) -> None:
    """After Ctrl-C: what is done, and how it goes on."""
    from pathgui.core.runs.run_files import load_run

    folder = unfinished_folder(target)
    if not folder.exists():
        return
    run = load_run(folder)
    done = sum(slide.state == "done" for slide in run.slides)
    err.print(
        say(
            "{done:,} of {n_slides:,} slides are done, and kept. The same "
            "command goes on there. What is done can be opened already: {quote}",
            done=done,
            n_slides=len(run.slides),
            quote=shlex.quote(str(folder)),
        ),
        soft_wrap=True,
    )
