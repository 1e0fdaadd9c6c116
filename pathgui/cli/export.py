"""``pathgui export``: a finished run as a file for another program."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from pathgui.cli.arguments import OVERWRITE_HINT, OverwriteFile, known_encoders
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.slides_of_run import kept_id
from pathgui.cli.terminal import Watch, tell
from pathgui.cli.window import draw_picture
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.pictures.layer_export import writing
from pathgui.core.results.cohort_summary import slides_csv
from pathgui.core.results.export_choice import LAYERED, LAYERS, FileFormat, RunExport
from pathgui.core.runs.run_files import load_evaluation
from pathgui.core.runs.slides_of_run import evaluation_of
from pathgui.core.runs.targets import require_file
from pathgui.core.system.files import write_file
from pathgui.folders import embeddings_dir
from pathgui.settings import Settings

OPACITY = Settings().overlay_opacity  # of a layer in a window whose settings nobody changed
LEAST_SIDE, MOST_SIDE = 160, 8192  # of a view, in pixels


@takes_settings("device")
def export_command(
    context: typer.Context,
    *,
    run: Annotated[Path, typer.Argument(help=say("A finished run (NAME.pgrun)."))],
    form: Annotated[
        FileFormat,
        typer.Option(
            "--format",
            help=say(
                "csv and parquet hold all numbers, or tiles with --tiles. "
                "geojson is a layer for QuPath, ome-tiff a layer as a picture in "
                "the slide's place. png is a layer over the slide, with scale "
                "bar and legend. h5ad holds the tiles for AnnData."
            ),
        ),
    ],
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help=say("The file. By default it is named after the run, in the current folder."),
        ),
    ] = None,
    encoder: Annotated[
        str,
        typer.Option(
            help=say("Export this encoder only. A layer needs one where the run has several.")
        ),
    ] = "",
    layer: Annotated[
        str | None,
        typer.Option(
            help=say(
                "Layer of a geojson, ome-tiff or png, by default tissue: {LAYERS}.",
                LAYERS=", ".join(LAYERS),
            )
        ),
    ] = None,
    tiles: Annotated[
        bool, typer.Option("--tiles", help=say("Write one row for each tile, as csv or parquet."))
    ] = False,
    slide: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "The slide of the run, which a png needs. An h5ad then holds "
                "embeddings too; those that are no longer kept are made again."
            )
        ),
    ] = None,
    size: Annotated[
        str,
        typer.Option(
            help=say(
                "Size of a view in a png, WIDTHxHEIGHT. Without it the png shows "
                "the regions of the run, or the whole slide, in the resolution "
                "of the slide up to 8,192 px."
            )
        ),
    ] = "",
    view: Annotated[
        str,
        typer.Option(
            help=say(
                'Middle of the view that --size asks for, such as "12000, 8000 @ '
                '20x" or "1.5 mm, 2 mm". By default the view shows all of the '
                "slide."
            )
        ),
    ] = "",
    opacity: Annotated[
        float,
        typer.Option(min=0, max=1, help=say("How strongly the layer of a png covers the slide.")),
    ] = OPACITY,
    slides: Annotated[
        bool,
        typer.Option(
            "--slides",
            help=say("Write one row for each slide of a cohort and each encoder, as csv."),
        ),
    ] = False,
    slide_id: Annotated[
        str,
        typer.Option(
            help=say("A slide of a run on a cohort: it is exported as a run of that slide alone.")
        ),
    ] = "",
    chosen: Chosen,
    overwrite: OverwriteFile = False,
) -> None:
    """Write a run as a file for another program: a table, QuPath, a picture, AnnData."""
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.measure_again import file_of, require_same_slide
    from pathgui.core.evaluation.run_export import export_run

    if layer is not None and form not in LAYERED:
        raise typer.BadParameter(
            say("only png, geojson and ome-tiff have a layer"), param_hint="--layer"
        )
    for flag, given in {"--size": size, "--view": view}.items():
        if given and form != "png":
            raise typer.BadParameter(say("only png takes it"), param_hint=flag)
    if view and not size:
        raise typer.BadParameter(say("it needs --size, the size of the view"), param_hint="--view")
    if form == "png" and slide is None:
        raise typer.BadParameter(say("a png shows the slide; name it"), param_hint="--slide")
    if tiles and form not in ("csv", "parquet"):
        raise typer.BadParameter(
            say("only csv and parquet have rows of tiles"), param_hint="--tiles"
        )
    if slides and (form != "csv" or tiles or slide_id):
        raise typer.BadParameter(say("it writes a csv of its own"), param_hint="--slides")
    wanted = RunExport(form, encoder, layer or "tissue", tiles, _size(size), view)
    path = out_file or Path(wanted.file_name(run.resolve().name))
    wanted.require_suffix(path)
    require_file(path, replace=overwrite, how=OVERWRITE_HINT)
    evaluation = load_evaluation(run)
    if slide_id:
        evaluation = evaluation_of(run, evaluation, kept_id(evaluation.run, slide_id))
    elif evaluation.run.slides and (tiles or form not in ("csv", "parquet")):
        raise typer.BadParameter(say("name a slide of the cohort"), param_hint="--slide-id")
    if slides:
        with writing(path):
            write_file(path, slides_csv(evaluation.run))
        tell(str(path))
        return
    if slide is not None and evaluation.run.slide is None:
        raise PathguiError(say("This run is of the reference set alone; leave out --slide."))
    file = None if slide is None else file_of(evaluation.run, slide)
    with nullcontext() if file is None else file.open() as opened, Watch() as watch:
        if form == "png":
            assert opened is not None  # which was asked for above
            require_same_slide(evaluation.run, opened)
            draw_picture(evaluation, wanted, path, opened, opacity, watch)
        else:
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
    tell(str(path))


def _size(text: str) -> tuple[int, int] | None:
    """Width and height of a view, of "1280x800".

    >>> _size("1280x800"), _size("")
    ((1280, 800), None)
    """
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,5})\s*[x×]\s*(\d{1,5})", text.strip())
    sides = () if found is None else tuple(int(side) for side in found.groups())
    if len(sides) != 2 or not all(LEAST_SIDE <= side <= MOST_SIDE for side in sides):
        raise typer.BadParameter(
            say(
                "WIDTHxHEIGHT expected, each {LEAST_SIDE} to {MOST_SIDE}, not {text!r}",
                LEAST_SIDE=LEAST_SIDE,
                MOST_SIDE=MOST_SIDE,
                text=text,
            ),
            param_hint="--size",
        )
    return sides[0], sides[1]
