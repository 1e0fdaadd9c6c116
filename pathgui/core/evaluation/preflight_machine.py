"""Whether a machine can do its part of a run over many slides: encoders, devices, folders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from pathgui.core.cost.estimate import TRIED_TILES, Cost
from pathgui.core.cost.rates import Rates
from pathgui.core.cost.words import size_in_words
from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.errors import DeviceError, PathguiError, plural
from pathgui.core.evaluation.dry_run import evaluation_cost
from pathgui.core.evaluation.encoder_work import precision_of
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import Event, Part, Progress, ProgressFn, TilePlan
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.request import EvaluationRequest, Opened
from pathgui.core.runs.run_files import RUN_FILE, load_run
from pathgui.core.runs.same_request import differences
from pathgui.core.runs.shards import changed_versions
from pathgui.core.runs.unfinished import unfinished_folder
from pathgui.core.system.devices import Device, resolve_devices, title_of
from pathgui.core.system.environment import environment
from pathgui.core.system.finding import Finding
from pathgui.core.system.room import answered, disk_of, free_bytes

# Of a run on disk: what a tile takes with each encoder, and the pictures of a slide. Measured on a
# slide of 2,806 tiles: 94 bytes, and 1.5 MB where pictures hardly compress.
RUN_BYTES_OF_TILE = 120
RUN_BYTES_OF_SLIDE = 1_500_000
_SPARE = 1.1  # of what is needed


def look_at_versions() -> Iterator[Finding]:
    """What is installed, and what is not."""
    facts = environment()
    missing = [what for what, version in facts.items() if version == say("not installed")]
    if missing:
        yield Finding(
            say("versions"),
            "bad",
            say("not installed: {missing}", missing=", ".join(missing)),
            say("python3 installer/bootstrap.py install"),
        )
    else:
        yield Finding(
            say("versions"),
            "good",
            say(
                "pathgui {pathgui}, Python {python}, torch {torch}",
                pathgui=facts["pathgui"],
                python=facts["Python"],
                torch=facts["torch"],
            ),
        )


def look_at_devices(wanted: str) -> tuple[Sequence[Device], list[Finding]]:
    """The devices that would share the work; none where what was asked for is not there."""
    try:
        devices = resolve_devices(wanted)
    except DeviceError as error:
        return (), [Finding(say("device"), "bad", str(error))]
    found = []
    for device in devices:
        cpu = device.kind == "cpu" and wanted == "auto"
        why = retold(device.reason) if cpu else ""
        title = say("{title}; no GPU is used", title=device.title) if cpu else device.title
        found.append(Finding(say("device"), "note" if cpu else "good", title, why))
    return devices, found


def look_at_encoders(
    request: EvaluationRequest,
    reference: ReferenceSet,
    devices: Sequence[Device],
    imports: MatchedImports,
    report: ProgressFn,
) -> list[Finding]:
    """Load each encoder on each device, and let some reference tiles go through it."""
    found = []
    imports.bind(reference, None, None)
    for number, spec in enumerate(request.specs):
        here = Progress(say("Trying encoders"), number, len(request.specs), part=Part.READING)
        report(here)
        fault = ""
        for device in devices:
            fault = fault or _fault_of(request, reference, spec, device, imports, report, here)
        state, detail = spec.readiness(), say("loaded, and embeds tiles of the set")
        if spec.embeddings:
            detail = say("imported; its embeddings are those of the set")
        found.append(
            Finding(
                spec.title,
                "bad" if fault or not state.ready else "good",
                fault or (detail if state.ready else say("missing")),
                "" if state.ready else state.detail,
            )
        )
    return found


def _fault_of(
    request: EvaluationRequest,
    reference: ReferenceSet,
    spec: EncoderSpec,
    device: Device,
    imports: MatchedImports,
    report: ProgressFn,
    here: Progress,
) -> str:
    """Why an encoder cannot take part; "" if it can, or is not there at all."""
    try:
        imports.check(spec.name)
        if spec.embeddings or not spec.readiness().ready:
            return ""
        embed(
            ReferenceTiles(reference),
            spec,
            device=device.name,
            precision=precision_of(spec, request.settings.precision, device.name),
            preparation=request.settings.preparation,
            rows=np.arange(min(TRIED_TILES, len(reference)), dtype=np.intp),
            report=lambda _: report(here),
        )
    except PathguiError as error:
        return str(error)
    return ""


def cost_of_reference(
    request: EvaluationRequest,
    reference: ReferenceSet,
    store: EmbeddingStore | None,
    rates: Rates | None,
    report: ProgressFn,
) -> Cost:
    """What the reference set alone will cost, and with it how fast the encoders are here."""
    alone = replace(request, cohort=None, slides=())

    def hear(event: Event) -> None:
        if not isinstance(event, TilePlan):
            report(event)

    return evaluation_cost(alone, at_hand=Opened(reference), store=store, rates=rates, report=hear)


def look_at_folders(
    store: EmbeddingStore | None,
    target: Path | None,
    cost: Cost | None,
    slides: int,
    encoders: int,
    report: ProgressFn,
) -> Iterator[Finding]:
    """Whether the store and the folder of the run can be written to, and hold what will come.

    ``cost`` is of the reference set and ``slides`` slides.
    """
    needed: dict[Path, tuple[str, int]] = {}
    embeddings = 0 if cost is None else cost.disk_bytes
    tiles = 0 if cost is None else cost.tiles_slide + cost.tiles_reference
    if store is not None:
        needed[store.folder / "new"] = say("store of embeddings"), embeddings
    if target is not None:
        size = tiles * encoders * RUN_BYTES_OF_TILE + slides * RUN_BYTES_OF_SLIDE
        needed[target] = say("folder of the run"), size
    looking = Progress(say("Looking at folders"), 0, 1, part=Part.READING)
    on_disk: dict[int, int] = {}
    for path, (what, size) in needed.items():
        try:
            free = answered(partial(free_bytes, path), lambda: report(looking))
            disk = disk_of(path)
        except TimeoutError:
            yield Finding(
                what,
                "bad",
                say("{folder} does not answer", folder=path.parent),
                say("Mend the disk or its network, or choose another folder."),
            )
            continue
        except OSError as error:
            yield Finding(
                what,
                "bad",
                f"{path.parent}: {error.strerror or error}",
                say("Make it writable, or choose another folder."),
            )
            continue
        on_disk[disk] = on_disk.get(disk, 0) + size
        short = on_disk[disk] * _SPARE > free
        yield Finding(
            what,
            "bad" if short else "good",
            say(
                "{folder}: {free} free, needed: {needed}",
                folder=path.parent.absolute(),
                free=size_in_words(free),
                needed=size_in_words(on_disk[disk]),
            ),
            say("Make room, or choose another disk.") if short else "",
        )
    if store is not None and embeddings > store.limit_bytes:
        yield Finding(
            say("limit of the store"),
            "note",
            say(
                "the embeddings take about {needed}, and the store keeps {limit}; the least "
                "recently used go, and a repeated run embeds them again",
                needed=size_in_words(embeddings),
                limit=size_in_words(store.limit_bytes),
            ),
            say("Raise store_limit_gb in the settings."),
        )


def look_at_begun(
    request: EvaluationRequest,
    reference: ReferenceSet,
    target: Path | None,
    devices: Sequence[Device],
) -> Iterator[Finding]:
    """Whether what was begun for ``target`` is of this request, and of this kind of machine."""
    folder = None if target is None else unfinished_folder(target)
    if folder is None or not (folder / RUN_FILE).exists():
        return
    what = say("run that was begun")
    try:
        begun = load_run(folder)
    except PathguiError as error:
        yield Finding(what, "bad", str(error))
        return
    names = CohortNames(request, reference)
    found = differences(
        begun, request, names, reference_sha256=reference.info.tiles_sha256, device=None
    )
    if found:
        yield Finding(
            what,
            "bad",
            say("{name} was begun by another request", name=folder.name),
            say("Ask for the same again to go on, or choose another name."),
            tuple(found),
        )
        return
    over = sum(slide.state != "waiting" for slide in begun.slides)
    changed = changed_versions(begun, environment())
    if devices and begun.settings.device != title_of(devices):
        changed.append(
            say(
                "it began on {device}, and this is {here}",
                device=begun.settings.device,
                here=title_of(devices),
            )
        )
    yield Finding(
        what,
        "note" if changed else "good",
        say(
            "{folder}: {over:,} of {slides} are over",
            folder=folder,
            over=over,
            slides=plural(len(begun.slides), "slide"),
        ),
        say("Last digits may be others; each shard says how far they agree.") if changed else "",
        tuple(changed),
    )
