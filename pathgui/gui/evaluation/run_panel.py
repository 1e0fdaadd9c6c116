"""Settings of an evaluation; starting it, watching it, stopping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QSizePolicy, QWidget

from pathgui.core.cost.words import NO_DISK, CostRow
from pathgui.core.language.languages import ENGLISH, LANGUAGES
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.system.times import in_words
from pathgui.gui.cohort.cohort_panel import ALL, ALL_TIP
from pathgui.gui.evaluation.option_boxes import SeveralBox, box_of
from pathgui.gui.evaluation.run_bar import RunBar
from pathgui.gui.jobs.run_parts import PartShare
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.layouts import holder, in_column, in_row
from pathgui.gui.kit.room import Capped
from pathgui.gui.kit.widgets import ElidedLabel, add_field, form, label, push_button
from pathgui.settings import KEPT, Settings

STOP = say("Stop")
MOST_LINES = 8  # of what stands above the button; more is scrolled
SHOWN_COSTS = 5  # encoders whose time is said one by one


class RunSettingsPanel(QWidget):
    """A box for each option of an evaluation that the window offers, the colors, the language."""

    changed = Signal()
    theme_chosen = Signal(str)  # one of THEMES

    def __init__(self) -> None:
        super().__init__()
        self.device_note = label("", "muted", wrap=True)
        self.device_note.hide()
        rows = form(10, 6, margins=(18, 0, 0, 0))
        self.boxes = {option.name: box_of(option) for option in KEPT.values()}
        for name, box in self.boxes.items():
            box.chosen.connect(self.changed)
            if KEPT[name].box:
                rows.addRow(box)
                continue
            if not isinstance(box, SeveralBox):  # a button, whose text stands in its middle
                box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            caption = KEPT[name].caption or KEPT[name].title
            add_field(rows, caption, box).setToolTip(KEPT[name].help)
            if name == "device":
                rows.addRow(self.device_note)
        self.theme = ElidedCombo()
        self.theme.offer(
            (("system", say("as the system")), ("light", say("light")), ("dark", say("dark")))
        )
        self.theme.activated.connect(self._on_theme)
        add_field(rows, say("Theme"), self.theme)
        self.language = ElidedCombo()
        self.language.offer((code, each.name) for code, each in LANGUAGES.items())
        self.language.activated.connect(self._on_language)
        add_field(rows, say("Language"), self.language)
        self.language_note = label("", "muted", wrap=True)
        self.language_note.hide()
        rows.addRow(self.language_note)
        self.setLayout(rows)

    def show_settings(self, settings: Settings) -> None:
        """Show settings; nothing is emitted."""
        with QSignalBlocker(self):
            for name, box in self.boxes.items():
                box.choose(getattr(settings.run, name))
            self.theme.choose(settings.theme)
            self.language.choose(settings.language)

    def apply_to(self, settings: Settings) -> Settings:
        """``settings`` with what is chosen here."""
        chosen: dict[str, Any] = {name: box.value_chosen() for name, box in self.boxes.items()}
        return replace(
            settings,
            run=replace(settings.run, **chosen),
            theme=self.theme.currentData(),
            language=self.language.currentData(),
        )

    @Slot()
    def _on_theme(self) -> None:
        self.changed.emit()
        self.theme_chosen.emit(self.theme.currentData())

    @Slot()
    def _on_language(self) -> None:
        """Say when the choice takes effect, and who has not read it."""
        said = [say("The language takes effect at the next start.")]
        if self.language.currentData() != ENGLISH.code:
            said.append(say("It is not reviewed by a native pathologist."))
        self.language_note.setText(" ".join(said))
        self.language_note.show()
        self.changed.emit()

    def show_device(self, text: str) -> None:
        """Say which device "automatic" is, and why it is no GPU."""
        self.device_note.setText(text)
        self.device_note.setVisible(bool(text))


class RunPanel(QWidget):
    """The button, and while it runs the progress in its place."""

    evaluate_requested = Signal()
    all_requested = Signal()
    cancel_requested = Signal()
    pause_requested = Signal(bool)
    whole_slide_requested = Signal()
    tissue_mask_requested = Signal()  # to be seen on the slide, and moved

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.region = label("", wrap=True)
        self.whole_button = push_button(
            say("Whole slide"),
            self.whole_slide_requested,
            say("Remove the regions, and evaluate all of the slide"),
        )
        self.whole_button.setAccessibleName(say("Evaluate the whole slide"))
        self._region_row = holder(in_row((self.region, 1), self.whole_button))
        self._region_row.hide()
        self.mask_button = push_button(
            say("Tissue mask…"),
            self.tissue_mask_requested,
            say(
                "Show on the slide what counts as tissue and is evaluated, and "
                "where to change it. Fat, pale tissue and silver stains may be "
                "left out."
            ),
            name="link",
        )
        pale = label(say("Fat may be left out."), "muted", wrap=True)
        self._mask_row = holder(in_row((pale, 1), self.mask_button))
        self._mask_row.hide()
        self.hint = label("", "muted", wrap=True)
        self.cost = label("", "muted", wrap=True)
        self.cost.hide()
        self.evaluate_button = push_button(
            say("Evaluate"),
            self.evaluate_requested,
            say("Evaluate the ticked encoders"),
            picture=icon("play", "on_accent"),
            name="primary",
        )
        self.all_button = push_button(ALL, self.all_requested, picture=icon("play"))
        self.all_button.setAccessibleName(say("{ALL} of the cohort", ALL=ALL))
        self.all_button.hide()
        # What is said may be long; the button stays where it is.
        said = in_column(self._region_row, self._mask_row, self.hint, self.cost, spacing=6)
        words = Capped(
            holder(said, "panel-body"), lambda: MOST_LINES * self.fontMetrics().lineSpacing()
        )
        self._start = holder(in_column(words, self.evaluate_button, self.all_button, spacing=6))

        self.stage = label("", wrap=True)
        # Two lines, taken or not: what stands below must not jump from step to step.
        self.stage.setMinimumHeight(2 * self.stage.fontMetrics().lineSpacing())
        self.stage.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        self.bar = RunBar()
        self.count = label("", "muted")
        self.counted = ElidedLabel("", "muted")  # what is counted
        self.eta = label("", "muted")
        self.cancel_button = push_button(
            STOP,
            self.cancel_requested,
            say("Stop the evaluation; what is embedded is kept"),
            picture=icon("stop"),
        )
        self.pause_button = push_button(
            say("Pause"),
            self._on_pause,
            say(
                "Leave the machine to others for a while. What is embedded is "
                "kept, also if the program ends meanwhile."
            ),
            picture=icon("pause"),
        )
        self.pause_button.setCheckable(True)
        numbers = in_row(self.count, (self.counted, 1), self.eta, spacing=4)
        buttons = in_row((self.pause_button, 1), (self.cancel_button, 1), spacing=6)
        self._watch = holder(in_column(self.stage, self.bar, numbers, buttons, spacing=6))
        self._watch.hide()
        self.setLayout(in_column(self._start, self._watch, margins=(14, 10, 14, 12)))

    def show_cost(
        self, text: str, rows: Sequence[CostRow] = (), steps: Sequence[CostRow] = ()
    ) -> None:
        """Say what Evaluate will cost.

        ``rows`` are the encoders in the order they run, ``steps`` what follows embedding.
        """
        lines = [text] if text else []
        if len(rows) > 1 and any(row.disk != NO_DISK for row in rows):
            lines += [
                f"{number}. {row.title}: {row.time}"
                for number, row in enumerate(rows[:SHOWN_COSTS], start=1)
            ]
            if len(rows) > SHOWN_COSTS:
                lines.append(say("… and {n_rows} more", n_rows=len(rows) - SHOWN_COSTS))
        if steps:
            lines.append(" · ".join(f"{step.title}: {step.time}" for step in steps))
        self.cost.setText("\n".join(lines))
        self.cost.setVisible(bool(lines))
        self.cost.setToolTip(
            "\n".join(
                [
                    say(
                        "{row_title}: {tiles} to embed, {time} ({basis}), {disk}",
                        row_title=row.title,
                        tiles=row.tiles,
                        time=row.time,
                        basis=row.basis,
                        disk=row.disk,
                    )
                    for row in rows
                ]
                + [f"{step.title}: {step.time} ({step.basis})" for step in steps]
            )
        )

    @Slot()
    def _on_pause(self) -> None:
        self._say_paused()
        self.pause_requested.emit(self.pause_button.isChecked())

    def _say_paused(self) -> None:
        paused = self.pause_button.isChecked()
        self.pause_button.setText(say("Go on") if paused else say("Pause"))
        self.pause_button.setIcon(icon("play" if paused else "pause"))
        self.eta.setText(say("paused") if paused else "")

    def set_ready(self, problem: str, hint: str = "") -> None:
        """Allow Evaluate unless there is a ``problem``, which says what is still missing."""
        self.evaluate_button.setEnabled(not problem)
        self.hint.setText(problem or hint)
        self.hint.setVisible(bool(problem or hint))

    def show_all(self, there: bool, problem: str) -> None:
        """Whether a cohort is open; all its slides can be evaluated unless there is a problem."""
        self.all_button.setVisible(there)
        self.all_button.setEnabled(not problem)
        self.all_button.setToolTip(problem or ALL_TIP)

    def show_slide(self, there: bool) -> None:
        """Whether a slide is open: then it is said that a mask decides what is evaluated of it."""
        self._mask_row.setVisible(there)

    def show_region(self, text: str) -> None:
        """Say to which part of the slide the evaluation is restricted; empty: to none."""
        self.region.setText(text)
        self._region_row.setVisible(bool(text))

    def set_busy(self, busy: bool) -> None:
        """Show progress in the place of the button, or the button again."""
        self._start.setVisible(not busy)
        self._watch.setVisible(busy)
        self.cancel_button.setEnabled(busy)
        self.cancel_button.setText(STOP)
        self.pause_button.setEnabled(busy)
        self.pause_button.setChecked(False)
        self._say_paused()
        if busy:
            self.show_progress(say("Starting…"), 0, 0, None)

    def show_stopping(self) -> None:
        """Cancel was pressed; the batch at hand is finished first."""
        self.cancel_button.setEnabled(False)
        self.cancel_button.setText(say("Stopping…"))
        self.pause_button.setEnabled(False)
        self.eta.setText("")

    def show_progress(
        self,
        stage: str,
        done: int,
        total: int,
        seconds: float | None,
        parts: Sequence[PartShare] = (),
        *,
        counted: str = "",
    ) -> None:
        """Show ``done`` of ``total`` of a stage and, if known, the seconds left in all.

        The bar shows the whole run in its ``parts``; without them, this stage. ``counted`` says
        what the two numbers count.
        """
        self.stage.setText(retold(stage))
        if not parts and total:
            parts = (PartShare("", 1.0, min(1.0, done / total)),)
        self.bar.show_parts(parts)
        self.count.setText(
            say("{done:,} of {total:,}", done=done, total=total) if total > 1 else ""
        )
        self.counted.say(counted if total > 1 else "")
        stopping = not self.cancel_button.isEnabled()
        if self.pause_button.isChecked():
            self.eta.setText(say("paused"))
        else:
            self.eta.setText(in_words(seconds) if seconds is not None and not stopping else "")
