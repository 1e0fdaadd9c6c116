"""``pathgui qualify``: does the program work on this machine as it should? Kept beside a run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

import pathgui
from pathgui.cli.arguments import known_encoders
from pathgui.cli.runs import EXIT_CRITERIA
from pathgui.cli.terminal import Watch, out, print_json, tell
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import in_english, say
from pathgui.core.progress import ProgressFn
from pathgui.core.results.formatting import NOT_ASSESSABLE, number
from pathgui.core.runs.qualification import (
    Checksum,
    Qualification,
    Same,
    Step,
    keep_qualification,
)
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import load_run
from pathgui.core.runs.run_places import reference_of_run
from pathgui.core.system.environment import environment
from pathgui.core.system.times import now
from pathgui.version import __version__

_PASSED = {True: say("passed"), False: say("failed")}
_NOW: dict[Same, str] = {
    "same": say("the same"),
    "other": say("another"),
    "not found": say("not found here"),
}


def qualify_command(
    context: typer.Context,
    run: Annotated[Path, typer.Argument(help=say("A finished run (NAME.pgrun)."))],
    reference: Annotated[
        Path | None,
        typer.Option(
            help=say("The reference set of the run (NAME.pgref), if it does not lie near it.")
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Try whether the program works here as it should, and keep what is found beside a run.

    A self-test is run, a center effect of known size is sought in drawn tissue, and checksums of
    program, weights and reference set are compared. The report of the run has a section on it.
    The exit code is 3 if anything fails or differs.
    """
    record = load_run(run)
    places = [path for path in (reference, run.absolute().parent, Path.cwd()) if path is not None]
    with Watch(quiet=json) as watch:
        found = qualified(record, places, known_encoders(context), watch)
    keep_qualification(found, run)
    print_json(found) if json else _print(found, run)
    if not found.passed:
        raise typer.Exit(EXIT_CRITERIA)


@in_english()
def qualified(run: Run, places: list[Path], known: Registry, report: ProgressFn) -> Qualification:
    """Try everything; ``places`` are reference sets, or folders that hold them."""
    from pathgui.cli.self_test import self_test
    from pathgui.core.phantom.known_effects import known_effects

    digest, files = program_sha256()
    return Qualification(
        run_id=run.id,
        at=now(),
        pathgui=__version__,
        program_sha256=digest,
        program_files=files,
        environment=environment(),
        steps=[
            Step(
                what, error is None, detail if error is None else f"{type(error).__name__}: {error}"
            )
            for what, detail, error in self_test()
        ],
        phantom=list(known_effects(report=report)),
        checksums=list(_checksums(run, places, known)),
    )


def program_sha256() -> tuple[str, int]:
    """Of all modules of the program by name and content, and how many there are."""
    root = Path(pathgui.__file__).parent
    modules = sorted(root.rglob("*.py"))
    whole = hashlib.sha256()
    for path in modules:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return whole.hexdigest(), len(modules)


def _checksums(run: Run, places: list[Path], known: Registry) -> Iterator[Checksum]:
    there = reference_of_run(run.reference.sha256, places, filter(Path.is_dir, places))
    yield Checksum(
        f"Reference set {run.reference.name}",
        run.reference.sha256,
        "not found" if there is None else "same",
    )
    for result in run.encoders:
        facts = result.encoder
        yield Checksum(
            facts.title, facts.weights_sha256, _weights(facts.name, facts.weights_sha256, known)
        )


def _weights(name: str, sha256: str, known: Registry) -> Same:
    try:
        found = known.encoder(name).readiness()
    except EncoderError:
        return "not found"
    if not found.ready:
        return "not found"
    return "same" if found.weights_sha256 == sha256 else "other"


def _print(found: Qualification, run: Path) -> None:
    table = Table(title=say("Qualification of the program"), title_justify="left")
    for title in (say("What"), say("Found"), say("Outcome")):
        table.add_column(title, overflow="fold")
    for step in found.steps:
        table.add_row(step.what, step.found, _PASSED[step.passed])
    for each in found.phantom:
        index = NOT_ASSESSABLE if each.index is None else number(each.index, 3)
        expected = say(
            "index {index}, expected {low} to {high}",
            index=index, low=number(each.low), high=number(each.high),
        )  # fmt: skip
        what = say("phantom, center effect {effect}", effect=number(each.effect, 1))
        table.add_row(what, expected, _PASSED[each.passed])
    for one in found.checksums:
        table.add_row(one.what, one.sha256[:12], _NOW[one.now])
    out.print(table)
    tell(say("Program (SHA-256): {sha256}", sha256=found.program_sha256))
    tell(say("Kept beside the run. Report: pathgui report {run}", run=run))
