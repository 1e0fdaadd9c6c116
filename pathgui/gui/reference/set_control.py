"""Looking at the reference set in use: its tiles, what is wrong with it, a new version of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QUndoStack
from PySide6.QtWidgets import QFileDialog, QWidget

from pathgui.core.appraisal.appraisal import Appraisal, appraise
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.errors import PathguiError
from pathgui.core.evaluation.appraised_set import appraise_with
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Progress, ProgressFn
from pathgui.core.reference.kept_edits import keep_edits, kept_edits
from pathgui.core.reference.reference_pictures import pictures_of
from pathgui.core.reference.reference_set import ReferenceFolder, ReferenceSet
from pathgui.core.reference.set_draft import SetDraft
from pathgui.core.reference.set_editing import edit_reference
from pathgui.core.report.copied import check_command
from pathgui.core.results.formatting import plural
from pathgui.core.runs.targets import require_target
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.folders import edits_dir, embeddings_dir
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import REFERENCE as KEY
from pathgui.gui.kit.dialogs import with_suffix
from pathgui.gui.reference.set_copying import copy_edits, next_folder
from pathgui.gui.reference.set_dialog import SetDialog, changes_of
from pathgui.gui.reference.tile_pictures import PICTURE_PX, TilePictures
from pathgui.gui.slides.region_book import Step

PROPOSED = "color-statistics"  # the encoder that needs no weights
AS_ON_DISK = say("What is not saved yet is not in it: save the new version, and check that.")


class SetControl(QObject):
    """Holds what is changed of sets until it is saved, and the window in which that is done."""

    make_wanted = Signal(str, object)  # a title, and what writes a set, as ReferenceControl.make

    def __init__(
        self,
        desk: Desk,
        panel: QWidget,
        undo: QUndoStack,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._undo = undo
        self.runner = JobRunner(self)  # pictures: nothing waits for them
        self.pictures = TilePictures(self.runner, self)
        self.pictures.failed.connect(desk.show_error)
        self.dialog: SetDialog | None = None
        self.draft: SetDraft | None = None
        self._keeping = JobRunner(self)  # what is not saved goes to the disk
        self._drafts: dict[ReferenceFolder, SetDraft] = {}  # changed, of sets that are not in use
        self._saved: tuple[SetDraft, Path] | None = None  # and where its new version is
        self._is_saving = False
        self._job: Job | None = None
        self._then: Callable[..., None] = self._on_quick  # what is done with what it finds
        self._appraised: Appraisal | None = None
        self._notices: list[str] = []
        self._specs: tuple[EncoderSpec, ...] = ()  # that can run now

    @property
    def runners(self) -> tuple[JobRunner, ...]:
        """All that may work for it."""
        return self.runner, self._keeping

    @Slot(object)
    def use(self, reference: ReferenceSet) -> None:
        """A set is in use. What was changed of another one is kept, until it is in use again."""
        reference = reference.own or reference
        if self._saved is not None and self._saved[1].absolute() == reference.folder.absolute():
            self._forget(self._saved[0])
            self._saved, self._is_saving = None, False
        before = self.draft
        if before is not None and before.reference.place == reference.place:
            return  # another column plays the center
        self._stop()
        self._job = self._appraised = None  # what it finds is of another set
        if self.dialog is not None:
            self.dialog.good.show_working("", None)
        self.pictures.read_with(lambda rows, beat: _read(reference, rows, beat))
        draft = self._drafts.get(reference.place, SetDraft(reference))
        self._show(draft)
        if not draft.is_changed:
            job = self._keeping.run(
                lambda _: SetDraft(reference, kept_edits(edits_dir(), reference))
            )
            job.succeeded.connect(self._on_kept)

    @Slot(object)
    def _on_kept(self, draft: SetDraft) -> None:
        """What was not saved when the program ended is here again."""
        now = self.draft
        if not draft.is_changed or now is None or now.is_changed:
            return
        if now.reference.place == draft.reference.place:
            self._show(draft)
            self._desk.messages.show_message(
                "info",
                say(
                    "{info_name}: what you changed and did not save is here again. {changes_of}.",
                    info_name=draft.reference.info.name,
                    changes_of=changes_of(draft),
                ),
                offers=(
                    Offer(say("Look at it"), self.show_tiles),
                    Offer(say("Forget it"), self._forget_changes),
                ),
            )

    def _forget_changes(self) -> None:
        if (draft := self.draft) is not None:
            self._change(say("forget what was changed of the set"), SetDraft(draft.reference))

    # The window

    @Slot()
    def show_tiles(self) -> None:
        """Show its tiles."""
        dialog = self._opened()
        dialog.tabs.setCurrentWidget(dialog.tiles)

    @Slot()
    def show_good(self) -> None:
        """Show whether it is any good."""
        dialog = self._opened()
        dialog.tabs.setCurrentWidget(dialog.good)
        self._on_tab()

    def _opened(self) -> SetDialog:
        if self.dialog is None:
            dialog = SetDialog(self.pictures.picture, self._panel.window())
            tiles, good = dialog.tiles, dialog.good
            tiles.grid.in_sight.connect(self.pictures.want)
            self.pictures.came.connect(tiles.grid.repaint_tiles)
            tiles.drop_wanted.connect(self.drop)
            tiles.back_wanted.connect(self.put_back)
            tiles.label_wanted.connect(self.label)
            good.check_wanted.connect(self.check)
            good.copy_wanted.connect(self.copy_check)
            good.cancel_wanted.connect(self._stop)
            good.tiles_wanted.connect(self._show_found)
            dialog.tabs.currentChanged.connect(self._on_tab)
            dialog.save_wanted.connect(self.ask_where)
            dialog.copy_wanted.connect(self._copy_edits)
            dialog.undo_wanted.connect(lambda: self._step(back=True))
            dialog.redo_wanted.connect(lambda: self._step(back=False))
            self.dialog = dialog
            dialog.show_draft(self.draft)
        self.dialog.show()
        self.dialog.activateWindow()
        return self.dialog

    def _show(self, draft: SetDraft) -> None:
        self.draft = draft
        if self.dialog is not None:
            self.dialog.show_draft(draft)
            self._on_tab()

    @Slot(object)
    def _show_found(self, rows: Sequence[int]) -> None:
        if self.dialog is not None:
            self.dialog.tabs.setCurrentWidget(self.dialog.tiles)
            self.dialog.tiles.show_rows(rows)

    # Changes

    @Slot(object)
    def drop(self, rows: Iterable[int]) -> None:
        """Throw tiles out."""
        if (draft := self.draft) is not None:
            meant = [row for row in rows if draft.kept[row]]
            self._change(
                say("throw {tiles} out", tiles=plural(len(meant), "tile")), draft.without(meant)
            )

    @Slot(object)
    def put_back(self, rows: Sequence[int]) -> None:
        """Put tiles back, with the labels that they came with."""
        if (draft := self.draft) is not None:
            self._change(
                say("put {tiles} back", tiles=plural(len(rows), "tile")), draft.with_back(rows)
            )

    @Slot(object, str, str)
    def label(self, rows: Sequence[int], column: str, name: str) -> None:
        """Give tiles another tissue, or their slides another center."""
        if (draft := self.draft) is not None and rows:
            self._change(
                say("{column} {name} for tiles", column=column, name=name),
                draft.labeled(rows, column, name),
            )

    def _change(self, what: str, after: SetDraft) -> None:
        before = self.draft
        if before is None or after.edits == before.edits:
            return
        self._undo.push(_SetStep(what, before, after, self._restore))

    def _restore(self, draft: SetDraft) -> None:
        """To a draft, also of a set that is not in use now."""
        self._keep(draft)
        now = self.draft
        if now is not None and now.reference.place == draft.reference.place:
            if self.dialog is None or not self.dialog.isVisible():
                self.show_tiles()  # a step that nobody sees is none
            self._show(draft)
        else:
            name = draft.reference.info.name
            self._desk.messages.show_message(
                "info",
                say("That step was in the set {name}, which is not in use now.", name=name),
                key=KEY,
            )

    def _keep(self, draft: SetDraft) -> None:
        """In memory, while another set is in use, and on the disk, if the program is killed."""
        reference, edits = draft.reference, draft.edits
        if draft.is_changed:
            self._drafts[reference.place] = draft
        else:
            self._drafts.pop(reference.place, None)
        self._keeping.run(
            lambda _: keep_edits(edits_dir(), reference, edits), None, self._desk.show_error
        )

    def _step(self, *, back: bool) -> None:
        """Undo or redo from this window: only what was done in it."""
        stack = self._undo
        at = stack.index() - 1 if back else stack.index()
        if not (stack.canUndo() if back else stack.canRedo()):
            return
        if isinstance(stack.command(at), _SetStep):
            stack.undo() if back else stack.redo()
        elif self.dialog is not None:
            what = stack.text(at)
            self.dialog.state.say(
                say("The last step was made in the main window: {what}.", what=what)
            )

    def _forget(self, saved: SetDraft) -> None:
        """What was changed of a set is saved: there is no way back to it."""
        now = self._drafts.get(saved.reference.place)
        if now is not None and now.edits != saved.edits:
            return  # it was changed further meanwhile
        self._keep(SetDraft(saved.reference))
        stack = self._undo
        for at in range(stack.count()):
            step = stack.command(at)
            if isinstance(step, _SetStep) and step.place == saved.reference.place:
                step.end()
        while stack.canUndo() and stack.command(stack.index() - 1).isObsolete():
            stack.undo()  # does nothing, and is taken off the stack

    # A new version

    @Slot()
    def ask_where(self) -> None:
        """Ask where the new version goes."""
        if (draft := self.draft) is None:
            return
        suggested = next_folder(draft.reference)
        name, _ = QFileDialog.getSaveFileName(
            self.dialog,
            say("Save as a new version"),
            str(suggested),
            say("Reference set (*{REFERENCE_ENDING})", REFERENCE_ENDING=REFERENCE_ENDING),
        )
        if name:
            out = with_suffix(Path(name), REFERENCE_ENDING)
            self.save(out, replace=out == Path(name))

    @Slot()
    def _copy_edits(self) -> None:
        dialog, draft = self.dialog, self.draft
        if dialog is not None and draft is not None:
            copy_edits(self._desk, draft, dialog.state.say)

    def save(self, out: Path, *, replace: bool = False) -> None:
        """Write the changed set and use it. ``replace``: the file dialog has asked."""
        if (draft := self.draft) is None:
            return
        reference, edits = draft.reference, draft.edits

        def write(report: ProgressFn) -> tuple[ReferenceSet, str]:
            before = require_target(out, "reference set", replace=replace)
            made = edit_reference(reference, edits, out, replacing=before, report=report)
            self._saved = draft, out
            said = made.info.changes[-1].sentence
            return made, say(
                "{said} Version {version} is in use: {folder}",
                said=said,
                version=made.info.version,
                folder=made.folder,
            )

        self._is_saving = True
        if self.dialog is not None:
            self.dialog.state.say(
                say("Saving {out_name}… The main window shows how far it is.", out_name=out.name)
            )
        self.make_wanted.emit(say("Saving {out_name}", out_name=out.name), write)

    @Slot(Exception)
    def on_failed(self, error: Exception) -> None:
        """A set could not be made: say so here too, where it is the new version that is missing."""
        if self._is_saving and self.dialog is not None:
            self.dialog.state.say(say("Not saved. {error}", error=error))
        self._is_saving = False

    # Is it any good?

    @Slot()
    def _on_tab(self) -> None:
        dialog, draft = self.dialog, self.draft
        if dialog is None or dialog.tabs.currentWidget() is not dialog.good or draft is None:
            return
        if self._appraised is not None or self._job is not None:
            return
        dialog.good.show_found(None)
        reference, known = draft.reference, self._desk.services.known

        def work(report: ProgressFn) -> tuple[Appraisal, tuple[EncoderSpec, ...]]:
            ready = [spec for spec in known.encoders() if spec.readiness().ready]
            if not reference.has_pictures:
                ready = [spec for spec in ready if spec.embeddings]
            return appraise(reference), tuple(ready)

        self._start(work, self._on_quick, self._desk.quick, say("Looking at labels and checksums…"))

    @Slot(object)
    def _on_quick(self, made: tuple[Appraisal, tuple[EncoderSpec, ...]]) -> None:
        self._appraised, self._specs = made
        if (dialog := self.dialog) is None:
            return
        dialog.good.offer([(spec.name, spec.title) for spec in self._specs], [PROPOSED])
        dialog.good.show_found(self._appraised)
        told = say("Found by labels, names and checksums alone.")
        if self._specs:
            told += say(" An encoder tells more: how wide intervals will be, and odd tiles.")
        else:
            told += say(
                " To see more, import the embeddings of this set as an encoder (Encoders, Add…)."
            )
        self._say(told)

    @Slot(list)
    def check(self, names: Sequence[str]) -> None:
        """Look through encoders, as ``pathgui reference check``."""
        draft = self.draft
        if draft is None or self._job is not None:
            return
        specs = [spec for spec in self._specs if spec.name in names]
        settings = self._desk.settings()
        reference = draft.reference
        store = EmbeddingStore(embeddings_dir(self._desk.services.cache()))

        def work(report: ProgressFn) -> Appraisal:
            return appraise_with(reference, specs, store, settings=settings, report=report)

        waits = say("Waits until what runs has ended…") if self._desk.runner.busy else ""
        text = waits or say("Looking at the set through encoders…")
        self._start(work, self._on_checked, self._desk.runner, text)

    @Slot(list)
    def copy_check(self, names: Sequence[str]) -> None:
        """Put the command of :meth:`check` into the clipboard."""
        if self.draft is not None:
            settings = self._desk.settings()
            command = check_command(
                self.draft.reference.folder, names, settings.center_columns, settings.tissue_column
            )
            QGuiApplication.clipboard().setText(command)
            self._say(say("The command is in the clipboard."))

    @Slot(object)
    def _on_checked(self, found: Appraisal) -> None:
        self._appraised = found
        if self.dialog is not None:
            self.dialog.good.show_found(found, self._notices)
            self._say(
                say("Found with {encoders}.", encoders=plural(len(found.encoders), "encoder"))
            )

    def _say(self, text: str) -> None:
        if self.dialog is not None:
            changed = self.draft is not None and self.draft.is_changed
            self.dialog.good.say(f"{text} {AS_ON_DISK}" if changed else text)

    def _start(
        self,
        work: Callable[[ProgressFn], object],
        then: Callable[..., None],
        runner: JobRunner,
        text: str,
    ) -> None:
        self._notices = []
        job = Job(work, background=True)
        job.reported.connect(self._on_reported)
        job.succeeded.connect(self._on_succeeded)
        job.failed.connect(self._on_failed)
        job.cancelled.connect(self._on_cancelled)
        self._job, self._then = job, then
        if self.dialog is not None:
            self.dialog.good.show_working(text, None)
        runner.start(job)

    def _end(self) -> bool:
        """The page is no longer busy; False if what has ended was about another set."""
        if self._job is None or self.sender() is not self._job:
            return False
        self._job = None
        if self.dialog is not None:
            self.dialog.good.show_working("", None)
        return True

    @Slot(object)
    def _on_succeeded(self, found: object) -> None:
        if self._end():
            self._then(found)

    @Slot(list)
    def _on_reported(self, events: list[object]) -> None:
        self._notices += [retold(event.text) for event in events if isinstance(event, Notice)]
        progress = [event for event in events if isinstance(event, Progress)]
        job = self._job
        if progress and job is not None and not job.stopping and self.dialog is not None:
            self.dialog.good.show_working(retold(progress[-1].stage), progress[-1])

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        if not self._end():
            return
        if isinstance(error, PathguiError):
            self._say(retold(str(error)))
        else:
            self._desk.show_error(error)

    @Slot()
    def _on_cancelled(self) -> None:
        if self._end():
            self._say(say("Stopped. What was embedded is kept."))

    @Slot()
    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
            if self.dialog is not None:
                self.dialog.good.show_stopping()


class _SetStep(Step):
    """From one draft of a set to another, until the draft is saved."""

    def __init__(
        self, what: str, before: SetDraft, after: SetDraft, restore: Callable[[SetDraft], None]
    ) -> None:
        super().__init__(what, before, after, restore)
        self.place = before.reference.place

    def end(self) -> None:
        """Do nothing any more, and leave the stack when its turn comes."""
        self._restore = lambda _: None
        self.setObsolete(True)


def _read(
    reference: ReferenceSet, rows: Sequence[Any], beat: Callable[[], None]
) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
    for row, picture in pictures_of(reference, rows, PICTURE_PX):
        beat()
        yield row, picture
