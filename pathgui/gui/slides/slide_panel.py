"""The slides that are open, on the left."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QItemSelectionModel,
    QPoint,
    QSignalBlocker,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QIcon,
    QImage,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPixmap,
    QShortcut,
)
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.gui.kit.breaking import NameDelegate
from pathgui.gui.kit.icons import icon, pixmap
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, stack
from pathgui.gui.kit.room import Column
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import DockTitle, ElidedButton, label, push_button, tool_button

THUMBNAIL = QSize(64, 64)
_PATH = Qt.ItemDataRole.UserRole
_AT_ONCE = 50  # items that are added in one turn of the event loop


class SlideList(QListWidget):
    """A right click asks what can be done with a slide, and does not show it for that."""

    def choose(self, item: QListWidgetItem) -> None:
        """Select this one alone."""
        self.setCurrentItem(item, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            event.accept()
        else:
            super().mousePressEvent(event)


class SlidePanel(QWidget):
    """A list of slides with thumbnails. Several can be selected; one that is alone is shown."""

    slide_chosen = Signal(Path)
    slides_added = Signal(list)  # that were not in the list before
    slide_closed = Signal(Path)
    cohort_wanted = Signal()  # the one that was used last
    beside_wanted = Signal(Path)
    open_requested = Signal()
    demo_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.open_button = tool_button("open", say("Open slides"), self.open_requested)
        self.title = DockTitle(say("Slides"), self.open_button)

        self._items: dict[Path, QListWidgetItem] = {}
        self._alone: QListWidgetItem | None = None  # that was last selected alone
        self._coming: deque[Path] = deque()  # given, and not in the list yet
        self._placeholders: dict[tuple[str, str, float], QIcon] = {}
        self.list = SlideList()
        self.list.setAccessibleName(say("Open slides"))
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setIconSize(THUMBNAIL)
        self.list.setWordWrap(True)
        self.list.setItemDelegate(NameDelegate(self.list))
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.itemSelectionChanged.connect(self._on_selected)
        away = QShortcut(QKeySequence(Qt.Key.Key_Delete), self.list)
        away.setContext(Qt.ShortcutContext.WidgetShortcut)
        away.activated.connect(self.close_selected)

        hint = label(
            say("Drop slides here, or open them. Nothing leaves this computer."), "muted", wrap=True
        )
        self.empty_open_button = push_button(
            say("Open slides…"), self.open_requested, picture=icon("open")
        )
        self.empty_demo_button = push_button(
            say("Open the demo"), self.demo_requested, picture=icon("demo")
        )
        self.empty_cohort_button = ElidedButton()
        self.empty_cohort_button.setIcon(icon("history"))
        self.empty_cohort_button.clicked.connect(self.cohort_wanted)
        self.empty_cohort_button.hide()
        empty = in_column(
            hint,
            self.empty_open_button,
            self.empty_demo_button,
            self.empty_cohort_button,
            STRETCH,
            spacing=8,
            margins=(14, 16, 14, 16),
        )
        page = in_column(self.list, margins=(8, 8, 8, 8))
        self._stack = stack(self, Column(holder(empty, "panel-body")), holder(page))

    @property
    def paths(self) -> list[Path]:
        """The slides in the list."""
        there = [self._path(self.list.item(row)) for row in range(self.list.count())]
        return [*there, *(path for path in self._coming if path not in self._items)]

    def offer_cohort(self, name: str) -> None:
        """Offer the cohort that was used last; "": none was."""
        self.empty_cohort_button.setText(say("Open {name} again", name=name))
        self.empty_cohort_button.setVisible(bool(name))

    def add(self, paths: Sequence[Path]) -> None:
        """Add slides that are not there yet, and make the last one the current one.

        That one is there at once; of many, the others come a few at a time, before it.
        """
        if not paths:
            return
        there = {*self._items, *self._coming}
        self.slides_added.emit([path for path in dict.fromkeys(paths) if path not in there])
        last = paths[-1]
        self._coming.extend(path for path in dict.fromkeys(paths[:-1]) if path != last)
        item = self._items.get(last)
        if item is None:
            item = self._item(last)
            self.list.addItem(item)
            self._stack.setCurrentIndex(1)
        self._add_some()
        if self.list.currentItem() is item:
            self.slide_chosen.emit(last)
        else:
            self.list.choose(item)

    @Slot()
    def _add_some(self) -> None:
        """Add some of those that are to come, and the rest after the window had its turn."""
        row = self._row_of_last()
        added = 0
        while self._coming and added < _AT_ONCE:
            path = self._coming.popleft()
            if path not in self._items:
                self.list.insertItem(row + added, self._item(path))
                added += 1
        if self._coming:
            QTimer.singleShot(0, self._add_some)
        elif (shown := self.list.currentItem()) is not None:
            self.list.scrollToItem(shown)  # what came before it has pushed it away

    def _row_of_last(self) -> int:
        """Where slides are inserted that were given together with the last one of the list."""
        return max(0, self.list.count() - 1)

    def _item(self, path: Path) -> QListWidgetItem:
        item = QListWidgetItem(path.name)
        item.setData(_PATH, path)
        item.setToolTip(str(path))
        item.setIcon(self._placeholder("slide"))
        item.setSizeHint(QSize(0, THUMBNAIL.height() + 14))
        self._items[path] = item
        return item

    def set_thumbnail(
        self, path: Path, picture: QImage, detail: str, remarks: Sequence[str] = ()
    ) -> None:
        """Show a slide's picture, a line about it, and in its tooltip what was done to it."""
        item = self._items.get(path)
        if item is None:
            return
        frame = QPixmap(THUMBNAIL * self.devicePixelRatioF())
        frame.fill(Qt.GlobalColor.transparent)
        scaled = picture.scaled(
            frame.size(),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter = QPainter(frame)
        painter.drawImage(
            (frame.width() - scaled.width()) // 2, (frame.height() - scaled.height()) // 2, scaled
        )
        painter.end()
        frame.setDevicePixelRatio(self.devicePixelRatioF())
        item.setIcon(frame)
        item.setText(f"{path.name}\n{detail}")
        item.setToolTip("\n".join((str(path), detail, *remarks)))

    def set_failed(self, path: Path, reason: str) -> None:
        """Mark a slide that cannot be opened."""
        item = self._items.get(path)
        if item:
            item.setIcon(self._placeholder("error"))
            item.setText(say("{path_name}\nCannot be opened", path_name=path.name))
            item.setToolTip(reason)

    def remove(self, path: Path) -> None:
        """Take a slide from the list."""
        if path in self._coming:
            self._coming.remove(path)
        item = self._items.pop(path, None)
        if item:
            self.list.takeItem(self.list.row(item))
        self._stack.setCurrentIndex(1 if self.list.count() else 0)

    def _placeholder(self, name: str) -> QIcon:
        color = current().bad if name == "error" else current().muted
        key = (name, color, self.devicePixelRatioF())
        if key not in self._placeholders:
            self._placeholders[key] = QIcon(pixmap(name, color, 40, self.devicePixelRatioF()))
        return self._placeholders[key]

    @staticmethod
    def _path(item: QListWidgetItem) -> Path:
        path: Path = item.data(_PATH)
        return path

    @property
    def selected(self) -> list[Path]:
        """The slides that are selected, as they stand in the list."""
        return [self._path(item) for item in sorted(self.list.selectedItems(), key=self.list.row)]

    @Slot()
    def close_selected(self) -> None:
        """Take the selected slides out of the list, and show the one that is next."""
        with QSignalBlocker(self.list):  # none that is about to go is opened first
            for path in self.selected:
                self.slide_closed.emit(path)
        if (left := self.list.currentItem()) is not None:
            self._alone = None
            self.list.clearSelection()
            self.list.choose(left)

    @Slot()
    def _on_selected(self) -> None:
        selected = self.list.selectedItems()
        # Qt tells of the same selection again, as when rows are inserted above it.
        if len(selected) == 1 and selected[0] is not self._alone:
            self._alone = selected[0]
            self.slide_chosen.emit(self._path(selected[0]))

    @Slot(QPoint)
    def _show_menu(self, position: QPoint) -> None:
        item = self.list.itemFromIndex(self.list.indexAt(position))
        if item is None:
            return
        path = self._path(item)
        menu = QMenu(self)
        beside = menu.addAction(say("Show beside the other"), lambda: self.beside_wanted.emit(path))
        beside.setEnabled(item is not self.list.currentItem())
        if item.isSelected() and len(self.selected) > 1:
            away = menu.addAction(
                say("Close {n_selected} slides", n_selected=len(self.selected)), self.close_selected
            )
        else:
            away = menu.addAction(say("Close this slide"), lambda: self.slide_closed.emit(path))
        away.setShortcut(QKeySequence(Qt.Key.Key_Delete))  # only said here: the list has it
        away.setShortcutVisibleInContextMenu(True)
        menu.exec(self.list.mapToGlobal(position))
