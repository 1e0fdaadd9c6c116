"""An encoder of one's own: looks into the file, tries the model and lists it, for the form."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.gui.encoders.own_dialog import Described, OwnEncoderDialog
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_keys import WEIGHTS as KEY

WEIGHTS_FILES = say("Weights (*.safetensors *.bin *.pth *.pt *.torch *.ckpt *.json);;All files (*)")


class OwnEncoderControl(QObject):
    """Opens the form and does what it asks for, never on the window's thread."""

    added = Signal(object)  # EncoderSpec

    def __init__(self, desk: Desk, runner: JobRunner, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._runner, self._window = desk, runner, window
        self._weights = desk.services.weights
        self.dialog: OwnEncoderDialog | None = None

    def ask(self, path: Path | None = None) -> None:
        """Open the form, with the file ``path`` if it is known already."""
        dialog = OwnEncoderDialog(self._window)
        dialog.file_wanted.connect(self._choose)
        dialog.look_wanted.connect(self._look)
        dialog.trial_wanted.connect(self._try)
        dialog.add_wanted.connect(self._add)
        dialog.command_wanted.connect(self._copy)
        dialog.finished.connect(self._forget)
        self.dialog = dialog
        dialog.open()
        if path is not None:
            self._look(path)

    @Slot()
    def _forget(self) -> None:
        self.dialog = None

    @Slot()
    def _choose(self) -> None:
        found, _ = QFileDialog.getOpenFileName(self._window, say("Weights"), "", WEIGHTS_FILES)
        if found:
            self._look(Path(found))

    @Slot(Path, list)
    def _look(self, path: Path, prefixes: Sequence[str] | None = None) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        dialog.set_busy(say("Looking into {path_name}…", path_name=path.name))
        self._runner.run(
            lambda report: self._weights.draft(path, prefixes),
            partial(self._if_open, dialog, dialog.show_draft),
            partial(self._refuse, dialog),
        )

    @Slot(object)
    def _try(self, described: Described) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        dialog.set_busy(say("Loading the model and embedding two drawn tiles…"))
        self._runner.run(
            lambda report: self._weights.try_out(described.facts, described.draft),
            partial(self._if_open, dialog, dialog.show_trial),
            partial(self._refuse, dialog),
        )

    @Slot(object)
    def _add(self, described: Described) -> None:
        dialog = self.dialog
        if dialog is None:
            return
        dialog.set_busy(say("Loading the model and embedding two drawn tiles…"))
        known = self._desk.services.known

        def work(report: object) -> EncoderSpec:
            self._weights.try_out(described.facts, described.draft)
            return self._weights.add_own(known, described.facts, described.name)

        self._runner.run(work, self._on_added, partial(self._refuse, dialog))

    @Slot(object)
    def _on_added(self, spec: EncoderSpec) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        self.added.emit(spec)

    def _if_open(self, dialog: OwnEncoderDialog, show: object, result: object) -> None:
        if self.dialog is dialog and callable(show):
            show(result)

    def _refuse(self, dialog: OwnEncoderDialog, error: Exception) -> None:
        if self.dialog is dialog and isinstance(error, PathguiError):
            dialog.show_problem(str(error))
        else:
            self._desk.show_failure(error, KEY)

    @Slot(object)
    def _copy(self, described: Described) -> None:
        QGuiApplication.clipboard().setText(described.command())
        if self.dialog is not None:
            self.dialog.show_note(say("The command is in the clipboard."))
