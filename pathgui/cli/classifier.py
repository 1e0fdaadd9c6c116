"""``pathgui classifier``: the errors of the lab's own classifier, by center."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pathgui.cli.arguments import (
    OF_TILES,
    OVERWRITE_HINT,
    ToCenter,
    known_encoders,
    require_recoloring,
)
from pathgui.cli.classifier_table import print_classifier
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.sets_of_runs import asked_set
from pathgui.cli.terminal import Watch, err, print_json
from pathgui.core.classifier.answers import meanings_of
from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.corrections.registry import CORRECTIONS
from pathgui.core.errors import ClassifierError, os_errors_as
from pathgui.core.language.texts import in_english, say
from pathgui.core.results.classifier import by_center_csv
from pathgui.core.runs.targets import require_file
from pathgui.core.system.files import write_file
from pathgui.folders import embeddings_dir

MOST_HALVINGS = 100
_NAMES = ", ".join(each.name for each in CORRECTIONS)


@takes_settings("k", "center_columns", "tissue_column", "device", "precision", "seed", "offline")
def classifier_command(
    context: typer.Context,
    *,
    target: Annotated[
        Path,
        typer.Argument(help=say("A finished run (NAME.pgrun) or a reference set (NAME.pgref).")),
    ],
    predictions: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "A table of its answers, a row a tile or a slide: CSV, a workbook or Parquet. By "
                "default the table of the reference set."
            )
        ),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            help=say(
                "The column of classes; or, repeated, a column of probabilities for each class, "
                "as COLUMN or COLUMN=CLASS. By default usual names are looked for."
            ),
        ),
    ] = None,
    head: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "In place of a table, a linear classifier over an encoder: .safetensors or .onnx."
            )
        ),
    ] = None,
    classes: Annotated[
        list[str] | None,
        typer.Option(
            "--class",
            help=say(
                "CLASS=TISSUE: which tissue of the reference set a class is. CLASS= means none, so "
                "each such answer is an error. Repeat it for several."
            ),
        ),
    ] = None,
    encoder_names: Annotated[
        list[str] | None,
        typer.Option(
            "--encoder",
            help=say(
                "The encoder that the linear classifier is for; of a table, an encoder whose "
                "neighbors are looked at. Of a run, by default all of it."
            ),
        ),
    ] = None,
    with_: Annotated[
        list[str] | None,
        typer.Option(
            "--with",
            help=say(
                "A correction of what the linear classifier is given. Repeat it for several. One "
                "of: {NAMES}; by default all of these. Or of tiles, which are then embedded "
                "again: {OF_TILES}.",
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
    csv: Annotated[
        Path | None, typer.Option(help=say("Write a row for each center to this CSV file."))
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=say("Replace a file that is there."))
    ] = False,
    chosen: Chosen,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Say where your own classifier errs: by center, and what is behind it.

    Give its answers as a table, or a linear classifier over an encoder as a file. What is found
    for a run is kept beside its record and is in its report.
    """
    from pathgui.core.cost.rates import Rates
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.classifying import judge_linear, judge_table
    from pathgui.core.evaluation.classifying_run import keep_on_run
    from pathgui.core.evaluation.correct_encoders import way_of
    from pathgui.core.evaluation.correcting import (
        chosen_corrections,
        chosen_recolorings,
        embedded_set,
        shared_k_of,
    )
    from pathgui.core.evaluation.recoloring import Embedder
    from pathgui.core.system.devices import product_device, resolve_devices

    if head is not None and (predictions is not None or columns):
        raise typer.BadParameter(
            say("give a table of answers or a linear classifier"), param_hint="--head"
        )
    if head is None and predictions is None and not columns:
        raise typer.BadParameter(
            say("give a table of answers, or --head with a linear classifier"),
            param_hint="--predictions",
        )
    if head is None and with_:
        raise typer.BadParameter(
            say("only a linear classifier (--head) can be given corrected embeddings"),
            param_hint="--with",
        )
    recolorings = chosen_recolorings(with_ or ())
    require_recoloring(to, recolorings)
    meanings, corrections = meanings_of(classes or ()), chosen_corrections(with_ or ())
    if csv is not None:
        require_file(csv, replace=overwrite, how=OVERWRITE_HINT)
    asked = asked_set(target, reference, encoder_names, chosen)
    run, known, settings, names = asked.run, asked.reference, asked.settings, asked.names
    if head is not None and len(names) != 1:
        raise typer.BadParameter(
            say("name the one encoder that the linear classifier is for"), param_hint="--encoder"
        )
    devices = resolve_devices(settings.device)
    store = EmbeddingStore(embeddings_dir())
    specs = known_encoders(context).chosen(names)
    ways = {each.name: way_of(asked.results.get(each.name), each, settings) for each in specs}
    with Watch(quiet=json) as watch:
        sets = [
            embedded_set(
                known,
                spec,
                store,
                device=settings.device,
                report=watch,
                **ways[spec.name],
            )
            for spec in specs
        ]
        size = max((each.values.nbytes for each in sets), default=0)
        device = product_device([each.name for each in devices], size)
        k = None
        if sets:
            k = (asked.k or shared_k_of(sets, settings.seed, watch)).k
        if head is not None:
            assert k is not None
            embedder = Embedder(
                known, devices, store=store, rates=Rates.beside(store), **ways[names[0]]
            )
            found = judge_linear(
                known, head, meanings, sets[0], k, corrections, recolorings, embedder,
                target=to, halvings=halvings, seed=settings.seed, device=device, report=watch,
            )  # fmt: skip
        else:
            found = judge_table(
                known, predictions, columns or (), meanings, sets, k, seed=settings.seed,
                device=device, report=watch,
            )  # fmt: skip
    if run is not None and (why := keep_on_run(target, run, found)):
        err.print(why, soft_wrap=True)
    if csv is not None:
        _write_csv(csv, found)
    print_json(found) if json else print_classifier(found)


@in_english()
def _write_csv(path: Path, found: AssessedClassifier) -> None:
    with os_errors_as(ClassifierError, say("The table could not be written to {path}", path=path)):
        write_file(path, by_center_csv(found))
    err.print(say("Written: {save}", save=path), soft_wrap=True)
