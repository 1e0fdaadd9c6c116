"""``pathgui runs``: the runs of a folder, and what a killed pathgui finished but did not name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from pathgui.cli.summary import print_summary
from pathgui.cli.terminal import err, out, print_json, tell
from pathgui.core.baselines.standing import Standing, standing_of
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.results.run_list import list_runs
from pathgui.core.runs.leftovers import finished_drafts, give_name, name_of, sweep
from pathgui.core.runs.record import SlideFacts
from pathgui.core.runs.run_files import RUN_FILE, load_evaluation
from pathgui.folders import name_book, runs_dir


def runs_command(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help=say(
                "The folder with the runs; by default that of the window. Of a "
                "run (NAME.pgrun), its results are shown."
            )
        ),
    ] = None,
    recover: Annotated[
        bool,
        typer.Option(
            "--recover",
            help=say(
                "Give a name to runs and reference sets that were finished, but "
                "not put in their place."
            ),
        ),
    ] = False,
    slides: Annotated[
        list[Path] | None,
        typer.Option(
            help=say(
                "A folder with slides. Repeat it for several. The list says "
                "which slides have changed since their run, also those beside "
                "the run and here."
            )
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=say("Print one JSON document."))] = False,
) -> None:
    """List the runs in a folder, or show one; recover those whose last step was cut short."""
    if folder is not None and (folder / RUN_FILE).is_file():
        evaluation = load_evaluation(folder)
        if json:
            print_json(evaluation.run)
        else:
            print_summary(evaluation)
        return
    place = runs_dir() if folder is None else folder
    if folder is not None and not folder.is_dir():
        why = say("is not a folder") if folder.exists() else say("does not exist")
        raise PathguiError(
            say("{folder} {why}. Name a folder that holds runs.", folder=folder, why=why)
        )
    sweep(place)
    recovered = [give_name(draft) for draft in finished_drafts(place)] if recover else []
    entries = list_runs(place)
    left = finished_drafts(place)
    changed = {
        entry.folder: slide_changes(entry.folder, entry.slide_facts, slides or ())
        for entry in entries
    }
    filed = {entry.folder: standing_of(entry.folder) for entry in entries}
    if json:
        print_json(
            {
                "folder": str(place),
                "runs": [
                    {
                        "name": entry.name,
                        "finished": entry.finished,
                        "slide": entry.slide,
                        "reference": entry.reference,
                        "encoders": entry.encoders,
                        "headline": entry.headline,
                        "problem": entry.problem,
                        "content_id": entry.slide_facts.content_id if entry.slide_facts else "",
                        "changed": changed[entry.folder],
                        "baseline": filed[entry.folder],
                    }
                    for entry in entries
                    if not entry.unplaced
                ],
                "recovered": [path.name for path in recovered],
                "not_in_place": [name_of(draft) for draft in left],
            }
        )
        return
    table = Table(title=say("Runs in {place}", place=place), title_justify="left")
    for title in (say("Run"), say("Finished"), say("Slide"), say("Encoders"), say("Result")):
        table.add_column(title, overflow="fold")
    names = name_book()
    for entry in entries:
        if not entry.unplaced:
            told = (entry.finished, names.name_of(entry.slide) or "none", ", ".join(entry.encoders))
            table.add_row(entry.name, *told, entry.headline or entry.problem)
    if table.row_count:
        out.print(table)
    else:
        tell(say("No runs in {place}.", place=place))
    for entry in entries:
        for text in (_standing(filed[entry.folder]), changed[entry.folder]):
            if text:
                tell(f"{entry.name}: {text}")
    for path in recovered:
        tell(say("Recovered: {path}", path=path))
    _offer(place, left)


def _standing(found: Standing | None) -> str:
    """What the list says of a run that is filed; "" of others."""
    if found is None:
        return ""
    if not found.filed_at:
        return found.problem
    return f"{found.words}. {found.problem}".rstrip()


def slide_changes(run: Path, facts: SlideFacts | None, folders: Sequence[Path]) -> str:
    """What has changed of the slide of a run, where a file of its name is found; "" if nothing."""
    if facts is None:
        return ""
    from pathgui.core.runs.slide_since import changed_since, find_slide

    facts = replace(facts, file_name=name_book().name_of(facts.file_name))
    path = find_slide(facts, [*folders, run.parent, Path.cwd()])
    return "" if path is None else changed_since(facts, path)


def tidy(folder: Path) -> None:
    """Sweep up beside a target, and say on stderr what lies there and could be recovered."""
    sweep(folder)
    _offer(folder, finished_drafts(folder))


def _offer(folder: Path, left: list[Path]) -> None:
    if not left:
        return
    names = ", ".join(name_of(draft) for draft in left)
    err.print(
        say(
            "Note: {names} was finished, but pathgui was stopped before it got "
            "its name. To recover it: pathgui runs {folder} --recover",
            names=names,
            folder=folder,
        ),
        soft_wrap=True,
    )
