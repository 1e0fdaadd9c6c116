"""Tabs that become a list to choose from where there is no room for them."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QTabWidget, QWidget

from pathgui.core.language.texts import say
from pathgui.gui.kit.layouts import in_column


class FittingTabs(QWidget):
    """A :class:`QTabWidget` and a combo box, of which one is seen. No title is ever cut."""

    current_changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(say("Pages"))
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(False)
        self.choice = QComboBox()
        self.choice.setAccessibleName(say("What is shown"))
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.choice.activated.connect(self._on_choice)
        self.choice.hide()
        self.tabs.currentChanged.connect(self._on_current)
        self.setLayout(in_column(self.choice, (self.tabs, 1), spacing=4))

    def fit(self) -> None:
        """Decide anew; call it when tabs were added, shown or hidden."""
        tabs = self.tabs
        self.choice.clear()
        for index in range(tabs.count()):
            if tabs.isTabVisible(index):
                self.choice.addItem(tabs.tabToolTip(index) or tabs.tabText(index), index)
        self._on_current(tabs.currentIndex())
        bar = tabs.tabBar()
        wanted = sum(
            bar.tabSizeHint(index).width()
            for index in range(bar.count())
            if bar.isTabVisible(index)
        )
        room = wanted <= self.width()
        bar.setVisible(room)
        self.choice.setVisible(not room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    @Slot(int)
    def _on_choice(self, row: int) -> None:
        self.tabs.setCurrentIndex(self.choice.itemData(row))

    @Slot(int)
    def _on_current(self, index: int) -> None:
        self.choice.setCurrentIndex(self.choice.findData(index))
        self.current_changed.emit(index)
