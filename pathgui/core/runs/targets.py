"""Where runs and reference sets may go: found out before the work, not after it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pathgui.core.errors import PathguiError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import REFERENCE_FILE
from pathgui.core.runs.run_files import BASELINE_FILE, OWN_FILES, RUN_FILE, STAYS
from pathgui.core.system.files import Stamp, stamp
from pathgui.core.system.room import try_to_write

Kind = Literal["run", "reference set"]
_RECORDS: dict[Kind, str] = {"run": RUN_FILE, "reference set": REFERENCE_FILE}


def require_target(
    folder: Path, kind: Kind, *, replace: bool = False, how: str = say("Choose another name.")
) -> Stamp | None:
    """Refuse a place where a run or a reference set may not or cannot be written.

    With ``replace`` one that is there already may be replaced; anything else never is. ``how``
    says what else to do about one that is there.

    Returns
    -------
    Stamp or None
        Of the record that was agreed to be replaced; None where there is none. Whoever writes
        hands it on, so that what appears in the meantime stays.

    Raises
    ------
    PathguiError
        If something is in the way, or the place cannot be written to.
    """
    refused = say("The {kind} cannot be written to {folder}", kind=kind, folder=folder)
    with os_errors_as(PathguiError, refused, say("Choose another folder.")):
        if folder.is_dir():
            if (folder / _RECORDS[kind]).exists():
                if not replace:
                    raise PathguiError(
                        say(
                            "{folder} holds a {kind} already. {how}",
                            folder=folder,
                            kind=kind,
                            how=how,
                        )
                    )
                if (folder / BASELINE_FILE).exists():
                    raise PathguiError(
                        say(
                            "{folder} is not replaced. {STAYS} Choose another name.",
                            folder=folder,
                            STAYS=STAYS,
                        )
                    )
            elif any(folder.iterdir()):
                raise PathguiError(
                    say(
                        "{folder} exists and holds something other than a run. Choose another "
                        "name.",
                        folder=folder,
                    )
                    if kind == "run"
                    else say(
                        "{folder} exists and holds something other than a reference set. Choose "
                        "another name.",
                        folder=folder,
                    )
                )
        elif folder.exists() or folder.is_symlink():
            raise PathguiError(
                say("{folder} is a file, not a folder. Choose another name.", folder=folder)
            )
        try_to_write(folder)
        return stamp(folder / _RECORDS[kind])


def require_file(
    path: Path, *, replace: bool = False, how: str = say("Choose another name.")
) -> None:
    """Refuse a place where a file for another program may not or cannot be written.

    With ``replace`` a file that is there may be replaced, but never one that makes a run or a
    reference set what it is. ``how`` says what else to do about a file that is there.

    Raises
    ------
    PathguiError
        If something is in the way, or the place cannot be written to.
    """
    if path.is_dir():
        raise PathguiError(say("{path} is a folder. Give the name of a file.", path=path))
    records = [path.parent / record for record in _RECORDS.values()]
    if path.name in (*OWN_FILES, REFERENCE_FILE) and any(record.exists() for record in records):
        raise PathguiError(
            say(
                "{path} is a file of {parent_name} itself. Choose another name.",
                path=path,
                parent_name=path.parent.name,
            )
        )
    if (path.exists() or path.is_symlink()) and not replace:
        raise PathguiError(say("{path} exists. {how}", path=path, how=how))
    with os_errors_as(
        PathguiError, say("{path} cannot be written", path=path), say("Choose another folder.")
    ):
        try_to_write(path)


def why_not_kept(folder: Path) -> str:
    """Why nothing can be kept beside the run in ``folder``; "" if it can.

    >>> why_not_kept(Path("gone.pgrun"))
    'Note: this is not kept. The run is not at gone.pgrun any more.'
    """
    if not folder.is_dir():  # renamed or deleted meanwhile: it must not come back as a rest
        return say("Note: this is not kept. The run is not at {folder} any more.", folder=folder)
    if (folder / BASELINE_FILE).exists():
        return say("Note: this is not kept. {STAYS}", STAYS=STAYS)
    return ""
