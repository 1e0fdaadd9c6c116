"""A look at a cohort before hours are spent on it: what would fail, what it needs, what to mend.

Slides are opened and cut into tiles by the function that evaluating opens them with, and rows are
checked by that of ``pathgui cohort check``, so what is said here is what will happen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from pathgui.core.cohort.check import Fault, check_cohort, faults_of, states_of
from pathgui.core.cohort.opened import REGIONS_FOLDER, OpenCohort
from pathgui.core.cohort.slide_facts import SlideFacts, facts_from, facts_of
from pathgui.core.cost.estimate import Cost, EncoderCost, estimate
from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import first_few, plural
from pathgui.core.evaluation.cohort_slides import roles_of
from pathgui.core.evaluation.encoder_work import precision_of
from pathgui.core.evaluation.many_slides import require_request
from pathgui.core.evaluation.preflight_machine import (
    cost_of_reference,
    look_at_begun,
    look_at_devices,
    look_at_encoders,
    look_at_folders,
    look_at_versions,
)
from pathgui.core.evaluation.slide_ahead import kind_of, open_slide_of, words_of
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import say
from pathgui.core.measurement.measurable import measurable
from pathgui.core.progress import Cancelled, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.request import AskedSlide, EvaluationRequest
from pathgui.core.runs.shards import Shard, rows_of_shard
from pathgui.core.system.background import BEAT_SECONDS, Outcome, Workers
from pathgui.core.system.devices import Device, usable_cores
from pathgui.core.system.finding import Finding, any_bad

MOST_AT_ONCE = 4  # slides: more wait for one disk


@dataclass(frozen=True)
class SlideSeen:
    """What came of looking at one slide. ``row`` counts slides from 1."""

    row: int
    slide_id: str
    state: Literal["good", "bad"]
    reason: str = ""  # why it cannot be evaluated
    failure: Literal["", "no_tissue", "other"] = ""
    tiles: int = 0  # that would be evaluated
    left_out: int = 0  # reference tiles of this slide or its patient
    seconds: float = 0.0


@dataclass(frozen=True)
class Preflight:
    """All that was found. ``slides``: those of the shard, or all; ``cost``: None if not known."""

    findings: tuple[Finding, ...]
    slides: tuple[SlideSeen, ...] = ()
    cost: Cost | None = None

    @property
    def good(self) -> bool:
        """Whether nothing stands in the way."""
        return not any_bad(self.findings)


def check_table(opened: OpenCohort, report: ProgressFn = ignore_progress) -> Preflight:
    """What a cohort itself lacks, where no reference set is named yet; every slide is opened."""
    faults = check_cohort(opened, report).faults
    n = len(opened.cohort.slides)
    return Preflight((*look_at_versions(), *_of_table(n, n, faults, {}, "")))


def preflight(
    opened: OpenCohort,
    request: EvaluationRequest,
    *,
    reference: ReferenceSet | None = None,
    shard: Shard | None = None,
    target: Path | None = None,
    store: EmbeddingStore | None = None,
    rates: Rates | None = None,
    report: ProgressFn = ignore_progress,
) -> Preflight:
    """Look at all that evaluating the slides of a cohort needs; nothing of them is embedded.

    Parameters
    ----------
    request
        With all slides of ``opened``, in its order.
    shard
        Only its slides are opened.
    target
        Where the run is to go; None: nobody knows yet.

    Raises
    ------
    EncoderError, CohortError, CriteriaError, ReferenceSetError, ScaleError
        If the request cannot be carried out at all, whatever its slides are.
    Cancelled
        If ``report`` raised it.
    """
    request, known = require_request(request, reference)
    devices, of_devices = look_at_devices(request.settings.device)
    imports = MatchedImports.read(request.specs, report)
    findings = [*look_at_versions(), *of_devices, *_of_reference(known, request)]
    findings += look_at_encoders(request, known, devices, imports, report)
    findings += look_at_begun(request, known, target, devices)
    cost = None
    if devices:
        cost = cost_of_reference(request, known, store, rates, report)
    every = range(len(request.slides))
    rows = every if shard is None else rows_of_shard(request.slides, shard)
    look = _Look(request, known, imports, devices, store, rates)
    seen, facts = look.at_all(rows, report)
    faults = _faults(opened, request, facts)
    if shard is not None:
        own = {row + 1 for row in rows}
        faults = [fault for fault in faults if not fault.row or fault.row in own]
    for fault in faults:  # such as twins, which open well
        if fault.stops and (lost := seen.get(fault.row - 1)) is not None and lost.state == "good":
            seen[fault.row - 1] = replace(lost, state="bad", reason=fault.why, failure="other")
            look.forget(fault.row - 1)
    findings += _of_table(len(rows), len(request.slides), faults, seen, _shard_words(shard))
    findings += _of_labels(known, [request.slides[row] for row in rows], list(seen.values()))
    if cost is not None:
        cost = look.added_to(cost, seen)
    good = sum(each.state == "good" for each in seen.values())
    findings += look_at_folders(store, target, cost, good, len(request.specs), report)
    return Preflight(tuple(findings), tuple(seen.values()), cost)


def _shard_words(shard: Shard | None) -> str:
    return "" if shard is None else say(" of shard {shard}", shard=shard)


class _Look:
    """Opens slides, several at once, and counts their tiles and what of them is embedded."""

    def __init__(
        self,
        request: EvaluationRequest,
        reference: ReferenceSet,
        imports: MatchedImports,
        devices: Sequence[Device],
        store: EmbeddingStore | None,
        rates: Rates | None,
    ) -> None:
        self._request = request
        self._reference = reference
        self._imports = imports
        self._devices = devices
        self._store = store
        self._rates = rates
        self._costs: dict[int, Sequence[EncoderCost]] = {}  # by row

    def at_all(
        self, rows: Sequence[int], report: ProgressFn
    ) -> tuple[dict[int, SlideSeen], dict[int, SlideFacts]]:
        """What came of each row, and the facts of its file, both by row from 0."""
        seen: dict[int, SlideSeen] = {}
        facts: dict[int, SlideFacts] = {}
        with Workers(max(1, min(usable_cores(), MOST_AT_ONCE, len(rows))), "preflight") as workers:
            outcomes: dict[int, Outcome[tuple[SlideSeen, SlideFacts | None, list[EncoderCost]]]]
            outcomes = {
                row: workers.submit(partial(self._one, row, lambda _: workers.check()))
                for row in rows
            }
            for number, (row, outcome) in enumerate(outcomes.items()):
                here = Progress(say("Looking at slides"), number, len(rows), part=Part.READING)
                report(here)
                while not outcome.wait(BEAT_SECONDS):
                    report(here)
                seen[row], found, self._costs[row] = outcome.result()
                if found is not None:
                    facts[row] = found
        report(Progress(say("Looking at slides"), len(rows), len(rows), part=Part.READING))
        return seen, facts

    def _one(
        self, row: int, beat: ProgressFn
    ) -> tuple[SlideSeen, SlideFacts | None, list[EncoderCost]]:
        asked, began = self._request.slides[row], time.perf_counter()
        path = None if asked.file is None else asked.file.path
        try:
            ready = open_slide_of(self._request, asked, self._reference, self._imports, beat)
        except Cancelled:
            raise
        except Exception as error:  # noqa: BLE001 - as evaluating it would end
            kind = kind_of(error)
            seen = SlideSeen(row + 1, asked.slide_id, "bad", words_of(error), kind)
            return seen, None if path is None else facts_of(path, beat), []
        try:
            plan = ready.plan
            costs: list[EncoderCost] = []
            if self._devices:
                device, settings = self._devices[0], self._request.settings
                costs += estimate(
                    [plan.tiles],
                    self._request.specs,
                    device=device,
                    precision={
                        spec.name: precision_of(spec, settings.precision, device.name)
                        for spec in self._request.specs
                    },
                    preparation=settings.preparation,
                    store=ready.imports.bind(self._reference, plan.tiles, self._store),
                    rates=self._rates,
                    warm_up=False,
                    rows=[plan.rows],
                ).encoders
            assert path is not None  # it is open
            seen = SlideSeen(
                row + 1,
                asked.slide_id,
                "good",
                tiles=len(plan.grid),
                left_out=int(plan.own.rows.sum()),
                seconds=round(time.perf_counter() - began, 3),
            )
            return seen, facts_from(path, plan.slide), costs
        finally:
            ready.close()

    def forget(self, row: int) -> None:
        """Count nothing for a slide that will not be evaluated."""
        self._costs.pop(row, None)

    def added_to(self, reference: Cost, seen: Mapping[int, SlideSeen]) -> Cost:
        """The cost of the reference set and of all slides together."""
        of_slides: dict[str, list[EncoderCost]] = {each.name: [] for each in reference.encoders}
        for costs in self._costs.values():
            for cost in costs:
                of_slides[cost.name].append(cost)
        encoders = tuple(_sum([each, *of_slides[each.name]]) for each in reference.encoders)
        tiles = sum(each.tiles for each in seen.values() if each.state == "good")
        return replace(reference, encoders=encoders, tiles_slide=tiles)


def _sum(costs: Sequence[EncoderCost]) -> EncoderCost:
    known = [each.seconds for each in costs if each.seconds is not None]
    return replace(
        costs[0],
        tiles=sum(each.tiles for each in costs),
        stored=sum(each.stored for each in costs),
        seconds=sum(known) if len(known) == len(costs) else None,
        disk_bytes=sum(each.disk_bytes for each in costs),
        basis=next((each.basis for each in costs if each.basis != "stored"), "stored"),
        reason=next((each.reason for each in costs if each.seconds is None), ""),
    )


def _faults(
    opened: OpenCohort, request: EvaluationRequest, facts: Mapping[int, SlideFacts]
) -> list[Fault]:
    slides, roles = opened.cohort.slides, roles_of(opened, request.settings)
    regions = opened.folder / REGIONS_FOLDER
    return list(
        faults_of(slides, roles, states_of(slides, opened.files(), facts, regions), regions)
    )


def _of_reference(reference: ReferenceSet, request: EvaluationRequest) -> Iterator[Finding]:
    can = measurable(
        reference.labels,
        edge_um=reference.info.edge_um,
        single_cells=request.settings.single_cells,
    )
    what = say("reference set")
    if can.obstacle is not None:
        yield Finding(what, "bad", can.obstacle.text)
        return
    yield Finding(
        what,
        "good",
        say(
            "{name}: {tiles} of {centers} and {tissues}",
            name=reference.info.name,
            tiles=plural(len(reference), "tile"),
            centers=plural(len(reference.centers), "center"),
            tissues=plural(len(reference.tissues), "tissue"),
        ),
    )


def _of_table(
    n: int, of: int, faults: Sequence[Fault], seen: Mapping[int, SlideSeen], which: str
) -> Iterator[Finding]:
    """What stops slides, in groups of a kind; then what is to be known of rows."""
    stopped: dict[str, dict[int, Fault]] = {}
    lost: set[int] = set()
    for fault in faults:
        if fault.stops and fault.row not in lost:
            lost.add(fault.row)
            stopped.setdefault(fault.lacks, {})[fault.row] = fault
    for each in seen.values():
        if each.state == "bad" and each.row not in lost:
            lost.add(each.row)
            lacks = say("tissue") if each.failure == "no_tissue" else say("other reasons")
            fault = Fault(each.row, each.slide_id, lacks, each.reason.rstrip("."), stops=True)
            stopped.setdefault(lacks, {})[each.row] = fault
    tiles = sum(each.tiles for each in seen.values() if each.state == "good")
    said = say("{good:,} of {slides}{which} can be evaluated", good=n - len(lost),
               slides=plural(n, "slide"), which=which)  # fmt: skip
    if seen:
        said = say("{said}, with {tiles}", said=said, tiles=plural(tiles, "tile"))
    if n < of:
        said = say("{said}; the cohort has {of:,}", said=said, of=of)
    yield Finding(say("slides"), "bad" if lost else "good", said)
    for lacks, rows in stopped.items():
        yield Finding(
            lacks,
            "bad",
            say("{slides} cannot be evaluated", slides=plural(len(rows), "slide")),
            cases=tuple(str(each) for _, each in sorted(rows.items())),
        )
    told: dict[str, list[Fault]] = {}
    for fault in faults:
        if fault.row not in lost or not fault.row:
            told.setdefault(fault.lacks, []).append(fault)
    for lacks, some in told.items():
        yield Finding(
            lacks, "note", say("{rows} to look at", rows=plural(len(some), "row")),
            cases=tuple(map(str, some)),
        )  # fmt: skip


def _of_labels(
    reference: ReferenceSet, slides: Sequence[AskedSlide], seen: Sequence[SlideSeen]
) -> Iterator[Finding]:
    """What leaks from the set into slides, and what of them the set does not know."""
    nameless = [slide.slide_id for slide in slides if not slide.patient]
    if nameless:
        yield Finding(
            say("patients"),
            "note",
            say(
                "{slides} of no known patient: that the set holds tiles of the same patient is "
                "then told by names and contents of slides alone",
                slides=plural(len(nameless), "slide"),
            ),
            cases=tuple(nameless),
        )
    own = [each for each in seen if each.left_out]
    if own:
        yield Finding(
            say("tiles of their own"),
            "note",
            say(
                "{slides} are in the reference set, or their patients are; these reference tiles "
                "are left out when they are judged",
                slides=plural(len(own), "slide"),
            ),
            cases=tuple(
                say("row {row} ({slide_id}): {tiles}", row=each.row, slide_id=each.slide_id,
                    tiles=plural(each.left_out, "reference tile"))
                for each in own
            ),
        )  # fmt: skip
    new = dict.fromkeys(s.center for s in slides if s.center and s.center not in reference.centers)
    if new:
        noun = reference.columns.of_center
        yield Finding(
            noun.many,
            "note",
            say(
                "the reference set does not have {names}; none of their slides' neighbors can "
                "share their {noun}",
                names=first_few([*new], 6),
                noun=noun.one,
            ),
        )
