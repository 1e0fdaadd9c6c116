"""Keeps saying what Evaluate would cost, whenever that changes; never in its way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from pathgui.core.cost.estimate import Cost
from pathgui.core.cost.words import cost_rows, cost_sentence, step_rows
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.runs.options import cost_key
from pathgui.core.runs.request import EvaluationRequest, Opened
from pathgui.gui.evaluation.run_panel import RunPanel
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.run_clock import Expected

PAUSE_MS = 500  # after the last change, before anything is counted


@dataclass(frozen=True)
class Asked:
    """What Evaluate would be asked now."""

    request: EvaluationRequest
    store_limit_gb: float
    at_hand: Opened  # the reference set, which the window has open

    @property
    def key(self) -> tuple[object, ...]:
        """All that the cost depends on."""
        request = self.request
        return (
            request.reference,
            request.encoders,
            cost_key(request.settings),
            request.slide,
        )


class CostControl(QObject):
    """Asks core in a job of its own, one at a time; a newer question ends an older one."""

    def __init__(
        self,
        desk: Desk,
        panel: RunPanel,
        wanted: Callable[[], Asked | None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._panel = panel
        self._wanted = wanted
        self._key: tuple[object, ...] | None = None  # of what is shown or being found out
        self._cost: Cost | None = None  # that is shown
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._ask)

    def refresh(self, *, anew: bool = False) -> None:
        """Something changed; ``anew``: also what is already embedded."""
        if anew:
            self._key = None
        self._timer.start()

    def stop(self) -> Expected:
        """Evaluate begins, and needs the machine for itself.

        Returns what it will take, as far as that was said.
        """
        self._timer.stop()
        self._key = None
        self._desk.estimates.cancel()
        cost = self._cost or Cost(())
        after: dict[str, float] = {}
        for step in cost.steps:
            for name, seconds in step.by_encoder.items():
                after[name] = after.get(name, 0.0) + seconds
        embedding = {each.name: each.seconds for each in cost.encoders if each.seconds is not None}
        return Expected(embedding, after, cost.tiles_slide)

    @Slot()
    def _ask(self) -> None:
        asked = self._wanted()
        if asked is None or asked.key != self._key:
            self._cost = None
        if asked is None:
            self._key = None
            self._desk.estimates.cancel()
            self._panel.show_cost("")
            return
        if asked.key == self._key:
            return
        self._key = asked.key
        self._desk.estimates.cancel()
        self._panel.show_cost(say("Finding out tiles and time…"))
        services = self._desk.services
        store = services.store(asked.store_limit_gb)

        def work(report: ProgressFn) -> Cost:
            return services.cost(asked.request, at_hand=asked.at_hand, store=store, report=report)

        self._desk.estimates.run(
            work, partial(self._show, asked), partial(self._show_problem, asked), background=True
        )

    def _show(self, asked: Asked, cost: Cost) -> None:
        if asked.key != self._key:
            return
        self._cost = cost
        rows = cost_rows(cost, {spec.name: spec.title for spec in asked.request.specs})
        self._panel.show_cost(cost_sentence(cost), rows, step_rows(cost))

    def _show_problem(self, asked: Asked, error: Exception) -> None:
        if asked.key != self._key:
            return
        # What Evaluate would say too. A bug is said by Evaluate, not by its forecast.
        self._panel.show_cost(str(error) if isinstance(error, PathguiError) else "")
