"""A table of slides in the terminal: what is taken of it, and what came of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from pathgui.cli.arguments import agreed, named_pairs
from pathgui.cli.terminal import Watch, out
from pathgui.core.cohort.column_proposal import ColumnProposal, propose_columns
from pathgui.core.cohort.opened import (
    Cohort,
    OpenCohort,
)
from pathgui.core.cohort.table_import import TableImport, named
from pathgui.core.errors import CohortError, plural
from pathgui.core.language.texts import counted, say
from pathgui.core.tables.read import Sheet, read_pasted, read_sheet

MOST_SHOWN = 20  # rows or cells that a list in the terminal has; --json has all


def import_from_files(
    opened: OpenCohort, chosen: Mapping[str, str], yes: bool, watch: Watch
) -> None:
    from pathgui.core.cohort.file_proposals import accept, from_facts, from_paths
    from pathgui.core.cohort.slide_facts import facts_of_all

    files = opened.files()
    proposals = [*from_paths(files), *from_facts(facts_of_all(files, watch))]
    if not proposals:
        out.print(say("Neither names, folders nor files say anything of these slides."))
        return
    sources = {each.source: each for each in proposals}
    unknown = [source for source in chosen.values() if source not in sources]
    if unknown:
        raise CohortError(
            say(
                "There is no source {unknown}. There are: {sources}.",
                unknown=unknown[0],
                sources=", ".join(sources),
            )
        )
    out.print(say("What the files say:"))
    table = Table(box=SIMPLE_HEAD)
    for title in (say("Source"), say("Column"), say("Slides"), say("Values")):
        table.add_column(title, overflow="fold")
    for each in proposals:
        table.add_row(each.source, each.column or "–", str(len(each.values)), named(each.different))
    out.print(table)
    wanted = {source: column for column, source in chosen.items()}
    open_ = [each for each in proposals if each.column and each.source not in wanted]
    if open_ and not chosen and (yes or agreed(say("Take them as proposed?"))):
        wanted |= {each.source: each.column for each in open_}
    elif yes:
        wanted |= {each.source: each.column for each in open_ if each.column not in chosen}
    slides, told = opened.cohort.slides, []
    for source, column in wanted.items():
        slides, filled, kept = accept(slides, sources[source], column)
        rest = (
            say("; {cells} that held something else kept", cells=plural(kept, "cell"))
            if kept
            else ""
        )
        filled_in = (
            counted(
                filled,
                "{n:,} cell filled from {source}",
                "{n:,} cells filled from {source}",
                source=source,
            )
            if filled
            else say("No cell was filled from {source}", source=source)
        )
        told.append(f"{column}: {filled_in}{rest}.")
    keep(opened, replace(opened.cohort, slides=slides))
    print_all(told)
    if not wanted:
        out.print(
            say(
                "Nothing was taken. Take what is proposed with --yes, or say "
                'what a source is: --column center="folder 1".'
            ),
            soft_wrap=True,
        )


def proposal_of(
    sheet: Sheet, known: Sequence[str], column: Sequence[str] | None, yes: bool
) -> ColumnProposal:
    """What is taken of a table: shown, and accepted by --yes, --column, or at the terminal."""
    proposal = propose_columns(sheet, known).settled(named_pairs(column, "--column"))
    for sentence in proposal.undecided.values():
        out.print(say("{sentence} Take --column to say so.", sentence=sentence), soft_wrap=True)
    unsure = proposal.unsure
    for each in unsure:
        out.print(
            say(
                'Proposed: the column "{heading}" is the {column}.',
                heading=each.heading,
                column=each.column,
            ),
            soft_wrap=True,
        )
    if unsure and (yes or agreed(say("Take it so?"))):
        proposal = proposal.accepted()
    elif unsure:
        of_them = " ".join(f'--column {each.column}="{each.heading}"' for each in unsure)
        out.print(
            say(
                "Not taken as that: such columns keep their own names. To take "
                "them: --yes, or {of_them}.",
                of_them=of_them,
            ),
            soft_wrap=True,
        )
        proposal = proposal.declined()
    proposal.require_slides()
    return proposal


def sheet_of(source: Path) -> Sheet:
    from pathgui.core.cohort.qupath_project import PROJECT_ENDING, read_project

    if _is_pasted(source):
        return read_pasted(sys.stdin.buffer.read(), CohortError)
    if source.suffix.lower() == PROJECT_ENDING:
        sheet, told = read_project(source)
        print_all(f"{source.name}, {text}." for text in told)
        return sheet
    return read_sheet(source, CohortError)


def _is_pasted(source: Path) -> bool:
    return str(source) == "-"


def say_what_is_there(opened: OpenCohort) -> None:
    slides = opened.cohort.slides
    missing = [slides.slide_ids[row] for row, path in enumerate(opened.files()) if path is None]
    out.print(f"{opened.folder}: {plural(len(slides), 'slide')}.", soft_wrap=True)
    if missing:
        out.print(
            say(
                "The files of {slides} were not found: {missing}. Say where they "
                "lie: pathgui cohort add {folder} --find FOLDER",
                slides=plural(len(missing), "slide"),
                missing=named(missing),
                folder=opened.folder,
            ),
            soft_wrap=True,
        )


def print_all(lines: Iterable[str]) -> None:
    for line in lines:
        out.print(line, soft_wrap=True)


def keep(opened: OpenCohort, cohort: Cohort) -> None:
    if cohort != opened.cohort:
        opened.save(cohort)


def import_lines(made: TableImport) -> list[str]:
    """What a table did to a cohort."""
    lines = [*made.told, *(f"{note}." for note in made.notes)]
    lines += [
        say(
            "{slide}: {column} was {before} and is {after} now.",
            slide=slide,
            column=column,
            before=before,
            after=after,
        )
        for slide, column, before, after in made.changed[:MOST_SHOWN]
    ]
    if len(made.changed) > MOST_SHOWN:
        more = plural(len(made.changed) - MOST_SHOWN, "more cell", "more cells")
        lines.append(say("... and {more} changed.", more=more))
    if made.unknown:
        lines.append(
            say(
                "In the table, but no slide of the cohort: {unknown}. Rows "
                "become new slides with --add-slides.",
                unknown=named(made.unknown),
            )
        )
    if made.not_named:
        lines.append(
            say(
                "In the cohort, but not in the table: {not_named}.", not_named=named(made.not_named)
            )
        )
    new = say(", {slides} new", slides=plural(made.added, "slide")) if made.added else ""
    if not made.taken:
        return [*lines, say("No row was taken{new}.", new=new)]
    taken = counted(made.taken, "{n:,} row taken{new}.", "{n:,} rows taken{new}.", new=new)
    return [*lines, taken]


def regions_added(n: int, n_slides: int) -> str:
    """A sentence on how many labeled regions were added; of none it says that, not a zero."""
    slides = plural(n_slides, "slide")
    if n and n_slides:
        return counted(
            n,
            "{n:,} labeled region added to {slides}.",
            "{n:,} labeled regions added to {slides}.",
            slides=slides,
        )
    if n_slides:
        return say("No labeled region was added to {slides}.", slides=slides)
    if n:
        return counted(n, "{n:,} labeled region added.", "{n:,} labeled regions added.")
    return say("No labeled region was added.")
