"""``pathgui metrics``: every measurement, on embeddings made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.table import Table

from pathgui.cli.arguments import parse_k
from pathgui.cli.terminal import Watch, out, print_json
from pathgui.core.measurement import NotAssessable, ReferenceMeasurement
from pathgui.core.summary import accuracy_text, index_text, number, verdict


def metrics_command(
    file: Annotated[
        Path,
        typer.Argument(
            help=".npz or Parquet with labels; TRIDENT .h5, .h5ad and others with --manifest."
        ),
    ],
    manifest: Annotated[
        Optional[Path],  # noqa: UP045  typer before 0.15 reads no "X | None" here
        typer.Option(help="CSV with slide_id, center, tissue, for files without labels."),
    ] = None,
    k: Annotated[str, typer.Option(help="Neighbours that count: auto, or a number.")] = "auto",
    keep_single: Annotated[
        bool,
        typer.Option(
            "--keep-single",
            help="Also use tissues of one center and centers of one tissue; they bias the index.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of everything drawn at random.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Measure embeddings whose tissue, center and slide are known."""
    from pathgui.core.external import labeled, read_external
    from pathgui.core.measurement import measure

    count = parse_k(k)
    with Watch(quiet=json) as watch:
        given = labeled(read_external(file), manifest)
        measured = measure(
            given.values,
            given.labels,
            k=count,
            seed=seed,
            single_cells="keep" if keep_single else "drop",
            report=watch,
        )
    if json:
        print_json(measured)
    else:
        _print(measured)


def _print(measured: ReferenceMeasurement) -> None:
    index = measured.robustness_index
    table = Table(show_header=False, title=verdict(index), title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    table.add_row("Robustness index [95 % interval]", index_text(index), "")
    if not isinstance(index, NotAssessable):
        table.add_row("  null", number(index.null, 3), "neighbours drawn at random")
        table.add_row("  support", f"{index.support:.0%}", f"of {index.n_anchors} tiles")
    old = measured.robustness_index_2025
    if not isinstance(old, NotAssessable):
        table.add_row("Index of 2025", number(old.value, 3), f"null {number(old.null, 3)}")
    if not isinstance(measured.counts, NotAssessable):
        counts = measured.counts
        table.add_row("SS, SO, OS, OO", f"{counts.SS}, {counts.SO}, {counts.OS}, {counts.OO}", "")
    table.add_row("k", str(measured.k), "")
    for title, values in (("kNN", measured.knn), ("probe", measured.probe)):
        for what in ("tissue", "center"):
            accuracy = getattr(values, f"{what}_balanced_accuracy")
            chance = getattr(values, f"{what}_chance")
            note = (
                accuracy.reason
                if isinstance(accuracy, NotAssessable)
                else f"guessing {number(chance)}"
            )
            table.add_row(f"Balanced accuracy of {what}, {title}", accuracy_text(accuracy), note)
    out.print(table)
    out.print(
        f"{measured.n_tiles} tiles, {measured.n_slides} slides, {len(measured.tissues)} tissues, "
        f"{len(measured.centers)} centers"
    )
    for notice in measured.notices:
        out.print(f"Note: {notice}", soft_wrap=True, markup=False)
