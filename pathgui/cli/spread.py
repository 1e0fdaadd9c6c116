"""Options of ``pathgui evaluate --cohort`` that spread its slides over machines."""

from __future__ import annotations

import contextlib
import inspect
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from typer.core import TyperGroup, TyperOption

from pathgui.core.errors import PathguiError, RecordError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.runs.shards import Shard, parse_shard
from pathgui.core.runs.unfinished import target_of
from pathgui.core.system.files import write_file

MERGE = "merge"  # in the place of a shard: what pathgui merge asks for
# Options that say how the work is spread, and where it goes: not part of what is evaluated.
_NOT_REPEATED = ("shard", "out_folder", "overwrite", "json", "dry_run", "retry_failed")

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


@dataclass(frozen=True)
class Spread:
    """How the slides of a cohort are spread over machines; nothing given: they are not."""

    shard: Shard | None = None
    merging: bool = False
    words: tuple[str, ...] = ()  # of the command, as they repeat it for another shard

    @property
    def given(self) -> dict[str, object]:
        """What was given, by flag."""
        return {"--shard": self.shard or (self.merging or None)}


def takes_spread(command: Callable[..., None]) -> Callable[..., None]:
    """Offer the options in the place of a command's parameter ``spread``."""

    @wraps(command)
    def called(context: typer.Context, **given: Any) -> None:
        shard = given.pop("shard")
        merging = shard == MERGE
        spread = Spread(
            shard=None if shard is None or merging else parse_shard(shard),
            merging=merging,
            words=tuple(words_of(context)),
        )
        command(context=context, spread=spread, **given)

    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for each in signature.parameters.values():
        if each.name != "spread":
            parameters.append(each)
            continue
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters.append(inspect.Parameter("shard", kind, default=None, annotation=_SHARD))
    called.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


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


def remember_job(target: Path, spread: Spread) -> None:
    """Keep what is asked for beside the run. Raises RecordError."""
    assert spread.shard is not None
    job = ShardedJob(list(spread.words), str(Path.cwd()), spread.shard.of)
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
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help=say("Replace a run of that name, its report and all files beside it."),
        ),
    ] = False,
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
