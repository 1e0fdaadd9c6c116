"""A narrow column of tools beside the slide."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QToolButton, QVBoxLayout, QWidget

from pathgui.gui.kit.widgets import line, tool_button
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.model.keys import Scope


class ToolStrip(QFrame):
    """The actions that are tools; shows which one is in hand."""

    def __init__(self, compare: CompareView) -> None:
        super().__init__()
        self.setObjectName("tool-strip")
        self._compare = compare
        self._tools = sorted((a for a in compare.keys.actions if a.tool), key=lambda a: a.tool)
        self.buttons: dict[str, QToolButton] = {}
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(1)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
        self.setFixedWidth(38)
        self._parts: list[QWidget] = []  # from above: tools, and lines between their groups
        before = self._tools[0].tool
        for action in self._tools:
            if action.tool // 10 > before // 10:
                self._parts.append(line())
            before = action.tool
            button = tool_button(action.icon, action.title)
            button.setIconSize(QSize(19, 19))
            button.setCheckable(action.on is not None)
            button.clicked.connect(partial(self._perform, action.id))
            self.buttons[action.id] = button
            self._parts.append(button)
        for part in self._parts:
            column.addWidget(part)
        column.addStretch(1)
        self.rekey()
        self.refresh()
        compare.state_changed.connect(self.refresh)

    def minimumSizeHint(self) -> QSize:
        """A low window rather hides the last tools than grows beyond the screen."""
        return QSize(38, 38)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        bottom = self._column.contentsMargins().top()
        for part in self._parts:
            bottom += part.sizeHint().height() + self._column.spacing()
            part.setVisible(bottom <= self.height())

    @Slot()
    def rekey(self) -> None:
        """Say what tools are called, and their keys, as they are now."""
        for action, button in self.buttons.items():
            if button.toolTip() != (tip := self._compare.keys.tip(action)):
                button.setToolTip(tip)
                button.setAccessibleName(self._compare.keys[action].title)

    @Slot()
    def refresh(self) -> None:
        """Show the tool in hand, and whether the tile grid is shown."""
        for action in self._tools:
            if action.on is not None and action.scope is Scope.VIEW:
                self.buttons[action.id].setChecked(action.on(self._compare.current))

    def _perform(self, action: str, _checked: bool = False) -> None:
        view = self._compare.current
        view.perform(action)
        view.setFocus()  # its keys are meant from now on
        self.refresh()
