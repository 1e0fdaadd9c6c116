"""What lies inside the picture beside the slide: legend, minimap, magnification, scale bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from pathgui.core.language.texts import counted, localized, say
from pathgui.gui.viewer.canvas.layered_canvas import LayeredCanvas
from pathgui.gui.viewer.instruments.banner import Banner
from pathgui.gui.viewer.instruments.hud import HudFacts, bar_room, magnification_words, paint_hud
from pathgui.gui.viewer.instruments.legend import Legend
from pathgui.gui.viewer.instruments.legend_facts import LegendFacts, legend_of
from pathgui.gui.viewer.instruments.minimap import Minimap
from pathgui.gui.viewer.instruments.tools import Tools
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.model.layers import OverlayLayer, color_table, indices, reduced
from pathgui.gui.viewer.model.units import MAGNIFICATIONS

LayerFn = Callable[[], OverlayLayer | None]

_MARGIN = 12
_LOWER_EDGE = 70  # scale bar and magnification
_NARROW = 420  # logical pixels; a legend and a minimap would hide most of the picture
_TOLD_MS = 2500
_SHORTEST_BAR = 70  # logical pixels of the scale bar with its plate and the gap beside it
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

    wanted = Signal(str)  # an action whose button was clicked

    def __init__(self, canvas: LayeredCanvas, tools: Tools, keys: KeyTable) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._tools = tools
        self._keys = keys
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
        self.legend = Legend(canvas)
        self.second_legend = Legend(canvas, say("Legend right of the divider"))
        self.powers = QWidget(canvas)
        self._make_powers()
        self.minimap = Minimap(canvas)
        self.banner = Banner(canvas)
        self.name = QLabel(canvas)  # of the slide, where views show several
        self.name.setStyleSheet(_NAME_STYLE)
        self.name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.name.hide()
        self._name = ""
        self.power = QPushButton(canvas)
        self.power.setStyleSheet(_BUTTON_STYLE)
        self.power.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.power.setAccessibleName(say("Magnification"))
        self.power.hide()
        self.power.clicked.connect(self._show_powers)
        self.minimap.went.connect(self._go)
        for legend, layer_of in (
            (self.legend, lambda: canvas.layer),
            (self.second_legend, lambda: canvas.overlay.second),
        ):
            legend.toggled.connect(partial(self._toggle, layer_of))
            legend.soloed.connect(partial(self._solo, layer_of))
            legend.stretch_toggled.connect(self._stretch)
            legend.resized.connect(self.place)

    # What has changed

    def slide_changed(self) -> None:
        """Another slide, or its thumbnail has come."""
        pixels = self._canvas.pixels
        if pixels is None:
            self.minimap.hide()
            self.power.hide()
            self.powers.hide()
            return
        self.minimap.set_slide(pixels.pyramid.size_l0, self._canvas.bounds_l0, pixels.thumbnail)
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
        if self._canvas.pixels is None:
            return
        self.minimap.set_view(self._canvas.viewport)
        if self._say_power():
            self._place_power()

    def _say_power(self) -> bool:
        """Say the magnification, in short where the view is narrow. Returns whether it changed."""
        unknown = self._canvas.mpp is None
        large, small = magnification_words(self.facts())
        text = whole = f"{large}   {small}"
        room = self._canvas.width() - 2 * _MARGIN - _SHORTEST_BAR
        padding = self.power.sizeHint().width() - _width_of(self.power, self.power.text())
        if _width_of(self.power, whole) + padding > room:
            text = small if unknown else large  # that the scale is not known must be seen
        if text == self.power.text():
            return False
        self.power.setText(text)
        self.power.setToolTip("" if text == whole else whole)
        self.power.setProperty("warning", unknown)
        self.power.style().unpolish(self.power)
        self.power.style().polish(self.power)
        self.power.adjustSize()
        return True

    def place(self) -> None:
        """Put everything into its corner."""
        canvas = self._canvas
        top = self._place_name()
        below = canvas.height() - top - _LOWER_EDGE
        for legend in (self.legend, self.second_legend):
            legend.set_room(canvas.width(), below)
        self.legend.move(_MARGIN, top)
        self._place_minimap(top)
        if self.minimap.isVisibleTo(canvas):
            top = self.minimap.geometry().bottom() + 8
        self.second_legend.move(canvas.width() - self.second_legend.width() - _MARGIN, top)
        if canvas.pixels is not None:
            self._say_power()
        self._place_power()
        self.banner.place()

    def _place_name(self) -> int:
        """The slide's name has the upper edge to itself. Returns where the others begin."""
        if not self._name:
            return _MARGIN
        room = self._canvas.width() - 2 * _MARGIN
        padding = self.name.sizeHint().width() - self.name.fontMetrics().horizontalAdvance(
            self.name.text()
        )
        metrics, middle = self.name.fontMetrics(), Qt.TextElideMode.ElideMiddle
        self.name.setText(metrics.elidedText(self._name, middle, max(room - padding, 0)))
        self.name.adjustSize()
        self.name.move((self._canvas.width() - self.name.width()) // 2, _MARGIN)
        return self.name.geometry().bottom() + 7

    def _place_minimap(self, top: int) -> None:
        """Smaller in a small view; in a narrow one it gives way to the legend.

        Where one is can be seen on the slide itself.
        """
        canvas = self._canvas
        wanted = self.minimap_wanted and self.all_visible and canvas.pixels is not None
        self.minimap.set_longest(min(canvas.width() // 4, canvas.height() // 3))
        legend = self.legend.isVisibleTo(canvas)
        taken = self.legend.geometry().right() if legend else 0
        free = canvas.width() - taken > self.minimap.width() + 2 * _MARGIN
        self.minimap.setVisible(wanted and free and not (legend and canvas.width() < _NARROW))
        self.minimap.move(canvas.width() - self.minimap.width() - _MARGIN, top)

    def paint(self, painter: QPainter, words: str) -> None:
        """What is painted rather than a widget: scale bar, notes, ``words`` of the cursor."""
        if not self.all_visible:
            return
        facts = self.facts()
        if words:
            facts = replace(facts, notes=(*facts.notes, words))
        # Text is dear, and most frames say what the one before said.
        corner = self._canvas.rect()
        corner.setTop(max(0, corner.bottom() + 1 - _HUD_SIZE.height()))
        corner.setWidth(min(corner.width(), _HUD_SIZE.width()))
        said = (facts, self.bar_visible, corner.size(), self._canvas.dpr)
        if self._hud is None or self._hud[0] != said:
            self._hud = (said, self._paint_hud(facts, corner))
        painter.drawPixmap(corner.topLeft(), self._hud[1])

    def set_name(self, name: str) -> None:
        """Say which slide this is, above it; empty: no need to. Never part of a picture saved."""
        self._name = name
        self.name.setText(name)
        self.name.setVisible(bool(name))
        self.place()

    def tell(self, text: str) -> None:
        """Say something in the picture, for a few seconds."""
        self._told = text
        self._told_timer.start()
        self._canvas.update()

    def _forget_told(self) -> None:
        self._told = ""
        self._canvas.update()

    # What is shown at all

    def toggle_all(self) -> None:
        """The bare picture, or everything that lies on it (messages always)."""
        self.all_visible = not self.all_visible
        self.slide_changed()
        self.overlay_changed()
        self._canvas.update()

    def toggle_bar(self) -> None:
        """Scale bar on or off."""
        self.bar_visible = self._leave_bare() or not self.bar_visible
        self._canvas.update()

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
        ratio = self._canvas.dpr
        picture = QPixmap(round(corner.width() * ratio), round(corner.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        area = QRectF(0, 0, corner.width(), corner.height())
        if not self.bar_visible and self._canvas.width() < _NARROW:
            # Without the bar nothing keeps a long note off the magnification beside it.
            area.setBottom(area.bottom() - self.power.height() - 4)
        paint_hud(painter, area, facts, bar=self.bar_visible)
        painter.end()
        return picture

    # What is said

    def facts(self) -> HudFacts:
        """What the HUD says now."""
        facts = self.lasting_facts()
        passing = (self._told, self._tools.hint())
        notes = (*(text for text in passing if text), *facts.notes)
        if not self.power.isVisibleTo(self._canvas):
            return replace(facts, notes=notes)
        return replace(facts, notes=notes, bar_px=bar_room(self.power.x()))

    def lasting_facts(self) -> HudFacts:
        """What is to be said of the picture, on a copy of it too."""
        canvas = self._canvas
        notes, warnings = [], []
        pixels = canvas.pixels
        if pixels is not None:
            note = canvas.overlay.note(canvas.viewport)
            if note:
                notes.append(note)
            level = pixels.pyramid.levels[canvas.level]
            if canvas.pending:
                made = say("averaged, ") if level.virtual else ""
                notes.append(
                    say(
                        "level {level} of {n_levels} ({made}1 : "
                        "{downsample:.3g}), {pending} regions to come",
                        level=canvas.level + 1,
                        n_levels=len(pixels.pyramid.levels),
                        made=made,
                        downsample=level.downsample,
                        pending=canvas.pending,
                    )
                )
            if pixels.damaged_count:
                warnings.append(
                    counted(
                        pixels.damaged_count,
                        "{n} damaged place, hatched",
                        "{n} damaged places, hatched",
                    )
                )
            if canvas.correct_colors and pixels.correction is not None:
                notes.append(say("colors: ICC to sRGB, for display only"))
        scale = canvas.viewport.scale
        return HudFacts(
            canvas.mpp, canvas.mpp_source, scale / canvas.dpr, scale, tuple(notes), tuple(warnings)
        )

    def second_legend_facts(self) -> LegendFacts | None:
        """What the legend of the layer right of the divider says."""
        layer, look = self._canvas.overlay.second, self._canvas.look
        if layer is None or not look.visible or look.swipe is None:
            return None
        return legend_of(look.colored(layer), look.shows(layer), look.stretched)

    def legend_facts(self) -> LegendFacts | None:
        """What the legend says now; None where nothing is shown."""
        layer, look = self._canvas.layer, self._canvas.look
        if layer is None or not look.visible:
            return None
        return legend_of(look.colored(layer), look.shows(layer), look.stretched)

    # What is asked for

    def _go(self, x: float, y: float) -> None:
        navigator = self._canvas.navigator
        navigator.set_view(navigator.view.centered(x, y))

    def _toggle(self, layer_of: LayerFn, name: str) -> None:
        layer = layer_of()
        if layer is not None:
            self._canvas.overlay.toggle_class(layer, name)
            self._canvas.look_was_changed()

    def _solo(self, layer_of: LayerFn, name: str) -> None:
        layer = layer_of()
        if layer is not None:
            self._canvas.overlay.solo_class(layer, name)
            self._canvas.look_was_changed()

    def _stretch(self) -> None:
        self._canvas.set_stretched(not self._canvas.look.stretched)

    def _show_powers(self) -> None:
        menu = self.power_menu()
        menu.popup(self.power.mapToGlobal(QPoint(0, 0)) - QPoint(0, menu.sizeHint().height()))

    def power_menu(self) -> QMenu:
        """The magnifications to choose from."""
        canvas = self._canvas
        menu = QMenu(canvas)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number in range(1, len(MAGNIFICATIONS) + 1):
            self._add(menu, f"power_{number}")
        self._add(menu, "fit")
        menu.addSeparator()
        self._add(menu, "mpp")
        return menu

    def _add(self, menu: QMenu, action: str) -> None:
        keys = "".join(f"\t{key}" for key in self._keys.keys(action)[:1])
        menu.addAction(self._keys[action].menu_title + keys, partial(self.wanted.emit, action))

    def _make_powers(self) -> None:
        """A row of buttons: whole slide, and each magnification."""
        row = QHBoxLayout(self.powers)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self._power_buttons: dict[str, QPushButton] = {}
        powers = [
            (localized(power, "g"), f"power_{n}") for n, power in enumerate(MAGNIFICATIONS, 1)
        ]
        for text, action in ((say("Fit"), "fit"), *powers):
            button = QPushButton(text, self.powers)
            button.setStyleSheet(_BUTTON_STYLE + "QPushButton { padding: 3px 6px; }")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(self._keys[action].title)
            button.clicked.connect(partial(self.wanted.emit, action))
            row.addWidget(button)
            self._power_buttons[action] = button
        self.rekey()
        self.powers.adjustSize()
        self.powers.hide()

    def rekey(self) -> None:
        """Say the keys as they are now."""
        for action, button in self._power_buttons.items():
            button.setToolTip(self._keys.tip(action))

    def _place_power(self) -> None:
        """The magnification in the lower right corner, the row of buttons over it if it fits."""
        canvas = self._canvas
        self.power.move(
            canvas.width() - self.power.width() - _MARGIN,
            canvas.height() - self.power.height() - _MARGIN,
        )
        self.powers.move(
            canvas.width() - self.powers.width() - _MARGIN,
            self.power.y() - self.powers.height() - 4,
        )
        room = canvas.width() > self.powers.width() + 220 and canvas.height() > 300
        self.powers.setVisible(room and self.all_visible and canvas.pixels is not None)

    def _small_overlay(self) -> tuple[QImage | None, tuple[float, float, float, float]]:
        layer, look = self._canvas.layer, self._canvas.look
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


def _width_of(button: QPushButton, text: str) -> int:
    return button.fontMetrics().horizontalAdvance(text)
