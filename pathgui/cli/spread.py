"""Options of ``pathgui evaluate --cohort`` that spread its slides over machines."""

from __future__ import annotations

import contextlib
import inspect
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import typer
from typer.core import TyperGroup, TyperOption

from pathgui.cli.arguments import OverwriteRun
from pathgui.core.errors import PathguiError, RecordError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.runs.shards import MOST_SHARDS, Shard, parse_shard
from pathgui.core.runs.unfinished import target_of
from pathgui.core.system.files import write_file

MERGE = "merge"  # in the place of a shard: what pathgui merge asks for
# Options that say how the work is spread, and where it goes: not part of what is evaluated.
_NOT_REPEATED = (
    "out_folder", "overwrite", "json", "dry_run", "retry_failed", "shard", "engine", "shards",
    "workers", "partition", "gpus", "time_limit", "address", "tries", "print_script",
)  # fmt: skip

_SHARD = Annotated[
    str | None,
    typer.Option(
        metavar="I/N",
        help=say(
            "Evaluate only the slides of this shard of the cohort, as 3/64; other processes or "
            "machines evaluate the others, and pathgui merge makes one run of all. 0/64 measures "
            "the reference set alone."
        ),
    ),
]

_OPTIONS: dict[str, tuple[Any, Any]] = {  # by argument, its annotation and its default
    "shard": (_SHARD, None),
    "engine": (
        Annotated[
            Literal["local", "slurm", "ray"] | None,
            typer.Option(
                help=say(
                    "Evaluate the slides of the cohort in shards, and merge them: local in "
                    "processes of this machine, slurm and ray on a cluster. What was killed is "
                    "begun again. slurm needs the package submitit, and ray needs ray."
                )
            ),
        ],
        None,
    ),
    "shards": (
        Annotated[
            int | None,
            typer.Option(
                min=1,
                max=MOST_SHARDS,
                help=say(
                    "How many shards --engine makes; by default 4 for each worker, and 32 on a "
                    "cluster whose workers are not counted."
                ),
            ),
        ],
        None,
    ),
    "workers": (
        Annotated[
            int | None,
            typer.Option(
                min=1,
                help=say(
                    "How many shards --engine evaluates at once; by default 2 with local, as many "
                    "as there is room for with slurm and ray."
                ),
            ),
        ],
        None,
    ),
    "gpus": (
        Annotated[
            int | None,
            typer.Option(
                min=0,
                help=say(
                    "GPUs of each shard, with slurm and ray; with local, GPUs of this machine "
                    "that the workers share."
                ),
            ),
        ],
        None,
    ),
    "partition": (
        Annotated[str | None, typer.Option(help=say("The partition of SLURM."))],
        None,
    ),
    "time_limit": (
        Annotated[
            str | None,
            typer.Option(
                "--time", help=say("The most time of a shard, as SLURM writes it: 8:00:00.")
            ),
        ],
        None,
    ),
    "address": (
        Annotated[
            str | None,
            typer.Option(help=say("The Ray cluster, HOST:PORT; by default one of this machine.")),
        ],
        None,
    ),
    "tries": (
        Annotated[
            int | None,
            typer.Option(
                min=1,
                max=100,
                help=say("How often --engine begins a shard that is killed each time; 3."),
            ),
        ],
        None,
    ),
    "print_script": (
        Annotated[
            bool,
            typer.Option(
                "--print-script",
                help=say("Print the script for sbatch that --engine slurm stands for, and end."),
            ),
        ],
        False,
    ),
}


@dataclass(frozen=True)
class Spread:
    """How the slides of a cohort are spread over machines; nothing given: they are not."""

    shard: Shard | None = None
    merging: bool = False
    engine: Literal["local", "slurm", "ray"] | None = None
    shards: int | None = None
    workers: int | None = None
    gpus: int | None = None
    partition: str | None = None
    time_limit: str | None = None
    address: str | None = None
    tries: int | None = None
    print_script: bool = False
    words: tuple[str, ...] = ()  # of the command, as they repeat it for another shard

    @property
    def given(self) -> dict[str, object]:
        """What was given, by flag."""
        return {
            "--shard": self.shard or (self.merging or None),
            "--engine": self.engine,
            **self.of_engine,
        }

    @property
    def of_engine(self) -> dict[str, object]:
        """What was given that means something with an engine only, by flag."""
        return {
            "--shards": self.shards,
            "--workers": self.workers,
            "--gpus": self.gpus,
            "--partition": self.partition,
            "--time": self.time_limit,
            "--address": self.address,
            "--tries": self.tries,
            "--print-script": self.print_script or None,
        }


def takes_spread(command: Callable[..., None]) -> Callable[..., None]:
    """Offer the options in the place of a command's parameter ``spread``."""

    @wraps(command)
    def called(context: typer.Context, **given: Any) -> None:
        own = {name: given.pop(name) for name in _OPTIONS}
        shard = own.pop("shard")
        merging = shard == MERGE
        spread = Spread(
            shard=None if shard is None or merging else parse_shard(shard),
            merging=merging,
            words=tuple(words_of(context)),
            **own,
        )
        _require_sense(spread)
        command(context=context, spread=spread, **given)

    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for each in signature.parameters.values():
        if each.name != "spread":
            parameters.append(each)
            continue
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters += [
            inspect.Parameter(name, kind, default=default, annotation=annotation)
            for name, (annotation, default) in _OPTIONS.items()
        ]
    called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _require_sense(spread: Spread) -> None:
    """Refuse what means nothing together. Raises PathguiError."""
    if spread.shard is not None and spread.engine is not None:
        raise PathguiError(
            say("--shard evaluates one shard, and --engine all of them: give one of the two.")
        )
    means = {
        "local": {"--shards", "--workers", "--gpus", "--tries"},
        "slurm": {"--address"} ^ spread.of_engine.keys(),
        "ray": {"--shards", "--gpus", "--address", "--tries"},
    }
    for flag, value in spread.of_engine.items():
        if value is None:
            continue
        if spread.engine is None:
            raise PathguiError(say("{flag} needs --engine.", flag=flag))
        if flag not in means[spread.engine]:
            raise PathguiError(
                say("{flag} means nothing with --engine {engine}.", flag=flag, engine=spread.engine)
            )


def words_of(context: typer.Context) -> list[str]:
    """What was typed behind the command, without where the run goes and how the work is spread."""
    words: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        given = source is not None and source.name == "COMMANDLINE"
        if not given or name in _NOT_REPEATED or not isinstance(parameter, TyperOption):
            continue
        value = context.params[name]
        if parameter.is_flag:
            words.append((parameter.opts if value else parameter.secondary_opts)[0])
            continue
        for each in value if parameter.multiple else [value]:
            words += [parameter.opts[0], str(each)]
    return words


@dataclass(frozen=True)
class ShardedJob:
    """What the shards of a run were asked for, so that they can be repeated and merged."""

    words: list[str]  # behind ``pathgui evaluate``
    folder: str  # in which they were typed
    of: int  # shards


def _job_file(target: Path) -> Path:
    """Beside the run and not in it: it holds names of files, which no run does."""
    target = target.resolve()
    return target.with_name(f".{target.name}.shards.json")


def remember_job(target: Path, spread: Spread, of: int) -> None:
    """Keep what is asked for in ``of`` shards beside the run. Raises RecordError."""
    job = ShardedJob(list(spread.words), str(Path.cwd()), of)
    refused = say("{target} cannot be written", target=target)
    with os_errors_as(RecordError, refused, say("Choose another.")):
        if _read(target) != job:
            write_file(_job_file(target), msgspec.json.encode(job))


def job_of(target: Path) -> ShardedJob:
    """What the shards of a run were asked for. Raises PathguiError where there are none."""
    job = _read(target)
    if job is None:
        raise PathguiError(
            say(
                "There is nothing to merge into {target}: no shard of it was begun here. Begin "
                "with: pathgui evaluate --cohort COHORT --out {target} --shard 1/8",
                target=target,
            )
        )
    return job


def _read(target: Path) -> ShardedJob | None:
    try:
        return msgspec.json.decode(_job_file(target).read_bytes(), type=ShardedJob)
    except (OSError, msgspec.DecodeError):
        return None


def forget_job(target: Path) -> None:
    """The run is merged."""
    _job_file(target).unlink(missing_ok=True)


def repeated(target: Path, words: list[str]) -> Callable[[Shard], str]:
    """What gives the command that evaluates a shard."""

    def repeat(shard: Shard) -> str:
        return shlex.join(
            ["pathgui", "evaluate", *words, "--out", str(target), "--shard", str(shard)]
        )

    return repeat


def merge_command(
    context: typer.Context,
    run: Annotated[
        Path,
        typer.Argument(help=say("The run whose shards are evaluated (NAME.pgrun).")),
    ],
    overwrite: OverwriteRun = False,
    json: Annotated[bool, typer.Option("--json", help=say("Print run.json on stdout."))] = False,
) -> None:
    """Make one run of all shards of a cohort, once each of their slides is over."""
    target = target_of(run.absolute())  # the unfinished run may be named as well
    job = job_of(target)
    assert context.parent is not None
    group = context.parent.command
    assert isinstance(group, TyperGroup)
    evaluate = group.get_command(context.parent, "evaluate")
    assert evaluate is not None
    flags = [*(["--overwrite"] if overwrite else []), *(["--json"] if json else [])]
    words = [*job.words, "--out", str(target), "--shard", MERGE, *flags]
    with contextlib.chdir(job.folder if Path(job.folder).is_dir() else Path.cwd()):
        code = evaluate.main(
            words, prog_name="pathgui evaluate", obj=context.obj, standalone_mode=False
        )
    if isinstance(code, int) and code:
        raise typer.Exit(code)
