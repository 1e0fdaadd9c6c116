"""``pathgui correct``: what corrections would do to slides that are new to them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pathgui.cli.arguments import (
    OF_TILES,
    OVERWRITE_HINT,
    ToCenter,
    known_encoders,
    require_recoloring,
)
from pathgui.cli.corrections_table import print_corrections
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.sets_of_runs import asked_set
from pathgui.cli.terminal import Watch, err, print_json, tell
from pathgui.core.corrections.correction_file import ENDING, require_ending
from pathgui.core.corrections.registry import (
    CORRECTIONS,
    Correction,
    TileCorrection,
)
from pathgui.core.crossfit.results import Corrections
from pathgui.core.errors import CorrectionError, os_errors_as
from pathgui.core.language.texts import as_read, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Cancelled, Event, PartialResult
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.results.corrections import DEFINITION, so_far
from pathgui.core.runs.targets import require_file
from pathgui.folders import corrected_dir, embeddings_dir

if TYPE_CHECKING:
    from pathgui.core.corrections.correction_file import CorrectionHead
    from pathgui.core.corrections.fitted import Fitted
    from pathgui.core.corrections.stain import Stain
    from pathgui.core.encoders.facts.registry import Registry

MOST_HALVINGS = 100
_NAMES = ", ".join(each.name for each in CORRECTIONS)


@takes_settings("k", "center_columns", "tissue_column", "device", "precision", "seed", "offline")
def correct_command(
    context: typer.Context,
    *,
    target: Annotated[
        Path,
        typer.Argument(help=say("A finished run (NAME.pgrun) or a reference set (NAME.pgref).")),
    ],
    encoder_names: Annotated[
        list[str] | None,
        typer.Option(
            "--encoder",
            help=say("An encoder. Repeat it for several. Of a run, by default all of it."),
        ),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            help=say(
                "A correction. Repeat it for several. One of: {NAMES}; by default all of these. "
                "Or of tiles, which are then embedded again: {OF_TILES}.",
                NAMES=_NAMES,
                OF_TILES=OF_TILES,
            ),
        ),
    ] = None,
    to: ToCenter = "",
    halvings: Annotated[
        int, typer.Option(min=1, max=MOST_HALVINGS, help=say("How often slides are halved anew."))
    ] = 10,
    reference: Annotated[
        Path | None,
        typer.Option(
            help=say("The reference set of the run (NAME.pgref), if it does not lie near it.")
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Write the correction, fitted on all slides, to this file (.safetensors). Takes "
                "one encoder and one correction."
            )
        ),
    ] = None,
    as_encoder: Annotated[
        bool,
        typer.Option(
            "--as-encoder",
            help=say(
                "Put the corrected encoder into the list, as NAME~CORRECTION. Takes one encoder "
                "and one correction that does not need the center."
            ),
        ),
    ] = False,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help=say("Replace a file, or a corrected encoder, that is there.")
        ),
    ] = False,
    chosen: Chosen,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Say what corrections would do, judged on slides that they did not see.

    Nothing is changed. What was found for a run is kept beside its record. Ctrl-C ends after the
    halving that goes on, and what is done is printed.
    """
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.encoders.corrected import variant_name
    from pathgui.core.evaluation.correct_encoders import (
        CorrectionsAsked,
        TriedSoFar,
        correct_encoders,
        embed_for,
        keep_for_run,
        take_home,
    )
    from pathgui.core.evaluation.correcting import chosen_corrections, chosen_recolorings
    from pathgui.core.evaluation.recoloring import require_tiles

    corrections = chosen_corrections(with_ or ())
    recolorings = chosen_recolorings(with_ or ())
    require_recoloring(to, recolorings)
    to_take: tuple[Correction | TileCorrection, ...] = (*corrections, *recolorings)
    if (save is not None or as_encoder) and len(to_take) != 1:
        raise typer.BadParameter(say("name one correction"), param_hint="--with")
    if as_encoder and (why := to_take[0].why_no_encoder):
        raise CorrectionError(say("{why} Write it to a file with --save.", why=why))
    if save is not None:
        require_ending(save)
        require_file(save, replace=overwrite, how=OVERWRITE_HINT)
    asked = asked_set(target, reference, encoder_names, chosen)
    names = asked.names
    if not names:
        raise typer.BadParameter(say("name at least one"), param_hint="--encoder")
    if (save is not None or as_encoder) and len(names) != 1:
        raise typer.BadParameter(say("name one encoder"), param_hint="--encoder")
    specs = known_encoders(context).chosen(names)
    if as_encoder:
        _require_free(variant_name(specs[0].name, to_take[0].name), overwrite)
    wanted = CorrectionsAsked(
        asked.reference,
        specs,
        corrections,
        asked.settings,
        None if asked.k is None else asked.k.k,
        halvings,
        asked.results,
        recolorings,
        to,
    )
    for spec in specs if recolorings else ():
        require_tiles(spec, asked.reference, to)
    store = EmbeddingStore(embeddings_dir())
    with Watch(quiet=json) as watch:

        def report(event: Event) -> None:
            if isinstance(event, PartialResult) and isinstance(event.result, TriedSoFar):
                with as_read():
                    watch.say(so_far(event.result.found))
            watch(event)

        tried = correct_encoders(wanted, store, report)
    found = tried.found
    if asked.run is not None and (why := keep_for_run(target, asked.run, found)):
        err.print(why, soft_wrap=True)
    titles = {spec.name: spec.title for spec in wanted.specs}
    print_json(found) if json else _print_all(found, titles, asked.reference.columns)
    if tried.stopped:
        raise Cancelled
    if save is not None or as_encoder:
        with Watch(quiet=json) as watch:
            embedded = embed_for(wanted, wanted.specs[0], store, watch)
            made = take_home(embedded, to_take[0], asked.reference, found[names[0]], watch)
        _keep(known_encoders(context), *made, save, as_encoder)


def _keep(
    encoders: Registry,
    fitted: Fitted | Stain,
    head: CorrectionHead,
    save: Path | None,
    as_encoder: bool,
) -> None:
    """Write the correction, and put the corrected encoder into the list."""
    from pathgui.core.corrections.correction_file import save_correction
    from pathgui.core.encoders.corrected import list_corrected

    if save is not None:
        save_correction(save, fitted, head)
        err.print(say("Written: {save}", save=save), soft_wrap=True)
    if as_encoder:
        spec = list_corrected(encoders, corrected_dir(), fitted, head)
        err.print(say("In the list of encoders: {name}", name=spec.name), soft_wrap=True)


def _require_free(name: str, overwrite: bool) -> None:
    """Refuse, before the work, to replace a corrected encoder, or where none can be written.

    Its embeddings would be other ones from then on, under the same name.
    """
    file = corrected_dir() / f"{name}{ENDING}"
    if file.exists() and not overwrite:
        raise CorrectionError(
            say("{name} is in the list of encoders already. {how}", name=name, how=OVERWRITE_HINT)
        )
    with os_errors_as(
        CorrectionError, say("{name} cannot be put into the list of encoders", name=name)
    ):
        corrected_dir().mkdir(parents=True, exist_ok=True)
    require_file(file, replace=overwrite, how=OVERWRITE_HINT)


def _print_all(
    found: Mapping[str, Corrections | NotAssessable], titles: Mapping[str, str], called: RoleColumns
) -> None:
    for name, one in found.items():
        print_corrections(titles[name], one, called)
    if found:
        tell(called.say(DEFINITION))
