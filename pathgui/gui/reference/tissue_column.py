"""Which column of the reference set plays the tissue."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QWidget

from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import Candidate
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.widgets import label

TIP = say(
    "The column of the reference set that plays the tissue: what an encoder "
    "should see. It can be the grade or the diagnosis as well."
)


class TissueColumn(QWidget):
    """A choice of columns; hidden where the set has only one that can play the tissue."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._own = ""
        self.box = ElidedCombo(10)
        self.box.setAccessibleName(say("Tissue column"))
        self.box.activated.connect(self._on_choice)
        self.setLayout(in_column(label(say("Tissue column"), "muted"), self.box, spacing=4))
        self.show_columns(None, ())

    @property
    def column(self) -> str:
        """The column of an evaluation; "" for the set's own."""
        name = self.box.currentData()
        return "" if name is None or name == self._own else str(name)

    def show_columns(self, reference: ReferenceSet | None, candidates: Sequence[Candidate]) -> None:
        """Offer the columns of a set; the one that plays the tissue in it is chosen."""
        center = None if reference is None else reference.columns.center
        able = [each.name for each in candidates if not each.no_tissue and each.name != center]
        self._own = "" if reference is None else (reference.own or reference).columns.tissue
        self.setVisible(reference is not None and len(able) > 1)
        with QSignalBlocker(self.box):
            self.box.offer([(name, name) for name in able])
            if reference is not None:
                self.box.setCurrentIndex(self.box.findData(reference.columns.tissue))
        unable = [f"{each.name}: {each.no_tissue}" for each in candidates if each.no_tissue]
        lines = [TIP, say("Not offered:"), *unable] if unable else [TIP]
        self.box.setToolTip("\n".join(lines))

    @Slot()
    def _on_choice(self) -> None:
        self.chosen.emit()
