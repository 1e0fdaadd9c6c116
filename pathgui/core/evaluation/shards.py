"""A run over the slides of a cohort by many machines: each evaluates a shard, one merges them.

All of them work in one folder, that of the unfinished run, which every machine must reach. What a
machine has done there is whole, whenever it is killed: slides get their place in one step, and the
same shard may be repeated, on another machine too. The merged run is that of one machine, to the
last digit where kinds of device and versions are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import RecordError, first_few, plural
from pathgui.core.evaluation.cohort_job import CohortJob, brief_of, same_as
from pathgui.core.evaluation.many_slides import require_request
from pathgui.core.evaluation.slide_order import SlideRow, bytes_of, order_of
from pathgui.core.language.texts import in_english, say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.record import Evaluation, Run, ShardOfRun
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.runs.run_files import load_evaluation
from pathgui.core.runs.shards import Shard, shard_numbers, shard_records
from pathgui.core.runs.shared_run import SharedRun
from pathgui.core.runs.unfinished import UnfinishedRun
from pathgui.core.system.environment import environment
from pathgui.core.system.files import ANYTHING, Replaceable
from pathgui.core.system.times import now

_MOST_NAMED = 4  # shards that wait, in a sentence


@dataclass(frozen=True)
class ShardDone:
    """What came of a shard."""

    shard: Shard
    done: int  # slides of the shard that are evaluated, by whichever try
    failed: int
    others_wait: int  # slides of other shards


@in_english()
def evaluate_shard(
    request: EvaluationRequest,
    target: Path,
    shard: Shard,
    *,
    reference: ReferenceSet | None = None,
    retry_failed: bool = False,
    store: EmbeddingStore | None = None,
    rates: Rates | None = None,
    report: ProgressFn = ignore_progress,
) -> ShardDone:
    """Evaluate the slides of one shard, as far as they are not yet.

    The first shard of all measures the reference set; the others wait for it. Progress is reported
    as by :func:`~pathgui.core.evaluation.many_slides.evaluate_slides`.

    Parameters
    ----------
    target
        ``NAME.pgrun``, as for the whole run: what is done lies in ``NAME.unfinished.pgrun``.
    shard
        Number 0 measures the reference set, and evaluates no slide.

    Raises
    ------
    RecordError, EncoderError, ReferenceSetError, ScaleError, DeviceError, CriteriaError,
    CohortError
        As ``evaluate_slides`` does. What is done is kept, and the same call goes on there.
    Cancelled
        If ``report`` raised it.
    """
    request, known = require_request(request, reference)
    with SharedRun(target, shard, report) as shared:
        job = CohortJob(request, known, shared, store, rates, report, shard=shard)
        shared.tidy(job.folders)
        shared.tried = ShardOfRun(shard.number, shard.of, job.device, environment(), now())
        job.look_at_earlier(retry_failed, begin_anew=False)
        before = job.counts
        job.run()
        done, failed = job.counts
        shared.end(
            replace(
                shared.tried,
                finished=now(),
                done=done - before[0],
                failed=failed - before[1],
                agreement=job.agreement,
            )
        )
        return ShardDone(shard, done, failed, len(job.waiting))


@in_english()
def merge_shards(
    request: EvaluationRequest,
    target: Path,
    of: int,
    *,
    repeat: Callable[[Shard], str],
    reference: ReferenceSet | None = None,
    replacing: Replaceable = ANYTHING,
    report: ProgressFn = ignore_progress,
) -> Evaluation:
    """Make one run of all shards, once each of their slides is evaluated or has failed.

    Parameters
    ----------
    of
        Of how many shards the slides were.
    repeat
        The command that evaluates a shard, for the sentence that says which are missing.

    Returns
    -------
    Evaluation
        As :func:`~pathgui.core.evaluation.many_slides.evaluate_slides` returns it.

    Raises
    ------
    RecordError
        If slides wait, a shard is being evaluated, or the run cannot be written.
    """
    request, known = require_request(request, reference)
    with UnfinishedRun(target) as unfinished:
        if unfinished.before is None:
            raise RecordError(
                say(
                    "There is nothing to merge into {name}: no shard was evaluated. Begin with: "
                    "{command}",
                    name=target.name,
                    command=repeat(Shard(1, of)),
                )
            )
        job = _Merge(request, known, unfinished, None, None, report, merging=True)
        _require_all(request, target, of, unfinished.before.run, job, repeat)
        job.look_at_earlier(retry_failed=False, begin_anew=False)
        job.settle_twins()
        job.finish(replacing, shard_records(unfinished.folder))
    return load_evaluation(target)


def _require_all(
    request: EvaluationRequest,
    target: Path,
    of: int,
    begun: Run,
    job: _Merge,
    repeat: Callable[[Shard], str],
) -> None:
    """Refuse while slides wait, and say which shards to repeat."""
    waiting = job.waiting_in(begun)
    if not waiting:
        return
    numbers = shard_numbers(request.slides, of)
    counts: dict[int, int] = {}
    for row in waiting:
        counts[numbers[row]] = counts.get(numbers[row], 0) + 1
    listed = [
        f"{Shard(number, of)} ({plural(count, 'slide')})"
        for number, count in sorted(counts.items())
    ]
    names = [request.slides[row].slide_id for row in waiting]
    raise RecordError(
        say(
            "{name} cannot be merged yet: {n_waiting:,} of {n_slides:,} slides wait ({names}), "
            "in the shards {shards}. Repeat each of them: {command}",
            name=target.name,
            n_waiting=len(waiting),
            n_slides=len(request.slides),
            names=first_few(names, _MOST_NAMED),
            shards=first_few(listed, _MOST_NAMED),
            command=repeat(Shard(min(counts), of)),
        )
    )


class _Merge(CohortJob):
    """The end of a run whose slides others have evaluated."""

    def waiting_in(self, begun: Run) -> list[int]:
        """Rows of slides that are not over in ``begun``."""
        over = {slide.folder for slide in begun.slides if slide.state != "waiting"}
        return [at for at, row in enumerate(self._rows) if row.folder not in over]

    def settle_twins(self) -> None:
        """Of slides with the same content, let the first count, as it does in one process."""
        assert self._run is not None
        contents = {
            slide.folder: slide.slide.content_id
            for slide in self._over.values()
            if slide.state == "done" and slide.slide is not None
        }
        if len(set(contents.values())) == len(contents):
            return
        asked = [row.asked for row in self._rows]
        sizes = [bytes_of(each.file.path) if each.file else 0 for each in asked]
        first: dict[str, str] = {}
        for at in order_of(asked, sizes):
            row = self._rows[at]
            content = contents.get(row.folder)
            if content is None:
                continue
            twin = first.setdefault(content, row.asked.slide_id)
            if twin != row.asked.slide_id:
                self._keep_failed(row, same_as(twin))
        self._run = replace(self._run, slides=self._slides())
        self._unfinished.go_on(self._run)

    def _keep_failed(self, row: SlideRow, reason: str) -> None:
        """Let a slide that was evaluated count as one that could not be."""
        assert self._run is not None
        slide = replace(
            self._empty(row),
            slide_id=row.asked.slide_id,
            patient=row.asked.patient,
            state="failed",
            reason=reason,
            failure="other",
        )
        file_name = "" if row.asked.file is None else row.asked.file.path.name
        kept = self._names.kept(slide, file_name)
        self._unfinished.write_slide(self._run, kept, None)
        self._over[row.folder] = brief_of(kept)
