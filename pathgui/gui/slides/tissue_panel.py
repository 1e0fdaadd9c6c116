"""Where there is tissue: the threshold, the region in its place, and the mask on the slide."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QSlider, QWidget

from pathgui.core.language.texts import say
from pathgui.core.runs.options import OPTIONS
from pathgui.core.slides.tissue import LEAST_THRESHOLD, MOST_THRESHOLD
from pathgui.gui.kit.boxes import NumberField
from pathgui.gui.kit.layouts import in_column, in_row
from pathgui.gui.kit.widgets import label, push_button
from pathgui.gui.viewer.model.keys import KeyTable

_STEPS = 200  # of the slider, each by the same factor
_HELP = {option.name: option.help for option in OPTIONS}


class TissuePanel(QWidget):
    """Says what the user wants of the tissue mask; what it comes to is told to it."""

    shown_changed = Signal(bool)  # the mask on the slide
    threshold_changed = Signal(object)  # a number; None: automatic
    from_region_changed = Signal(bool)
    from_cohort_changed = Signal(bool)  # the same for all slides of the cohort

    def __init__(self, keys: KeyTable) -> None:
        super().__init__()
        self._keys = keys
        hint = label(
            say("What is not tinted is never evaluated. For fat and pale tissue "
                "lower the threshold, or draw around it and make the region the "
                "mask."), "muted", wrap=True,
        )  # fmt: skip
        self.shown = QCheckBox(say("Show the tissue mask on the slide"))
        self.shown.toggled.connect(self.shown_changed)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName(say("Tissue threshold"))
        self.number = NumberField()
        self.number.setDecimals(3)
        self.number.setRange(LEAST_THRESHOLD, MOST_THRESHOLD)
        self.number.setSingleStep(0.005)
        self.number.setAccessibleName(say("Tissue threshold as a number"))
        for widget in (self.slider, self.number):
            widget.setToolTip(_HELP["tissue_threshold"])
        self.automatic = push_button(
            say("Automatic"),
            lambda: self.threshold_changed.emit(None),
            say("Take the threshold that suits the slide"),
        )
        self.slider.valueChanged.connect(lambda at: self.threshold_changed.emit(_at(at)))
        self.number.valueChanged.connect(lambda value: self.threshold_changed.emit(value))
        self.from_region = QCheckBox(say("The region is the tissue mask"))
        self.from_region.setToolTip(_HELP["tissue_from_region"])
        self.from_region.toggled.connect(self.from_region_changed)
        self.from_cohort = QCheckBox(say("In a cohort run: labeled regions"))
        self.from_cohort.setToolTip(
            say(
                "Evaluate all slides: of each slide its labeled regions are the "
                "tissue mask. On slides without any, tissue is sought."
            )
        )
        self.from_cohort.toggled.connect(self.from_cohort_changed)
        self.from_cohort.hide()
        self.said = label("", "muted", wrap=True)
        threshold = in_row((self.slider, 1), self.number, self.automatic, spacing=6)
        self.setLayout(
            in_column(
                self.shown,
                hint,
                threshold,
                self.from_region,
                self.from_cohort,
                self.said,
                spacing=6,
            )
        )
        self.setContentsMargins(18, 0, 0, 0)
        self.rekey()

    def rekey(self) -> None:
        """Say the key as it is now."""
        self.shown.setToolTip(self._keys.tip("tissue_mask"))

    def show_choice(self, chosen: float | None, used: float | None, from_region: bool) -> None:
        """Show what is chosen; without a threshold, the one that was ``used``. Emits nothing."""
        value = chosen if chosen is not None else used
        with QSignalBlocker(self.slider), QSignalBlocker(self.number):
            if value is not None:
                self.number.setValue(value)
                if _at(self.slider.value()) != value:
                    self.slider.setValue(_place(value))
        with QSignalBlocker(self.from_region):
            self.from_region.setChecked(from_region)
        self.automatic.setEnabled(chosen is not None)
        for widget in (self.slider, self.number):
            widget.setEnabled(not from_region)

    def show_cohort(self, there: bool, from_cohort: bool) -> None:
        """Whether there is a cohort, and the choice for a run over it. Emits nothing."""
        with QSignalBlocker(self.from_cohort):
            self.from_cohort.setChecked(from_cohort)
        self.from_cohort.setVisible(there)

    def show_mask(self, shown: bool) -> None:
        """Whether the mask lies on the slide. Emits nothing."""
        with QSignalBlocker(self.shown):
            self.shown.setChecked(shown)


def _at(place: int) -> float:
    """The threshold at a place of the slider."""
    part = place / _STEPS
    return round(LEAST_THRESHOLD * math.pow(MOST_THRESHOLD / LEAST_THRESHOLD, part), 3)


def _place(threshold: float) -> int:
    span = math.log(MOST_THRESHOLD / LEAST_THRESHOLD)
    return round(_STEPS * math.log(threshold / LEAST_THRESHOLD) / span)
