"""What a process that was killed while it wrote has left: swept up, or offered if it is complete.

A draft of a run or a reference set whose record is there was finished, all but its name. It is
never removed here; :func:`give_name` gives it one. Everything else that a dead process left under
a hidden name of :mod:`pathgui.core.system.files` is removed.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from pathlib import Path

from pathgui.core.errors import PathguiError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import REFERENCE_FILE
from pathgui.core.runs.run_files import RUN_FILE
from pathgui.core.system.endings import REFERENCE_ENDING, RUN_ENDING
from pathgui.core.system.exchange import rename_new, sync_folder
from pathgui.core.system.files import free_names, owner_mark

_RECORDS = {RUN_ENDING: RUN_FILE, REFERENCE_ENDING: REFERENCE_FILE}
_NAME = re.compile(
    r"\.(?P<name>.+)\.(?:(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-)?[0-9a-f]{8}"
    r"\.(?P<kind>draft|replaced|deleted)"
)
# Seconds without a change after which a draft counts as left: of a process that is gone here (a
# container may not see its neighbors' processes), of an unknown one, and of another computer.
_QUIET_GONE, _QUIET_UNKNOWN, _QUIET_ELSEWHERE = 600.0, 3600.0, 86400.0


def finished_drafts(folder: Path) -> list[Path]:
    """Drafts of runs and reference sets in ``folder`` that lack nothing but their name."""
    return sorted(
        path
        for path, name in _hidden(folder)
        if name["kind"] == "draft" and _has_record(path, name["name"]) and _is_gone(path, name)
    )


def name_of(draft: Path) -> str:
    """The name that a draft was to bear, with its ending."""
    found = _NAME.fullmatch(draft.name)
    return draft.name if found is None else found["name"]


def give_name(draft: Path) -> Path:
    """Give a finished draft its name, or one like it if that is taken; returns its new path.

    Raises
    ------
    PathguiError
        If it is not there any more, or cannot be renamed.
    """
    wanted = draft.with_name(name_of(draft))
    with os_errors_as(PathguiError, say("{draft} cannot be recovered", draft=draft), advice=""):
        target = wanted
        names = free_names(wanted, "recovered")
        while True:
            try:
                rename_new(draft, target)
                break
            except FileExistsError:
                target = next(names)
        sync_folder(draft.parent)
    return target


def sweep(folder: Path) -> int:
    """Remove what dead processes left in ``folder``, but for :func:`finished_drafts`; how many.

    What cannot be removed stays: tidying up ends no work.
    """
    removed = 0
    for path, name in _hidden(folder):
        unfinished = name["kind"] == "draft"
        if unfinished and _has_record(path, name["name"]):
            continue
        if not _is_gone(path, name, _QUIET_GONE if unfinished else 0.0):
            continue
        with contextlib.suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            removed += 1
    return removed


def is_hidden_work(name: str) -> bool:
    """Whether a file or folder of that name is a draft, or on its way out."""
    return _NAME.fullmatch(name) is not None


def _hidden(folder: Path) -> list[tuple[Path, re.Match[str]]]:
    try:
        found = [(path, _NAME.fullmatch(path.name)) for path in folder.iterdir()]
    except OSError:
        return []  # no folder, or one that may not be looked into: nothing to tidy up
    return [(path, name) for path, name in found if name is not None]


def _has_record(draft: Path, name: str) -> bool:
    record = _RECORDS.get(Path(name).suffix)
    return record is not None and (draft / record).is_file()


def _is_gone(path: Path, name: re.Match[str], quiet: float = 0.0) -> bool:
    """Whether the process that wrote ``path`` has ended, and nothing changed for ``quiet`` s."""
    import psutil

    own_host, own_pid = owner_mark().split("-")
    if name["host"] is None:
        quiet = _QUIET_UNKNOWN
    elif name["host"] != own_host:
        quiet = _QUIET_ELSEWHERE
    elif name["pid"] == own_pid or psutil.pid_exists(int(name["pid"])):
        return False
    return time.time() - _last_change(path) >= quiet


def _last_change(path: Path) -> float:
    latest = 0.0
    for each in (path, *path.rglob("*")):
        with contextlib.suppress(OSError):
            latest = max(latest, each.lstat().st_mtime)
    return latest
