"""Doing what the list of runs asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from shiboken6 import isValid

from pathgui.core.baselines.baseline import file_baseline, why_not_filed
from pathgui.core.baselines.standing import standing_of
from pathgui.core.errors import BaselineError, PathguiError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.report.copied import baseline_command
from pathgui.core.results.run_diff import RunDiff, diff_runs
from pathgui.core.results.run_list import RunEntry, list_runs
from pathgui.core.runs.kept_runs import delete_run, pack_run, rename_run
from pathgui.core.runs.leftovers import give_name, sweep
from pathgui.core.runs.private_names import slides_for_the_desk
from pathgui.core.runs.record import Evaluation, Run
from pathgui.core.runs.run_files import load_run
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.files import write_file
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_bar import Bar, Offer
from pathgui.gui.jobs.message_keys import OVERDUE
from pathgui.gui.jobs.message_keys import RUNS as KEY
from pathgui.gui.kit.dialogs import open_file, with_suffix
from pathgui.gui.runs.baseline_dialog import BaselineDialog
from pathgui.gui.runs.run_diff_dialog import RunDiffDialog
from pathgui.gui.runs.runs_panel import RunsPanel


class RunsControl(QObject):
    """Knows the folder of runs."""

    moved = Signal(Path, object)  # from, to; None: deleted
    explain_requested = Signal(str)  # section of docs/measurements.md

    def __init__(
        self,
        desk: Desk,
        panel: RunsPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        panel.rename_requested.connect(self.rename)
        panel.recover_requested.connect(self.recover)
        panel.delete_requested.connect(self.ask_delete)
        self.dialog: BaselineDialog | None = None
        panel.file_requested.connect(self.file)
        panel.pack_requested.connect(self._choose_zip)
        panel.compare_requested.connect(self.compare)
        panel.folder_requested.connect(open_file)

    @Slot()
    def refresh(self) -> None:
        """Look at the folder again."""

        def work(report: ProgressFn) -> object:
            folder = self._desk.services.runs()
            sweep(folder)
            names = self._desk.services.names()
            return [
                _with_standing(replace(each, slide=names.name_of(each.slide)))
                for each in list_runs(folder)
            ]

        self._desk.quick.run(work, self._on_listed, self._desk.show_error)

    @Slot(object)
    def _on_listed(self, entries: list[RunEntry]) -> None:
        """Show the runs, and offer the first check that is overdue."""
        self._panel.show_runs(entries)
        late = [each for each in entries if each.overdue]
        if not late:
            self._panel.messages.clear(OVERDUE)
            return
        text = f"{late[0].name}: {late[0].baseline}."
        check = Offer(say("Check now"), lambda: self._panel.check_requested.emit(late[0].folder))
        self._panel.messages.place(Bar("caution", text, (check,), True, narrow=True), OVERDUE)

    @Slot(Path)
    def file(self, folder: Path) -> None:
        """Ask how a run is to be filed as a baseline."""
        self._desk.quick.run(
            lambda report: (folder, load_run(folder)), self._ask_file, self._on_failed
        )

    def _ask_file(self, found: tuple[Path, Run]) -> None:
        folder, run = found
        name = folder.name.removesuffix(RUN_ENDING)
        if why := why_not_filed(run):
            text = say("{name} cannot be filed. {why}", name=name, why=why)
            self._desk.messages.show_message("error", text, key=KEY)
            return
        dialog = BaselineDialog(name, run, self._panel.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._file(folder, dialog))
        dialog.copy_wanted.connect(lambda: self._copy_filing(folder, dialog))
        self.dialog = dialog
        dialog.open()

    def _file(self, folder: Path, dialog: BaselineDialog) -> None:
        tolerances, plan, who = dialog.tolerances, dialog.plan, dialog.who.text()
        self._desk.quick.run(
            lambda report: file_baseline(folder, tolerances=tolerances, plan=plan, who=who),
            lambda filed: self.refresh(),
            self._on_failed,
        )

    def _copy_filing(self, folder: Path, dialog: BaselineDialog) -> None:
        """Copy the command that files the run; changed tolerances are written first."""
        text, plan, own, who = dialog.changed_text, dialog.plan, dialog.own_plan, dialog.who.text()
        name = folder.name.removesuffix(RUN_ENDING)

        def work(report: ProgressFn) -> tuple[str, Path | None]:
            file = folder.with_name(f"{name} inputs") / "tolerance.toml" if text else None
            if file is not None:
                why = say("The tolerances cannot be written to {file}", file=file)
                with os_errors_as(BaselineError, why):
                    write_file(file, text.encode())
            return baseline_command(folder, plan, own=own, tolerance=file, who=who), file

        def copied(found: tuple[str, Path | None]) -> None:
            command, file = found
            QGuiApplication.clipboard().setText(command)
            told = say("The command is copied: paste it into a terminal.")
            if file is not None:
                told = say(
                    "The command is copied: paste it into a terminal. It reads "
                    "the tolerances from {file}.",
                    file=file,
                )
            tell(told)

        def tell(text: str) -> None:
            if isValid(dialog):  # else it was closed meanwhile
                dialog.say_copied(text)

        self._desk.quick.run(work, copied, lambda error: tell(str(error)))

    @Slot(Path, str)
    def rename(self, folder: Path, name: str) -> None:
        """Give a run another name."""
        try:
            target = rename_run(folder, name)
        except PathguiError as error:
            self._desk.messages.show_message("error", str(error), key=KEY)
            return
        self._desk.messages.clear(KEY)
        self.moved.emit(folder, target)
        self.refresh()

    @Slot(Path)
    def recover(self, draft: Path) -> None:
        """Give a finished run the name it was to bear, and say where it is."""
        self._desk.quick.run(lambda report: give_name(draft), self._on_recovered, self._on_failed)

    @Slot(object)
    def _on_recovered(self, folder: Path) -> None:
        self._desk.messages.show_message(
            "info",
            say("The run is recovered: {folder}", folder=folder),
            key=KEY,
            offers=(Offer(say("Show folder"), lambda: open_file(folder)),),
        )
        self.refresh()

    @Slot(object)
    def ask_delete(self, folders: Sequence[Path]) -> None:
        """Ask before runs are deleted, above the list that they lie in."""
        if len(folders) == 1:
            what = say(
                "the run {removesuffix}, its numbers and its report",
                removesuffix=folders[0].name.removesuffix(RUN_ENDING),
            )
        else:
            what = say("{n_folders} runs, their numbers and their reports", n_folders=len(folders))
        text = say("Delete {what}? This cannot be undone.", what=what)
        offers = Offer(say("Delete"), lambda: self.delete(folders)), Offer(say("Keep"))
        self._panel.messages.place(Bar("caution", text, offers, False, narrow=True), KEY)

    def delete(self, folders: Sequence[Path]) -> None:
        """Delete runs for good."""
        for folder in folders:
            try:
                delete_run(folder)
            except PathguiError as error:
                self._desk.messages.show_message("error", str(error), key=KEY)
                break
            self.moved.emit(folder, None)
        self.refresh()

    def pack(self, folder: Path, out: Path) -> None:
        """Write a run into one zip."""
        self._desk.quick.run(
            lambda report: pack_run(folder, out, report),
            lambda path: self._desk.show_written(say("The run is packed"), path, KEY),
            self._on_failed,
        )

    @Slot(Path, Path)
    def compare(self, before: Path, after: Path) -> None:
        """Say what changed between two runs."""
        services = self._desk.services

        def load(folder: Path) -> Evaluation:
            kept = services.load_evaluation(folder)
            return replace(kept, run=slides_for_the_desk(kept.run, services.names().known))

        def work(report: ProgressFn) -> tuple[RunDiff, tuple[Path, Path]]:
            return diff_runs(load(before), load(after)), (before, after)

        self._desk.quick.run(work, self._on_compared, self._on_failed)

    @Slot(object)
    def _on_compared(self, found: tuple[RunDiff, tuple[Path, Path]]) -> None:
        diff, runs = found
        before, after = (run.name.removesuffix(RUN_ENDING) for run in runs)
        dialog = RunDiffDialog(diff, (before, after), self._panel.window(), runs)
        dialog.explain_requested.connect(self.explain_requested)
        dialog.show()

    @Slot(Path)
    def _choose_zip(self, folder: Path) -> None:
        suggestion = str(folder.with_suffix(".zip"))
        name, _ = QFileDialog.getSaveFileName(
            self._panel, say("Pack the run"), suggestion, say("Zip files (*.zip)")
        )
        if name:
            self.pack(folder, with_suffix(Path(name), ".zip"))

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        self._desk.show_failure(error, KEY)


def _with_standing(entry: RunEntry) -> RunEntry:
    """With how a run that is filed stands as a baseline."""
    found = standing_of(entry.folder)
    return entry if found is None else replace(entry, baseline=found.words, overdue=found.overdue)
