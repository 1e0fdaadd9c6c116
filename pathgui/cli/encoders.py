"""``pathgui encoders``: what there is, what is ready, what is missing and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from pathgui.cli.terminal import out, print_json
from pathgui.core.encoders import EncoderSpec, encoders


def list_encoders(
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """List the encoders: which are ready, and what the others lack."""
    specs = encoders()
    if json:
        print_json([_facts(spec) for spec in specs])
        return
    table = Table()
    for title in ("Name", "Encoder", "State", "Numbers", "µm/px", "Licence"):
        table.add_column(
            title,
            justify="right" if title in ("Numbers", "µm/px") else "left",
            no_wrap=title == "Name",  # it is what --encoder takes, so never cut
        )
    for spec in specs:
        state = spec.readiness()
        table.add_row(
            spec.name,
            spec.title,
            "ready" if state.ready else "missing",
            str(spec.dim),
            f"{spec.tile.mpp:g}",
            spec.licence,
        )
    out.print(table)
    for spec in specs:
        state = spec.readiness()
        if not state.ready:
            out.print(f"{spec.name}: {state.detail}", soft_wrap=True, markup=False)


def _facts(spec: EncoderSpec) -> dict[str, Any]:
    state = spec.readiness()
    return {
        "name": spec.name,
        "title": spec.title,
        "ready": state.ready,
        "detail": state.detail,
        "dim": spec.dim,
        "tile_px": spec.tile.size_px,
        "tile_mpp": spec.tile.mpp,
        "params_m": spec.params_m,
        "pooling": spec.pooling,
        "transform": spec.transform,
        "licence": spec.licence,
        "source": spec.source,
        "weights_sha256": state.weights_sha256,
    }
