"""A narrow column of tools beside the slide."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from pathgui.gui.kit.widgets import line, tool_button
from pathgui.gui.viewer.model.keys import ACTIONS, KeyTable

# Icon and action of keys.py; None: a line. "move" is no action: it puts the tool away.
TOOLS: tuple[tuple[str, str] | None, ...] = (
    ("hand", "move"),
    ("ruler", "measure"),
    ("rectangle", "rectangle"),
    ("polygon", "polygon"),
    None,
    ("fit", "fit"),
    ("grid", "grid"),
    ("bookmark", "bookmarks"),
    None,
    ("camera", "save_view"),
    ("keyboard", "help"),
)
CHECKABLE = ("move", "measure", "rectangle", "polygon", "grid")
MOVE = "Move the slide"


class ToolStrip(QFrame):
    """Says which tool is wanted; shows which one is in hand."""

    wanted = Signal(str)  # an action of keys.py, or "move"

    def __init__(self, keys: KeyTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tool-strip")
        self._keys = keys
        self.buttons: dict[str, QToolButton] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(1)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self.setFixedWidth(38)
        for each in TOOLS:
            if each is None:
                column.addWidget(line())
                continue
            icon_name, action = each
            button = tool_button(icon_name, action)
            button.setIconSize(QSize(19, 19))
            button.setCheckable(action in CHECKABLE)
            button.clicked.connect(partial(self._want, action))
            self.buttons[action] = button
            column.addWidget(button)
        column.addStretch(1)
        self.rekey()
        self.show_state(None, False)

    def minimumSizeHint(self) -> QSize:
        """A low window rather hides the last tools than grows beyond the screen."""
        return QSize(38, 38)

    @Slot()
    def rekey(self) -> None:
        """Say the keys as they are now."""
        titles = {action.id: action.title for action in ACTIONS}
        for action, button in self.buttons.items():
            title = titles.get(action, MOVE)
            keys = self._keys.keys(action) if action in titles else ()
            button.setToolTip(f"{title} ({', '.join(keys)})" if keys else title)
            button.setAccessibleName(title)

    def show_state(self, tool: str | None, grid: bool) -> None:
        """The tool in hand (None: the slide is moved), and whether the tile grid is shown."""
        for action, button in self.buttons.items():
            if action == "grid":
                button.setChecked(grid)
            elif button.isCheckable():
                button.setChecked(action == (tool or "move"))

    def _want(self, action: str, _checked: bool = False) -> None:
        self.wanted.emit(action)
