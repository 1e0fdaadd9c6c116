"""The runs that are kept in a folder: list, rename, delete, pack."""

from __future__ import annotations

import re
import shutil
import zipfile
from functools import partial
from pathlib import Path

from pathgui.core.errors import RecordError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.runs.leftovers import is_hidden_work
from pathgui.core.runs.run_files import BASELINE_FILE, RUN_FILE, STAYS
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.exchange import rename_new
from pathgui.core.system.files import beside, draft_file


def rename_run(folder: Path, name: str) -> Path:
    """Give a run another name; returns its new folder.

    Raises
    ------
    RecordError
        If the name cannot be one of a folder, or is taken.
    """
    name = name.strip().removesuffix(RUN_ENDING)
    if not name or name.startswith(".") or re.search(r'[<>:"/\\|?*\x00-\x1f]', name):
        raise RecordError(
            say(
                "A run cannot be called {name!r}. Use letters, digits, spaces, dots and dashes.",
                name=name,
            )
        )
    target = folder.with_name(name + RUN_ENDING)
    if target == folder:
        return folder
    try:
        rename_new(folder, target)
    except FileExistsError:
        raise RecordError(
            say("There is a run called {name} already. Choose another name.", name=name)
        ) from None
    except OSError as error:
        raise RecordError(
            say(
                "{folder} could not be renamed: {strerror}.", folder=folder, strerror=error.strerror
            )
        ) from error
    return target


def delete_run(folder: Path) -> None:
    """Delete a run for good.

    Raises
    ------
    RecordError
        If the folder is no run, or is filed as a baseline (then nothing is touched), or cannot be
        deleted.
    """
    if folder.suffix != RUN_ENDING or not (folder / RUN_FILE).is_file():
        raise RecordError(say("{folder} is no run, so it is not deleted.", folder=folder))
    if (folder / BASELINE_FILE).exists():
        raise RecordError(say("{folder} is not deleted. {STAYS}", folder=folder, STAYS=STAYS))
    try:
        # Renamed first: a deletion that is cut short leaves nothing that looks like a run.
        doomed = beside(folder, "deleted")
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise RecordError(
            say(
                "{folder} could not be deleted: {strerror}.", folder=folder, strerror=error.strerror
            )
        ) from error


def pack_run(folder: Path, out: Path, report: ProgressFn = ignore_progress) -> Path:
    """Write all files of a run into one zip; returns ``out``.

    Raises
    ------
    RecordError
        If the folder is no run, or the zip cannot be written.
    """
    if not (folder / RUN_FILE).is_file():
        raise RecordError(
            say("{folder} is no finished run, so there is nothing to pack.", folder=folder)
        )
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and not is_hidden_work(path.name)
    )
    # A zip knows no time before 1980, but files have such times, from a broken clock say.
    made = partial(zipfile.ZipFile, compression=zipfile.ZIP_DEFLATED, strict_timestamps=False)
    with (
        os_errors_as(RecordError, say("The run could not be packed into {out}", out=out)),
        draft_file(out) as draft,
        made(draft, "x") as packed,
    ):
        for done, path in enumerate(files):
            report(Progress(say("Packing the run"), done, len(files), part=Part.SAVING))
            packed.write(path, Path(folder.name) / path.relative_to(folder))
    return out
