"""The intended use of the next run, in the window."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QUndoStack
from PySide6.QtWidgets import QWidget

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.runs.intended_use import IntendedUse, load_intended_use, save_intended_use
from pathgui.core.system.times import now
from pathgui.gui.criteria.before_run_panel import BeforeRunPanel
from pathgui.gui.criteria.intended_use_dialog import IntendedUseDialog
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_keys import INTENDED_USE as KEY
from pathgui.gui.slides.region_book import Step

log = logging.getLogger(__name__)


class IntendedUsePanel(BeforeRunPanel):
    """Says what the encoders of the next run are to be used for."""

    def __init__(self) -> None:
        tip = say("Write down what the encoders are to be used for, before the results are seen")
        super().__init__(say("Intended use"), tip)
        self.show_use(None)

    def show_use(self, use: IntendedUse | None) -> None:
        """Show it in a line; the tooltip has all of it."""
        said = [] if use is None else [*use.said(), *use.plan.said()]
        parts = [(title, text) for title, text in said if text]
        self.say(
            [text for _, text in parts],
            say("none set: the report says so"),
            [f"{title}: {text}" for title, text in parts],
        )


class IntendedUseControl(QObject):
    """Keeps the intended use of the next run, also for the next session."""

    def __init__(
        self,
        desk: Desk,
        panel: IntendedUsePanel,
        folder: Path,
        parent: QWidget | None = None,
        *,
        undo: QUndoStack | None = None,
    ) -> None:
        """``folder``: that of the settings. What was set can be taken back from ``undo``."""
        super().__init__(parent)
        self._window = parent
        self._desk = desk
        self._panel = panel
        self._undo = undo
        self._file = folder / "intended-use.toml"
        self.use: IntendedUse | None = None
        self.dialog: IntendedUseDialog | None = None
        panel.edit_requested.connect(self.edit)
        self._restore()

    @Slot()
    def edit(self) -> None:
        """Ask for the intended use of the next run."""
        dialog = IntendedUseDialog(self.use, now, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(self._on_set)
        self.dialog = dialog
        dialog.open()

    @Slot()
    def _on_set(self) -> None:
        assert self.dialog is not None
        before, after = self.use, self.dialog.use
        if self._undo is None:
            self.set_use(after)
        elif before != after:
            self._undo.push(Step(say("Set the intended use"), before, after, self.set_use))

    def set_use(self, use: IntendedUse | None) -> None:
        """Use this for the next run, and for those after it."""
        self.use = use
        self._panel.show_use(use)
        try:
            if use is None:
                self._file.unlink(missing_ok=True)
            else:
                save_intended_use(use, self._file, times=True)
        except (PathguiError, OSError):
            log.warning("the intended use was not kept", exc_info=True)

    def _restore(self) -> None:
        if self._file.exists():
            try:
                self.use = load_intended_use(self._file, set_at=now())
            except PathguiError as error:
                self._desk.messages.show_message("caution", str(error), key=KEY)
        self._panel.show_use(self.use)
