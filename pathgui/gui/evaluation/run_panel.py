"""Settings of an evaluation; starting it, watching it, stopping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pathgui.core.cost.words import NO_DISK, CostRow
from pathgui.core.system.times import in_words
from pathgui.gui.evaluation.option_boxes import box_of
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.widgets import ElidedLabel, label
from pathgui.settings import KEPT, Settings

SHOWN_COSTS = 5  # encoders whose time is said one by one


class RunSettingsPanel(QWidget):
    """A box for each option of an evaluation that the window offers."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.device_note = label("", "muted", wrap=True)
        self.device_note.hide()
        self.direct_reader = QCheckBox("Fast reader where its pixels are equal")
        self.direct_reader.setToolTip(
            "Tiles are decoded by pathgui itself, several times as fast as by OpenSlide, but only "
            "of slides where some tiles came out equal to OpenSlide's to the last bit. The record "
            "says which reader was used. Holds for slides opened from now on."
        )
        self.direct_reader.toggled.connect(self.changed)
        form = QFormLayout(self)
        form.setContentsMargins(18, 0, 0, 0)
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.boxes = {option.name: box_of(option) for option in KEPT.values()}
        for name, box in self.boxes.items():
            box.chosen.connect(self.changed)
            if KEPT[name].box:
                form.addRow(box)
                continue
            caption = label(KEPT[name].title, "muted")
            caption.setBuddy(box)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            caption.setMinimumHeight(box.sizeHint().height())
            form.addRow(caption, box)
            if name == "device":
                form.addRow(self.device_note)
        form.addRow(self.direct_reader)

    def show_settings(self, settings: Settings) -> None:
        """Show settings; nothing is emitted."""
        with QSignalBlocker(self):
            for name, box in self.boxes.items():
                box.choose(getattr(settings.run, name))
            self.direct_reader.setChecked(settings.direct_reader)

    def apply_to(self, settings: Settings) -> Settings:
        """``settings`` with what is chosen here."""
        chosen: dict[str, Any] = {name: box.value_chosen() for name, box in self.boxes.items()}
        return replace(
            settings,
            run=replace(settings.run, **chosen),
            direct_reader=self.direct_reader.isChecked(),
        )

    def show_device(self, text: str) -> None:
        """Say which device "automatic" is, and why it is no GPU."""
        self.device_note.setText(text)
        self.device_note.setVisible(bool(text))


class RunPanel(QWidget):
    """The button, and while it runs the progress in its place."""

    evaluate_requested = Signal()
    cancel_requested = Signal()
    pause_requested = Signal(bool)
    whole_slide_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.region = label("", wrap=True)
        self.whole_button = QPushButton("Whole slide")
        self.whole_button.setToolTip("Remove the regions, and evaluate all of the slide")
        self.whole_button.clicked.connect(self.whole_slide_requested)
        self._region_row = QWidget()
        row = QHBoxLayout(self._region_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.region, 1)
        row.addWidget(self.whole_button)
        self._region_row.hide()
        self.hint = label("", "muted", wrap=True)
        self.cost = label("", "muted", wrap=True)
        self.cost.hide()
        self.evaluate_button = QPushButton(icon("play", "on_accent"), "Evaluate")
        self.evaluate_button.setObjectName("primary")
        self.evaluate_button.setToolTip("Evaluate the ticked encoders (Ctrl+Enter)")
        self.evaluate_button.clicked.connect(self.evaluate_requested)
        self._start = QWidget()
        start_layout = QVBoxLayout(self._start)
        start_layout.setContentsMargins(0, 0, 0, 0)
        start_layout.setSpacing(6)
        start_layout.addWidget(self._region_row)
        start_layout.addWidget(self.hint)
        start_layout.addWidget(self.cost)
        start_layout.addWidget(self.evaluate_button)

        self.stage = ElidedLabel()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.count = label("", "muted")
        self.eta = label("", "muted")
        self.cancel_button = QPushButton(icon("stop"), "Cancel")
        self.cancel_button.setToolTip("Stop the evaluation; what is embedded is kept (Esc)")
        self.cancel_button.clicked.connect(self.cancel_requested)
        self.pause_button = QPushButton(icon("pause"), "Pause")
        self.pause_button.setCheckable(True)
        self.pause_button.setToolTip(
            "Leave the machine to others for a while. What is embedded is kept, also if the "
            "program ends meanwhile."
        )
        self.pause_button.clicked.connect(self._on_pause)
        self._watch = QWidget()
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.pause_button, 1)
        buttons.addWidget(self.cancel_button, 1)
        below = QHBoxLayout()
        below.addWidget(self.count)
        below.addStretch(1)
        below.addWidget(self.eta)
        watch_layout = QVBoxLayout(self._watch)
        watch_layout.setContentsMargins(0, 0, 0, 0)
        watch_layout.setSpacing(6)
        watch_layout.addWidget(self.stage)
        watch_layout.addWidget(self.bar)
        watch_layout.addLayout(below)
        watch_layout.addLayout(buttons)

        self._watch.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.addWidget(self._start)
        layout.addWidget(self._watch)

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
                lines.append(f"… and {len(rows) - SHOWN_COSTS} more")
        if steps:
            lines.append(" · ".join(f"{step.title}: {step.time}" for step in steps))
        self.cost.setText("\n".join(lines))
        self.cost.setVisible(bool(lines))
        self.cost.setToolTip(
            "\n".join(
                [
                    f"{row.title}: {row.tiles} tiles to embed, {row.time} ({row.basis}), {row.disk}"
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
        self.pause_button.setText("Go on" if paused else "Pause")
        self.pause_button.setIcon(icon("play" if paused else "pause"))
        self.eta.setText("paused" if paused else "")

    def set_ready(self, problem: str, hint: str = "") -> None:
        """Allow Evaluate unless there is a ``problem``, which says what is still missing."""
        self.evaluate_button.setEnabled(not problem)
        self.hint.setText(problem or hint)
        self.hint.setVisible(bool(problem or hint))

    def show_region(self, text: str) -> None:
        """Say to which part of the slide the evaluation is restricted; empty: to none."""
        self.region.setText(text)
        self._region_row.setVisible(bool(text))

    def set_busy(self, busy: bool) -> None:
        """Show progress in the place of the button, or the button again."""
        self._start.setVisible(not busy)
        self._watch.setVisible(busy)
        self.cancel_button.setEnabled(busy)
        self.cancel_button.setText("Cancel")
        self.pause_button.setEnabled(busy)
        self.pause_button.setChecked(False)
        self._say_paused()
        if busy:
            self.show_progress("Starting…", 0, 0, None)

    def show_stopping(self) -> None:
        """Cancel was pressed; the batch at hand is finished first."""
        self.cancel_button.setEnabled(False)
        self.cancel_button.setText("Stopping…")
        self.pause_button.setEnabled(False)
        self.eta.setText("")

    def show_progress(self, stage: str, done: int, total: int, seconds: float | None) -> None:
        """Show ``done`` of ``total`` of a stage and, if known, the seconds left in all."""
        self.stage.setText(stage)
        self.stage.setToolTip(stage)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.count.setText(f"{done:,} of {total:,}" if total > 1 else "")
        stopping = not self.cancel_button.isEnabled()
        if self.pause_button.isChecked():
            self.eta.setText("paused")
        else:
            self.eta.setText(in_words(seconds) if seconds is not None and not stopping else "")
