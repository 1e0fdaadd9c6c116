"""The layers of each slide's tiles, and which of them the views show."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from pathgui.core.pictures.layer_export import Measurements, Remarks
from pathgui.core.progress import TileAnswers
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.gui.slides.overlay_panel import NO_LAYER, OverlayPanel
from pathgui.gui.slides.run_layers import RunLayers
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.encoder_shown import EncoderShown
from pathgui.gui.viewer.slide_view import SlideView


class LayerControl(QObject):
    """Keeps the newest layers of each slide and shows them where the slide is in view.

    The row above the slide speaks of the view last used.
    """

    def __init__(
        self,
        compare: CompareView,
        overlay: OverlayPanel,
        slides: SlideControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._compare = compare
        self._viewer = compare.main
        self._overlay = overlay
        self._slides = slides
        self._kept: dict[Path, RunLayers] = {}
        self._offered: RunLayers | None = None  # whose encoders the row offers
        self._called = USUAL  # columns of the run shown, where it has no layers here
        self._follow = True  # show the layer of an encoder that is working
        self.encoder = EncoderShown(compare, self)
        overlay.layer_wanted.connect(self._on_wanted)
        overlay.opacity_wanted.connect(lambda opacity: compare.current.set_opacity(opacity))
        compare.shown_changed.connect(self._say_shown)
        compare.slide_beside.connect(self._on_slide_beside)

    def of(self, path: Path | None) -> RunLayers | None:
        """The newest layers of the slide at ``path``."""
        return None if path is None else self._kept.get(path)

    def call(self, columns: RoleColumns) -> None:
        """Name the layers that are to come by the columns that play tissue and center."""
        self._called = columns
        self._say_shown()

    def follow(self) -> None:
        """Show the layer of the encoder that is working, until the user chooses one."""
        self._follow = True

    def keep(self, path: Path, layers: RunLayers) -> None:
        """These are the layers of the slide at ``path`` now; shown where it is in view."""
        self._kept[path] = layers
        if self._slides.path == path:
            self._show(self._viewer, layers)
        for pane in self._beside(path):
            self._show(pane, layers)

    def forget(self, path: Path) -> bool:
        """Forget a slide's layers; whether there were any."""
        return self._kept.pop(path, None) is not None

    def take(self, path: Path, answers: TileAnswers, at_work: Collection[str]) -> None:
        """Fill layers with what an encoder says of tiles, while ``at_work`` embed."""
        layers = self._kept.get(path)
        if layers is None:
            return
        changed = layers.take(answers)
        cells = layers.plan.cells[answers.rows]
        shown_by = self._beside(path)
        if self._slides.path == path:
            shown_by.append(self._viewer)
        for view in shown_by:
            for layer in changed:
                view.fill_layer(layer, cells)
        if self._slides.path != path:
            return
        shown = self._viewer.layer
        if self._follow and shown is not None and shown.encoder not in {answers.encoder, *at_work}:
            following = layers.layer(answers.encoder, shown.kind)
            if following is not None:
                self._viewer.show_layer(following.title)
                self._follow = True  # showing it is no choice of the user's

    def show_slide(self) -> None:
        """Another slide is in the main view: show its layers."""
        layers = self.of(self._slides.path)
        if layers is None:
            self._viewer.card_of = None
            self._say_shown()
        elif not self._viewer.layers:
            self._show(self._viewer, layers)

    def show_encoder(self, encoder: str) -> None:
        """Show this encoder's layer in the view last used, of the kind that it shows."""
        self._follow = False
        self.encoder.choose(encoder)
        self._compare.current.set_overlay_visible(True)

    def tile_facts(self, encoder: str) -> tuple[Measurements, Remarks]:
        """What an encoder says of each tile of the slide shown, in numbers and in words."""
        layers = self._of_current()
        if layers is None:
            return {}, {}
        return layers.measurements(encoder), layers.remarks(encoder)

    def _of_current(self) -> RunLayers | None:
        """The layers of the slide in the view last used."""
        view = self._compare.current
        if self._compare.has_own_slide(view):
            return self.of(None if view.slide is None else view.slide.path)
        return self.of(self._slides.path)

    def _beside(self, path: Path) -> list[SlideView]:
        """The views that show this slide beside that of the main one."""
        return [
            pane
            for pane in self._compare.panes
            if self._compare.has_own_slide(pane)
            and pane.slide is not None
            and pane.slide.path == path
        ]

    def _show(self, view: SlideView, layers: RunLayers) -> None:
        shown, follow = view.layer or self._viewer.layer, self._follow
        view.set_tile_grid(layers.grid)
        same = None if shown is None else layers.layer(shown.encoder, shown.kind)
        first = layers.layers[0] if layers.layers else None
        title = next((layer.title for layer in (same, first) if layer is not None), None)
        view.card_of = layers.card  # before the layers, which panes take it with
        view.set_layers(layers.layers, title)
        self._follow = follow
        self._say_shown()

    @Slot(object)
    def _on_slide_beside(self, pane: SlideView) -> None:
        layers = None if pane.slide is None else self.of(pane.slide.path)
        pane.card_of = None
        if layers is not None:
            self._show(pane, layers)

    @Slot(str, str)
    def _on_wanted(self, encoder: str, kind: str) -> None:
        view, layers = self._compare.current, self._of_current()
        if kind == NO_LAYER or layers is None:
            view.set_overlay_visible(False)
            return
        if kind == "disagreement":
            self._follow = False
            view.choose(view.overlay.show_kind(kind))
            view.set_overlay_visible(True)
            return
        layer = layers.layer(encoder, kind)
        if layer is not None:
            self._follow = False
            view.show_layer(layer.title)
            view.set_overlay_visible(True)

    @Slot()
    def _say_shown(self) -> None:
        """The row above the slide says what the view last used shows."""
        view, layers = self._compare.current, self._of_current()
        if layers is not self._offered or layers is None:
            self._offered = layers
            self._overlay.set_encoders(
                () if layers is None else layers.encoders,
                frozenset() if layers is None else layers.with_kinds,
                self._called if layers is None else layers.called,
            )
        self._overlay.set_opacity(view.look.opacity)
        if view.layer is None:
            self._overlay.show_state("", NO_LAYER)
        else:
            kind = view.layer.kind if view.look.visible else NO_LAYER
            self._overlay.show_state(view.layer.encoder, kind)
