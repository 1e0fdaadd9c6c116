"""Which encoder's answers lie over the slide, which of them, and how strongly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSlider, QToolButton

from pathgui.core.language.texts import say
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.results.formatting import shortened
from pathgui.gui.kit.boxes import ElidedCombo, WholeNumberField
from pathgui.gui.kit.room import GivingWay, Way, hiding
from pathgui.gui.kit.widgets import Segments, menu_under, tool_button
from pathgui.gui.viewer.model.keys import KeyTable

NO_LAYER = "none"
# Kind of layer, its button, what the button's tooltip says before its key. {center} and {tissue}
# stand for the words of the columns that play them.
LAYERS = (
    (NO_LAYER, say("None"), say("The slide alone")),
    (
        "tissue",
        "{Tissue}",
        say("{Tissue}, probe: the {tissue} that a linear probe finds most probable"),
    ),
    (
        "center",
        "{Center}",
        say("{Center}, probe: the reference {center} that a linear probe finds"),
    ),
    (
        "agreement",
        say("Agreement"),
        say("Whether a tile's neighbors share its {tissue} or its {center}"),
    ),
    ("disagreement", say("Differ"), say("Where encoders give different answers")),
)
MOST_LETTERS = 12  # of a column's name on a button
# Actions in the menus beside them; None: a line.
COMPARING = ("panes_1", "panes_2", "panes_3", "panes_4", None, "swipe")
MORE = (
    "layer_nearest_center", "layer_confidence", "layer_distance", None,
    "stretch", "palette", "outline",
)  # fmt: skip
ONE_ENCODER = say("With two encoders or more: where they give different answers")
NO_KINDS = say("Give the {center} of the slide (on the right) to see this after an evaluation.")


class OverlayPanel(QFrame):
    """A row above the slide. Says what is wanted; the viewer shows it."""

    layer_wanted = Signal(str, str)  # encoder, kind of layer ("none": no layer)
    opacity_wanted = Signal(float)  # 0..1
    action_wanted = Signal(str)

    def __init__(self, keys: KeyTable) -> None:
        super().__init__()
        self._keys = keys
        self.setObjectName("overlay-panel")
        self._kind = NO_LAYER
        self._columns = USUAL
        self.segments = Segments(LAYERS)
        self.segments.chosen.connect(self._want)
        self.encoder_box = ElidedCombo(6)
        self.encoder_box.setMaximumWidth(280)
        self.encoder_box.setAccessibleName(say("Encoder of the overlay"))
        self.encoder_box.activated.connect(self._want)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setFixedWidth(76)
        self.slider.setAccessibleName(say("Opacity of the overlay"))
        self.number = WholeNumberField()
        self.number.setRange(0, 100)
        self.number.setSuffix(" %")
        self.number.setFixedWidth(64)
        self.number.setAccessibleName(say("Opacity of the overlay in percent"))
        self.slider.valueChanged.connect(self._on_opacity)
        self.number.valueChanged.connect(self._on_opacity)

        self.compare_button = self._menu_button(
            "compare", say("Compare encoders: side by side, or a divider"), COMPARING
        )
        self.more_button = self._menu_button(
            "more", say("More layers, and how they are shown"), MORE
        )

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
        narrow = Way(self.segments.narrow, self.segments.narrower_by)
        self._ways = GivingWay(self, layout, (hiding(self.slider, layout.spacing()), narrow))
        self.set_encoders(())
        self.set_opacity(0.45)
        self.rekey()

    def minimumSizeHint(self) -> QSize:
        return self._ways.least()

    def _menu_button(self, icon_name: str, tip: str, actions: Sequence[str | None]) -> QToolButton:
        button = tool_button(icon_name, tip)
        menu = menu_under(button)
        menu.aboutToShow.connect(partial(self._fill, menu, actions))
        return button

    def _fill(self, menu: QMenu, actions: Sequence[str | None]) -> None:
        """Each action under the key it has now."""
        menu.clear()
        for action in actions:
            if action is None:
                menu.addSeparator()
                continue
            keys = "".join(f"\t{key}" for key in self._keys.keys(action)[:1])
            text = self._keys[action].menu_title + keys
            menu.addAction(text, partial(self.action_wanted.emit, action))

    @Slot()
    def rekey(self) -> None:
        """Say the keys as they are now."""
        self.encoder_box.setToolTip(
            self._keys.said(
                say("Encoder whose answers are shown"), "next_encoder", "previous_encoder"
            )
        )
        self.slider.setToolTip(
            self._keys.said(
                say("Opacity of the overlay, or Ctrl + wheel"), "opacity_down", "opacity_up"
            )
        )
        self._offer()

    def set_encoders(
        self,
        encoders: Sequence[tuple[str, str]],
        with_kinds: frozenset[str] = frozenset(),
        columns: RoleColumns = USUAL,
    ) -> None:
        """Offer these (name, title); those ``with_kinds`` have an agreement layer.

        ``columns`` play tissue and center: the buttons bear their names.
        """
        self._with_kinds, self._columns = with_kinds, columns
        former = self.encoder_box.currentData()
        with QSignalBlocker(self.encoder_box):
            self.encoder_box.offer(encoders)
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
        for key, title, tip in LAYERS:
            self.segments.button(key).setText(shortened(self._columns.say(title), MOST_LETTERS))
            possible = name is not None or key == NO_LAYER
            if key == "disagreement" and self.encoder_box.count() < 2:
                possible, tip = False, ONE_ENCODER
            if key == "agreement" and possible and name not in self._with_kinds:
                possible, tip = False, NO_KINDS
            action = "toggle_overlay" if key == NO_LAYER else f"layer_{key}"
            words = self._columns.say(tip)
            said = words if tip == NO_KINDS else self._keys.said(words, action)
            self.segments.offer(key, possible, said)

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
