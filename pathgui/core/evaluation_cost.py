"""What an evaluation will cost: its tiles are found, and nothing is embedded."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.cost import Cost, Rates, estimate
from pathgui.core.devices import resolve_devices
from pathgui.core.embedding import side_by_side
from pathgui.core.encoder_work import precision_of
from pathgui.core.encoders import encoder
from pathgui.core.imports import MatchedImports
from pathgui.core.progress import ProgressFn, TilePlan, ignore_progress
from pathgui.core.reference import ReferenceTiles
from pathgui.core.request import EvaluationRequest
from pathgui.core.slide_plan import plan_slide
from pathgui.core.store import EmbeddingStore
from pathgui.core.tile_feed import TileSource


def evaluation_cost(
    request: EvaluationRequest,
    *,
    store: EmbeddingStore | None = None,
    rates: Rates | None = None,
    warm_up: bool = True,
    report: ProgressFn = ignore_progress,
) -> Cost:
    """What :func:`~pathgui.core.evaluation.evaluate` would cost; see :func:`~.cost.estimate`.

    The encoders come in the order in which they would run. Raises what ``evaluate`` raises for a
    request that cannot be carried out at all.
    """
    devices = resolve_devices(request.device)
    specs = [encoder(name) for name in dict.fromkeys(request.encoders)]
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
            spec.name: precision_of(spec, request.precision, devices[0].name) for spec in specs
        },
        preparation=request.preparation,
        store=store,
        rates=rates,
        warm_up=warm_up,
        rows=[None, None if plan is None else plan.rows][: len(sources)],
        report=report,
    )
    by_name = {each.name: each for each in cost.encoders}
    spec_of = {spec.name: spec for spec in specs}
    known = [spec_of[each.name] for each in cost.encoders]
    groups = side_by_side(reference, known, [device.name for device in devices])
    return replace(
        cost,
        encoders=tuple(by_name[spec.name] for group in groups for spec in group),
        tiles_reference=len(reference),
        tiles_slide=0 if plan is None else len(plan.grid),
    )
