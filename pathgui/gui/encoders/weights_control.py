"""Weights: where they are, getting them, an account for those that need one, other programs' work.

Nothing here uses the network unless the user pressed a button that says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from pathgui.core.encoders.facts.registry import EncoderSpec, Readiness
from pathgui.core.encoders.weights.hub import Access, HubError
from pathgui.core.encoders.weights.weights_files import find_weights_file
from pathgui.core.errors import PathguiError
from pathgui.core.imported.readers import looks_like_embeddings
from pathgui.core.language.texts import say
from pathgui.core.progress import Cancelled, Progress, ProgressFn
from pathgui.core.system.times import in_words
from pathgui.gui.encoders import encoder_panel, encoder_row
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from pathgui.gui.encoders.listing_control import ListingControl
from pathgui.gui.encoders.own_control import OwnEncoderControl
from pathgui.gui.encoders.sign_in_dialog import SignInDialog, WhichEncoderDialog
from pathgui.gui.encoders.weights_asking import (
    AFTER,
    OFFLINE,
    STATES,
    Looked,
    Which,
    ask_embeddings,
    ask_weights,
)
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.jobs.message_keys import WEIGHTS as KEY
from pathgui.gui.jobs.run_clock import Stopwatch
from pathgui.settings import Settings


class WeightsControl(QObject):
    """Does what the list of encoders asks for. Knows the panel, jobs and core at once."""

    looked = Signal()  # the list is whole, and the state of each encoder is known
    weights_chosen = Signal(str, Path)  # an encoder runs with this file from now on

    def __init__(
        self,
        desk: Desk,
        panel: EncoderPanel,
        settings: Callable[[], Settings],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._desk = desk
        self._weights = desk.services.weights
        self._known = desk.services.known
        self._messages = desk.messages
        self._panel = panel
        self._settings = settings
        self._fail = partial(desk.show_failure, key=KEY)
        self._tell = partial(desk.messages.show_message, "info", key=KEY)
        self._downloads = JobRunner(self)  # one at a time
        self._asking = JobRunner(self)  # waits for no download
        self.runners = (self._downloads, self._asking)
        self._jobs: dict[str, Job] = {}  # downloads, by encoder
        self._dropped: set[str] = set()  # downloads that were cancelled before their turn
        self._clocks: dict[str, Stopwatch] = {}
        self._amounts: dict[str, str] = {}
        self.dialog: SignInDialog | None = None
        self.which: WhichEncoderDialog | None = None
        self.own = OwnEncoderControl(desk, self._asking, parent)
        self.own.added.connect(self._on_own)
        self.listing = ListingControl(desk, panel, self._asking, parent)
        self.listing.listed.connect(self._on_listed)
        panel.action_requested.connect(self._act)
        panel.add_requested.connect(self._add)
        panel.files_dropped.connect(self.take)

    # Looking

    @Slot()
    def look(self) -> None:
        """Find all encoders, those of the user too, and the state of each. Asks no hub."""
        kept = dict(self._settings().weights)

        def work(report: ProgressFn) -> Looked:
            faults = list(self._weights.own(self._known))
            for name, path in kept.items():
                try:
                    self._weights.use_weights(self._known, name, Path(path))
                except PathguiError as error:
                    faults.append(
                        say(
                            "The weights chosen for {name} cannot be used: {error}",
                            name=name,
                            error=error,
                        )
                    )
            specs = self._known.encoders()
            states = {spec.name: spec.readiness() for spec in specs}
            signed_in = self._weights.signed_in()
            return Looked(specs, self._weights.listed(), states, faults, signed_in)

        self._desk.quick.run(work, self._on_looked, self._desk.show_error)

    @Slot(object)
    def _on_looked(self, found: Looked) -> None:
        self._panel.set_specs(found.specs, found.listed)
        self._panel.set_signed_in(found.signed_in)
        self._show_states(found.states)
        for fault in found.faults:
            self._messages.show_message("caution", fault)
        self.looked.emit()

    def _show_states(self, states: Mapping[str, Readiness]) -> None:
        barred = self._settings().run.offline
        view = {}
        for name, state in states.items():
            if barred and state.state in ("download", "sign-in", "terms", "waiting"):
                state = Readiness(
                    False, say("Not downloaded yet. {OFFLINE}", OFFLINE=OFFLINE), state="offline"
                )
            view[name] = state
        self._panel.set_readiness(view)

    def _look_at(self, *names: str) -> None:
        """Find the state of some encoders anew."""
        rows = (self._panel.rows.get(name) for name in names or self._panel.rows)
        specs = [row.spec for row in rows if row is not None and row.spec.name not in self._jobs]
        self._asking.run(
            lambda report: {spec.name: spec.readiness() for spec in specs},
            self._show_states,
            self._desk.show_error,
        )

    # What is asked for

    @Slot(str, str)
    def _act(self, name: str, action: str) -> None:
        row, listed = self._panel.rows.get(name), self._panel.listed.get(name)
        if action == encoder_row.PAGE:
            page = row.spec.page if row is not None else listed.listed.page if listed else ""
            self._weights.open_page(page)
        elif action == encoder_row.IMPORT:
            self._ask_import(folder=False)
        elif action == encoder_row.DOWNLOAD:
            self.download(name)
        elif action == encoder_row.CANCEL:
            self.cancel(name)
        elif action == encoder_row.SIGN_IN:
            title = row.spec.title if row is not None else name
            self.ask_token(
                say("{title} is given to accounts that accepted its terms.", title=title)
            )
        elif action == encoder_row.CHECK:
            self.check(name)
        elif action in (encoder_row.FILE, encoder_row.FOLDER):
            self._ask_weights(name, folder=action == encoder_row.FOLDER)
        elif action == encoder_row.REMOVE:
            self.listing.remove(name)

    @Slot(str)
    def _add(self, key: str) -> None:
        acts: dict[str, Callable[[], object]] = {
            encoder_panel.ADD_FILE: partial(self._ask_weights, "", folder=False),
            encoder_panel.ADD_FOLDER: partial(self._ask_weights, "", folder=True),
            encoder_panel.ADD_OWN: self.own.ask,
            encoder_panel.ADD_IMPORT: partial(self._ask_import, folder=False),
            encoder_panel.ADD_IMPORT_FOLDER: partial(self._ask_import, folder=True),
            encoder_panel.SIGN_IN: self.ask_token,
            encoder_panel.SIGN_OUT: self.sign_out,
            encoder_panel.OWN_FOLDER: self._weights.open_folder,
            encoder_panel.LOOK: self.look,
        }
        acts[key]()

    # Downloading

    def download(self, name: str) -> None:
        """Fetch the weights of an encoder; a download that was stopped goes on."""
        row = self._panel.rows[name]
        if name in self._jobs or self._refuse_offline(name):
            return
        spec = row.spec
        self._dropped.discard(name)

        def work(report: ProgressFn) -> Path:
            if name in self._dropped:
                raise Cancelled
            return self._weights.download(spec, report)

        self._clocks[name] = Stopwatch()
        self._amounts.pop(name, None)
        waits = (
            say("Waits for another download") if self._downloads.busy else say("Asking the hub…")
        )
        row.set_progress(None, waits)
        job = self._downloads.run(
            work, lambda path: self._end(name), partial(self._on_refused, name)
        )
        job.reported.connect(partial(self._on_download, name))
        job.cancelled.connect(partial(self._on_cancelled, name))
        self._jobs[name] = job

    def cancel(self, name: str) -> None:
        """Stop a download, or take it out of the queue."""
        job = self._jobs.get(name)
        if job is not None:
            self._dropped.add(name)
            self._panel.rows[name].set_progress(None, say("Stopping…"))
            job.cancel()

    def _on_download(self, name: str, events: list[object]) -> None:
        event = events[-1]
        if name in self._dropped or not isinstance(event, Progress) or event.total <= 0:
            return
        left = self._clocks[name].update(event.step, event.done, event.total)
        amount = say(
            "{done:,.0f} of {total:,.0f} MB",
            done=event.done / 1000000.0,
            total=event.total / 1000000.0,
        )
        self._amounts[name] = amount
        if event.done >= event.total:
            amount = say("Checking the file")
        elif left is not None:
            amount += say(", {in_words} left", in_words=in_words(left))
        self._panel.rows[name].set_progress(event.done / event.total, amount)

    def _end(self, name: str) -> None:
        self._jobs.pop(name, None)
        self._look_at(name)

    def _on_cancelled(self, name: str) -> None:
        self._jobs.pop(name, None)
        row = self._panel.rows[name]
        stopped = self._amounts.get(name)
        if stopped is None:
            self._look_at(name)
            return
        row.set_note(
            say("Stopped at {stopped}. It goes on from there.", stopped=stopped), encoder_row.GO_ON
        )

    def _on_refused(self, name: str, error: Exception) -> None:
        self._jobs.pop(name, None)
        self._show_refusal(name, error)

    def _show_refusal(self, name: str, error: Exception) -> None:
        row = self._panel.rows[name]
        reason = error.reason if isinstance(error, HubError) else ""
        if reason in STATES:
            self._panel.set_readiness({name: Readiness(False, str(error), state=STATES[reason])})
            self._panel.reveal(name)
        elif isinstance(error, PathguiError):
            row.set_problem(str(error), *AFTER.get(reason, (encoder_row.GO_ON, encoder_row.PAGE)))
        else:
            self._look_at(name)
            self._desk.show_error(error)

    def _refuse_offline(self, name: str) -> bool:
        if self._settings().run.offline:
            self._panel.rows[name].set_problem(OFFLINE, encoder_row.FILE)
        return self._settings().run.offline

    # An account

    def check(self, name: str) -> None:
        """Ask the hub whether the account may have the weights."""
        row = self._panel.rows[name]
        if self._refuse_offline(name):
            return
        spec = row.spec
        row.set_progress(None, say("Asking the hub…"))
        job = self._asking.run(
            lambda report: self._weights.check_access(spec, report),
            partial(self._on_access, name),
            partial(self._show_refusal, name),
        )
        job.cancelled.connect(lambda: self._look_at(name))

    def _on_access(self, name: str, access: Access) -> None:
        if access.granted:
            state = Readiness(
                False, say("{detail} Not downloaded yet.", detail=access.detail), state="download"
            )
            self._panel.set_readiness({name: state})
            self._panel.reveal(name)
        else:
            self._show_refusal(name, HubError(access.reason, access.detail))

    def ask_token(self, reason: str = "") -> None:
        """Ask for a token, and sign in with it."""
        if self._settings().run.offline:
            self._messages.show_message("caution", OFFLINE, key=KEY)
            return
        dialog = SignInDialog(self._window, reason)
        dialog.token_given.connect(self._sign_in)
        dialog.page_requested.connect(self._weights.open_page)
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    @Slot()
    def _forget_dialog(self) -> None:
        self.dialog = None

    @Slot(str)
    def _sign_in(self, token: str) -> None:
        self._asking.run(
            lambda report: self._weights.sign_in(token, report),
            self._on_signed_in,
            self._on_sign_in_failed,
        )

    @Slot(object)
    def _on_signed_in(self, account: str) -> None:
        if self.dialog is not None:
            self.dialog.accept()
        self._panel.set_signed_in(True)
        self._tell(say("Signed in to Hugging Face as {account}.", account=account))
        self._look_at()

    @Slot(Exception)
    def _on_sign_in_failed(self, error: Exception) -> None:
        if not isinstance(error, PathguiError):
            self._desk.show_error(error)
        if self.dialog is not None:
            self.dialog.show_problem(str(error))

    def sign_out(self) -> None:
        """Remove the token from the hub library's store."""
        self._asking.run(lambda report: self._weights.sign_out(), self._on_signed_out, self._fail)

    @Slot()
    def _on_signed_out(self) -> None:
        self._panel.set_signed_in(False)
        self._tell(say("Signed out of Hugging Face."))
        self._look_at()

    # Files

    def _ask_weights(self, name: str, *, folder: bool) -> None:
        title = (
            say("Weights")
            if not name
            else say("Weights of {spec_title}", spec_title=self._panel.rows[name].spec.title)
        )
        found = ask_weights(self._window, title, folder=folder)
        if found:
            self.use(found, name)

    def _ask_import(self, *, folder: bool) -> None:
        paths = ask_embeddings(self._window, folder=folder)
        if paths:
            self.listing.import_(paths)

    @Slot(list, str)
    def take(self, paths: list[Path], name: str) -> None:
        """Files that were dropped: embeddings, or weights, of ``name`` if that is said."""
        self._asking.run(
            lambda report: [path for path in paths if looks_like_embeddings(path)],
            partial(self._take_apart, paths, name),
            self._fail,
        )

    def _take_apart(self, paths: list[Path], name: str, embeddings: list[Path]) -> None:
        if embeddings:
            self.listing.import_(embeddings)
        for path in paths:
            if path not in embeddings:
                self.use(path, name)

    def use(self, path: Path, name: str = "") -> None:
        """Run an encoder with the weights in ``path``; without ``name``, find out which it is."""
        row = self._panel.rows.get(name)
        if row is not None:
            row.set_progress(None, say("Looking into {path_name}…", path_name=path.name))
        else:
            self._tell(say("Looking into {path_name}…", path_name=path.name), closable=False)
        self._asking.run(
            lambda report: self._use(path, name),
            partial(self._on_used, path),
            partial(self._on_unfit, name),
        )

    def _use(self, path: Path, name: str) -> EncoderSpec | Which:
        weights = self._weights
        if name:
            return weights.use_weights(self._known, name, path)
        file = find_weights_file(path)
        found = weights.recognize(file)
        if found.published:
            return weights.use_weights(self._known, found.published, file)
        if found.fits:
            return Which(file, found.fits)
        own = weights.describe_folder(self._known, path) if path.is_dir() else None
        return own or Which(file, ())

    def _on_used(self, path: Path, used: EncoderSpec | Which) -> None:
        self._messages.clear(KEY)
        if isinstance(used, Which) and not used.fits:
            self.own.ask(used.path)
            return
        if isinstance(used, Which):
            titles = [(name, self._panel.title(name)) for name in used.fits]
            dialog = WhichEncoderDialog(self._window, used.path.name, titles)
            dialog.chosen.connect(partial(self._use_as, used.path))
            self.which = dialog
            dialog.open()
            return
        self._panel.set_specs(self._known.encoders())
        text = say(
            "{used_title} runs with the weights in {path}.", used_title=used.title, path=path
        )
        if used.with_weights is None:
            text = say(
                "{used_title} is listed as an encoder of your own, {origin}.",
                used_title=used.title,
                origin=used.origin,
            )
        else:
            self.weights_chosen.emit(used.name, path)
        self._tell(text)
        self._look_at(used.name)

    @Slot(str)
    def _use_as(self, path: Path, name: str) -> None:
        if name:
            self.use(path, name)
        else:
            self.own.ask(path)

    @Slot(object)
    def _on_own(self, spec: EncoderSpec) -> None:
        self._panel.set_specs(self._known.encoders())
        self._tell(
            say(
                "{spec_title} is listed as an encoder of your own, {origin}.",
                spec_title=spec.title,
                origin=spec.origin,
            )
        )
        self._look_at(spec.name)

    @Slot(object)
    def _on_listed(self, spec: EncoderSpec) -> None:
        self._look_at(spec.name)

    def _on_unfit(self, name: str, error: Exception) -> None:
        self._messages.clear(KEY)
        row = self._panel.rows.get(name)
        if row is not None and isinstance(error, PathguiError):
            row.set_problem(str(error), encoder_row.FILE, encoder_row.PAGE)
        else:
            self._fail(error)
