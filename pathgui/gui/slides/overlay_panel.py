"""Which encoder's answers lie over the slide, which of them, and how strongly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSlider, QSpinBox, QToolButton, QWidget

from pathgui.gui.kit.widgets import ElidedCombo, Segments, indent, tool_button

NO_LAYER = "none"
LAYERS = (
    (NO_LAYER, "None", "The slide alone (H)"),
    ("tissue", "Tissue", "Tissue, probe: the tissue that a linear probe finds most probable (T)"),
    ("center", "Center", "Center, probe: the reference center that a linear probe finds (C)"),
    (
        "agreement",
        "Agreement",
        "Whether a tile's neighbors share its tissue or its center (A)",
    ),
    ("disagreement", "Differ", "Where encoders give different answers (D)"),
)
# What else there is to see, as actions of keys.py.
MORE = (
    (
        ("layer_nearest_center", "Nearest reference tile's center (Shift+C)"),
        ("layer_confidence", "Probability of the tissue (W)"),
        ("layer_distance", "Distance to the reference set (Q)"),
    ),
    (
        ("stretch", "Colors over the range of the data, or fixed (Shift+L)"),
        ("palette", "Next palette for numbers (P)"),
        ("outline", "Only outlines, or filled (Shift+H)"),
    ),
)
ONE_ENCODER = "With two encoders or more: where they give different answers (D)."
NO_KINDS = "Give the center of the slide (on the right) to see this after an evaluation."


class OverlayPanel(QFrame):
    """A row above the slide. Says what is wanted; the viewer shows it."""

    layer_wanted = Signal(str, str)  # encoder, kind of layer ("none": no layer)
    opacity_wanted = Signal(float)  # 0..1
    panes_wanted = Signal(int)  # views side by side
    swipe_wanted = Signal()  # a divider between two encoders, or none
    action_wanted = Signal(str)  # of keys.py

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("overlay-panel")
        self._kind = NO_LAYER
        self.segments = Segments(LAYERS)
        self.segments.chosen.connect(self._want)
        self.encoder_box = ElidedCombo(6)
        self.encoder_box.setMaximumWidth(280)
        self.encoder_box.setToolTip("Encoder whose answers are shown (E, Shift+E)")
        self.encoder_box.setAccessibleName("Encoder of the overlay")
        self.encoder_box.activated.connect(self._want)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setFixedWidth(76)
        self.slider.setToolTip("Opacity of the overlay ([ and ], Ctrl + wheel)")
        self.slider.setAccessibleName("Opacity of the overlay")
        self.number = QSpinBox()
        self.number.setRange(0, 100)
        self.number.setSuffix(" %")
        self.number.setFixedWidth(64)
        indent(self.number)
        self.number.setAccessibleName("Opacity of the overlay in percent")
        self.slider.valueChanged.connect(self._on_opacity)
        self.number.valueChanged.connect(self._on_opacity)

        self.compare_button = tool_button("compare", "Compare encoders: side by side, or a divider")
        self.compare_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.compare_button)
        for count, text in enumerate(("One view", "Two views", "Three views", "Four views"), 1):
            menu.addAction(text, partial(self.panes_wanted.emit, count))
        menu.addSeparator()
        menu.addAction("Divider between two encoders", self.swipe_wanted.emit)
        self.compare_button.setMenu(menu)

        self.more_button = tool_button("more", "More layers, and how they are shown")
        self.more_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more = QMenu(self.more_button)
        for group in MORE:
            for action, text in group:
                more.addAction(text, partial(self.action_wanted.emit, action))
            more.addSeparator()
        self.more_button.setMenu(more)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setSpacing(8)
        layout.addWidget(self.segments)
        layout.addWidget(self.encoder_box, 1)
        layout.addWidget(self.more_button)
        layout.addWidget(self.compare_button)
        layout.addStretch()
        layout.addWidget(self.slider)
        layout.addWidget(self.number)
        self.set_encoders(())
        self.set_opacity(0.45)

    def set_encoders(
        self, encoders: Sequence[tuple[str, str]], with_kinds: frozenset[str] = frozenset()
    ) -> None:
        """Offer these (name, title); those ``with_kinds`` have an agreement layer."""
        self._with_kinds = with_kinds
        former = self.encoder_box.currentData()
        with QSignalBlocker(self.encoder_box):
            self.encoder_box.clear()
            for name, title in encoders:
                self.encoder_box.addItem(title, name)
            found = self.encoder_box.findData(former)
            self.encoder_box.setCurrentIndex(max(0, found) if encoders else -1)
        self.encoder_box.setVisible(bool(encoders))
        self._offer()

    def show_state(self, encoder: str, kind: str) -> None:
        """Show what the viewer shows; nothing is emitted."""
        with QSignalBlocker(self.encoder_box):
            index = self.encoder_box.findData(encoder)
            if index >= 0:
                self.encoder_box.setCurrentIndex(index)
        self._kind = kind
        self.segments.choose(kind)  # none is down where another layer is shown
        self._offer()

    def set_opacity(self, opacity: float) -> None:
        """Show an opacity, 0..1; nothing is emitted."""
        for widget in (self.slider, self.number):
            with QSignalBlocker(widget):
                widget.setValue(round(100 * opacity))

    def _offer(self) -> None:
        name = self.encoder_box.currentData()
        for key, _, tip in LAYERS[1:]:
            possible = name is not None
            if key == "disagreement" and self.encoder_box.count() < 2:
                possible, tip = False, ONE_ENCODER
            if key == "agreement" and possible and name not in self._with_kinds:
                possible, tip = False, NO_KINDS
            self.segments.offer(key, possible, tip)

    @Slot()
    def _want(self) -> None:
        self._offer()
        kind = self.segments.current
        if not kind:  # another encoder, of a layer that has no button
            self.layer_wanted.emit(self.encoder_box.currentData() or "", self._kind)
            return
        if not self.segments.button(kind).isEnabled():
            kind = "tissue"
            self.segments.choose(kind)
        self.layer_wanted.emit(self.encoder_box.currentData() or "", kind)

    @Slot(int)
    def _on_opacity(self, percent: int) -> None:
        self.set_opacity(percent / 100)
        self.opacity_wanted.emit(percent / 100)
