"""``pathgui export``: a finished run as a file for another program."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from pathgui.cli.arguments import OVERWRITE_HINT, known_encoders
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.terminal import Watch, say
from pathgui.core.errors import PathguiError
from pathgui.core.results.export_choice import LAYERS, FileFormat, RunExport
from pathgui.core.runs.run_files import load_evaluation
from pathgui.core.runs.targets import require_file
from pathgui.folders import embeddings_dir


@takes_settings("device")
def export_command(
    context: typer.Context,
    *,
    run: Annotated[Path, typer.Argument(help="A finished run (NAME.pgrun).")],
    form: Annotated[
        FileFormat,
        typer.Option(
            "--format",
            help="csv and parquet hold all numbers, or tiles with --tiles. geojson is a layer for "
            "QuPath, ome-tiff a layer as a picture in the slide's place, h5ad the tiles for "
            "AnnData.",
        ),
    ],
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The file. By default it is named after the run, in the current folder."
        ),
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(help="Export this encoder only. A layer needs one where the run has several."),
    ] = "",
    layer: Annotated[
        str | None,
        typer.Option(
            help=f"Layer of a geojson or ome-tiff, by default tissue: {', '.join(LAYERS)}."
        ),
    ] = None,
    tiles: Annotated[
        bool, typer.Option("--tiles", help="Write one row for each tile, as csv or parquet.")
    ] = False,
    slide: Annotated[
        Path | None,
        typer.Option(
            help="The slide of the run. An h5ad then holds embeddings too; those that are no "
            "longer kept are made again."
        ),
    ] = None,
    chosen: Chosen,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Write a run as a file for another program: a table, QuPath, a picture, AnnData."""
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.measure_again import file_of
    from pathgui.core.evaluation.run_export import export_run

    picture = form in ("geojson", "ome-tiff")
    if layer is not None and not picture:
        raise typer.BadParameter("only geojson and ome-tiff have a layer", param_hint="--layer")
    if tiles and form not in ("csv", "parquet"):
        raise typer.BadParameter("only csv and parquet have rows of tiles", param_hint="--tiles")
    wanted = RunExport(form, encoder, layer or "tissue", tiles)
    path = out_file or Path(wanted.file_name(run.resolve().name))
    wanted.require_suffix(path)
    require_file(path, replace=overwrite, how=OVERWRITE_HINT)
    evaluation = load_evaluation(run)
    if slide is not None and evaluation.run.slide is None:
        raise PathguiError("This run is of the reference set alone; leave out --slide.")
    file = None if slide is None else file_of(evaluation.run, slide)
    with nullcontext() if file is None else file.open() as opened, Watch() as watch:
        export_run(
            evaluation,
            wanted,
            path,
            slide=opened,
            store=EmbeddingStore(embeddings_dir()),
            known=known_encoders(context),
            device=chosen.settings.device,
            report=watch,
        )
    say(str(path))
