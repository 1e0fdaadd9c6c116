"""The one encoder that is looked through: overlay, card, neighbors and maps all follow it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from pathgui.gui.viewer.compare import CompareView


class EncoderShown(QObject):
    """Its name is that of the layer in the pane last used.

    Where that pane shows the answers of all encoders together, or none, the last name stays.
    """

    changed = Signal(str)

    def __init__(self, compare: CompareView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._compare = compare
        self.name = ""
        compare.shown_changed.connect(self._follow)

    @Slot(str)
    def choose(self, encoder: str) -> None:
        """Look through another encoder: the pane last used shows its layer, if it has one."""
        view = self._compare.current
        shown = view.layer
        if shown is not None and shown.encoder != encoder:
            of_it = {layer.kind: layer for layer in view.layers if layer.encoder == encoder}
            layer = of_it.get(shown.kind, of_it.get("tissue"))
            if layer is not None:
                view.show_layer(layer.title)
        self._take(encoder)

    @Slot()
    def _follow(self) -> None:
        layer = self._compare.current.layer
        if layer is not None and layer.encoder:
            self._take(layer.encoder)

    def _take(self, encoder: str) -> None:
        if encoder != self.name:
            self.name = encoder
            self.changed.emit(encoder)
