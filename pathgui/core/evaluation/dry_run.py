"""What an evaluation will cost: its tiles are found, and nothing is embedded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pathgui.core.cost.estimate import Cost, EncoderCost, disk_of_tile, estimate
from pathgui.core.cost.rates import Rates
from pathgui.core.cost.step_cost import Step, StepCost, map_rule, measure_rule
from pathgui.core.embedding.embed import side_by_side
from pathgui.core.embedding.encoder_pass import input_px
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.tile_feed import TileSource
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.evaluation.correcting import chosen_recolorings, how_many
from pathgui.core.evaluation.encoder_work import precision_of
from pathgui.core.evaluation.recoloring import passes
from pathgui.core.evaluation.slide_plan import plan_slide
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.progress import ProgressFn, TilePlan, ignore_progress
from pathgui.core.reference.reference_set import ReferenceTiles
from pathgui.core.runs.criteria import criteria_ks
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.request import EvaluationRequest, Opened, opening
from pathgui.core.system.devices import Device, resolve_devices


def evaluation_cost(
    request: EvaluationRequest,
    *,
    at_hand: Opened | None = None,
    store: EmbeddingStore | None = None,
    rates: Rates | None = None,
    warm_up: bool = True,
    report: ProgressFn = ignore_progress,
) -> Cost:
    """What :func:`~pathgui.core.evaluation.evaluate.evaluate` would cost; see
    :func:`~.cost.estimate`.

    The encoders come in the order in which they would run. What measuring and maps will take is
    known from ``rates`` if they were made here before, and else from a rule of thumb. Comparing
    the encoders and saving are not counted. Raises what ``evaluate`` raises for a request that
    cannot be carried out at all.
    """
    with opening(request, at_hand, report) as opened:
        return _cost_of(request, opened, store, rates, warm_up, report)


def _cost_of(
    request: EvaluationRequest,
    opened: Opened,
    store: EmbeddingStore | None,
    rates: Rates | None,
    warm_up: bool,
    report: ProgressFn,
) -> Cost:
    settings = request.settings
    asked_k(settings.k, criteria_ks(request.criteria), request.k_origin)
    devices = resolve_devices(settings.device)
    specs = request.specs
    imports = MatchedImports.read(specs, report)
    reference = ReferenceTiles(opened.reference)
    sources: list[TileSource] = [reference]

    def quietly(event: object) -> None:
        if not isinstance(event, TilePlan):  # nothing will be answered
            report(event)  # type: ignore[arg-type]

    plan = plan_slide(request, opened, imports, quietly)
    if plan is not None:
        sources.append(plan.tiles)
    store = imports.bind(opened.reference, None if plan is None else plan.tiles, store)
    cost = estimate(
        sources,
        specs,
        device=devices[0],
        precision={
            spec.name: precision_of(spec, settings.precision, devices[0].name) for spec in specs
        },
        preparation=settings.preparation,
        store=store,
        rates=rates,
        warm_up=warm_up,
        rows=[None, None if plan is None else plan.rows][: len(sources)],
        report=report,
    )
    spec_of = {spec.name: spec for spec in specs}
    again = passes(chosen_recolorings(settings.corrections)) * len(reference)
    by_name = {each.name: each for each in cost.encoders}
    for name, each in by_name.items():
        by_name[name] = _and_again(
            each, spec_of[name], again, reference, devices[0], settings, rates
        )
    known = [spec_of[each.name] for each in cost.encoders]
    n_slide = 0 if plan is None else len(plan.grid)
    running = [spec_of[each.name] for each in cost.encoders if each.seconds is not None]
    groups = side_by_side(reference, known, [device.name for device in devices])
    return replace(
        cost,
        encoders=tuple(by_name[spec.name] for group in groups for spec in group),
        tiles_reference=len(reference),
        tiles_slide=n_slide,
        steps=_steps(request, running, len(reference), n_slide, devices[0].title, rates),
    )


def _and_again(
    cost: EncoderCost,
    spec: EncoderSpec,
    again: int,
    reference: ReferenceTiles,
    device: Device,
    settings: RunSettings,
    rates: Rates | None,
) -> EncoderCost:
    """With reference tiles that corrections of tiles embed again, as if none of them were kept."""
    if not again or spec.embeddings:
        return cost
    seconds, basis = None, cost.basis
    if cost.seconds is not None and cost.tiles:
        seconds = cost.seconds * (1 + again / cost.tiles)
    elif cost.seconds is not None and rates is not None:
        precision = precision_of(spec, settings.precision, device.name)
        rate = rates.rate(spec, input_px(spec, reference), device.title, precision)
        seconds, basis = None if rate is None else again / rate, "earlier run"
    return replace(
        cost,
        tiles=cost.tiles + again,
        seconds=seconds,
        disk_bytes=cost.disk_bytes + again * disk_of_tile(spec),
        basis="unknown" if seconds is None else basis,
        reason=cost.reason or say("it has not run on this machine yet"),
    )


def _steps(
    request: EvaluationRequest,
    specs: Sequence[EncoderSpec],
    n: int,
    n_slide: int,
    device: str,
    rates: Rates | None,
) -> tuple[StepCost, ...]:
    """What measuring with these encoders will cost, and their maps where they are wanted.

    ``n`` tiles of the reference set, ``n_slide`` of the slide.
    """
    settings, further = request.settings, max(0, len(request.settings.center_columns) - 1)
    rules: dict[Step, dict[str, float]] = {
        "measure": {
            spec.name: measure_rule(
                n, spec.dim, settings.shortcut, further, how_many(settings.corrections)
            )
            for spec in specs
        }
    }
    if settings.maps:
        rules["map"] = {spec.name: map_rule(n, n_slide, spec.dim) for spec in specs}
    steps = []
    for step, by_rule in rules.items():
        known = {
            name: None if rates is None else rates.seconds_of(step, device, seconds)
            for name, seconds in by_rule.items()
        }
        by_encoder = {
            name: by_rule[name] if seconds is None else seconds for name, seconds in known.items()
        }
        earlier = all(seconds is not None for seconds in known.values())
        steps.append(StepCost(step, by_encoder, "earlier run" if earlier else "rule of thumb"))
    return tuple(step for step in steps if step.seconds > 0)
