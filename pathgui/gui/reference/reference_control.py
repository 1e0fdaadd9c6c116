"""Choosing a reference set, importing one, and the demo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication, QUndoStack

from pathgui.core.encoders.weights.hub import HubError
from pathgui.core.errors import plural
from pathgui.core.language.texts import counted, say
from pathgui.core.measurement.measurable import Measurable, measurable
from pathgui.core.progress import Progress, ProgressFn
from pathgui.core.public_sets.catalog import PublicSet
from pathgui.core.public_sets.fetch import make_public_set
from pathgui.core.public_sets.import_set import ImportedSet
from pathgui.core.reference.build import BuildResult
from pathgui.core.reference.manifest import TooManyRefused, grouped
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import Candidate, candidates, in_roles
from pathgui.core.report.copied import build_command
from pathgui.core.runs.record import Run
from pathgui.core.runs.targets import require_target
from pathgui.core.system.times import in_words
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import REFERENCE as KEY
from pathgui.gui.jobs.run_clock import Stopwatch
from pathgui.gui.reference.public_sets_dialog import PublicSetsDialog
from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.reference.set_control import SetControl
from pathgui.gui.reference.set_dialog import GOOD

if TYPE_CHECKING:
    from pathgui.core.phantom.demo_to_evaluate import DemoMaterial

REFUSED_SHOWN = 12  # kinds of reasons
TAKE_THE_REST = say("Take the rest")
GO_ON = say("Go on")


@dataclass(frozen=True)
class _Known:
    """A set, what it can measure, and the columns that could play a role."""

    reference: ReferenceSet
    can: Measurable
    columns: list[Candidate]


class ReferenceControl(QObject):
    """Knows which reference set is in use."""

    changed = Signal()
    busy_changed = Signal(bool)  # something is being made
    demo_ready = Signal(object)  # DemoMaterial

    def __init__(
        self,
        desk: Desk,
        panel: ReferencePanel,
        undo: QUndoStack,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self.reference: ReferenceSet | None = None
        self._known: _Known | None = None  # what is known of it
        self._under_way = 0  # sets that are opened or made
        self.sets = SetControl(desk, panel, undo, self)  # the one in use, looked at
        self.sets.make_wanted.connect(self.make)
        panel.look_requested.connect(self.sets.show_tiles)
        panel.judge_requested.connect(self.sets.show_good)
        panel.reference_chosen.connect(self.open)
        panel.demo_requested.connect(self.make_demo)
        panel.public_requested.connect(self.choose_public)
        panel.columns_chosen.connect(self.use_columns)
        panel.beside_changed.connect(self.changed)

    @Slot(Path)
    def open(self, folder: Path) -> None:
        """Use the reference set in ``folder``."""

        def work(report: ProgressFn) -> _Known:
            return _known(self._desk.services.load_reference(folder))

        job = Job(work)
        job.succeeded.connect(self._use_anew)
        self._start(job)

    @Slot(str, str)
    def use_columns(self, center: str, tissue: str) -> None:
        """Let other columns of the set in use play center and tissue."""
        reference = self.reference
        if reference is None:
            return
        own = (reference.own or reference).columns
        # The set's own ones go without their names: they play their roles however they look.
        centers = [] if center == own.center else [center]
        tissue = "" if tissue == own.tissue else tissue
        job = Job(lambda _: _known(in_roles(reference, centers, tissue)))
        job.succeeded.connect(self._use)
        self._start(job)

    def set_of(self, run: Run) -> ReferenceSet | None:
        """The set that is open, if it is the one that a run was made with."""
        known = self.reference
        if known is None or known.info.tiles_sha256 != run.reference.sha256:
            return None
        return known

    def build(
        self, manifest: Path, out: Path, *, replace: bool = False, allow_missing: bool = False
    ) -> None:
        """Make a reference set of a manifest, and use it.

        ``replace``: it may replace one; ``allow_missing``: however many rows cannot be used.
        """

        def work(report: ProgressFn) -> tuple[BuildResult, _Known]:
            before = require_target(out, "reference set", replace=replace)
            built = self._desk.services.build_reference(
                manifest, out, replacing=before, allow_missing=allow_missing, report=report
            )
            return built, _known(built.reference)

        def ask(error: Exception) -> None:
            if isinstance(error, TooManyRefused):
                rest = partial(self.build, manifest, out, replace=replace, allow_missing=True)
                self._desk.messages.show_message(
                    "caution",
                    error.facts,
                    key=KEY,
                    offers=(Offer(TAKE_THE_REST, rest),),
                )

        job = Job(work, background=True)
        command = build_command(manifest, out, allow_missing=allow_missing)
        job.succeeded.connect(partial(self._on_built, command))
        self._watch(job, say("Importing {manifest_name}", manifest_name=manifest.name))
        job.failed.connect(ask)  # after the error itself, whose bar the question takes

    def make(self, title: str, write: Callable[[ProgressFn], tuple[ReferenceSet, str]]) -> None:
        """Make a reference set by ``write``, use it, and say what ``write`` tells of it."""

        def work(report: ProgressFn) -> tuple[_Known, str]:
            reference, told = write(report)
            return _known(reference), told

        job = Job(work, background=True)
        job.succeeded.connect(self._on_made)
        self._watch(job, title)

    @Slot(object)
    def _on_made(self, made: tuple[_Known, str]) -> None:
        known, told = made
        self._desk.messages.clear(KEY)
        self._use_anew(known)
        self._desk.messages.show_message("info", told, key=KEY, offers=self._offers)

    @property
    def _offers(self) -> tuple[Offer, ...]:
        """What can be done next with a set that was just made."""
        return Offer(GOOD, self.sets.show_good), Offer(say("Look at it"), self.sets.show_tiles)

    @Slot()
    def choose_public(self) -> PublicSetsDialog:
        """Show the public sets that can be fetched."""
        folder = Path.home() if self.reference is None else self.reference.folder.parent
        dialog = PublicSetsDialog(
            self._panel.window(), folder, offline=self._desk.settings().offline
        )
        dialog.wanted.connect(self.fetch)
        dialog.open()
        return dialog

    @Slot(object, Path, bool)
    def fetch(self, wanted: PublicSet, out: Path, replace: bool = False) -> None:
        """Download a public set whose license was accepted, make a set of it, and use it."""

        def work(report: ProgressFn) -> tuple[ImportedSet, _Known]:
            before = require_target(out, "reference set", replace=replace)
            made = make_public_set(wanted, out, accepted=True, replacing=before, report=report)
            return made, _known(made.reference)

        def again(error: Exception) -> None:
            if isinstance(error, HubError):  # what has arrived stays, so this goes on
                retry = Offer(GO_ON, partial(self.fetch, wanted, out, replace))
                self._desk.show_failure(error, KEY, (retry,))

        job = Job(work, background=True)
        job.succeeded.connect(self._on_fetched)
        clock = Stopwatch()

        def said(event: Progress) -> str:
            left = clock.update(event.step, event.done, event.total)
            share = _share(event) if event.part else _megabytes(event)
            eta = "" if left is None else say(", {in_words} left", in_words=in_words(left))
            return f"{event.stage}: {share}{eta}"

        self._desk.watch(job, say("Fetching {wanted_title}…", wanted_title=wanted.title), KEY, said)
        self._start(job)
        job.failed.connect(again)  # after the error itself, whose bar this takes

    @Slot(object)
    def _on_fetched(self, made: tuple[ImportedSet, _Known]) -> None:
        result, known = made
        self._desk.messages.clear(KEY)
        self._use_anew(known)
        taken, refused = len(result.reference), grouped(result.refused)
        text = say(
            "{info_name}: {tiles} taken.",
            info_name=result.reference.info.name,
            tiles=plural(taken, "tile"),
        )
        tone: Literal["info", "caution"] = "caution" if refused else "info"
        lines = [text, *refused[:REFUSED_SHOWN]]
        self._desk.messages.show_message(tone, "\n".join(lines), key=KEY, offers=self._offers)

    @Slot()
    def make_demo(self) -> None:
        """Make the demo material, if it is not there, and open it."""
        folder = self._desk.services.cache() / "demo"

        def work(report: ProgressFn) -> tuple[DemoMaterial, _Known]:
            made = self._desk.services.prepare_demo(folder, report)
            return made, _known(made.reference)

        job = Job(work, background=True)
        job.succeeded.connect(self._on_demo)
        self._watch(job, say("Preparing the demo"))

    def _watch(self, job: Job, title: str) -> None:
        """Show progress in a bar, with a way to stop it."""
        self._desk.watch(
            job, f"{title}…", KEY, lambda event: f"{title}. {event.stage}: {_share(event)}"
        )
        self._start(job)

    def _start(self, job: Job) -> None:
        self._under_way += 1
        job.failed.connect(self._on_failed)
        job.ended.connect(self._on_ended)
        self.busy_changed.emit(True)
        self._desk.runner.start(job)

    @Slot()
    def _on_ended(self) -> None:
        self._under_way -= 1
        self.busy_changed.emit(self._under_way > 0)

    @Slot(object)
    def _use_anew(self, known: _Known) -> None:
        """Use a set that was not in use: its own columns alone play the roles."""
        self._panel.columns.forget()
        self._use(known)

    @Slot(object)
    def _use(self, known: _Known) -> None:
        self.reference, self._known = known.reference, known
        self._panel.show_reference(known.reference, known.can, known.columns)
        self.sets.use(known.reference)
        self.changed.emit()

    def _on_built(self, command: str, made: tuple[BuildResult, _Known]) -> None:
        result, known = made
        copy = Offer(say("Copy as command"), lambda: QGuiApplication.clipboard().setText(command))
        self._desk.messages.clear(KEY)
        self._use_anew(known)
        taken, refused = len(result.reference), result.refused
        if refused:
            lines = grouped(refused)
            rows = [line[0].upper() + line[1:] for line in lines[:REFUSED_SHOWN]]
            if len(lines) > REFUSED_SHOWN:
                rows.append(
                    say("and {n_lines:,} other reasons.", n_lines=len(lines) - REFUSED_SHOWN)
                )
            tiles = plural(taken, "tile")
            text = counted(
                len(refused), "{tiles} were taken, {n:,} row was not:\n",
                "{tiles} were taken, {n:,} rows were not:\n", tiles=tiles,
            )  # fmt: skip
            text += "\n".join(rows)
            self._desk.messages.show_message("caution", text, key=KEY, offers=(*self._offers, copy))
        else:
            text = say("All of the manifest was taken: {tiles}.", tiles=plural(taken, "tile"))
            self._desk.messages.show_message("info", text, key=KEY, offers=(*self._offers, copy))

    @Slot(object)
    def _on_demo(self, made: tuple[DemoMaterial, _Known]) -> None:
        material, known = made
        self._desk.messages.clear(KEY)
        self._use_anew(known)
        self.demo_ready.emit(material)

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        known = self._known
        if known is None:
            self._panel.show_reference(None)
        else:
            self._panel.show_reference(known.reference, known.can, known.columns)
        self._desk.show_failure(error, KEY)
        self.sets.on_failed(error)


def _known(reference: ReferenceSet) -> _Known:
    """What it can measure: half a second for 20,000 tiles, too long for the GUI thread."""
    can = measurable(reference.labels, edge_um=reference.info.edge_um)
    return _Known(reference, can, candidates(reference))


def _megabytes(progress: Progress) -> str:
    if progress.total <= 0:
        return say("asking the hub")
    return say(
        "{done:,.0f} of {total:,.0f} MB",
        done=progress.done / 1000000.0,
        total=progress.total / 1000000.0,
    )


def _share(progress: Progress) -> str:
    if progress.total <= 0:
        return "working"
    return say("{done:,} of {total:,}", done=progress.done, total=progress.total)
