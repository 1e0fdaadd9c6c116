"""``pathgui evaluate --dry-run``: what an evaluation will cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from rich.table import Table

from pathgui.cli.references import print_measurable
from pathgui.cli.terminal import Watch, out, print_json, tell
from pathgui.core.language.texts import say
from pathgui.core.measurement.measurable import measurable
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.runs.criteria import criteria_ks

if TYPE_CHECKING:
    from pathgui.core.cost.estimate import Cost
    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.reference.reference_set import ReferenceSet
    from pathgui.core.runs.request import EvaluationRequest, Opened


def print_cost(
    request: EvaluationRequest, at_hand: Opened, store: EmbeddingStore, rates: Rates, json: bool
) -> None:
    """Tiles, time and disk of each encoder, in the order they would run, and what follows."""
    from pathgui.core.cost.words import cost_sentence
    from pathgui.core.evaluation.dry_run import evaluation_cost

    with Watch(quiet=json) as watch:
        cost = evaluation_cost(request, at_hand=at_hand, store=store, rates=rates, report=watch)
    reference = at_hand.reference
    found = measurable(
        reference.labels, edge_um=reference.info.edge_um, single_cells=request.settings.single_cells
    )
    if json:
        print_json(msgspec.to_builtins(cost) | {"measurable": found})
        return
    print_measurable(found)
    _print_table(request, cost)
    tell(cost_sentence(cost))


def print_cohort_cost(
    request: EvaluationRequest,
    reference: ReferenceSet,
    store: EmbeddingStore,
    rates: Rates,
    json: bool,
) -> None:
    """The same for all slides of a cohort, from some that are looked at."""
    from pathgui.core.cost.words import slides_sentence
    from pathgui.core.evaluation.cohort_dry_run import cohort_cost
    from pathgui.core.reference.role_columns import in_roles

    settings = request.settings
    reference = in_roles(reference, settings.center_columns, settings.tissue_column)
    with Watch(quiet=json) as watch:
        found = cohort_cost(request, reference, store=store, rates=rates, report=watch)
    if json:
        print_json(msgspec.to_builtins(found))
        return
    _print_table(request, found.cost)
    tell(slides_sentence(found.cost, found.slides, found.looked_at, found.missing))


def _print_table(request: EvaluationRequest, cost: Cost) -> None:
    from pathgui.core.cost.words import cost_rows, step_rows

    table = Table(title=say("In this order"), title_justify="left")
    table.add_column(say("Encoder"))
    table.add_column(say("Tiles"), justify="right")
    table.add_column(say("Time"))
    table.add_column(say("Disk"), justify="right")
    table.add_column(say("Known from"))
    titles = {spec.name: spec.title for spec in request.specs}
    for row in cost_rows(cost, titles):
        table.add_row(row.title, row.tiles, row.time, row.disk, row.basis)
    table.add_section()
    for row in step_rows(cost):
        table.add_row(row.title, row.tiles, row.time, row.disk, row.basis)
    out.print(table)
    asked = asked_k(request.settings.k, criteria_ks(request.criteria), request.k_origin)
    tell(asked.plan)
