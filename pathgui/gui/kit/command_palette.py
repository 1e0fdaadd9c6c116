"""Finding a command by typing a few letters of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QWidget

from pathgui.core.language.texts import say
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import in_column


@dataclass(frozen=True)
class Command:
    """Something that can be done now."""

    title: str
    keys: str
    act: Callable[[], object]


class CommandPalette(Dialog):
    """A field and the commands that match it. Up, Down, Enter; Esc leaves."""

    def __init__(self, commands: Sequence[Command], parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Find a command"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._commands = commands
        self.field = QLineEdit()
        self.field.setPlaceholderText(say("What do you want to do?"))
        self.field.setAccessibleName(say("What do you want to do?"))
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(say("Commands"))
        self.list.itemActivated.connect(self._run)
        self.list.itemClicked.connect(self._run)
        self.setLayout(in_column(self.field, self.list, margins=(12, 12, 12, 12)))
        self.resize(460, 420)
        self._filter("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent):
            pressed = event.type() == QEvent.Type.KeyPress
            if pressed and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                last = self.list.count() - 1
                self.list.setCurrentRow(min(max(self.list.currentRow() + step, 0), last))
                return True
            if pressed and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._run(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    @Slot(str)
    def _filter(self, text: str) -> None:
        words = text.lower().split()
        self.list.clear()
        for command in self._commands:
            if all(word in command.title.lower() for word in words):
                keys = f"    {command.keys}" if command.keys else ""
                item = QListWidgetItem(command.title + keys)
                item.setData(Qt.ItemDataRole.UserRole, command)
                self.list.addItem(item)
        self.list.setCurrentRow(0)

    @Slot(QListWidgetItem)
    def _run(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        command: Command = item.data(Qt.ItemDataRole.UserRole)
        self.accept()
        command.act()
