"""``pathgui metrics``: every measurement, on embeddings made elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pathgui.cli.arguments import ALLOW_MISSING
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.terminal import Watch, out, print_json, tell
from pathgui.core.errors import plural
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import localized, say
from pathgui.core.measurement.results import ReferenceMeasurement, Squares
from pathgui.core.metrics.neighbors.kinds import KINDS
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import PairedTiles, Sensitivity
from pathgui.core.reference.roles import noun_of
from pathgui.core.results.findings import verdict
from pathgui.core.results.formatting import NOT_ASSESSABLE, NOTHING, because, number
from pathgui.core.results.measures import measures, reading_text
from pathgui.core.results.readings import EmbeddingsAlone, Reading

if TYPE_CHECKING:
    from pathgui.core.imported.measured import MeasuredEncoders


@takes_settings(
    "k", "center_columns", "tissue_column", "single_cells", "shortcut", "seed", "device"
)
def metrics_command(
    *,
    files: Annotated[
        list[Path],
        typer.Argument(
            help=say(
                "Embeddings with labels (.npz, Parquet, .h5ad). With --manifest "
                "also TRIDENT's .h5 or a folder of them, .pt, .npy and "
                "PathoROB's folder. Several files are several encoders: they "
                "share one k and are compared."
            )
        ),
    ],
    manifest: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Table (CSV, .xlsx, Parquet) with slide_id, center, tissue and "
                "the tile's path or name, or x and y, or one row for each slide."
            )
        ),
    ] = None,
    same_order: Annotated[
        bool,
        typer.Option(
            "--same-order",
            help=say("The rows of the manifest are those of the embeddings, one for one."),
        ),
    ] = False,
    array: Annotated[
        str, typer.Option(help=say("The array of embeddings, where a file has several."))
    ] = "",
    allow_missing: Annotated[bool, typer.Option("--allow-missing", help=ALLOW_MISSING)] = False,
    chosen: Chosen,
    paired: Annotated[
        bool,
        typer.Option(
            "--paired",
            help=say(
                "Also measure every two tissues at two centers on their own: "
                "those that the column subset names, else all that have tiles of "
                "all four pairs."
            ),
        ),
    ] = False,
    subset: Annotated[
        str,
        typer.Option(
            help=say("Measure only tiles with this text in the column subset, as PathoROB's ID.")
        ),
    ] = "",
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """Measure embeddings whose tissue, center and slide are known."""
    from pathgui.core.imported.embeddings_table import LabeledEmbeddings, labeled
    from pathgui.core.imported.label_roles import in_roles
    from pathgui.core.imported.matching import read_external
    from pathgui.core.imported.measured import Measuring
    from pathgui.core.system.devices import resolve_device

    settings = chosen.settings
    names = _names(files)
    resolve_device(settings.device)  # before anything that takes time
    measuring = Measuring(
        asked_k(settings.k, origin=chosen.k_origin),
        seed=settings.seed,
        single_cells=settings.single_cells,
        sweep=settings.shortcut,
        device=settings.device,
    )

    def read(file: Path) -> LabeledEmbeddings:
        given = labeled(
            read_external(file, array),
            manifest,
            paired=paired,
            subset=subset,
            same_order=same_order,
            allow_missing=allow_missing,
        )
        return in_roles(given, settings.center_columns, settings.tissue_column)

    with Watch(quiet=json) as watch:
        if len(names) == 1:
            only = measuring.one(read(files[0]), watch)
        else:
            given = {name: partial(read, file) for name, file in names.items()}
            several = measuring.several(given, watch)
    if len(names) == 1:
        print_json(only) if json else _print(only)
    elif json:
        print_json(several)
    else:
        _print_several(several)


def _names(files: Sequence[Path]) -> dict[str, Path]:
    """What each file is called: its stem, or its whole name where stems are alike."""
    if len({file.resolve() for file in files}) < len(files):
        raise typer.BadParameter(say("a file is given twice"), param_hint="FILES")
    for name in (lambda file: file.stem, lambda file: file.name, str):
        found = {name(file): file for file in files}
        if len(found) == len(files):
            return found
    raise AssertionError("paths differ")


def _print_several(found: MeasuredEncoders) -> None:
    letters = {
        name: given for group in found.comparison.groups for name, given in group.letters.items()
    }
    for name, measured in found.encoders.items():
        _print(measured, name)
    tell(
        say("k = {k} for all: {rule}", k=found.k.k, rule=found.k.rule)
        + "".join(f"; {name} {m.own_k}" for name, m in found.encoders.items() if m.own_k)
        + "."
    )
    if len(found.comparison.groups) > 1:
        out.print(
            say("Note: they were not measured on the same tiles, so they must not be ranked.")
        )
        return
    told = ", ".join(f"{name} {given}" for name, given in letters.items())
    if told:
        out.print(say("Groups: {told}. Those that share a letter cannot be told apart.", told=told))


def _print(measured: ReferenceMeasurement, name: str = "") -> None:
    index = measured.robustness_index
    columns = measured.columns
    said = verdict(index, columns)
    title = f"{name}: {said}" if name else said
    table = Table(show_header=False, title=title, title_justify="left")
    table.caption = say("In brackets: the 95 % interval")
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    _add_measures(table, measured)
    table.add_row("k", str(measured.k), measured.k_rule)
    if not isinstance(measured.counts, NotAssessable):
        counts = ", ".join(str(getattr(measured.counts, kind)) for kind in KINDS)
        table.add_row(", ".join(KINDS), counts, say("neighbors of each kind"))
    if isinstance(measured.paired, Squares):
        note = say(
            "pooled over {subsets}, k {k}",
            subsets=plural(measured.paired.n_squares, "subset"),
            k=measured.paired.k,
        )
        table.add_row(say("Robustness index, paired"), _known(measured.paired.pooled, 3), note)
    _add_geometry(table, measured)
    _add_sensitivity(table, measured)
    _add_confounders(table, measured)
    out.print(table)
    out.print(
        f"{plural(measured.n_tiles, 'tile')}, {plural(measured.n_slides, 'slide')}, "
        f"{columns.of_tissue.counted(len(measured.tissues))}, "
        f"{columns.of_center.counted(len(measured.centers))}"
    )
    basis = measured.interval_basis
    for notice in [*measured.notices, *([basis.caution] if basis and basis.caution else [])]:
        tell(say("Note: {notice}", notice=retold(notice)))


def _add_measures(table: Table, measured: ReferenceMeasurement) -> None:
    """Each measurement that was made; why there is no index stands once."""
    alone, index = EmbeddingsAlone(measured), measured.robustness_index
    for each in measures(measured.columns):
        cell = each.cell(alone)
        said = each.key != "robustness_index" and index == NotAssessable(cell.note)
        if not each.needs_slide and cell.text != NOTHING and not said:
            table.add_row(each.title, cell.text, _in_short(cell.note, each.why_none(alone)))
        if each.key == "robustness_index" and not isinstance(index, NotAssessable):
            table.add_row(
                say("  chance value"), number(index.null, 3), say("of neighbors drawn at random")
            )


def _in_short(note: str, why_none: str) -> str:
    """The first sentence of a note, and why there is no interval, with which the note ends."""
    first, *more = re.split(r"(?<!et al)\. ", note.removesuffix(why_none), maxsplit=1)
    return first + ("." if more and why_none else "") + why_none


def _add_geometry(table: Table, measured: ReferenceMeasurement) -> None:
    """What describes the embedding and has no criteria of its own."""
    shape, named = measured.geometry, measured.columns.say
    if shape is None:
        return
    if not isinstance(shape.silhouettes, NotAssessable):
        text = f"{number(shape.silhouettes.tissue, 3)}, {number(shape.silhouettes.center, 3)}"
        of = plural(shape.silhouettes.n_tiles, "tile")
        table.add_row(named(say("Silhouette of {tissue}, {center}")), text, of)
    if not isinstance(shape.variance, NotAssessable):
        variance = shape.variance
        shares = (variance.tissue.share, variance.center.share, variance.slide.share)
        text = ", ".join(localized(share, ".0%") for share in shares)
        table.add_row(named(say("Variance of {tissue}, {center}, slide")), text, "")
    if not isinstance(shape.mixing, NotAssessable):
        mixed = shape.mixing
        note = say(
            "of {n_centers}; chance value {known}",
            n_centers=len(measured.centers),
            known=_known(mixed.ilisi_by_chance),
        )
        table.add_row(named(say("{Centers} around a tile (iLISI)")), number(mixed.ilisi), note)
    if not isinstance(shape.slide_gap, NotAssessable):
        gap = shape.slide_gap
        note = say(
            "{within} with it, {across} without",
            within=number(gap.within),
            across=number(gap.across),
        )
        table.add_row(
            named(say("Vote for {tissue}, gain from the own slide")), number(gap.gap, 3), note
        )
    if isinstance(shape.pairs, PairedTiles):
        found = shape.pairs
        note = say(
            "cosine {cosine}, {pairs} of slides",
            cosine=number(found.cosine, 3),
            pairs=plural(found.n_slide_pairs, "pair"),
        )
        table.add_row(
            say("Paired tiles found again, top 10"), localized(found.retrieval[-1], ".0%"), note
        )


def _add_sensitivity(table: Table, measured: ReferenceMeasurement) -> None:
    found = measured.sensitivity
    if not isinstance(found, Sensitivity):
        return
    text = ", ".join(f"{each.name} {_known(each.value, 3)}" for each in found.indices[1:])
    table.add_row(
        say("Robustness index, other geometries"), "", say("k {k}: {text}", k=found.k, text=text)
    )


def _add_confounders(table: Table, measured: ReferenceMeasurement) -> None:
    """The index with each further column in the center's place, and why where there is none."""
    for each in measured.confounders:
        title, index = (
            say("Robustness index against {noun_of}", noun_of=noun_of(each.column)),
            each.robustness_index,
        )
        if isinstance(index, NotAssessable):
            table.add_row(title, NOT_ASSESSABLE, because(index.reason))
        else:
            reading = Reading(index.value, index.low, index.high)
            table.add_row(
                title,
                reading_text(reading, 3),
                say("chance value {null}", null=number(index.null, 3)),
            )


def _known(value: float | None, digits: int = 2) -> str:
    return say("not defined") if value is None else number(value, digits)
