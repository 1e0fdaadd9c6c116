"""``pathgui evaluate --cohort ... --engine``: all shards of a cohort on workers, to their end."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pathgui.cli.spread import Spread, remember_job
from pathgui.core.errors import ClusterError, first_few
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, ProgressFn
from pathgui.core.runs.run_files import RUN_FILE
from pathgui.core.runs.shards import Shard
from pathgui.core.runs.unfinished import unfinished_folder
from pathgui.core.system.program import own_command

if TYPE_CHECKING:
    from pathgui.core.cluster.call import Call
    from pathgui.core.cluster.engine import Engine
    from pathgui.core.cluster.slurm import SlurmWishes

LOCAL_WORKERS = 2
UNCOUNTED_WORKERS = 8  # on a cluster, where nobody said how many there are
_OF_EACH = 4  # shards of each worker: the last ones end at about the same time
_MOST_TOLD = 3  # shards whose last words are told


def run_shards(
    spread: Spread, target: Path, slides: int, retry_failed: bool, report: ProgressFn
) -> None:
    """Evaluate all shards; the reference set first, by one worker.

    Raises
    ------
    ClusterError
        If shards failed, or the engine takes none. What is done is kept: the same command goes on.
    Cancelled
        If ``report`` raised it; workers are stopped.
    """
    from pathgui.core.cluster.follow import follow
    from pathgui.core.evaluation.shard_progress import ShardProgress

    of = shards_of(spread, slides)
    remember_job(target, spread, of)
    more = ["--retry-failed"] if retry_failed else []
    with _engine(spread, target) as engine:
        report(
            Notice(
                say(
                    "{of:,} shards on: {engine}. What workers tell is kept in {logs} until all "
                    "is merged.",
                    of=of,
                    engine=engine.title,
                    logs=_logs(target),
                )
            )
        )
        progress = ShardProgress(target, slides, of)
        stages = [[Shard(number, of) for number in range(1, of + 1)]]
        if not (unfinished_folder(target) / RUN_FILE).exists():
            stages.insert(0, [Shard(0, of)])
        for shards in stages:
            calls = [_call(spread, target, shard, more if shard.number else []) for shard in shards]
            bad = follow(engine, calls, tries=spread.tries or 3, progress=progress, report=report)
            if bad:
                told = [f"{call.title}: {ended.told or ended.code}" for call, ended in bad]
                raise ClusterError(
                    say(
                        "{shards} did not end well. What is done is kept, and the same command "
                        "goes on there. The last words of some:\n{told}",
                        shards=first_few([call.title for call, _ in bad], _MOST_TOLD),
                        told="\n".join(told[:_MOST_TOLD]),
                    )
                )


def print_script(spread: Spread, target: Path, slides: int) -> None:
    """The script for sbatch, on stdout: for the shards that the engine would make."""
    from pathgui.core.cluster.slurm import script

    of = shards_of(spread, slides)
    remember_job(target, spread, of)
    out = str(target.resolve())
    words = [*own_command(), "evaluate", *spread.words, "--out", out]
    merge = [*own_command(), "merge", out]
    sys.stdout.write(script(words, merge, of, Path.cwd(), _wishes(spread)))


def forget_logs(target: Path) -> None:
    """The run is merged: nobody asks what workers told."""
    shutil.rmtree(_logs(target), ignore_errors=True)


def shards_of(spread: Spread, slides: int) -> int:
    """How many shards there are: as asked, else some for each worker, and no empty ones."""
    usual = LOCAL_WORKERS if spread.engine == "local" else UNCOUNTED_WORKERS
    workers = spread.workers or usual
    return spread.shards or max(1, min(slides, workers * _OF_EACH))


def _logs(target: Path) -> Path:
    target = target.resolve()
    return target.with_name(f".{target.name}.logs")


def _call(spread: Spread, target: Path, shard: Shard, more: list[str]) -> Call:
    from pathgui.core.cluster.call import Call

    words = [*own_command(), "evaluate", *spread.words, "--out", str(target.resolve()), *more]
    known = ("PATHGUI_HOME", "PYTHONPATH", "HF_HUB_OFFLINE", "PATHGUI_LANGUAGE")
    environment = {name: os.environ[name] for name in known if name in os.environ}
    title = say("shard {shard}", shard=shard) if shard.number else say("the reference set")
    return Call(title, (*words, "--shard", str(shard)), str(Path.cwd()), environment)


def _wishes(spread: Spread) -> SlurmWishes:
    from pathgui.core.cluster.slurm import SlurmWishes

    return SlurmWishes(
        spread.partition or "", spread.gpus or 0, spread.time_limit or "", spread.workers or 0
    )


@contextmanager
def _engine(spread: Spread, target: Path) -> Iterator[Engine]:
    """The engine that was asked for, as long as it is needed."""
    if spread.engine == "slurm":
        from pathgui.core.cluster.slurm import SlurmEngine

        yield SlurmEngine(_logs(target), _wishes(spread), f"pathgui-{shlex.quote(target.stem)}")
    elif spread.engine == "ray":
        from pathgui.core.cluster.ray_engine import RayEngine

        with RayEngine(spread.address or "auto", spread.gpus or 0) as engine:
            yield engine
    else:
        from pathgui.core.cluster.local import LocalEngine

        yield LocalEngine(spread.workers or LOCAL_WORKERS, _logs(target), spread.gpus or 0)
