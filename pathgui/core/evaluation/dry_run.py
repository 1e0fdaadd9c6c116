"""What an evaluation will cost: its tiles are found, and nothing is embedded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pathgui.core.cost.estimate import Cost, estimate
from pathgui.core.cost.rates import Rates
from pathgui.core.cost.step_cost import Step, StepCost, map_rule, measure_rule
from pathgui.core.embedding.embed import side_by_side
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.embedding.tile_feed import TileSource
from pathgui.core.encoders import EncoderSpec, chosen_encoders
from pathgui.core.evaluation.encoder_work import precision_of
from pathgui.core.evaluation.slide_plan import plan_slide
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.progress import ProgressFn, TilePlan, ignore_progress
from pathgui.core.reference.reference_set import ReferenceTiles
from pathgui.core.runs.criteria import criteria_ks
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.system.devices import resolve_devices


def evaluation_cost(
    request: EvaluationRequest,
    *,
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
    settings = request.settings
    asked_k(settings.k, criteria_ks(request.criteria), request.k_origin)
    devices = resolve_devices(settings.device)
    specs = chosen_encoders(request.encoders)
    imports = MatchedImports.read(specs, report)
    reference = ReferenceTiles(request.reference)
    sources: list[TileSource] = [reference]
    plan = None

    def quietly(event: object) -> None:
        if not isinstance(event, TilePlan):  # nothing will be answered
            report(event)  # type: ignore[arg-type]

    if request.slide is not None:
        plan = plan_slide(request, request.slide, imports, quietly)
        sources.append(plan.tiles)
    store = imports.bind(request.reference, None if plan is None else plan.tiles, store)
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
    by_name = {each.name: each for each in cost.encoders}
    spec_of = {spec.name: spec for spec in specs}
    known = [spec_of[each.name] for each in cost.encoders]
    n_slide = 0 if plan is None else len(plan.grid)
    running = [spec_of[each.name] for each in cost.encoders if each.seconds is not None]
    groups = side_by_side(reference, known, [device.name for device in devices])
    return replace(
        cost,
        encoders=tuple(by_name[spec.name] for group in groups for spec in group),
        tiles_reference=len(reference),
        tiles_slide=n_slide,
        steps=_steps(request, running, n_slide, devices[0].title, rates),
    )


def _steps(
    request: EvaluationRequest,
    specs: Sequence[EncoderSpec],
    n_slide: int,
    device: str,
    rates: Rates | None,
) -> tuple[StepCost, ...]:
    """What measuring with these encoders will cost, and their maps where they are wanted."""
    n = len(request.reference)
    rules: dict[Step, dict[str, float]] = {
        "measure": {
            spec.name: measure_rule(n, spec.dim, request.settings.shortcut) for spec in specs
        }
    }
    if request.settings.maps:
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
