"""Encoders that the user puts on the list and takes off it: imports, and corrected ones."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from pathgui.core.corrections.correction_file import CorrectionHead
from pathgui.core.corrections.fitted import Fitted
from pathgui.core.corrections.stain import Stain
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.language.texts import filled, say
from pathgui.core.progress import Progress
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import WEIGHTS as KEY


class ListingControl(QObject):
    """Changes the list in jobs, and says what became of it."""

    listed = Signal(object)  # the EncoderSpec that is new, or renewed

    def __init__(
        self, desk: Desk, panel: EncoderPanel, runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk, self._panel, self._runner = desk, panel, runner
        self._weights, self._known = desk.services.weights, desk.services.known
        self._tell = partial(desk.messages.show_message, "info", key=KEY)
        self._fail = partial(desk.show_failure, key=KEY)

    def import_(self, paths: list[Path]) -> None:
        """List embeddings of other programs as an encoder of their own."""
        job = Job(lambda report: self._weights.import_embeddings(self._known, paths, report))

        def said(event: Progress) -> str:
            return (
                filled("{stage}: {done:.0%}", stage=event.stage, done=event.done / event.total)
                if event.total
                else ""
            )

        def then(spec: EncoderSpec) -> None:
            text = say(
                "{spec_title}: embeddings of {dim} numbers. It stands in the list like any "
                "encoder.",
                spec_title=spec.title,
                dim=spec.dim,
            )
            self._show(spec, text)

        self._desk.watch(job, say("Reading the embeddings…"), KEY, said)
        job.succeeded.connect(then)
        job.failed.connect(self._fail)
        self._runner.start(job)

    def take(self, fitted: Fitted | Stain, head: CorrectionHead) -> None:
        """List an encoder after a correction."""

        def then(spec: EncoderSpec) -> None:
            text = say(
                "{title} stands in the list of encoders, as {name}. Tick it to evaluate it. On "
                "the set that it was fitted on, it looks better than it is.",
                title=spec.title,
                name=spec.name,
            )
            self._show(spec, text)

        self._runner.run(
            lambda report: self._weights.list_corrected(self._known, fitted, head),
            then,
            self._fail,
        )

    def _show(self, spec: EncoderSpec, text: str) -> None:
        self._panel.set_specs(self._known.encoders())
        self._tell(text)
        self.listed.emit(spec)

    def remove(self, name: str) -> None:
        """Take an encoder off the list; a corrected one once the user has confirmed it."""
        row = self._panel.rows[name]
        if not row.spec.correction:
            self._take_off(
                name,
                say(
                    "{title} is off the list. The files with its embeddings are untouched.",
                    title=row.spec.title,
                ),
            )
            return
        text = say(
            "Remove {title} from the list? The file of its correction is deleted. It can be "
            "fitted again from the run.",
            title=row.spec.title,
        )
        said = say("{title} is off the list.", title=row.spec.title)
        offers = (
            Offer(say("Remove"), partial(self._take_off, name, said)), Offer(say("Keep")),
        )  # fmt: skip
        self._desk.messages.show_message("caution", text, key=KEY, offers=offers, closable=False)

    def _take_off(self, name: str, said: str) -> None:
        def then(_: object) -> None:
            self._panel.set_specs(self._known.encoders())
            self._tell(said)

        self._runner.run(lambda report: self._weights.remove(self._known, name), then, self._fail)
