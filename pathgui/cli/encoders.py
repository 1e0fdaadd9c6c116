"""``pathgui encoders``: what there is, what is ready, what is missing and why."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from pathgui.cli.terminal import out, print_json
from pathgui.core.encoders import EncoderSpec, encoders, listed_encoders
from pathgui.core.encoders.registry import ListedEncoder, State


def list_encoders(
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    unavailable: Annotated[
        bool, typer.Option("--unavailable", help="Also list models that cannot run here.")
    ] = False,
) -> None:
    """List the encoders: which are ready, and what the others lack."""
    specs = sorted(encoders(), key=lambda spec: not spec.readiness().ready)
    listed = listed_encoders()
    if json:
        print_json([*map(_facts, specs), *map(_unavailable, listed)])
        return
    table = Table()
    for title in ("Name", "Encoder", "State", "Numbers", "µm/px", "Licence"):
        table.add_column(
            title,
            justify="right" if title in ("Numbers", "µm/px") else "left",
            no_wrap=title == "Name",  # it is what --encoder takes, so never cut
        )
    for spec in specs:
        table.add_row(
            spec.name,
            spec.title,
            _STATES[spec.readiness().state],
            str(spec.dim),
            f"{spec.tile.mpp:g}",
            spec.licence,
        )
    out.print(table)
    if unavailable:
        for entry in listed:
            out.print(f"{entry.title}: {entry.reason}", soft_wrap=True, markup=False)
    else:
        out.print(f"{len(listed)} more are known but cannot run here: see --unavailable.")
    out.print("Weights that you have: pathgui evaluate --weights NAME=FILE ...", markup=False)


_STATES: dict[State, str] = {
    "ready": "ready",
    "download": "weights can be downloaded",
    "sign-in": "needs sign-in",
    "terms": "needs accepted terms",
    "waiting": "waits for approval",
    "offline": "weights are not here (offline)",
    "file": "needs a weights file",
    "missing": "not installed",
}


def _facts(spec: EncoderSpec) -> dict[str, Any]:
    state = spec.readiness()
    return {
        "name": spec.name,
        "title": spec.title,
        "ready": state.ready,
        "state": state.state,
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


def _unavailable(entry: ListedEncoder) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "ready": False,
        "state": "unavailable",
        "detail": entry.reason,
        "licence": entry.licence,
    }
