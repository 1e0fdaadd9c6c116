"""The layers of each slide's tiles, and which of them the viewer shows."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from pathgui.core.pictures.layer_export import Measurements, Remarks
from pathgui.core.progress import TileAnswers
from pathgui.gui.slides.overlay_panel import NO_LAYER, OverlayPanel
from pathgui.gui.slides.run_layers import RunLayers
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.model.layers import OverlayLayer
from pathgui.gui.viewer.slide_view import SlideView


class LayerControl(QObject):
    """Keeps the newest layers of each slide; shows those of the slide in view."""

    def __init__(
        self,
        viewer: SlideView,
        overlay: OverlayPanel,
        slides: SlideControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._viewer = viewer
        self._overlay = overlay
        self._slides = slides
        self._kept: dict[Path, RunLayers] = {}
        self._follow = True  # show the layer of an encoder that is working
        overlay.layer_wanted.connect(self._on_wanted)
        overlay.opacity_wanted.connect(viewer.set_opacity)
        viewer.layer_changed.connect(self._on_shown)
        viewer.look_changed.connect(lambda look: overlay.set_opacity(look.opacity))

    def of(self, path: Path | None) -> RunLayers | None:
        """The newest layers of the slide at ``path``."""
        return None if path is None else self._kept.get(path)

    def follow(self) -> None:
        """Show the layer of the encoder that is working, until the user chooses one."""
        self._follow = True

    def keep(self, path: Path, layers: RunLayers) -> None:
        """These are the layers of the slide at ``path`` now; shown if it is in view."""
        self._kept[path] = layers
        if self._slides.path == path:
            self._show(layers)

    def forget(self, path: Path) -> bool:
        """Forget a slide's layers; whether there were any."""
        return self._kept.pop(path, None) is not None

    def take(self, path: Path, answers: TileAnswers, at_work: Collection[str]) -> None:
        """Fill layers with what an encoder says of tiles, while ``at_work`` embed."""
        layers = self._kept.get(path)
        if layers is None:
            return
        changed = layers.take(answers)
        if self._slides.path != path:
            return
        cells = layers.plan.cells[answers.rows]
        for layer in changed:
            self._viewer.fill_layer(layer, cells)
        shown = self._viewer.layer
        if self._follow and shown is not None and shown.encoder not in {answers.encoder, *at_work}:
            following = layers.layer(answers.encoder, shown.kind)
            if following is not None:
                self._viewer.show_layer(following.title)
                self._follow = True  # showing it is no choice of the user's

    def show_slide(self) -> None:
        """Another slide is in view: show its layers."""
        layers = self.of(self._slides.path)
        if layers is None:
            self._overlay.set_encoders(())
            self._overlay.show_state("", NO_LAYER)
            self._viewer.card_of = None
        elif not self._viewer.layers:
            self._show(layers)

    def show_encoder(self, encoder: str) -> None:
        """Show this encoder's layer, of the kind that is shown."""
        shown = self._viewer.layer
        self._on_wanted(encoder, shown.kind if shown else "tissue")

    def tile_facts(self, encoder: str) -> tuple[Measurements, Remarks]:
        """What an encoder says of each tile of the slide shown, in numbers and in words."""
        layers = self.of(self._slides.path)
        if layers is None:
            return {}, {}
        return layers.measurements(encoder), layers.remarks(encoder)

    def _show(self, layers: RunLayers) -> None:
        shown, follow = self._viewer.layer, self._follow
        self._overlay.set_encoders(layers.encoders, layers.with_kinds)
        self._viewer.set_tile_grid(layers.grid)
        same = None if shown is None else layers.layer(shown.encoder, shown.kind)
        first = layers.layers[0] if layers.layers else None
        title = next((layer.title for layer in (same, first) if layer is not None), None)
        self._viewer.card_of = layers.card  # before the layers, which panes take it with
        self._viewer.set_layers(layers.layers, title)
        self._follow = follow

    @Slot(str, str)
    def _on_wanted(self, encoder: str, kind: str) -> None:
        viewer, layers = self._viewer, self.of(self._slides.path)
        if kind == NO_LAYER or layers is None:
            viewer.set_overlay_visible(False)
            return
        if kind == "disagreement":
            self._follow = False
            viewer.choose(viewer.overlay.show_kind(kind))
            viewer.set_overlay_visible(True)
            return
        layer = layers.layer(encoder, kind)
        if layer is not None:
            self._follow = False
            viewer.show_layer(layer.title)
            viewer.set_overlay_visible(True)

    @Slot(object)
    def _on_shown(self, layer: OverlayLayer | None) -> None:
        if layer is not None:
            self._overlay.show_state(layer.encoder, layer.kind)
