"""The panel for seeing why: maps on the left, the neighbor explorer on the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from pathgui.core.language.texts import say
from pathgui.gui.explore.map_panel import MapPanel
from pathgui.gui.explore.neighbor_panel import NeighborPanel
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.layouts import holder, in_row, split, stack
from pathgui.gui.kit.widgets import DockTitle, Segments, label

TITLE = say("Neighbors and maps")
NARROW = 1_150  # logical pixels; maps and neighbors get in each other's way below that
NOTHING = say(
    "After an evaluation you see here why: the reference tiles that an "
    "encoder finds most similar, and maps of all tiles. Evaluate encoders, "
    "or open a run that was kept."
)
OLD = say(
    "This run was kept by an earlier version, without neighbors. Evaluate again to explore it."
)


class ExplorePanel(QWidget):
    """Holds the two, made when they are first looked at."""

    built = Signal()
    encoder_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.encoder_box = ElidedCombo(14, whole=True)
        self.encoder_box.setAccessibleName(say("Encoder"))
        self.encoder_box.setToolTip(
            say("The encoder whose neighbors and map are shown; the selection stays")
        )
        self.encoder_box.activated.connect(
            lambda: self.encoder_chosen.emit(self.encoder_box.currentData())
        )
        self.parts = Segments(
            (
                ("maps", say("Maps"), say("Only the maps")),
                ("both", say("Both"), say("Maps and neighbors side by side")),
                ("neighbors", say("Neighbors"), say("Only the neighbors")),
            )
        )
        self.parts.chosen.connect(self._show_parts)
        self._chosen_by_user = False
        self._in_front = False
        self.parts.chosen.connect(self._remember_choice)
        self.title = DockTitle(TITLE, self.encoder_box, self.parts)
        self.title.row.setSpacing(8)
        self.maps: MapPanel | None = None
        self.neighbors: NeighborPanel | None = None
        self.empty = label(NOTHING, "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.empty.setContentsMargins(16, 14, 16, 14)
        self._split = split(handle=13, stretch=())
        page = in_row(self._split, margins=(10, 8, 10, 8))
        self._stack = stack(self, self.empty, holder(page))
        self._offer_tools(False)

    def build(self) -> tuple[MapPanel, NeighborPanel]:
        """Make the two panels, if they are not there yet."""
        if self.maps is None or self.neighbors is None:
            self.maps, self.neighbors = MapPanel(), NeighborPanel()
            self._split.addWidget(self.maps)
            self._split.addWidget(self.neighbors)
            self._split.setSizes([500, 500])
            self._split.setStretchFactor(0, 1)
            self._split.setStretchFactor(1, 1)
            self._show_parts()
            self.built.emit()
        return self.maps, self.neighbors

    def say(self, text: str) -> None:
        """Nothing can be explored, for this reason; "": it can."""
        self.empty.setText(text)
        self._stack.setCurrentIndex(0 if text else 1)
        self._offer_tools(not text)
        self._build_if_seen()

    def set_encoders(self, encoders: list[tuple[str, str]], chosen: str) -> None:
        """Those of the run, (name, title)."""
        self.encoder_box.offer(encoders)
        self.encoder_box.choose(chosen)

    def show_part(self, part: str) -> None:
        """Make sure that the maps, or the neighbors, can be seen."""
        if self.parts.current not in (part, "both"):
            self.parts.choose(part)
            self._show_parts()

    def recolor(self) -> None:
        """Follow the theme."""
        if self.maps is not None and self.neighbors is not None:
            self.maps.recolor()
            self.neighbors.recolor()

    def sizeHint(self) -> QSize:
        return QSize(760, 270)

    @Slot(bool)
    def set_in_front(self, in_front: bool) -> None:
        """Whether the user can see it. Qt calls a panel behind another tab visible, too."""
        self._in_front = in_front
        if in_front and not self._chosen_by_user:
            self.parts.choose("both" if self.width() >= NARROW else "neighbors")
            self._show_parts()
        self._build_if_seen()

    def _build_if_seen(self) -> None:
        if self._in_front and self._stack.currentIndex() == 1:
            self.build()

    def _offer_tools(self, offered: bool) -> None:
        self.encoder_box.setVisible(offered)
        self.parts.setVisible(offered)

    @Slot()
    def _remember_choice(self) -> None:
        self._chosen_by_user = True

    @Slot()
    def _show_parts(self) -> None:
        if self.maps is not None and self.neighbors is not None:
            self.maps.setVisible(self.parts.current != "neighbors")
            self.neighbors.setVisible(self.parts.current != "maps")
