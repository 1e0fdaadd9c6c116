"""Does the program work on this machine as it should? Everything is tried that can be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pathgui
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import in_english, say
from pathgui.core.phantom.known_effects import RANGES, known_effect
from pathgui.core.phantom.self_test import STEPS, self_test
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.runs.qualification import Checksum, KnownEffect, Qualification, Same, Step
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_places import reference_of_run
from pathgui.core.system.environment import environment
from pathgui.core.system.times import now
from pathgui.version import __version__


@in_english()
def qualified(
    run: Run, places: Sequence[Path], known: Registry, report: ProgressFn = ignore_progress
) -> Qualification:
    """Run the self-test, look for center effects of known size, and compare checksums.

    Parameters
    ----------
    places
        Reference sets, or folders that hold them: where the set of the run is looked for.
    known
        The encoders whose weights are compared with those of the run.

    Raises
    ------
    Cancelled
        If ``report`` raised it.
    """
    stage, total = say("Trying the program"), len(STEPS) + len(RANGES) + 1

    def at(done: int) -> None:
        report(Progress(stage, done, total))

    at(0)
    steps: list[Step] = []
    for what, detail, error in self_test():
        found = detail if error is None else f"{type(error).__name__}: {error}"
        steps.append(Step(what, error is None, found))
        at(len(steps))
    effects: list[KnownEffect] = []
    for effect in RANGES:
        effects.append(known_effect(effect))
        at(len(STEPS) + len(effects))
    digest, files = program_sha256()
    return Qualification(
        run_id=run.id,
        at=now(),
        pathgui=__version__,
        program_sha256=digest,
        program_files=files,
        environment=environment(),
        steps=steps,
        phantom=effects,
        checksums=list(_checksums(run, list(places), known)),
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
