"""``pathgui cohort``: the slides of a study, and what is known of each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.arguments import named_pairs
from pathgui.cli.cohort_tables import (
    _is_pasted,
    import_from_files,
    import_lines,
    keep,
    print_all,
    proposal_of,
    regions_added,
    say_what_is_there,
    sheet_of,
)
from pathgui.cli.spoken import Commands
from pathgui.cli.terminal import Watch, err, out, print_json
from pathgui.core.cohort.opened import (
    OpenCohort,
    make_cohort,
    open_cohort,
    with_role,
)
from pathgui.core.cohort.table_import import import_table, named
from pathgui.core.errors import CohortError, plural
from pathgui.core.language.texts import counted, say
from pathgui.core.system.endings import COHORT_ENDING
from pathgui.folders import places_dir

app = Commands(help=say("The slides of a study, and what is known of each."), no_args_is_help=True)

_EXIT_FAULTS = 2

Folder = Annotated[Path, typer.Argument(help=say("A cohort (NAME.pgcohort)."))]
Columns = Annotated[
    Optional[list[str]],  # noqa: UP045  typer before 0.15 reads no "X | None" here
    typer.Option(
        "--column",
        help=say("What a column of the source is: COLUMN=HEADING, as center=Klinik. Repeatable."),
    ),
]
RoleOptions = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--role",
        help=say("The column that plays a role: ROLE=COLUMN, as center=scanner. Repeatable."),
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help=say("Take all that is proposed."))]
Json = Annotated[bool, typer.Option("--json", help=say("One JSON document."))]


@app.command("new")
def new(
    folder: Annotated[Path, typer.Argument(metavar="NAME", help=say("Name of the new cohort."))],
    table: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help=say(
                "Slides, one a row: CSV in any form, a workbook, or Parquet; - "
                "reads what is pasted."
            )
        ),
    ] = None,
    slides: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(help=say("A folder with slides, or a slide. Repeatable.")),
    ] = None,
    column: Columns = None,
    role: RoleOptions = None,
    yes: Yes = False,
) -> None:
    """Make a cohort of a table, of folders of slides, or of both."""
    from pathgui.core.cohort.new_slides import add_slides, locate
    from pathgui.core.cohort.slide_search import SlideIndex, slides_in, slides_named

    folder = with_ending(folder)
    proposal = None if table is None else proposal_of(sheet_of(table), (), column, yes)
    if table is None and column:
        raise CohortError(say("--column says what a column of --table is. Name the table."))
    given = [file for path in slides or () for file in slides_named(path)]
    beside = [] if table is None or _is_pasted(table) else [table.absolute().parent]
    beside.append(Path.cwd())
    make_cohort(folder)
    told: list[str] = []  # said when all of it is done, as nothing is kept otherwise
    try:
        with _changing(folder) as opened, Watch() as watch:
            if proposal is not None:
                made = import_table(opened.cohort.slides, proposal, add_slides=True)
                near = [slide for place in beside for slide in slides_in(place, below=False)]
                found = locate(opened, made.slides, beside, SlideIndex([*given, *near]), watch)
                keep(opened, replace(opened.cohort, slides=found.slides))
                told += [*import_lines(made), *found.notes]
            if given:
                added = add_slides(opened, given, watch)
                keep(opened, replace(opened.cohort, slides=added.slides))
                if proposal is None:
                    told += added.notes
                elif added.added:
                    told.append(
                        say("Not in the table, and added: {added}.", added=named(added.added))
                    )
            told += _set_roles(opened, role)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # it holds nothing but what was begun here
        raise
    print_all(told)
    say_what_is_there(opened)


@app.command("add")
def add(
    folder: Folder,
    slides: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Argument(help=say("Slides, DICOM folders, and folders of slides.")),
    ] = None,
    regions: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help=say("GeoJSON of QuPath, or a folder of files that are named like slides.")
        ),
    ] = None,
    slide: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help=say("The slide_id that --regions are of. Repeatable.")),
    ] = None,
    all_slides: Annotated[
        bool, typer.Option("--all-slides", help=say("The --regions are of every slide."))
    ] = False,
    unnamed: Annotated[
        str, typer.Option("--class", help=say("The tissue of areas that have no class."))
    ] = "",
    leave_out: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help=say("A class of areas that are not taken, as Ignore*. Repeatable.")),
    ] = None,
    from_corner: Annotated[
        bool,
        typer.Option(
            "--from-corner",
            help=say(
                "Places in --regions count from the corner of the slide, not of its scanned part."
            ),
        ),
    ] = False,
    find: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help=say("Where slides were moved to: one file, or a folder above them all.")),
    ] = None,
    role: RoleOptions = None,
) -> None:
    """Add slides or labeled regions, find moved files again, or choose roles of columns."""
    from pathgui.core.cohort.new_slides import add_slides, find_again
    from pathgui.core.cohort.region_import import RegionChoice, import_regions

    if not (slides or regions or find or role):
        raise CohortError(say("Say what to add: slides, --regions, --find or --role."))
    folder = with_ending(folder)
    with _changing(folder) as opened, Watch() as watch:
        if slides:
            added = add_slides(opened, slides, watch)
            keep(opened, replace(opened.cohort, slides=added.slides))
            print_all(added.notes)
            n = len(added.added)
            told = counted(n, "{n:,} slide added.", "{n:,} slides added.")
            print_all([told if n else say("No slide was added.")])
        if find:
            found = find_again(opened, find, watch)
            keep(opened, replace(opened.cohort, slides=found.slides))
            n = len(found.found)
            told = counted(n, "{n:,} slide found again.", "{n:,} slides found again.")
            print_all([told if n else say("No slide was found again.")])
            if found.missing:
                out.print(
                    say("Still not found: {missing}.", missing=named(found.missing)), soft_wrap=True
                )
        if regions:
            of = opened.cohort.slides.slide_ids if all_slides else slide or ()
            choice = RegionChoice(unnamed, tuple(leave_out or ()), from_corner)
            taken = import_regions(opened, regions, [name for name in of if name], choice, watch)
            print_all([*taken.notes, regions_added(taken.added, len(taken.slides))])
        print_all(_set_roles(opened, role))


@app.command("import")
def import_(
    folder: Folder,
    source: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(
            help=say("A table, a QuPath project (project.qpproj), or - for what is pasted.")
        ),
    ] = None,
    from_files: Annotated[
        bool,
        typer.Option(
            "--from-files",
            help=say(
                "Propose what folders, names and the slides' files say: folder "
                "1, TCGA site, TCGA patient, scanner, serial number, objective, "
                "date."
            ),
        ),
    ] = False,
    column: Columns = None,
    yes: Yes = False,
    add_new: Annotated[
        bool, typer.Option("--add-slides", help=say("Rows that match no slide become new slides."))
    ] = False,
) -> None:
    """Take what a table, a QuPath project or the files themselves say of the slides."""
    from pathgui.core.cohort.new_slides import locate
    from pathgui.core.cohort.slide_search import SlideIndex

    if (source is None) != from_files:
        raise CohortError(say("Name a table or a QuPath project, or say --from-files."))
    folder = with_ending(folder)
    with _changing(folder) as opened, Watch() as watch:
        if source is None:
            import_from_files(opened, named_pairs(column, "--column"), yes, watch)
            return
        sheet = sheet_of(source)
        proposal = proposal_of(sheet, opened.cohort.slides.columns, column, yes)
        made = import_table(opened.cohort.slides, proposal, add_slides=add_new)
        beside = [] if _is_pasted(source) else [source.absolute().parent]
        found = locate(opened, made.slides, beside, SlideIndex([]), watch)
        keep(opened, replace(opened.cohort, slides=found.slides))
        print_all(import_lines(made))


@app.command("show")
def show(folder: Folder, as_json: Json = False) -> None:
    """Print what a cohort holds."""
    from pathgui.core.cohort.overview import overview_of
    from pathgui.core.reference.roles import RoleColumns

    with reading(with_ending(folder)) as opened:
        seen = overview_of(opened)
    if as_json:
        print_json(seen)
        return
    facts = {
        "Cohort": seen.name,
        "Slides": say(
            "{n_slides}, files found: {found}", n_slides=len(seen.slides), found=seen.found
        ),
        "Patients": str(seen.patients) if seen.patients else say("not given"),
        "Centers": say(
            "{n_centers} (column {center})", n_centers=len(seen.centers), center=seen.roles.center
        ),
        "Tissues": say(
            "{n_tissues} (column {tissue}, and labeled regions)",
            n_tissues=len(seen.tissues),
            tissue=seen.roles.tissue,
        ),
    }
    regions = [each.regions for each in seen.slides if each.regions]
    if regions:
        facts["Regions"] = say(
            "{regions:,} labeled, on {slides}",
            regions=sum(regions),
            slides=plural(len(regions), "slide"),
        )
    for name, value in facts.items():
        out.print(f"{name + ':':<10} {value}", soft_wrap=True)
    if seen.tissues and seen.centers:
        columns = RoleColumns(seen.roles.center, seen.roles.tissue)
        out.print(columns.say(say("Slides of each {tissue} at each {center}:")))
        table = Table(box=SIMPLE_HEAD)
        table.add_column(columns.of_center.One, overflow="fold")
        for tissue in seen.tissues:
            table.add_column(tissue, justify="right", overflow="fold")
        for center in seen.centers:
            table.add_row(
                center, *(str(seen.table.get(f"{tissue} × {center}", 0)) for tissue in seen.tissues)
            )
        out.print(table)


@app.command("check")
def check(folder: Folder, as_json: Json = False) -> None:
    """Open every slide and say what each row lacks, and why; exit code 2 if any does."""
    from pathgui.core.cohort.check import check_cohort

    with reading(with_ending(folder)) as opened, Watch(quiet=as_json) as watch:
        faults = check_cohort(opened, watch).faults
    if as_json:
        print_json({"faults": faults})
    else:
        for fault in faults:
            out.print(str(fault), soft_wrap=True)
        rows = len({fault.row for fault in faults if fault.row})
        n = len(opened.cohort.slides)
        said = say("{slides}: nothing is missing.", slides=plural(n, 'slide')) if not faults else (
            say("{slides}; {rows} with {faults}.", slides=plural(n, 'slide'), rows=rows,
                faults=plural(len(faults), 'fault'))
        )  # fmt: skip
        out.print(said, soft_wrap=True)
    if faults:
        raise typer.Exit(_EXIT_FAULTS)


def _set_roles(opened: OpenCohort, given: Sequence[str] | None) -> list[str]:
    """Let columns play roles; returns what is to be said of it."""
    cohort, told = opened.cohort, []
    for role, column in named_pairs(given, "--role").items():
        cohort = with_role(cohort, role, column)
        told.append(say("The column {column} plays the {role}.", column=column, role=role))
    keep(opened, cohort)
    return told


def with_ending(folder: Path) -> Path:
    """``C`` as ``C.pgcohort``, so that the ending need not be typed."""
    if folder.name.endswith(COHORT_ENDING) or not folder.name:
        return folder
    return folder.with_name(f"{folder.name}{COHORT_ENDING}")


@contextmanager
def reading(folder: Path, *, to_change: bool = False) -> Iterator[OpenCohort]:
    with open_cohort(folder, places_dir(), to_change=to_change) as opened:
        for notice in (opened.why_read_only, *opened.notices):
            if notice:
                err.print(say("Note: {notice}", notice=notice), soft_wrap=True)
        yield opened


@contextmanager
def _changing(folder: Path) -> Iterator[OpenCohort]:
    """An open cohort that may be changed; refused before any work where it may not."""
    with reading(folder, to_change=True) as opened:
        opened.require_change()
        yield opened
