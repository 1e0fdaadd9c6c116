"""The classes of regions with the regions of each: what is drawn next, and what is evaluated."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from pathgui.core.language.texts import filled, say
from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.widgets import FoldBox, label
from pathgui.gui.slides.tissue_panel import TissuePanel
from pathgui.gui.viewer.model.keys import KeyTable
from pathgui.gui.viewer.model.region_classes import LONGEST_NAME, RegionClasses
from pathgui.gui.viewer.model.units import area_words, polygon_area_px

NO_CLASS = say("no class")
MOST_CORNERS = 2_000  # of regions whose areas are said: more would hold up the window
MOST_SHOWN = 200  # regions of a class that are listed one by one
ROWS_SHOWN = 6
_WHAT = Qt.ItemDataRole.UserRole  # of a class its name, of a region its number


class RegionPanel(QWidget):
    """A tree: classes with color, number of regions and area, and under each its regions."""

    class_chosen = Signal(str)  # the next region is of it
    class_typed = Signal(str)  # a new one
    evaluated_changed = Signal(str, bool)  # a class, and whether it is evaluated
    region_chosen = Signal(int)  # its number
    region_wanted = Signal(int)  # be where it is
    region_removed = Signal(int)

    def __init__(self, keys: KeyTable) -> None:
        super().__init__()
        self._keys = keys
        self.hint = label(
            say("Choose a class, then draw. Ticked classes are evaluated; others "
                "are taken out."),
            "muted", wrap=True,
        )  # fmt: skip
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(say("Classes of regions"))
        self.tree.setColumnCount(2)
        self.tree.setHeaderHidden(True)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setIndentation(14)
        self.tree.setUniformRowHeights(True)
        self.tree.setFixedHeight(ROWS_SHOWN * (self.fontMetrics().lineSpacing() + 7))
        self.tree.itemClicked.connect(self._on_clicked)
        self.tree.itemChanged.connect(self._on_changed)
        self.tree.itemActivated.connect(self._on_activated)
        away = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.tree)
        away.setContext(Qt.ShortcutContext.WidgetShortcut)
        away.activated.connect(self._on_away)
        self.field = QLineEdit()
        self.field.setAccessibleName(say("New class"))
        self.field.setPlaceholderText(say("New class, then Enter"))
        self.field.setMaxLength(LONGEST_NAME)
        self.field.returnPressed.connect(self._on_typed)
        self.setLayout(in_column(self.hint, self.tree, self.field, spacing=6))
        self.setContentsMargins(18, 0, 0, 0)

    def show_regions(
        self, classes: RegionClasses, regions: Sequence[DrawnRegion], mpp: float | None
    ) -> None:
        """Show all classes of the list, and the regions of the slide under them."""
        by_class: dict[str, list[int]] = {name: [] for name in classes.names}
        for number, region in enumerate(regions):
            by_class.setdefault(region.kind, []).append(number)
        there = [self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount())]
        open_ = {item.data(0, _WHAT) for item in there if item is not None and item.isExpanded()}
        measured = sum(len(region.outline) for region in regions) <= MOST_CORNERS
        with QSignalBlocker(self.tree):
            self.tree.clear()
            for place, (name, numbers) in enumerate(by_class.items(), start=1):
                item = self._class_item(classes, name, place)
                areas = [polygon_area_px(regions[n].outline) if measured else 0.0 for n in numbers]
                total = f" · {area_words(sum(areas), mpp)}" if measured else ""
                item.setText(
                    1,
                    filled("{n_numbers:,}{total}", n_numbers=len(numbers), total=total)
                    if numbers
                    else "",
                )
                for number, area in list(zip(numbers, areas, strict=True))[:MOST_SHOWN]:
                    words = area_words(area, mpp) if measured else ""
                    child = QTreeWidgetItem(
                        item, [say("Region {number}", number=number + 1), words]
                    )
                    child.setData(0, _WHAT, number)
                if len(numbers) > MOST_SHOWN:
                    more = QTreeWidgetItem(
                        item, [say("and {n_numbers:,} more", n_numbers=len(numbers) - MOST_SHOWN)]
                    )
                    more.setDisabled(True)
                item.setExpanded(name in open_)

    def _class_item(self, classes: RegionClasses, name: str, place: int) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self.tree, [name or NO_CLASS])
        item.setData(0, _WHAT, name)
        item.setIcon(0, _swatch(classes.color_of(name)))
        item.setCheckState(
            0, Qt.CheckState.Unchecked if classes.is_out(name) else Qt.CheckState.Checked
        )
        action = "class_none" if not name else f"class_{place}"
        tip = say("Click: the next region drawn is of the class {name}", name=name or NO_CLASS)
        item.setToolTip(0, self._keys.said(tip, action) if not name or place <= 9 else tip)
        if name.endswith("*"):
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
            item.setToolTip(
                0,
                say(
                    "{toolTip}. A class that ends in * is never evaluated", toolTip=item.toolTip(0)
                ),
            )
        font = item.font(0)
        font.setBold(name == classes.current)
        item.setFont(0, font)
        return item

    def _on_clicked(self, item: QTreeWidgetItem, *_: object) -> None:
        what = item.data(0, _WHAT)
        if isinstance(what, str):
            self.class_chosen.emit(what)
        elif what is not None:
            self.region_chosen.emit(what)

    def _on_away(self) -> None:
        item = self.tree.currentItem()
        if item is not None and isinstance(item.data(0, _WHAT), int):
            self.region_removed.emit(item.data(0, _WHAT))

    def _on_changed(self, item: QTreeWidgetItem, column: int) -> None:
        what = item.data(0, _WHAT)
        if isinstance(what, str) and column == 0:
            self.evaluated_changed.emit(what, item.checkState(0) == Qt.CheckState.Checked)

    def _on_activated(self, item: QTreeWidgetItem, _: int) -> None:
        what = item.data(0, _WHAT)
        if isinstance(what, int):
            self.region_wanted.emit(what)
        else:
            self._on_clicked(item)

    def _on_typed(self) -> None:
        if name := self.field.text().strip():
            self.field.clear()
            self.class_typed.emit(name)


class MarkupPanels:
    """What is said of a slide by hand: its regions, and where its tissue is; each to be folded."""

    def __init__(self, keys: KeyTable) -> None:
        self.regions = RegionPanel(keys)
        self.tissue = TissuePanel(keys)
        self.region_fold = FoldBox(say("Regions and their classes"), self.regions)
        self.tissue_fold = FoldBox(say("Tissue mask"), self.tissue)
        self.folds = (self.region_fold, self.tissue_fold)

    def show_tissue(self) -> None:
        """Unfold the tissue mask."""
        self.tissue_fold.unfold()


def _swatch(color: tuple[int, int, int]) -> QIcon:
    picture = QPixmap(12, 12)
    picture.fill(QColor(*color))
    return QIcon(picture)
