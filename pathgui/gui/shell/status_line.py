"""The line at the lower edge: the place under the cursor, the device, for research use only."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QStatusBar

from pathgui.gui.kit.dialogs import RESEARCH_USE
from pathgui.gui.kit.widgets import ElidedLabel


class StatusLine:
    """Fills the window's status bar."""

    def __init__(self, bar: QStatusBar) -> None:
        self.place = ElidedLabel()
        self.device = QLabel()
        research = QLabel(RESEARCH_USE)
        research.setObjectName("research")
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.place, 1)
        bar.addPermanentWidget(self.device)
        bar.addPermanentWidget(research)
