"""Settings of an evaluation; starting it, watching it, stopping it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from pathgui.core.cost.words import NO_DISK, CostRow
from pathgui.core.metrics.neighbors.k_rule import PRESETS, KRule
from pathgui.core.system.times import in_words
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.widgets import ElidedLabel, indent, label
from pathgui.settings import LARGEST, DeviceChoice, PrecisionChoice, Settings

DEVICES = (
    ("auto", "automatic"),
    ("cpu", "CPU"),
    ("cuda", "GPU (CUDA)"),
    ("mps", "GPU (Apple)"),
)
FIXED = "fixed"  # the number beside
PRECISIONS = (
    ("fp32", "fp32 (exact)"),
    ("auto", "as published"),
    ("bf16", "bf16"),
    ("fp16", "fp16"),
)
SHOWN_COSTS = 5  # encoders whose time is said one by one


class RunSettingsPanel(QWidget):
    """k, device, precision, number of tiles, seed."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.k_rule = QComboBox()
        self.k_rule.addItem("automatic", "auto")
        self.k_rule.addItem("this number:", FIXED)
        for preset in PRESETS.values():
            self.k_rule.addItem(f"{preset.k} ({preset.title})", preset.name)
        self.k_rule.setToolTip(
            "How many nearest neighbors count; all encoders of a run share one k. Automatic: the "
            "median of what suits each encoder best, controls left out. The others: what a paper "
            "took. Acceptance criteria may fix it."
        )
        self.k_rule.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.k = QSpinBox()
        self.k.setRange(1, 999)
        self.k.setAccessibleName("Number of neighbors")
        self.k.hide()
        self.neighbors = QWidget()
        both = QHBoxLayout(self.neighbors)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(6)
        both.addWidget(self.k_rule, 1)
        both.addWidget(self.k)
        self.device = QComboBox()
        for key, text in DEVICES:
            self.device.addItem(text, key)
        self.device_note = label("", "muted", wrap=True)
        self.device_note.hide()
        self.precision = QComboBox()
        for key, text in PRECISIONS:
            self.precision.addItem(text, key)
        self.precision.setToolTip(
            "Of the encoder's arithmetic. Lower is faster on a GPU. As published: on a GPU what "
            "its authors use, on a CPU fp32. Unless it is fp32, 64 tiles are compared with fp32."
        )
        self.direct_reader = QCheckBox("Fast reader where its pixels are equal")
        self.direct_reader.setToolTip(
            "Tiles are decoded by pathgui itself, several times as fast as by OpenSlide, but only "
            "of slides where some tiles came out equal to OpenSlide's to the last bit. The record "
            "says which reader was used. Holds for slides opened from now on."
        )
        self.max_tiles = QSpinBox()
        self.max_tiles.setRange(0, 10_000_000)
        self.max_tiles.setSingleStep(500)
        self.max_tiles.setSpecialValueText("all")
        self.max_tiles.setGroupSeparatorShown(True)
        self.max_tiles.setToolTip("Of the slide, drawn at random. All: every tile with tissue.")
        self.seed = QSpinBox()
        self.seed.setRange(0, LARGEST)
        self.seed.setToolTip("Of everything drawn at random; the same seed, the same numbers.")
        self.maps = QCheckBox("Make maps of the tiles")
        self.maps.setToolTip(
            "Two dimensions, by t-SNE: 2 s an encoder for 1,000 reference tiles, 16 s for 5,000; "
            "of larger sets a sample is drawn."
        )
        self.offline = QCheckBox("Forbid network use")
        self.keep_names = QCheckBox("Keep names of slides in runs")
        self.keep_names.setToolTip(
            "By default a run, its report and its exports hold pseudonyms of slides and patients."
        )
        form = QFormLayout(self)
        form.setContentsMargins(18, 0, 0, 0)
        form.setHorizontalSpacing(10)
        form.setVerticalSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for text, widget in (
            ("Neighbors (k)", self.neighbors),
            ("Device", self.device),
            ("", self.device_note),
            ("Precision", self.precision),
            ("Tiles at most", self.max_tiles),
            ("Seed", self.seed),
        ):
            caption = label(text, "muted")
            caption.setBuddy(widget)
            if text:
                widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            caption.setMinimumHeight(widget.sizeHint().height() if text else 0)
            if text:
                form.addRow(caption, widget)
            else:
                form.addRow(widget)
        form.addRow(self.maps)
        form.addRow(self.direct_reader)
        form.addRow(self.offline)
        form.addRow(self.keep_names)
        title = form.labelForField(self.neighbors)
        if isinstance(title, QLabel):
            title.setBuddy(self.k_rule)
        self.k_rule.currentIndexChanged.connect(self._show_number)
        self.k.valueChanged.connect(self._take_number)
        for box in (self.device, self.precision, self.k_rule):
            box.activated.connect(self.changed)
        for spin in (self.k, self.max_tiles, self.seed):
            indent(spin)
            spin.valueChanged.connect(self.changed)
        self.maps.toggled.connect(self.changed)
        self.offline.toggled.connect(self.changed)
        self.keep_names.toggled.connect(self.changed)
        self.direct_reader.toggled.connect(self.changed)

    def _show_number(self) -> None:
        """The number can be typed where it is one's own."""
        self.k.setVisible(self.k_rule.currentData() == FIXED)

    def _take_number(self) -> None:
        self.k_rule.setCurrentIndex(self.k_rule.findData(FIXED))

    def show_settings(self, settings: Settings) -> None:
        """Show settings; nothing is emitted."""
        with QSignalBlocker(self):
            fixed = isinstance(settings.k, int)
            if isinstance(settings.k, int):
                self.k.setValue(settings.k)
            self.k_rule.setCurrentIndex(self.k_rule.findData(FIXED if fixed else settings.k))
            self.device.setCurrentIndex(self.device.findData(settings.device))
            self.precision.setCurrentIndex(self.precision.findData(settings.precision))
            self.max_tiles.setValue(settings.max_tiles or 0)
            self.seed.setValue(settings.seed)
            self.maps.setChecked(settings.maps)
            self.offline.setChecked(settings.offline)
            self.keep_names.setChecked(settings.keep_names)
            self.direct_reader.setChecked(settings.direct_reader)

    def apply_to(self, settings: Settings) -> Settings:
        """``settings`` with what is chosen here."""
        rule = self.k_rule.currentData()
        k: KRule = self.k.value() if rule == FIXED else rule
        return replace(
            settings,
            k=k,
            device=cast(DeviceChoice, self.device.currentData()),
            precision=cast(PrecisionChoice, self.precision.currentData()),
            max_tiles=self.max_tiles.value() or None,
            seed=self.seed.value(),
            maps=self.maps.isChecked(),
            offline=self.offline.isChecked(),
            keep_names=self.keep_names.isChecked(),
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
