"""Other colors and worse scans of the slide of the run in the summary: what the tab asks for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication

from pathgui.core.errors import PathguiError
from pathgui.core.evaluation.altered_answers import WhatIfSoFar
from pathgui.core.evaluation.altering import ALL_CURVES, CENTERS, AlteringRequest, request_of_run
from pathgui.core.evaluation.measure_again import choose_set, file_of
from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Notice, PartialResult, Progress, ProgressFn
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.report.copied import perturb_command, perturb_python
from pathgui.core.runs.record import Run
from pathgui.core.system.times import in_words
from pathgui.core.what_if.recoloring import Recoloring, recolorings_of
from pathgui.core.what_if.results import WhatIf
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.trial_control import TrialControl
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_keys import COPIED
from pathgui.gui.jobs.message_keys import WHAT_IF as KEY
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.results.what_if_page import COLORS
from pathgui.gui.viewer.compare import CompareView

_KNOWN_AFTER = 3.0  # seconds of a step, from which what is left is said

Outcome = WhatIf | NotAssessable | PathguiError


@dataclass(frozen=True)
class _Ended:
    """What a job has found, and why it is not kept; "" if it is."""

    found: dict[str, Outcome]
    why_not_kept: str


def _curves(wanted: list[str]) -> tuple[str, ...]:
    return tuple(name for name in ALL_CURVES if name in wanted)


class WhatIfControl(TrialControl):
    """Tries other colors and worse scans, and shows them on the slide."""

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        references: ReferenceControl,
        compare: CompareView,
        parent: QObject | None = None,
    ) -> None:
        self.page = controller.summary.what_if
        super().__init__(desk, controller, references, self.page, KEY, parent)
        self._slides = controller.slides
        self._compare = compare
        self._step: tuple[object, float] = (None, 0.0)  # what is counted, and since when
        self._so_far: dict[str, WhatIf] = {}  # of the try that goes on
        self._lens_of: str | None = None  # the run whose colors the lens looks through
        self._later: dict[str, dict[str, WhatIf]] = {}  # found since a run was opened, by its id
        self.page.run_requested.connect(self.run)
        self.page.cancel_requested.connect(self.cancel)
        self.page.asked_changed.connect(self._say_cost)
        self.page.layer_requested.connect(self.show_layer)
        self.page.command_requested.connect(self.copy_command)
        self.page.python_requested.connect(self.copy_python)
        controller.run_shown.connect(self._on_run)
        controller.runs.kept.connect(self._look)  # only now its tiles lie over the slide
        references.changed.connect(self._look)
        self._slides.shown.connect(self._look)
        self._look()

    # What can be tried

    def _lacks(self) -> str:
        """What is missing; "" if nothing is."""
        run = self._run
        if run is None:
            return say("No run is shown.")
        if run.slide is None:
            return say("This needs a run of one slide: its tiles are altered.")
        if not self._controller.on_slide:
            return say("The slide of this run is not the one shown. Open it to alter its tiles.")
        return "" if self._set is not None else choose_set(run)

    @Slot()
    def _on_run(self) -> None:
        finished, run = self._controller.finished, self._run
        if finished is None or run is None:
            self.page.show_run(None, {})
        else:
            self.page.show_run(run, finished.evaluation.what_if | self._later.get(run.id, {}))
        self._look()

    @Slot()
    def _look(self) -> None:
        self.page.show_lacks(self._lacks())
        self._say_cost()
        self._offer_lens()

    def _offer_lens(self) -> None:
        """The viewer's lens looks through the colors of the centers that were tried."""
        finished, run = self._controller.finished, self._run
        self._lens_of = None if run is None or not self._controller.on_slide else run.id
        if finished is None or run is None or self._lens_of is None:
            return
        found = finished.evaluation.what_if | self._later.get(run.id, {})
        known = next((each for each in found.values() if each.look), None)
        if known is None:
            return

        def then(colors: dict[str, Recoloring]) -> None:
            if self._lens_of == run.id:
                self._compare.main.lens.offer(colors)

        self._desk.quick.run(
            lambda report: recolorings_of(known), then, partial(self._desk.show_failure, key=KEY)
        )

    def _request(self, run: Run, wanted: list[str]) -> AlteringRequest:
        asked = AlteringRequest(
            n_centers=CENTERS if COLORS in wanted else 0,
            curves=_curves(wanted),
        )
        settings = self._desk.settings()
        return request_of_run(run, asked, device=settings.device, offline=settings.offline)

    @Slot()
    def _say_cost(self) -> None:
        """How long it would take, from how fast the encoders were here."""
        run, reference = self._run, self._set
        if self._lacks() or run is None or reference is None:
            return
        names, wanted = self.page.wanted_encoders, self.page.wanted
        request, services, store = (
            self._request(run, wanted),
            self._desk.services,
            self._controller.store,
        )
        try:
            specs = services.known.chosen(names)
        except PathguiError as error:
            self.page.show_lacks(str(error))
            return

        def work(report: ProgressFn) -> float:
            return services.what_if_cost(request, reference, specs, store)

        def then(seconds: float) -> None:
            if self._run is run and self.page.wanted == wanted:
                self.page.show_cost(
                    say(
                        "{tiles} tiles of the slide at most, {time} to embed. What is kept from an "
                        "earlier try is not embedded again.",
                        tiles=request.n_tiles,
                        time=in_words(seconds),
                    )
                )

        self._desk.estimates.run(work, then, partial(self._desk.show_failure, key=KEY))

    # Trying

    @Slot(list, list)
    def run(self, encoders: list[str], wanted: list[str]) -> None:
        """Alter tiles of the slide of the run in the summary."""
        finished, reference, path = self._controller.finished, self._set, self._slides.path
        if finished is None or self._job is not None or self._lacks():
            return
        if self._controller.busy:
            text = say("An evaluation runs. Try other colors when it has ended.")
            self._desk.messages.show_message("info", text, key=KEY)
            return
        run, folder = finished.evaluation.run, finished.folder
        assert reference is not None
        assert path is not None
        services, store = self._desk.services, self._controller.store
        try:
            specs = services.known.chosen(encoders)
        except PathguiError as error:
            self._desk.show_failure(error, KEY)
            return
        request = self._request(run, wanted)
        known = in_roles(reference, request.settings.center_columns, request.settings.tissue_column)
        file = file_of(run, path)
        self._desk.messages.clear(KEY)

        def work(report: ProgressFn) -> _Ended:
            found = services.what_if(request, known, file, specs, store=store, report=report)
            return _Ended(found, services.keep_what_if(folder, run, found))

        self._step, self._so_far = (None, 0.0), {}
        self._start(finished, work, self._on_events, self._on_ended, say("Looking at the slide…"))

    @Slot(list)
    def _on_events(self, events: list[object]) -> None:
        so_far = {}
        for event in events:
            if isinstance(event, Notice):
                self._desk.messages.show_message("info", event.text)
            elif isinstance(event, PartialResult) and isinstance(event.result, WhatIfSoFar):
                so_far[event.result.encoder] = event.result.found
        of, run = self._of, self._run
        if so_far and of is not None and run is not None and run.id == of.evaluation.run.id:
            self._so_far |= so_far
            known = of.evaluation.what_if | self._later.get(run.id, {})
            self.page.show_found(known | self._so_far)
        progress = [event for event in events if isinstance(event, Progress)]
        if progress and self._job is not None and not self._job.stopping:
            self._show_progress(progress[-1])

    def _show_progress(self, event: Progress) -> None:
        if event.step != self._step[0]:
            self._step = (event.step, time.monotonic())
        spent = time.monotonic() - self._step[1]
        share = event.done / event.total if event.total > 1 else None
        text = event.stage
        if share and spent > _KNOWN_AFTER:
            left = in_words(spent * (1 - share) / share)
            text = say("{stage}, {time} left", stage=event.stage, time=left)
        self.page.show_progress(text, share)

    @Slot(object)
    def _on_ended(self, ended: _Ended) -> None:
        of = self._of
        if of is None:
            return
        run = of.evaluation.run
        done = {name: one for name, one in ended.found.items() if isinstance(one, WhatIf)}
        self._later.setdefault(run.id, {}).update(done)
        if self._run is not None and self._run.id == run.id:
            self.page.show_found(of.evaluation.what_if | self._later[run.id])
            self._offer_lens()
        titles = {each.encoder.name: each.encoder.title for each in run.encoders}
        said = [
            f"{titles.get(name, name)}: {one.reason if isinstance(one, NotAssessable) else one}"
            for name, one in ended.found.items()
            if not isinstance(one, WhatIf)
        ]
        if ended.why_not_kept:
            said.append(ended.why_not_kept)
        if said:
            self._desk.messages.show_message("caution", " ".join(said), key=KEY)

    @Slot()
    def _on_over(self) -> None:
        super()._on_over()
        if self._so_far:  # what was stopped before its end is not kept
            self._so_far = {}
            self._on_run()

    # Copying

    @Slot(list, list)
    def copy_command(self, encoders: list[str], wanted: list[str]) -> None:
        """Put the command that tries the same into the clipboard."""
        finished, reference = self._controller.finished, self._set
        if finished is None or finished.evaluation.run.slide is None:
            self._desk.messages.show_message("info", self._lacks(), key=KEY)
            return
        text = perturb_command(
            finished.folder, encoders, _curves(wanted), colors=COLORS in wanted,
            slide=self._slides.path if self._controller.on_slide else None,
            reference=None if reference is None else reference.folder,
        )  # fmt: skip
        self._copy(text, say("The command is in the clipboard: paste it into a terminal."))

    @Slot(list, list)
    def copy_python(self, encoders: list[str], wanted: list[str]) -> None:
        """Put lines of Python that try the same into the clipboard."""
        run, reference, path = self._run, self._set, self._slides.path
        lacks = self._lacks()
        if lacks or run is None or reference is None or path is None:
            self._desk.messages.show_message("info", lacks, key=KEY)
            return
        text = perturb_python(
            run, path, reference.folder, encoders, _curves(wanted), colors=COLORS in wanted
        )
        self._copy(text, say("The lines of Python are in the clipboard."))

    def _copy(self, text: str, told: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._desk.messages.show_message("info", told, key=COPIED)

    # On the slide

    @Slot(str, str)
    def show_layer(self, encoder: str, kind: str) -> None:
        """Lay over the slide what recoloring does to each tile."""
        finished, run, path = self._controller.finished, self._run, self._slides.path
        if finished is None or run is None or not self._controller.on_slide or path is None:
            return
        found = finished.evaluation.what_if | self._later.get(run.id, {})
        layers = self._controller.layers.of(path)
        if layers is None or encoder not in found:
            return
        layers.add_what_if(encoder, found[encoder])
        self._controller.layers.keep(path, layers)
        layer = layers.layer(encoder, kind)
        if layer is not None:
            view = self._compare.main
            view.show_layer(layer.title)
            view.set_overlay_visible(True)
