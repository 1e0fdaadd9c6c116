"""``pathgui cohort``: the slides of a study, and what is known of each."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Optional

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.arguments import agreed, named_pairs
from pathgui.cli.terminal import Watch, err, out, print_json
from pathgui.core.cohort.column_proposal import ColumnProposal, propose_columns
from pathgui.core.cohort.opened import (
    Cohort,
    OpenCohort,
    make_cohort,
    open_cohort,
    with_role,
)
from pathgui.core.cohort.table_import import TableImport, import_table, named
from pathgui.core.errors import CohortError, plural
from pathgui.core.system.endings import COHORT_ENDING
from pathgui.core.tables.read import Sheet, read_pasted, read_sheet
from pathgui.folders import places_dir

app = typer.Typer(help="The slides of a study, and what is known of each.", no_args_is_help=True)

_EXIT_FAULTS = 2
_MOST_SHOWN = 20  # rows or cells that a list in the terminal has; --json has all

Folder = Annotated[Path, typer.Argument(help="A cohort (NAME.pgcohort).")]
Columns = Annotated[
    Optional[list[str]],  # noqa: UP045  typer before 0.15 reads no "X | None" here
    typer.Option(
        "--column",
        help="What a column of the source is: COLUMN=HEADING, as center=Klinik. Repeatable.",
    ),
]
RoleOptions = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option(
        "--role",
        help="The column that plays a role: ROLE=COLUMN, as center=scanner. Repeatable.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Take all that is proposed.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command("new")
def new(
    folder: Annotated[Path, typer.Argument(metavar="NAME", help="Name of the new cohort.")],
    table: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            help="Slides, one a row: CSV in any form, a workbook, or Parquet; - reads "
            "what is pasted."
        ),
    ] = None,
    slides: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Option(help="A folder with slides, or a slide. Repeatable."),
    ] = None,
    column: Columns = None,
    role: RoleOptions = None,
    yes: Yes = False,
) -> None:
    """Make a cohort of a table, of folders of slides, or of both."""
    from pathgui.core.cohort.new_slides import add_slides, locate
    from pathgui.core.cohort.slide_search import SlideIndex, slides_in, slides_named

    folder = with_ending(folder)
    proposal = None if table is None else _proposal(_sheet(table), (), column, yes)
    if table is None and column:
        raise CohortError("--column says what a column of --table is. Name the table.")
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
                _save(opened, replace(opened.cohort, slides=found.slides))
                told += [*_import_lines(made), *found.notes]
            if given:
                added = add_slides(opened, given, watch)
                _save(opened, replace(opened.cohort, slides=added.slides))
                if proposal is None:
                    told += added.notes
                elif added.added:
                    told.append(f"Not in the table, and added: {named(added.added)}.")
            told += _set_roles(opened, role)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)  # it holds nothing but what was begun here
        raise
    _print_all(told)
    _say_what_is_there(opened)


@app.command("add")
def add(
    folder: Folder,
    slides: Annotated[
        Optional[list[Path]],  # noqa: UP045
        typer.Argument(help="Slides, DICOM folders, and folders of slides."),
    ] = None,
    regions: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="GeoJSON of QuPath, or a folder of files that are named like slides."),
    ] = None,
    slide: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="The slide_id that --regions are of. Repeatable."),
    ] = None,
    all_slides: Annotated[
        bool, typer.Option("--all-slides", help="The --regions are of every slide.")
    ] = False,
    unnamed: Annotated[
        str, typer.Option("--class", help="The tissue of areas that have no class.")
    ] = "",
    leave_out: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="A class of areas that are not taken, as Ignore*. Repeatable."),
    ] = None,
    from_corner: Annotated[
        bool,
        typer.Option(
            "--from-corner",
            help="Places in --regions count from the corner of the slide, not of its scanned part.",
        ),
    ] = False,
    find: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Where slides were moved to: one file, or a folder above them all."),
    ] = None,
    role: RoleOptions = None,
) -> None:
    """Add slides or labeled regions, find moved files again, or choose roles of columns."""
    from pathgui.core.cohort.new_slides import add_slides, find_again
    from pathgui.core.cohort.region_import import RegionChoice, import_regions

    if not (slides or regions or find or role):
        raise CohortError("Say what to add: slides, --regions, --find or --role.")
    folder = with_ending(folder)
    with _changing(folder) as opened, Watch() as watch:
        if slides:
            added = add_slides(opened, slides, watch)
            _save(opened, replace(opened.cohort, slides=added.slides))
            _print_all(added.notes)
            _print_all([_done(len(added.added), "slide", "added")])
        if find:
            found = find_again(opened, find, watch)
            _save(opened, replace(opened.cohort, slides=found.slides))
            _print_all([_done(len(found.found), "slide", "found again")])
            if found.missing:
                out.print(f"Still not found: {named(found.missing)}.", soft_wrap=True)
        if regions:
            of = opened.cohort.slides.slide_ids if all_slides else slide or ()
            choice = RegionChoice(unnamed, tuple(leave_out or ()), from_corner)
            taken = import_regions(opened, regions, [name for name in of if name], choice, watch)
            to = f"added to {plural(len(taken.slides), 'slide')}" if taken.slides else "added"
            _print_all([*taken.notes, _done(taken.added, "labeled region", to)])
        _print_all(_set_roles(opened, role))


@app.command("import")
def import_(
    folder: Folder,
    source: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(help="A table, a QuPath project (project.qpproj), or - for what is pasted."),
    ] = None,
    from_files: Annotated[
        bool,
        typer.Option(
            "--from-files",
            help="Propose what folders, names and the slides' files say: folder 1, TCGA site, "
            "TCGA patient, scanner, serial number, objective, date.",
        ),
    ] = False,
    column: Columns = None,
    yes: Yes = False,
    add_new: Annotated[
        bool, typer.Option("--add-slides", help="Rows that match no slide become new slides.")
    ] = False,
) -> None:
    """Take what a table, a QuPath project or the files themselves say of the slides."""
    from pathgui.core.cohort.new_slides import locate
    from pathgui.core.cohort.slide_search import SlideIndex

    if (source is None) != from_files:
        raise CohortError("Name a table or a QuPath project, or say --from-files.")
    folder = with_ending(folder)
    with _changing(folder) as opened, Watch() as watch:
        if source is None:
            _import_from_files(opened, named_pairs(column, "--column"), yes, watch)
            return
        sheet = _sheet(source)
        proposal = _proposal(sheet, opened.cohort.slides.columns, column, yes)
        made = import_table(opened.cohort.slides, proposal, add_slides=add_new)
        beside = [] if _is_pasted(source) else [source.absolute().parent]
        found = locate(opened, made.slides, beside, SlideIndex([]), watch)
        _save(opened, replace(opened.cohort, slides=found.slides))
        _print_all(_import_lines(made))


@app.command("show")
def show(folder: Folder, as_json: Json = False) -> None:
    """Print what a cohort holds."""
    from pathgui.core.cohort.overview import overview_of

    with reading(with_ending(folder)) as opened:
        seen = overview_of(opened)
    if as_json:
        print_json(seen)
        return
    facts = {
        "Cohort": seen.name,
        "Slides": f"{len(seen.slides)}, files found: {seen.found}",
        "Patients": str(seen.patients) if seen.patients else "not given",
        "Centers": f"{len(seen.centers)} (column {seen.roles.center})",
        "Tissues": f"{len(seen.tissues)} (column {seen.roles.tissue}, and labeled regions)",
    }
    regions = [each.regions for each in seen.slides if each.regions]
    if regions:
        facts["Regions"] = f"{sum(regions):,} labeled, on {plural(len(regions), 'slide')}"
    for name, value in facts.items():
        out.print(f"{name + ':':<10} {value}", soft_wrap=True)
    if seen.tissues and seen.centers:
        out.print("Slides of each tissue at each center:")
        table = Table(box=SIMPLE_HEAD)
        table.add_column("Center", overflow="fold")
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
        said = f"{plural(n, 'slide')}: nothing is missing." if not faults else (
            f"{plural(n, 'slide')}; {rows} with {plural(len(faults), 'fault')}."
        )  # fmt: skip
        out.print(said, soft_wrap=True)
    if faults:
        raise typer.Exit(_EXIT_FAULTS)


def _import_from_files(
    opened: OpenCohort, chosen: Mapping[str, str], yes: bool, watch: Watch
) -> None:
    from pathgui.core.cohort.file_proposals import accept, from_facts, from_paths
    from pathgui.core.cohort.slide_facts import facts_of_all

    files = opened.files()
    proposals = [*from_paths(files), *from_facts(facts_of_all(files, watch))]
    if not proposals:
        out.print("Neither names, folders nor files say anything of these slides.")
        return
    sources = {each.source: each for each in proposals}
    unknown = [source for source in chosen.values() if source not in sources]
    if unknown:
        raise CohortError(f"There is no source {unknown[0]}. There are: {', '.join(sources)}.")
    out.print("What the files say:")
    table = Table(box=SIMPLE_HEAD)
    for title in ("Source", "Column", "Slides", "Values"):
        table.add_column(title, overflow="fold")
    for each in proposals:
        table.add_row(each.source, each.column or "–", str(len(each.values)), named(each.different))
    out.print(table)
    wanted = {source: column for column, source in chosen.items()}
    open_ = [each for each in proposals if each.column and each.source not in wanted]
    if open_ and not chosen and (yes or agreed("Take them as proposed?")):
        wanted |= {each.source: each.column for each in open_}
    elif yes:
        wanted |= {each.source: each.column for each in open_ if each.column not in chosen}
    slides, told = opened.cohort.slides, []
    for source, column in wanted.items():
        slides, filled, kept = accept(slides, sources[source], column)
        rest = f"; {plural(kept, 'cell')} that held something else kept" if kept else ""
        filled_in = _done(filled, "cell", f"filled from {source}").rstrip(".")
        told.append(f"{column}: {filled_in}{rest}.")
    _save(opened, replace(opened.cohort, slides=slides))
    _print_all(told)
    if not wanted:
        out.print(
            "Nothing was taken. Take what is proposed with --yes, or say what a source is: "
            '--column center="folder 1".',
            soft_wrap=True,
        )


def _proposal(
    sheet: Sheet, known: Sequence[str], column: Sequence[str] | None, yes: bool
) -> ColumnProposal:
    """What is taken of a table: shown, and accepted by --yes, --column, or at the terminal."""
    proposal = propose_columns(sheet, known).settled(named_pairs(column, "--column"))
    for sentence in proposal.undecided.values():
        out.print(f"{sentence} Take --column to say so.", soft_wrap=True)
    unsure = proposal.unsure
    for each in unsure:
        out.print(f'Proposed: the column "{each.heading}" is the {each.column}.', soft_wrap=True)
    if unsure and (yes or agreed("Take it so?")):
        proposal = proposal.accepted()
    elif unsure:
        of_them = " ".join(f'--column {each.column}="{each.heading}"' for each in unsure)
        out.print(
            "Not taken as that: such columns keep their own names. To take them: "
            f"--yes, or {of_them}.",
            soft_wrap=True,
        )
        proposal = proposal.declined()
    proposal.require_slides()
    return proposal


def _sheet(source: Path) -> Sheet:
    from pathgui.core.cohort.qupath_project import PROJECT_ENDING, read_project

    if _is_pasted(source):
        return read_pasted(sys.stdin.buffer.read(), CohortError)
    if source.suffix.lower() == PROJECT_ENDING:
        sheet, told = read_project(source)
        _print_all(f"{source.name}, {text}." for text in told)
        return sheet
    return read_sheet(source, CohortError)


def _is_pasted(source: Path) -> bool:
    return str(source) == "-"


def _import_lines(made: TableImport) -> list[str]:
    """What a table did to a cohort."""
    lines = [*made.told, *(f"{note}." for note in made.notes)]
    lines += [
        f"{slide}: {column} was {before} and is {after} now."
        for slide, column, before, after in made.changed[:_MOST_SHOWN]
    ]
    if len(made.changed) > _MOST_SHOWN:
        more = plural(len(made.changed) - _MOST_SHOWN, "more cell", "more cells")
        lines.append(f"... and {more} changed.")
    if made.unknown:
        lines.append(
            f"In the table, but no slide of the cohort: {named(made.unknown)}. Rows become new "
            "slides with --add-slides."
        )
    if made.not_named:
        lines.append(f"In the cohort, but not in the table: {named(made.not_named)}.")
    new = f", {plural(made.added, 'slide')} new" if made.added else ""
    return [*lines, _done(made.taken, "row", f"taken{new}")]


def _say_what_is_there(opened: OpenCohort) -> None:
    slides = opened.cohort.slides
    missing = [slides.slide_ids[row] for row, path in enumerate(opened.files()) if path is None]
    out.print(f"{opened.folder}: {plural(len(slides), 'slide')}.", soft_wrap=True)
    if missing:
        out.print(
            f"The files of {plural(len(missing), 'slide')} were not found: {named(missing)}. "
            f"Say where they lie: pathgui cohort add {opened.folder} --find FOLDER",
            soft_wrap=True,
        )


def _print_all(lines: Iterable[str]) -> None:
    for line in lines:
        out.print(line, soft_wrap=True)


def _done(n: int, what: str, done: str) -> str:
    """A sentence on how many of something were treated; of none it says that, not a zero."""
    return f"{plural(n, what)} {done}." if n else f"No {what} was {done}."


def _set_roles(opened: OpenCohort, given: Sequence[str] | None) -> list[str]:
    """Let columns play roles; returns what is to be said of it."""
    cohort, told = opened.cohort, []
    for role, column in named_pairs(given, "--role").items():
        cohort = with_role(cohort, role, column)
        told.append(f"The column {column} plays the {role}.")
    _save(opened, cohort)
    return told


def _save(opened: OpenCohort, cohort: Cohort) -> None:
    if cohort != opened.cohort:
        opened.save(cohort)


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
                err.print(f"Note: {notice}", soft_wrap=True)
        yield opened


@contextmanager
def _changing(folder: Path) -> Iterator[OpenCohort]:
    """An open cohort that may be changed; refused before any work where it may not."""
    with reading(folder, to_change=True) as opened:
        opened.require_change()
        yield opened
