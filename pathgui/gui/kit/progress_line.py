"""How far work is: a bar, and what is done now below it."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget

from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.widgets import label

_WHOLE = 1000  # what a bar counts to


class ShareBar(QProgressBar):
    """A bar that shows a share, or that nobody knows it."""

    def __init__(self, accessible: str) -> None:
        """``accessible``: what it is the progress of, for screen readers."""
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName(accessible)

    def show_share(self, share: float | None) -> None:
        """``share`` 0..1 of what is to be done; None where nobody knows."""
        self.setRange(0, 0 if share is None else _WHOLE)
        if share is not None:
            self.setValue(round(_WHOLE * share))


class ProgressLine(QWidget):
    """A bar, and what is done now."""

    def __init__(self, accessible: str) -> None:
        super().__init__()
        self.bar = ShareBar(accessible)
        self.text = label("", "muted", wrap=True)
        self.setLayout(in_column(self.bar, self.text, spacing=2))

    def tell(self, text: str, share: float | None) -> None:
        """Say what is done now, and how far it is."""
        self.bar.show_share(share)
        self.text.setText(text)
