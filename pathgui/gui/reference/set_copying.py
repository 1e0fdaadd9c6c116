"""What is changed of a reference set, put into the clipboard as a command."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtGui import QGuiApplication

from pathgui.core.errors import ReferenceSetError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.set_changes import next_version
from pathgui.core.reference.set_draft import SetDraft
from pathgui.core.reference.set_editing import write_edits
from pathgui.core.report.copied import edit_command
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.gui.jobs.desk import Desk


def next_folder(reference: ReferenceSet) -> Path:
    """Where the next version of a set goes, unless the user says otherwise."""
    folder, version = reference.folder, reference.info.version
    stem = folder.name.removesuffix(REFERENCE_ENDING).removesuffix(f"-{version}")
    return folder.with_name(f"{stem}-{next_version(version)}{REFERENCE_ENDING}")


def copy_edits(desk: Desk, draft: SetDraft, tell: Callable[[str], object]) -> None:
    """Copy the command that makes the changed set; what it reads from tables is written first."""
    reference, out = draft.reference, next_folder(draft.reference)
    tables = out.with_name(f"{out.stem} changes")

    def work(report: ProgressFn) -> str:
        refused = say("What is changed cannot be written to {tables}", tables=tables)
        with os_errors_as(ReferenceSetError, refused, say("Save the new version instead.")):
            files = write_edits(reference, draft.edits, tables)
        return edit_command(reference.folder, out, files)

    def then(command: str) -> None:
        QGuiApplication.clipboard().setText(command)
        tell(
            say(
                "The command is in the clipboard. What it reads from tables is in {tables}.",
                tables=tables,
            )
        )

    desk.quick.run(work, then, lambda error: tell(str(error)))
