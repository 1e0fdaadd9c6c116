"""``pathgui reference``: make and look at reference sets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.arguments import (
    ALLOW_MISSING,
    OVERWRITE_HINT,
    OverwriteFile,
    OverwriteSet,
    SetCitation,
    SetDescription,
    SetLicence,
    SetVersion,
    check_set_target,
    known_encoders,
)
from pathgui.cli.options import Chosen, takes_settings
from pathgui.cli.terminal import Watch, err, out, tell
from pathgui.core.errors import first_few, plural
from pathgui.core.language.texts import filled, say
from pathgui.core.measurement.measurable import Measurable, measurable
from pathgui.core.pictures.palette import center_letter
from pathgui.core.reference.build import build_reference
from pathgui.core.reference.manifest import grouped
from pathgui.core.reference.pseudonyms import Pseudonyms
from pathgui.core.reference.reference_set import ReferenceSet, load_reference, tiles_with
from pathgui.core.reference.role_columns import candidates, headings, in_roles, left_out_text
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.runs.targets import require_file
from pathgui.folders import embeddings_dir, pseudonym_key


def build(
    manifest: Annotated[
        Path,
        typer.Argument(
            help=say(
                "Table (CSV, .xlsx, Parquet) of tiles: path, slide_id, center, tissue, mpp, ..."
            )
        ),
    ],
    out_folder: Annotated[
        Path, typer.Option("--out", help=say("The folder of the new set (NAME.pgref)."))
    ],
    name: Annotated[
        str | None,
        typer.Option(help=say("The name that reports print; by default that of the folder.")),
    ] = None,
    version: SetVersion = "1",
    description: SetDescription = "",
    licence: SetLicence = "",
    citation: SetCitation = "",
    allow_missing: Annotated[bool, typer.Option("--allow-missing", help=ALLOW_MISSING)] = False,
    overwrite: OverwriteSet = False,
) -> None:
    """Make a reference set of labeled tiles. Refused rows are counted with the reason."""
    before = check_set_target(out_folder, overwrite)
    with Watch() as watch:
        result = build_reference(
            manifest,
            out_folder,
            name=name,
            version=version,
            description=description,
            licence=licence,
            citation=citation,
            replacing=before,
            allow_missing=allow_missing,
            report=watch,
        )
    for line in grouped(result.refused):
        tell(say("Refused {line}", line=line))
    taken, refused = len(result.reference), len(result.refused)
    out.print(
        say(
            "{tiles} taken, {rows} refused.",
            tiles=plural(taken, "tile"),
            rows=plural(refused, "row"),
        )
    )
    print_reference(result.reference)


@takes_settings("center_columns", "tissue_column")
def show(
    *,
    reference: Annotated[Path, typer.Argument(help=say("A reference set (NAME.pgref)."))],
    chosen: Chosen,
    find: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=say(
                "List the tiles with that text in their name, slide, patient, tissue or center."
            ),
        ),
    ] = "",
) -> None:
    """Print what a reference set holds, what it can measure, and which columns can play a role."""
    settings = chosen.settings
    known = in_roles(load_reference(reference), settings.center_columns, settings.tissue_column)
    if find:
        print_tiles(known, find)
        return
    print_reference(known)
    for text in role_lines(known):
        tell(text)


def pack(
    reference: Annotated[Path, typer.Argument(help=say("A reference set (NAME.pgref)."))],
    out_file: Annotated[Path, typer.Option("--out", help=say("The zip file to write."))],
    pseudonymous: Annotated[
        bool,
        typer.Option(
            "--pseudonymous",
            help=say("Leave out ids of slides and patients, names of tiles and further columns."),
        ),
    ] = False,
) -> None:
    """Pack a reference set into one zip, to give it away."""
    from pathgui.core.reference.reference_pack import pack_reference

    require_file(out_file)
    known = load_reference(reference)
    with Watch() as watch:
        pack_reference(known, out_file, pseudonymous=pseudonymous, report=watch)
    tell(str(out_file))


@takes_settings("device", "precision", "offline")
def embeddings(
    context: typer.Context,
    *,
    reference: Annotated[Path, typer.Argument(help=say("A reference set (NAME.pgref)."))],
    encoder_name: Annotated[str, typer.Option("--encoder", help=say("An encoder of the list."))],
    out_file: Annotated[
        Path, typer.Option("--out", help=say("The file: .h5, .npz, .parquet or .h5ad."))
    ],
    chosen: Chosen,
    weights: Annotated[
        Path | None, typer.Option(help=say("The encoder's weights, as a file or folder."))
    ] = None,
    pseudonymous: Annotated[
        bool,
        typer.Option("--pseudonymous", help=say("Leave out names of slides, patients and tiles.")),
    ] = False,
    overwrite: OverwriteFile = False,
) -> None:
    """Write the embeddings of a reference set, with names, labels and places of its tiles.

    Embeddings that are kept from earlier runs are used; what is missing is embedded, and kept.
    """
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.evaluation.encoder_work import precision_of
    from pathgui.core.evaluation.reference_export import reference_embeddings
    from pathgui.core.imported.embeddings_writer import require_format, write_embeddings
    from pathgui.core.system.devices import resolve_devices

    require_format(out_file)
    require_file(out_file, replace=overwrite, how=OVERWRITE_HINT)
    encoders = known_encoders(context)
    if weights is not None:
        encoders.use_weights(encoder_name, weights)
    spec, known = encoders.encoder(encoder_name), load_reference(reference)
    settings = chosen.settings
    first = resolve_devices(settings.device)[0].name
    with Watch() as watch:
        found = reference_embeddings(
            known,
            spec,
            EmbeddingStore(embeddings_dir()),
            precision=precision_of(spec, settings.precision, first),
            device=settings.device,
            report=watch,
            names=Pseudonyms(pseudonym_key(), known.info.tiles_sha256) if pseudonymous else None,
        )
        write_embeddings(out_file, found)
    tell(
        say(
            "{out_file}: {tiles}, {shape} numbers each",
            out_file=out_file,
            tiles=plural(len(found), "tile"),
            shape=found.values.shape[1],
        )
    )


def print_tiles(reference: ReferenceSet, text: str) -> None:
    """Tiles with a text in their names or labels as CSV, which ``reference edit`` takes."""
    rows = tiles_with(reference, text)
    labels = reference.labels
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    if rows:
        writer.writerow(("tile", "slide_id", *headings(reference), "file"))
    for row in rows:
        told = (labels.slide[row], labels.tissue[row], labels.center[row])
        writer.writerow((reference.tiles[row], *told, reference.files[row]))
    for line in written.getvalue().splitlines():
        tell(line)
    err.print(
        say("{n_rows} of {n_reference} tiles", n_rows=len(rows), n_reference=len(reference)),
        soft_wrap=True,
    )


def print_reference(reference: ReferenceSet) -> None:
    """Facts and the tissue by center table on stdout."""
    info, labels = reference.info, reference.labels
    patients = say("not given") if labels.patient is None else str(len(set(labels.patient) - {""}))
    edge = say("not given") if info.edge_um is None else filled("{um:.4g} µm", um=info.edge_um)
    facts = {
        say("Reference set"): say(
            "{info_name}, version {version}", info_name=info.name, version=info.version
        ),
        say("Tiles"): say(
            "{n_reference} of {n} slides; patients: {patients}",
            n_reference=len(reference),
            n=len(set(labels.slide)),
            patients=patients,
        ),
        say("Tile edge"): edge,
        say("Description"): info.description,
        say("License"): info.licence,
        say("Citation"): info.citation,
        say("Changed"): " ".join(change.sentence for change in info.changes),
        "SHA-256": info.tiles_sha256,
    }
    for title, text in facts.items():
        if text:
            tell(f"{title + ':':<15}{text}")
    if text := left_out_text(reference):
        tell(text)
    counts, slides = reference.table(), reference.slide_table()
    pairs = [list(zip(*rows, strict=True)) for rows in zip(counts, slides, strict=True)]
    print_pairs(reference.tissues, reference.centers, pairs, reference.columns)
    print_measurable(measurable(reference.labels, edge_um=reference.info.edge_um))


def print_pairs(
    tissues: Sequence[str],
    centers: Sequence[str],
    pairs: Sequence[Sequence[tuple[int, int]]],
    columns: RoleColumns = USUAL,
) -> None:
    """Tiles and slides of each tissue (first index) at each center, as a table on stdout."""
    cells = [[f"{n} ({slides})" if n else "–" for n, slides in row] for row in pairs]
    title = columns.say(say("Tiles (slides) of each {tissue} at each {center}"))
    print_cells(title, tissues, centers, cells, columns)


def print_cells(
    title: str,
    tissues: Sequence[str],
    centers: Sequence[str],
    cells: Sequence[Sequence[str]],
    columns: RoleColumns = USUAL,
) -> None:
    """A text for each tissue (first index) at each center, as a table on stdout."""
    table = Table(
        title=title,
        title_justify="left",
        box=SIMPLE_HEAD,  # no lines between the columns: there may be many
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column(columns.of_center.One, overflow="fold")
    for tissue, row in zip(tissues, cells, strict=True):
        widest = max(map(len, row))  # names are broken where room is short, numbers are not
        table.add_column(tissue, justify="right", overflow="fold", min_width=widest)
    for index, (center, *texts) in enumerate(zip(centers, *cells, strict=True)):
        table.add_row(f"{center_letter(index)}  {center}", *texts)
    out.print(table)


def role_lines(reference: ReferenceSet) -> list[str]:
    """The columns that can take the places of center and tissue; none where there are no others."""
    _, _, *others = candidates(reference)
    if not others:
        return []
    lines = [say("Columns for --center-column and --tissue-column:")]
    for each in others:
        roles = [
            role for role, no in (("center", each.no_center), ("tissue", each.no_tissue)) if not no
        ]
        text = f"- {each.name}: {first_few(each.values) or 'empty'}"
        text += say("; can play {roles}", roles=say(" or ").join(roles) or say("neither"))
        if why := each.no_tissue or each.no_center:
            text += f", {('' if not roles else say('not the center: '))}{why}"
        if each.n_empty and each.values:
            text += say(
                "; says nothing of {n_empty:,} tiles, which are left out", n_empty=each.n_empty
            )
        lines.append(f"{text}.")
    return lines


def print_measurable(found: Measurable) -> None:
    """What a set can measure and what not, one line each, on stdout."""
    tell(found.sentence)
    if found.rests_on:
        tell(
            say(
                "{rests_on} pathgui reference check says how wide they will be.",
                rests_on=found.rests_on,
            )
        )
    for text in found.left_out:
        tell(f"- {text}")
    for state in ("no", "limited"):
        for each in found.having(state):
            tell(f"- {each.text}")
