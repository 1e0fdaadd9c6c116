"""The slides that are open, on the left."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from pathgui.gui.icons import icon, pixmap
from pathgui.gui.theme import current
from pathgui.gui.widgets import DockTitle, label, tool_button

THUMBNAIL = QSize(64, 64)
_PATH = Qt.ItemDataRole.UserRole


class SlidePanel(QWidget):
    """A list of slides with thumbnails."""

    slide_chosen = Signal(Path)
    slide_closed = Signal(Path)
    beside_wanted = Signal(Path)
    open_requested = Signal()
    demo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.open_button = tool_button("open", "Open slides (Ctrl+O)")
        self.open_button.clicked.connect(self.open_requested)
        self.title = DockTitle("Slides", self.open_button)

        self.list = QListWidget()
        self.list.setIconSize(THUMBNAIL)
        self.list.setWordWrap(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.currentItemChanged.connect(self._on_current)

        empty = QWidget()
        column = QVBoxLayout(empty)
        column.setContentsMargins(14, 16, 14, 16)
        column.setSpacing(8)
        hint = label("Drop slides here, or open them. Nothing leaves this computer.", "muted")
        hint.setWordWrap(True)
        self.empty_open_button = QPushButton(icon("open"), "Open slides…")
        self.empty_open_button.clicked.connect(self.open_requested)
        self.empty_demo_button = QPushButton(icon("demo"), "Open the demo")
        self.empty_demo_button.clicked.connect(self.demo_requested)
        for widget in (hint, self.empty_open_button, self.empty_demo_button):
            column.addWidget(widget)
        column.addStretch(1)

        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(empty)
        page = QWidget()
        page_layout = QVBoxLayout(page)
        page_layout.setContentsMargins(8, 8, 8, 8)
        page_layout.addWidget(self.list)
        self._stack.addWidget(page)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(holder)

    @property
    def paths(self) -> list[Path]:
        """The slides in the list."""
        return [self._path(self.list.item(row)) for row in range(self.list.count())]

    def add(self, path: Path) -> None:
        """Add a slide, if it is not there yet, and make it the current one."""
        item = self._find(path)
        if item is None:
            item = QListWidgetItem(path.name)
            item.setData(_PATH, path)
            item.setToolTip(str(path))
            item.setIcon(self._placeholder("slide"))
            item.setSizeHint(QSize(0, THUMBNAIL.height() + 14))
            self.list.addItem(item)
            self._stack.setCurrentIndex(1)
        if self.list.currentItem() is item:
            self.slide_chosen.emit(path)
        else:
            self.list.setCurrentItem(item)

    def set_thumbnail(self, path: Path, picture: QImage, detail: str) -> None:
        """Show a slide's picture, and a line about it."""
        item = self._find(path)
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
        item.setToolTip(f"{path}\n{detail}")

    def set_failed(self, path: Path, reason: str) -> None:
        """Mark a slide that cannot be opened."""
        item = self._find(path)
        if item:
            item.setIcon(self._placeholder("error"))
            item.setText(f"{path.name}\nCannot be opened")
            item.setToolTip(reason)

    def remove(self, path: Path) -> None:
        """Take a slide from the list."""
        item = self._find(path)
        if item:
            self.list.takeItem(self.list.row(item))
        self._stack.setCurrentIndex(1 if self.list.count() else 0)

    def _placeholder(self, name: str) -> QPixmap:
        color = current().bad if name == "error" else current().muted
        return pixmap(name, color, 40, self.devicePixelRatioF())

    def _find(self, path: Path) -> QListWidgetItem | None:
        for row in range(self.list.count()):
            if self._path(self.list.item(row)) == path:
                return self.list.item(row)
        return None

    @staticmethod
    def _path(item: QListWidgetItem) -> Path:
        path: Path = item.data(_PATH)
        return path

    @Slot(QListWidgetItem, QListWidgetItem)
    def _on_current(self, item: QListWidgetItem | None, former: object) -> None:
        if item:
            self.slide_chosen.emit(self._path(item))

    @Slot(QPoint)
    def _show_menu(self, position: QPoint) -> None:
        item = self.list.itemAt(position)
        if item is None:
            return
        path = self._path(item)
        menu = QMenu(self)
        menu.addAction("Show beside the other", lambda: self.beside_wanted.emit(path))
        menu.addAction("Close this slide", lambda: self.slide_closed.emit(path))
        menu.exec(self.list.mapToGlobal(position))
