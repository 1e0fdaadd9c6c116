"""``pathgui reference import`` and ``download``: sets of tiles that somebody published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.arguments import (
    ALLOW_MISSING,
    OverwriteSet,
    SetCitation,
    SetDescription,
    SetLicence,
    SetVersion,
    agreed,
    check_set_target,
    known_encoders,
    named_pairs,
)
from pathgui.cli.references import print_reference
from pathgui.cli.terminal import Watch, in_megabytes, out, tell
from pathgui.core.cost.words import size_in_words
from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.public_sets.catalog import PUBLIC_SETS, public_set
from pathgui.core.public_sets.import_set import ImportedSet, import_tiles
from pathgui.core.public_sets.layout import Wishes
from pathgui.core.public_sets.layouts import IMPORTED, read_tiles
from pathgui.core.public_sets.tile_choice import TileChoice
from pathgui.core.public_sets.tile_folders import NotAccepted
from pathgui.core.reference.manifest import grouped
from pathgui.core.reference.set_writing import Described
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.core.system.files import Stamp
from pathgui.folders import imports_dir


def import_(
    context: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(help=say("Files and folders of one published set of tiles."))
    ],
    out_folder: Annotated[
        Path, typer.Option("--out", help=say("The folder of the new set (NAME.pgref)."))
    ],
    layout: Annotated[
        str,
        typer.Option(
            "--as",
            help=say(
                "The layout of the files: {IMPORTED}. Without it, it is recognized.",
                IMPORTED=", ".join(each.name for each in IMPORTED),
            ),
        ),
    ] = "",
    subset: Annotated[
        str, typer.Option(help=say("Take only tiles of this subset, as PathoROB's ID."))
    ] = "",
    max_tiles: Annotated[
        Optional[int],  # noqa: UP045  typer before 0.15 reads no "X | None" here
        typer.Option(
            help=say("Take a sample of at most so many tiles, balanced over tissue-center pairs.")
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help=say("Another number draws other tiles."))] = 0,
    mpp: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(help=say("µm per pixel of the pictures, in place of what is supposed.")),
    ] = None,
    column: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            help=say('What a folder of tiles is: COLUMN=FOLDER, as center="folder 1". Repeatable.')
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help=say("Take all that is proposed."))] = False,
    center: Annotated[
        str,
        typer.Option(
            help=say("Which column plays the center where a set has two, as stain of PLISM.")
        ),
    ] = "",
    array: Annotated[
        str,
        typer.Option(help=say("What holds the embeddings, as a key of obsm, where several may.")),
    ] = "",
    same_order: Annotated[
        bool,
        typer.Option(
            "--same-order",
            help=say("The rows of the table are those of the embeddings, one for one (.npy, .pt)."),
        ),
    ] = False,
    encoder: Annotated[str, typer.Option(help=say("What the embeddings are called."))] = "",
    name: Annotated[
        str, typer.Option(help=say("The name that reports print; by default that of the folder."))
    ] = "",
    version: SetVersion = "1",
    description: SetDescription = "",
    licence: SetLicence = "",
    citation: SetCitation = "",
    allow_missing: Annotated[bool, typer.Option("--allow-missing", help=ALLOW_MISSING)] = False,
    overwrite: OverwriteSet = False,
) -> None:
    """Make a reference set of tiles that somebody published. The layout is recognized."""
    before = check_set_target(out_folder, overwrite)
    with Watch() as watch:
        made = take(
            files,
            out_folder,
            watch,
            layout=layout,
            wishes=Wishes(
                mpp,
                named_pairs(column, "--column"),
                yes,
                center,
                array,
                same_order,
                encoder,
                allow_missing,
            ),
            choice=TileChoice(subset, max_tiles, seed),
            described=Described(name, version, description, licence, citation),
            replacing=before,
            allow_missing=allow_missing,
        )
    print_import(made)
    _add_encoders(context, made)


def _add_encoders(context: typer.Context, made: ImportedSet) -> None:
    """Put embeddings that a set keeps on the list of encoders, in place of those of its name."""
    from pathgui.core.imported.as_encoders import import_embeddings, remove_import

    known, reference = known_encoders(context), made.reference
    for kept in reference.info.embeddings:
        file = (reference.folder / kept.file).absolute()
        for before in [spec for spec in known.encoders() if spec.embeddings == (file,)]:
            remove_import(known, before.name, imports_dir())
        title = f"{kept.encoder} ({reference.info.name})"
        spec = import_embeddings(known, [file], imports_dir(), title=title)
        tell(
            say(
                "Its embeddings are the encoder {spec_name}: pathgui evaluate "
                "--reference {folder} --encoder {spec_name}",
                spec_name=spec.name,
                folder=reference.folder,
            )
        )


def download(
    name: Annotated[
        str, typer.Argument(help=say("A public set. Without a name, all are listed."))
    ] = "",
    out_folder: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", help=say("The folder of the new set; by default NAME.pgref, here.")),
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept-licence", help=say("You have read its license and accept it."))
    ] = False,
    also: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(
            "--with",
            help=say("A file that belongs to it, as PathoROB's metadata table. Repeatable."),
        ),
    ] = None,
    subset: Annotated[
        str, typer.Option(help=say("Take only tiles of this subset, as PathoROB's ID."))
    ] = "",
    max_tiles: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            help=say("Take a sample of at most so many tiles, balanced over tissue-center pairs.")
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help=say("Another number draws other tiles."))] = 0,
    allow_missing: Annotated[bool, typer.Option("--allow-missing", help=ALLOW_MISSING)] = False,
    overwrite: OverwriteSet = False,
    offline: Annotated[  # read where the program starts
        bool, typer.Option("--offline", help=say("Use no network."))
    ] = False,
) -> None:
    """Fetch a public set from the hub and make a reference set of it. A stopped one goes on."""
    from pathgui.core.public_sets.fetch import ask, fetch

    if not name:
        _print_catalog()
        return
    wanted = public_set(name)
    folder = out_folder or Path(f"{wanted.name}{REFERENCE_ENDING}")
    before = check_set_target(folder, overwrite)
    choice = TileChoice(subset, max_tiles, seed)
    choice.check()
    with Watch(quiet=True) as watch:
        files = ask(wanted, watch)
    tell(f"{wanted.title}: {wanted.purpose}.")
    size, missing = size_in_words(files.size), size_in_words(files.missing)
    tell(
        say(
            "{files}, {size}; {missing} are not here yet.",
            files=plural(len(files.files), "file"),
            size=size,
            missing=missing,
        )
    )
    tell(say("The set will take as much again."))
    tell(
        say(
            "License: {licence} ({page}). To be cited: {citation}.",
            licence=wanted.licence,
            page=wanted.page,
            citation=wanted.citation,
        )
    )
    accepted = accept or agreed(say("Do you accept the license?"))
    with Watch() as watch:
        here = fetch(wanted, files, accepted=accepted, report=in_megabytes(watch))
        made = take(
            [here, *(also or ())],
            folder,
            watch,
            layout=wanted.layout,
            wishes=Wishes(),
            choice=choice,
            described=Described(
                wanted.title, files.commit[:12], licence=wanted.licence, citation=wanted.citation
            ),
            replacing=before,
            allow_missing=allow_missing,
        )
    print_import(made)
    tell(say("The downloaded files stay in {here}.", here=here))


def _print_catalog() -> None:
    """All public sets: what each is for, its size and its license."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column(say("Name"), overflow="fold", no_wrap=True)
    for title in (say("Set"), say("For"), say("Download"), say("License")):
        table.add_column(title, overflow="fold")
    for each in PUBLIC_SETS:
        purpose = each.purpose if each.can_be_fetched else each.why_not
        table.add_row(each.name, each.title, purpose, each.size, each.licence)
    out.print(table)
    tell(say("pathgui reference download NAME fetches one, and asks for its license before."))


def take(
    files: list[Path],
    out_folder: Path,
    report: ProgressFn,
    *,
    layout: str,
    wishes: Wishes,
    choice: TileChoice,
    described: Described,
    replacing: Stamp | None,
    allow_missing: bool,
) -> ImportedSet:
    """Read the files and write the set."""
    choice.check()
    try:
        found, where = read_tiles(files, layout, wishes)
    except NotAccepted as error:
        for line in error.lines:
            out.print(line, soft_wrap=True)
        if not agreed(say("Take it so?")):
            raise
        found, where = read_tiles(files, layout, replace(wishes, accepted=True))
    return import_tiles(
        found,
        where,
        out_folder,
        choice=choice,
        described=described,
        replacing=replacing,
        allow_missing=allow_missing,
        report=report,
    )


def print_import(made: ImportedSet) -> None:
    """What was refused, what was taken, and what the set can measure."""
    for line in grouped(made.refused):
        tell(say("Refused {line}", line=line))
    taken, refused = len(made.reference), len(made.refused)
    out.print(
        say(
            "{tiles} taken, {rows} refused.",
            tiles=plural(taken, "tile"),
            rows=plural(refused, "row"),
        )
    )
    print_reference(made.reference)
