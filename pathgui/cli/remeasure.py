"""``pathgui remeasure``: a run measured again with today's methods."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from pathgui.cli.arguments import check_run_target, known_encoders
from pathgui.cli.evaluate import exit_by_criteria
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.summary import print_result
from pathgui.cli.terminal import Watch
from pathgui.core.language.texts import say
from pathgui.core.runs.repeat_command import AskedAs, repeat_command
from pathgui.core.runs.run_files import load_run
from pathgui.folders import embeddings_dir, pseudonym_key


@takes_settings("device")
def remeasure_command(
    context: typer.Context,
    *,
    run: Annotated[Path, typer.Argument(help=say("A finished run (NAME.pgrun)."))],
    reference: Annotated[
        Path, typer.Option(help=say("The reference set that the run was made with (NAME.pgref)."))
    ],
    out_folder: Annotated[
        Path,
        typer.Option(
            "--out", help=say("The folder of the new run (NAME.pgrun). The earlier run stays.")
        ),
    ],
    slide: Annotated[
        Path | None,
        typer.Option(
            help=say("The slide of the run. Without it, the reference set alone is measured.")
        ),
    ] = None,
    chosen: Chosen,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=say("Replace a run of that name."))
    ] = False,
    json: Annotated[bool, typer.Option("--json", help=say("Print run.json on stdout."))] = False,
) -> None:
    """Measure a run again by the methods of this version, with its encoders and settings.

    Embeddings that are still kept are used; what is missing is embedded.
    """
    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.evaluate import Opened, evaluate
    from pathgui.core.evaluation.measure_again import (
        file_of,
        given_mpp,
        request_again,
        require_same_reference,
        require_same_slide,
    )
    from pathgui.core.reference.reference_set import load_reference
    from pathgui.core.runs.run_files import save_evaluation

    before = check_run_target(out_folder, overwrite)
    earlier = load_run(run)
    known = load_reference(reference)
    require_same_reference(earlier, known)  # before a slide is opened
    file = None if slide is None else file_of(earlier, slide)
    with nullcontext() if file is None else file.open() as opened:
        request = request_again(
            earlier,
            known,
            known_encoders(context),
            on_slide=opened is not None,
            device=chosen.settings.device,
        )
        if opened is not None:
            require_same_slide(earlier, opened)
            request = replace(request, slide=file)
        asked = AskedAs(
            out=out_folder.name,
            slide=None if slide is None else slide.name,
            mpp=None if slide is None else given_mpp(earlier),
        )
        request = replace(request, pseudonym_key=pseudonym_key())
        request = replace(request, command=repeat_command(request, asked))
        store = EmbeddingStore(embeddings_dir())
        with Watch(quiet=json) as watch:
            if slide is None and earlier.slide is not None:
                watch.say(
                    say(
                        "Note: without --slide the reference set alone is "
                        "measured again; the new run has no tiles of the slide."
                    )
                )
            if earlier.cohort is not None:
                watch.say(
                    say(
                        "Note: the reference set alone is measured again. To "
                        "evaluate the slides of the cohort again: pathgui "
                        "evaluate --cohort."
                    )
                )
            evaluation = evaluate(
                request,
                at_hand=Opened(known, opened),
                store=store,
                rates=Rates.beside(store),
                report=watch,
            )
            save_evaluation(evaluation, out_folder, replacing=before)
    compared = shlex.join([str(run), str(out_folder)])
    print_result(
        evaluation,
        out_folder,
        say("What changed: pathgui compare {compared}", compared=compared),
        json,
    )
    exit_by_criteria(evaluation.run)
