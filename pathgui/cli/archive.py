"""``pathgui archive``: find slides in a DICOMweb archive, and keep the login of one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pathgui.cli.spoken import Commands
from pathgui.cli.terminal import Watch, out, print_json, tell
from pathgui.core.archives.addresses import archive_address
from pathgui.core.archives.links import write_link
from pathgui.core.archives.logins import Login, drop_login, keep_login, logins
from pathgui.core.archives.search import (
    MOST_STUDIES,
    Series,
    Study,
    Wanted,
    find_studies,
    list_series,
)
from pathgui.core.errors import ArchiveError
from pathgui.core.language.texts import counted, say

app = Commands(
    help=say("Find slides in a DICOMweb archive; keep or forget its login."), no_args_is_help=True
)

_Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help=say("The DICOMweb service of the archive: https://pacs.example.org/dicom-web."),
    ),
]
_User = Annotated[
    str,
    typer.Option(help=say("Ask for the password of this user, and use both for this command.")),
]


@app.command("find")
def find(
    address: _Address,
    patient: Annotated[
        str, typer.Option(help=say("The patient's id; * stands for any letters."))
    ] = "",
    name: Annotated[
        str, typer.Option(help=say("The patient's name; * stands for any letters."))
    ] = "",
    accession: Annotated[
        str, typer.Option(help=say("The accession number; * stands for any letters."))
    ] = "",
    date: Annotated[
        str,
        typer.Option(help=say("A year, month or day (2024-03-05), or a span (2024-01..2024-03).")),
    ] = "",
    study: Annotated[str, typer.Option(help=say("The uid of a study."))] = "",
    user: _User = "",
    links: Annotated[
        Path | None,
        typer.Option(
            help=say(
                "Write a link (NAME.pgslide) to each slide found into this folder. A link stands "
                "wherever the file of a slide does."
            )
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """List the slides of an archive (modality SM) with their addresses.

    An address stands wherever the file of a slide does. The login is that of --user, or the one
    that pathgui archive login kept. PATHGUI_ARCHIVE names an archive, whose login is
    PATHGUI_ARCHIVE_USER and PATHGUI_ARCHIVE_PASSWORD, or PATHGUI_ARCHIVE_TOKEN.
    """
    base = archive_address(address)
    if user:
        logins.give(base, _asked(base, user))
    with Watch(quiet=json) as watch:
        studies = find_studies(base, Wanted(patient, name, accession, date, study), report=watch)
        slides = [
            (each, one) for each in studies for one in list_series(base, each.uid, report=watch)
        ]
    if links is not None:
        for _, one in slides:
            write_link(one.address.url, links, one.title)
    if json:
        print_json([_fields(each, one) for each, one in slides])
        return
    if not slides:
        tell(say("No study with slides matches. Search for less, or with * at the end."))
        return
    _print(slides)
    if len(studies) >= MOST_STUDIES:
        tell(
            say(
                "Only the first {most} studies are listed. Search for more to see others.",
                most=MOST_STUDIES,
            )
        )
    if links is not None:
        told = counted(len(slides), "{n:,} link written to", "{n:,} links written to")
        tell(f"{told} {links}")


@app.command("login")
def login(
    address: _Address,
    user: Annotated[str, typer.Option(help=say("The user of the archive."))],
) -> None:
    """Ask for a password, try it, and keep it in this computer's keyring."""
    base = archive_address(address)
    logins.forget(base)
    given = _asked(base, user, again=True)
    with Watch() as watch:
        find_studies(base, Wanted(date="1800"), given, watch)  # finds nothing, and needs the login
    keep_login(base, given)
    tell(say("The keyring has the password of {user} for {base}.", user=user, base=base))


@app.command("logout")
def logout(address: _Address) -> None:
    """Remove the password of an archive from this computer's keyring."""
    base = archive_address(address)
    if drop_login(base):
        tell(say("The keyring has no password for {base} any more.", base=base))
    else:
        tell(say("The keyring had no password for {base}.", base=base))


def _asked(base: str, user: str, *, again: bool = False) -> Login:
    """The user with the password that is known, or typed; ``again``: it is always typed."""
    known = None if again else logins.of(base)
    if known is not None and known.user == user and known.password:
        return known
    if not sys.stdin.isatty():
        raise ArchiveError(
            say(
                "Nobody can type the password here. Set PATHGUI_ARCHIVE to {base}, and "
                "PATHGUI_ARCHIVE_USER and PATHGUI_ARCHIVE_PASSWORD to the login.",
                base=base,
            )
        )
    return Login(user, typer.prompt(say("Password"), hide_input=True, err=True))


def _fields(study: Study, series: Series) -> dict[str, object]:
    return {
        "address": series.address.url,
        "date": study.date,
        "accession": study.accession,
        "patient": study.patient,
        "name": study.name,
        "study": study.description,
        "series": series.description,
        "number": series.number,
        "instances": series.instances,
    }


def _print(slides: list[tuple[Study, Series]]) -> None:
    table = Table()
    for title in (say("Date"), say("Patient"), say("Accession"), say("Study"), say("Slide")):
        table.add_column(title, overflow="fold")
    for study, series in slides:
        who = " ".join(part for part in (study.patient, study.name) if part)
        slide = " ".join(part for part in (series.number, series.description) if part)
        table.add_row(study.date, who, study.accession, study.description, slide)
    out.print(table)
    for number, (_, series) in enumerate(slides, start=1):
        out.print(f"{number}  {series.address.url}", soft_wrap=True)
