"""What lies inside the picture beside the slide: legend, minimap, magnification, scale bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from pathgui.gui.viewer.instruments.banner import Banner
from pathgui.gui.viewer.instruments.hud import HudFacts, bar_room, magnification_words, paint_hud
from pathgui.gui.viewer.instruments.legend import Legend, LegendFacts, legend_of
from pathgui.gui.viewer.instruments.minimap import Minimap
from pathgui.gui.viewer.model.layers import OverlayLayer, color_table, indices, reduced
from pathgui.gui.viewer.model.units import MAGNIFICATIONS

if TYPE_CHECKING:
    from pathgui.gui.viewer.slide_view import SlideView

LayerFn = Callable[[], OverlayLayer | None]

_MARGIN = 12
_TOLD_MS = 2500
_HUD_SIZE = QSize(720, 280)
_BUTTON_STYLE = """
QPushButton { background: rgba(20, 20, 20, 190); color: #f5f5f5; border: 1px solid transparent;
              border-radius: 4px; padding: 4px 8px; text-align: right; }
QPushButton:hover { background: rgba(60, 60, 60, 220); }
QPushButton:focus { border: 1px solid #5aaaff; }
QPushButton[warning="true"] { color: #ffbe46; }
"""
_NAME_STYLE = """
QLabel { background: rgba(20, 20, 20, 190); color: #f5f5f5; border-radius: 4px; padding: 3px 8px; }
"""
_MINIMAP_OVERLAY_PX = 256


class Instruments(QObject):
    """The child widgets of one view, and what is painted over it."""

    def __init__(self, view: SlideView) -> None:
        super().__init__(view)
        self._view = view
        self._hud: tuple[object, QPixmap] | None = None
        self._told = ""
        self._told_timer = QTimer(self)
        self._told_timer.setSingleShot(True)
        self._told_timer.setInterval(_TOLD_MS)
        self._told_timer.timeout.connect(self._forget_told)
        self.all_visible = True
        self.bar_visible = True
        self.legend_wanted = True
        self.minimap_wanted = True
        self.legend = Legend(view)
        self.second_legend = Legend(view)  # of the layer right of the divider
        self.powers = QWidget(view)
        self._make_powers()
        self.minimap = Minimap(view)
        self.banner = Banner(view)
        self.name = QLabel(view)  # of the slide, where views show several
        self.name.setStyleSheet(_NAME_STYLE)
        self.name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.name.hide()
        self.power = QPushButton(view)
        self.power.setStyleSheet(_BUTTON_STYLE)
        self.power.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.power.setAccessibleName("Magnification")
        self.power.hide()
        self.power.clicked.connect(self._show_powers)
        self.banner.retried.connect(view.retry)
        self.minimap.went.connect(self._go)
        for legend, layer_of in (
            (self.legend, lambda: view.layer),
            (self.second_legend, lambda: view.overlay.second),
        ):
            legend.toggled.connect(partial(self._toggle, layer_of))
            legend.soloed.connect(partial(self._solo, layer_of))
            legend.stretch_toggled.connect(self._stretch)

    # What has changed

    def slide_changed(self) -> None:
        """Another slide, or its thumbnail has come."""
        pixels = self._view.pixels
        if pixels is None:
            self.minimap.hide()
            self.power.hide()
            self.powers.hide()
            return
        self.minimap.set_slide(pixels.pyramid.size_l0, self._view.bounds_l0, pixels.thumbnail)
        self.power.setVisible(self.all_visible)
        self.refresh()
        self.place()

    def overlay_changed(self) -> None:
        """Another layer, other values, or shown differently."""
        wanted = self.legend_wanted and self.all_visible
        self.legend.set_facts(self.legend_facts() if wanted else None)
        self.second_legend.set_facts(self.second_legend_facts() if wanted else None)
        self.minimap.set_overlay(*self._small_overlay())
        self.place()

    def refresh(self, _: object = None) -> None:
        """The view has moved."""
        if self._view.pixels is None:
            return
        self.minimap.set_view(self._view.viewport)
        large, small = magnification_words(self.facts())
        text = f"{large}   {small}"
        if text != self.power.text():
            self.power.setText(text)
            self.power.setProperty("warning", self._view.mpp is None)
            self.power.style().unpolish(self.power)
            self.power.style().polish(self.power)
            self.power.adjustSize()
            self._place_power()

    def place(self) -> None:
        """Put everything into its corner."""
        view = self._view
        self.legend.move(_MARGIN, _MARGIN)
        wanted = self.minimap_wanted and self.all_visible and view.pixels is not None
        # In a narrow view the legend goes before: the slide itself says where one is.
        taken = self.legend.geometry().right() if self.legend.isVisibleTo(view) else 0
        self.minimap.setVisible(
            wanted and view.width() - taken > self.minimap.width() + 2 * _MARGIN
        )
        self.minimap.move(view.width() - self.minimap.width() - _MARGIN, _MARGIN)
        top = self.minimap.geometry().bottom() + 8 if self.minimap.isVisible() else _MARGIN
        self.second_legend.move(view.width() - self.second_legend.width() - _MARGIN, top)
        self.name.move((view.width() - self.name.width()) // 2, _MARGIN)
        self._place_power()
        self.banner.place()

    def paint(self, painter: QPainter) -> None:
        """What is painted rather than a widget: scale bar and notes."""
        if not self.all_visible:
            return
        facts = self.facts()
        words = self._view.hand.words
        if words:
            facts = replace(facts, notes=(*facts.notes, words))
        # Text is dear, and most frames say what the one before said.
        corner = self._view.rect()
        corner.setTop(max(0, corner.bottom() + 1 - _HUD_SIZE.height()))
        corner.setWidth(min(corner.width(), _HUD_SIZE.width()))
        said = (facts, self.bar_visible, corner.size(), self._view.dpr)
        if self._hud is None or self._hud[0] != said:
            self._hud = (said, self._paint_hud(facts, corner))
        painter.drawPixmap(corner.topLeft(), self._hud[1])

    def set_name(self, name: str) -> None:
        """Say which slide this is, above it; empty: no need to. Never part of a picture saved."""
        self.name.setText(name)
        self.name.adjustSize()
        self.name.setVisible(bool(name))
        self.place()

    def tell(self, text: str) -> None:
        """Say something in the picture, for a few seconds."""
        self._told = text
        self._told_timer.start()
        self._view.update()

    def _forget_told(self) -> None:
        self._told = ""
        self._view.update()

    # What is shown at all

    def toggle_all(self) -> None:
        """The bare picture, or everything that lies on it (messages always)."""
        self.all_visible = not self.all_visible
        self.slide_changed()
        self.overlay_changed()
        self._view.update()

    def toggle_bar(self) -> None:
        """Scale bar on or off."""
        self.bar_visible = self._leave_bare() or not self.bar_visible
        self._view.update()

    def toggle_minimap(self) -> None:
        """Minimap on or off."""
        self.minimap_wanted = self._leave_bare() or not self.minimap_wanted
        self.place()

    def toggle_legend(self) -> None:
        """Legend on or off."""
        self.legend_wanted = self._leave_bare() or not self.legend_wanted
        self.overlay_changed()

    def _leave_bare(self) -> bool:
        """Whoever asks for an instrument on the bare picture wants to see it."""
        bare = not self.all_visible
        if bare:
            self.toggle_all()
        return bare

    def _paint_hud(self, facts: HudFacts, corner: QRect) -> QPixmap:
        ratio = self._view.dpr
        picture = QPixmap(round(corner.width() * ratio), round(corner.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        area = QRectF(0, 0, corner.width(), corner.height())
        paint_hud(painter, area, facts, bar=self.bar_visible)
        painter.end()
        return picture

    # What is said

    def facts(self) -> HudFacts:
        """What the HUD says now."""
        facts = self.lasting_facts()
        passing = (self._told, self._view.tools.hint())
        notes = (*(text for text in passing if text), *facts.notes)
        if not self.power.isVisibleTo(self._view):
            return replace(facts, notes=notes)
        return replace(facts, notes=notes, bar_px=bar_room(self.power.x()))

    def lasting_facts(self) -> HudFacts:
        """What is to be said of the picture, on a copy of it too."""
        view = self._view
        notes, warnings = [], []
        pixels = view.pixels
        if pixels is not None:
            note = view.overlay.note(view.viewport)
            if note:
                notes.append(note)
            level = pixels.pyramid.levels[view.level]
            if view.pending:
                made = "averaged, " if level.virtual else ""
                notes.append(
                    f"level {view.level + 1} of {len(pixels.pyramid.levels)} "
                    f"({made}1 : {level.downsample:.3g}), {view.pending} regions to come"
                )
            if pixels.damaged_count:
                places = "place" if pixels.damaged_count == 1 else "places"
                warnings.append(f"{pixels.damaged_count} damaged {places}, hatched")
            if view.correct_colors and pixels.correction is not None:
                notes.append("colors: ICC to sRGB, for display only")
        scale = view.viewport.scale
        return HudFacts(
            view.mpp, view.mpp_source, scale / view.dpr, scale, tuple(notes), tuple(warnings)
        )

    def second_legend_facts(self) -> LegendFacts | None:
        """What the legend of the layer right of the divider says."""
        layer, look = self._view.overlay.second, self._view.look
        if layer is None or not look.visible or look.swipe is None:
            return None
        return legend_of(look.colored(layer), look.shows(layer), look.stretched)

    def legend_facts(self) -> LegendFacts | None:
        """What the legend says now; None where nothing is shown."""
        layer, look = self._view.layer, self._view.look
        if layer is None or not look.visible:
            return None
        return legend_of(look.colored(layer), look.shows(layer), look.stretched)

    # What is asked for

    def _go(self, x: float, y: float) -> None:
        navigator = self._view.navigator
        navigator.set_view(navigator.view.centered(x, y))

    def _toggle(self, layer_of: LayerFn, name: str) -> None:
        layer = layer_of()
        if layer is not None:
            self._view.overlay.toggle_class(layer, name)
            self._view.look_was_changed()

    def _solo(self, layer_of: LayerFn, name: str) -> None:
        layer = layer_of()
        if layer is not None:
            self._view.overlay.solo_class(layer, name)
            self._view.look_was_changed()

    def _stretch(self) -> None:
        self._view.set_stretched(not self._view.look.stretched)

    def _show_powers(self) -> None:
        menu = self.power_menu()
        menu.popup(self.power.mapToGlobal(QPoint(0, 0)) - QPoint(0, menu.sizeHint().height()))

    def power_menu(self) -> QMenu:
        """The magnifications to choose from."""
        view = self._view
        menu = QMenu(view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for index, power in enumerate(MAGNIFICATIONS):
            self._add(menu, f"{power:g}×", f"power_{index + 1}")
        self._add(menu, "Whole slide", "fit")
        menu.addSeparator()
        self._add(menu, "Give the µm per pixel…", "mpp")
        return menu

    def _add(self, menu: QMenu, text: str, action: str) -> None:
        entry = QAction(text, menu)
        keys = self._view.keys.keys(action)
        if keys:
            entry.setText(f"{text}\t{keys[0]}")
        entry.triggered.connect(partial(self._perform, action))
        menu.addAction(entry)

    def _make_powers(self) -> None:
        """A row of buttons: whole slide, and each magnification."""
        row = QHBoxLayout(self.powers)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        actions = [("Fit", "fit", "Whole slide")]
        actions += [
            (f"{power:g}", f"power_{index + 1}", f"{power:g}×")
            for index, power in enumerate(MAGNIFICATIONS)
        ]
        for text, action, title in actions:
            button = QPushButton(text, self.powers)
            button.setStyleSheet(_BUTTON_STYLE + "QPushButton { padding: 3px 6px; }")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(title)
            button.setToolTip(f"{title}  ({', '.join(self._view.keys.keys(action))})")
            button.clicked.connect(partial(self._perform, action))
            row.addWidget(button)
        self.powers.adjustSize()
        self.powers.hide()

    def _perform(self, action: str, _checked: bool = False) -> None:
        self._view.perform(action)

    def _place_power(self) -> None:
        """The magnification in the lower right corner, the row of buttons over it if it fits."""
        view = self._view
        self.power.move(
            view.width() - self.power.width() - _MARGIN,
            view.height() - self.power.height() - _MARGIN,
        )
        self.powers.move(
            view.width() - self.powers.width() - _MARGIN,
            self.power.y() - self.powers.height() - 4,
        )
        room = view.width() > self.powers.width() + 220 and view.height() > 300
        self.powers.setVisible(room and self.all_visible and view.pixels is not None)

    def _small_overlay(self) -> tuple[QImage | None, tuple[float, float, float, float]]:
        layer, look = self._view.layer, self._view.look
        if layer is None or not look.visible:
            return None, (0.0, 0.0, 1.0, 1.0)
        factor = 1
        while max(layer.shape) > _MINIMAP_OVERLAY_PX * factor:
            factor *= 2
        image = reduced(layer.image, factor)
        small = look.colored(layer).with_image(image)
        table = color_table(small, max(look.opacity, 0.6), look.shows(layer) or None)
        value_range = layer.data_range() if look.stretched and layer.scalar else None
        pixels = np.ascontiguousarray(table[indices(small, value_range)])
        height, width = pixels.shape
        picture = QImage(
            pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied
        ).copy()
        x, y = layer.origin_l0
        stride = layer.stride_l0 * factor
        return picture, (x, y, x + width * stride, y + height * stride)
