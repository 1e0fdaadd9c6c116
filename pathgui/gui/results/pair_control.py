"""Two encoders compared: what the panel asks of the viewer."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from pathgui.core.language.texts import say
from pathgui.gui.jobs.message_bar import MessageArea
from pathgui.gui.jobs.message_keys import COMPARE as KEY
from pathgui.gui.results.encoder_compare import EncoderComparePanel
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.model.layers import OverlayLayer

CLOSE_UP = 1.0  # level-0 pixels of a slide per pixel of the screen, where a tile is looked at


class PairControl(QObject):
    """Panes, divider, disagreement, and the way to a tile."""

    def __init__(
        self,
        panel: EncoderComparePanel,
        compare: CompareView,
        messages: MessageArea,
        there: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """``there``: whether the tiles of the run in the summary lie over the slide shown."""
        super().__init__(parent)
        self._compare = compare
        self._messages = messages
        self._there = there
        panel.panes_requested.connect(self.show_panes)
        panel.divider_requested.connect(self.show_divider)
        panel.disagreement_requested.connect(self.show_disagreement)
        panel.tile_requested.connect(self.show_tile)

    @Slot(str, str)
    def show_panes(self, one: str, other: str) -> None:
        """An encoder in each of two panes."""
        layers = self._pair(one, other)
        if layers is None:
            return
        self._compare.main.show_beside(None)
        self._compare.set_panes(2)
        for pane, layer in zip(self._compare.panes, layers, strict=True):
            pane.show_layer(layer.title)
            pane.set_overlay_visible(True)

    @Slot(str, str)
    def show_divider(self, one: str, other: str) -> None:
        """One pane, the first encoder left of a line and the second right of it."""
        layers = self._pair(one, other)
        if layers is None:
            return
        self._compare.set_panes(1)
        main = self._compare.main
        main.show_layer(layers[0].title)
        main.show_beside(layers[1].title)
        main.set_overlay_visible(True)

    @Slot()
    def show_disagreement(self) -> None:
        """The layer that says where encoders differ."""
        main = self._compare.main
        if not self._there():
            self._say_closed()
            return
        main.show_beside(None)
        main.choose(main.overlay.show_kind("disagreement"))
        main.set_overlay_visible(True)

    @Slot(float, float)
    def show_tile(self, x_l0: float, y_l0: float) -> None:
        """Go to a tile."""
        main = self._compare.main
        if not self._there():
            self._say_closed()
            return
        main.go_to(x_l0, y_l0, min(main.viewport.scale, CLOSE_UP))

    def _pair(self, one: str, other: str) -> tuple[OverlayLayer, OverlayLayer] | None:
        """Layers of two encoders, of the kind that is shown."""
        main = self._compare.main
        kind = main.layer.kind if main.layer is not None else "tissue"
        for wanted in (kind, "tissue") if self._there() else ():
            found = {layer.encoder: layer for layer in main.layers if layer.kind == wanted}
            if one in found and other in found:
                return found[one], found[other]
        self._say_closed()
        return None

    def _say_closed(self) -> None:
        self._messages.show_message(
            "info",
            say("The slide of this run is not the one shown. Open it, then the run again."),
            key=KEY,
        )
