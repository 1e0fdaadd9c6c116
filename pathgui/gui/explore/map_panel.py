"""Two maps side by side, colored by tissue and by center, moving and selecting together."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QWidget,
)

from pathgui.core.errors import plural
from pathgui.core.explore.neighborhood import TileId
from pathgui.core.language.texts import say
from pathgui.core.pictures.palette import FEW, Color, point_shape
from pathgui.core.reference.roles import USUAL
from pathgui.gui.explore.explore_data import LABELS, ExploreData, MapPoints, Selection
from pathgui.gui.explore.map_view import MapView, Window
from pathgui.gui.kit.layouts import holder, in_column, in_row, stack
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import ElidedLabel, Segments, label, tool_button
from pathgui.gui.viewer.instruments.legend_facts import FIND_FROM

_CODE = int(Qt.ItemDataRole.UserRole)
_MORE = _CODE + 1  # of the line that unfolds: whose classes


class MapPanel(QWidget):
    """Shows the map of one encoder twice. Says what was pointed at, clicked and selected."""

    tile_clicked = Signal(object)  # TileId
    tile_opened = Signal(object)
    selected = Signal(object)  # Selection
    undo_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._data: ExploreData | None = None
        self._encoder = ""
        self._points: MapPoints | None = None
        self._selection = Selection()

        self.tool = Segments(
            (
                (
                    "select",
                    say("Select"),
                    say("Drag around points to select them; Shift adds, Esc undoes"),
                ),
                ("move", say("Move"), say("Drag to move; also with the middle button or Space")),
            )
        )
        self.tool.chosen.connect(self._on_tool)
        self.slide_box = QCheckBox(say("Slide's tiles, outlined"))
        self.slide_box.setChecked(True)
        self.slide_box.setToolTip(say("Draw the tiles of the slide over the reference set"))
        self.slide_box.toggled.connect(self._show_drawn)
        self.fit_button = tool_button("map", say("All of the map (0)"), self.fit)
        self.clear_button = tool_button(
            "close", say("Select nothing"), lambda: self.selected.emit(Selection())
        )
        self.count = ElidedLabel("", "muted")
        tools = in_row(
            self.tool,
            self.fit_button,
            self.slide_box,
            (self.count, 1),
            self.clear_button,
            spacing=6,
        )

        self.views = {name: MapView() for name in LABELS}
        self.legend = Legend()
        self.legend.changed.connect(self._show_drawn)
        self.field = QLineEdit()
        self.field.setPlaceholderText(say("Find"))
        self.field.setAccessibleName(say("Legend of the maps: find a class"))
        self.field.setClearButtonEnabled(True)
        self.field.setMaximumWidth(self.legend.maximumWidth())
        self.field.textChanged.connect(self.legend.narrow)
        key = holder(in_column(self.field, (self.legend, 1), spacing=4))
        maps = in_row(*((view, 3) for view in self.views.values()), (key, 2), spacing=6)
        for view in self.views.values():
            view.describe = self._describe
            view.window_changed.connect(self._follow)
            view.hovered.connect(self._on_hover)
            view.clicked.connect(lambda index: self.tile_clicked.emit(self._tile(index)))
            view.opened.connect(lambda index: self.tile_opened.emit(self._tile(index)))
            view.lassoed.connect(self._on_lasso)
            view.undo_wanted.connect(self.undo_wanted)

        self.caution = ElidedLabel("", "muted")
        page = in_column(tools, (maps, 1), self.caution, spacing=6)
        self.empty = label("", "muted", wrap=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._stack = stack(self, self.empty, holder(page))
        self.show_data(None, "")

    def show_data(self, data: ExploreData | None, encoder: str) -> None:
        """Show the map of an encoder of a run; what is selected stays so, if it is the same run."""
        same_run = data is self._data
        self._data, self._encoder = data, encoder
        self._points = None if data is None else data.points(encoder)
        self._stack.setCurrentIndex(0 if self._points is None else 1)
        self.empty.setText(_why_empty(data))
        if not same_run:
            self._selection = Selection()
            self.legend.show_data(data)
            self.field.clear()
            most = 0 if data is None else max(len(data.names(name)) for name in LABELS)
            self.field.setVisible(most >= FIND_FROM)
        points = self._points
        self.legend.count_points(points)
        for name, view in self.views.items():
            codes = np.empty(0, np.int16) if points is None else getattr(points, name)
            view.set_title((USUAL if data is None else data.columns).noun(name).One)
            view.set_points(points, codes, [] if data is None else data.colors[name])
        if data is None or points is None:
            return
        self.slide_box.setVisible(bool(points.of_slide.any()))
        self.caution.say(data.caution(encoder))
        self._show_drawn()
        self.select(self._selection)

    def select(self, selection: Selection) -> None:
        """Make these tiles stand out. Tells nobody."""
        self._selection = selection
        points = self._points
        if points is None:
            return
        chosen = points.chosen(selection)
        for view in self.views.values():
            view.set_chosen(chosen)
        self.clear_button.setEnabled(len(selection) > 0)
        if not len(selection):
            self.count.setText("")
            return
        here = int(chosen.sum())
        text = say("{n_selection:,} selected", n_selection=len(selection))
        if here < len(selection):
            text += say(", {here:,} of them on this map", here=here)
        self.count.say(text)

    def show_tile(self, tile: TileId | None, neighbors: list[tuple[int, str]]) -> None:
        """Mark a tile, and its neighbors: (row of the reference set, kind)."""
        points = self._points
        if points is None:
            return
        index = -1 if tile is None else points.index(tile)
        ends = [(points.index(TileId("reference", row)), kind) for row, kind in neighbors]
        for view in self.views.values():
            view.set_focus_point(index, [end for end in ends if end[0] >= 0])

    @Slot()
    def fit(self) -> None:
        """All of the map."""
        for view in self.views.values():
            view.fit()

    def recolor(self) -> None:
        """Follow the theme."""
        for view in self.views.values():
            view.recolor()
        self.legend.recolor()

    @Slot(object)
    def _follow(self, window: Window) -> None:
        for view in self.views.values():
            if view is not self.sender():
                view.set_window(window, rough=True)

    @Slot(int)
    def _on_hover(self, index: int) -> None:
        for view in self.views.values():
            view.set_hover(index)

    @Slot(object, bool)
    def _on_lasso(self, chosen: np.ndarray, adds: bool) -> None:
        if self._points is not None:
            made = self._points.selection(chosen)
            self.selected.emit(self._selection | made if adds else made)

    @Slot(str)
    def _on_tool(self, tool: str) -> None:
        for view in self.views.values():
            view.set_lasso_by_default(tool == "select")

    @Slot()
    def _show_drawn(self) -> None:
        points = self._points
        if points is None:
            return
        drawn = np.ones(len(points), np.bool_)
        for name in LABELS:
            drawn &= ~np.isin(getattr(points, name), sorted(self.legend.hidden(name)))
        if not self.slide_box.isChecked():
            drawn &= ~points.of_slide
        for view in self.views.values():
            view.set_drawn(drawn)

    def _tile(self, index: int) -> TileId:
        assert self._points is not None
        return self._points.tile(index)

    def _describe(self, index: int) -> str:
        assert self._data is not None
        return self._data.line(self._encoder, self._tile(index))


class Legend(QListWidget):
    """Colors of tissues and centers; a tick takes a class off the maps."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("legend")
        self.setAccessibleName(say("Legend of the maps"))
        self.setMinimumWidth(112)
        self.setMaximumWidth(210)
        self.setIconSize(QSize(14, 14))
        self.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self.setToolTip(say("Click: show or hide. Double-click: only this one, or all again"))
        self._hidden: dict[str, set[int]] = {name: set() for name in LABELS}
        self._data: ExploreData | None = None
        self._points: MapPoints | None = None
        self._sought = ""
        self._unfolded: set[str] = set()  # labels whose classes without a point are listed, too
        self.itemClicked.connect(self._on_click)
        self.itemDoubleClicked.connect(self._on_double_click)

    def show_data(self, data: ExploreData | None) -> None:
        """The labels of another run, all shown."""
        self._data, self._points = data, None
        self._hidden = {name: set() for name in LABELS}
        self._unfolded = set()
        self._fill()

    def count_points(self, points: MapPoints | None) -> None:
        """The map that is shown: of many classes, those with points stand first."""
        self._points = points
        self._fill()

    def hidden(self, name: str) -> set[int]:
        """Which tissues or centers are not shown."""
        return self._hidden[name]

    def recolor(self) -> None:
        """Follow the theme."""
        self._fill()

    @Slot(str)
    def narrow(self, sought: str) -> None:
        """List only the classes whose name has this in it; "": all."""
        self._sought = sought.strip().casefold()
        self._show_state()

    def _fill(self) -> None:
        self.clear()
        data = self._data
        if data is None:
            return
        for name in LABELS:
            head = QListWidgetItem(data.columns.noun(name).One)
            font = head.font()
            font.setBold(True)
            head.setFont(font)
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.addItem(head)
            texts, counts = data.names(name), self._counts(name)
            codes = list(range(len(texts)))
            if len(codes) > FEW:
                codes.sort(key=lambda code: -counts[code])
            for code in codes:
                item = QListWidgetItem(texts[code])
                item.setData(_CODE, (name, code))
                item.setToolTip(f"{texts[code]}: {plural(counts[code], 'point')}")
                self.addItem(item)
            if self._folds(name):
                more = QListWidgetItem()
                more.setData(_MORE, name)
                more.setForeground(QColor(current().muted))
                self.addItem(more)
        self._show_state()

    def _counts(self, name: str) -> list[int]:
        """Points of each class; all 0 where there is no map."""
        assert self._data is not None
        codes = np.empty(0, np.int16) if self._points is None else getattr(self._points, name)
        counts = np.bincount(codes[codes >= 0], minlength=len(self._data.names(name)))
        return [int(each) for each in counts]

    def _folds(self, name: str) -> int:
        """How many classes are folded away: of many those that have no point on a map."""
        counts = self._counts(name)
        return counts.count(0) if len(counts) > FEW and any(counts) else 0

    def _show_state(self) -> None:
        if self._data is None:
            return
        counts = {name: self._counts(name) for name in LABELS}
        folds = {name: self._folds(name) for name in LABELS}
        for row in range(self.count()):
            item = self.item(row)
            if (more := item.data(_MORE)) is not None:
                open_ = more in self._unfolded
                item.setText(
                    say("▴ only those with points")
                    if open_
                    else say("▾ {folds:,} without points", folds=folds[more])
                )
                item.setHidden(bool(self._sought))
            if (key := item.data(_CODE)) is None:
                continue
            name, code = key
            folded = folds[name] and not counts[name][code] and name not in self._unfolded
            found = self._sought in item.text().casefold()
            item.setHidden(not found if self._sought else bool(folded))
            off = code in self._hidden[name]
            item.setIcon(swatch(self._data.colors[name][code], code, filled=not off))
            item.setForeground(QColor(current().disabled if off else current().text))

    def _on_click(self, item: QListWidgetItem) -> None:
        if (more := item.data(_MORE)) is not None:
            self._unfolded ^= {more}
            self._show_state()
        if (key := item.data(_CODE)) is not None:
            name, code = key
            self._hidden[name] ^= {code}
            self._show_state()
            self.changed.emit()

    def _on_double_click(self, item: QListWidgetItem) -> None:
        if (key := item.data(_CODE)) is not None and self._data is not None:
            name, code = key
            others = set(range(len(self._data.names(name)))) - {code}
            # The first click of the two has already changed this one.
            self._hidden[name] = set() if self._hidden[name] - {code} == others else others
            self._show_state()
            self.changed.emit()


def swatch(color: Color, code: int, *, filled: bool = True) -> QIcon:
    """A patch of color in the shape that points of this class have; hollow: not shown."""
    px = 14
    picture = QPixmap(px * 2, px * 2)
    picture.fill(Qt.GlobalColor.transparent)
    picture.setDevicePixelRatio(2)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(*color))
    painter.setBrush(QColor(*color) if filled else Qt.BrushStyle.NoBrush)
    shape = point_shape(code)
    if shape == "circle":
        painter.drawEllipse(2, 2, px - 4, px - 4)
    else:
        if shape == "diamond":
            painter.translate(px / 2, px / 2)
            painter.rotate(45)
            painter.scale(0.8, 0.8)
            painter.translate(-px / 2, -px / 2)
        painter.drawRect(2, 2, px - 4, px - 4)
    painter.end()
    return QIcon(picture)


def _why_empty(data: ExploreData | None) -> str:
    if data is None:
        return ""
    if data.known is None:
        return say("This run was kept before there were maps. Evaluate again to get them.")
    if not data.run.settings.maps:
        return say("This run was made without maps. Evaluate again, with maps, to get them.")
    return say("There is no map: too few reference tiles, or numbers in an embedding.")
