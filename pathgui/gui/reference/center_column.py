"""Which column of the reference set plays the center, and whether others stand beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import Candidate
from pathgui.core.reference.roles import noun_of
from pathgui.gui.kit.boxes import ElidedCombo
from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.widgets import label

TIP = say(
    "The column of the reference set that plays the center: what an encoder "
    "should not follow. It can be the scanner or the stain as well."
)


class CenterColumn(QWidget):
    """A choice of columns; hidden where the set has only one that can play the center."""

    chosen = Signal()  # another main column: the set has to be read in another role
    beside_changed = Signal()  # whether others are measured beside it

    def __init__(self) -> None:
        super().__init__()
        self._able: list[str] = []  # columns that can play the center, the set's own first
        self.box = ElidedCombo(10)
        self.box.setAccessibleName(say("Center column"))
        self.box.activated.connect(self._on_choice)
        self.beside = QCheckBox(say("Others side by side"))
        self.beside.toggled.connect(self.beside_changed)
        self.setLayout(
            in_column(label(say("Center column"), "muted"), self.box, self.beside, spacing=4)
        )
        self.show_columns(None, ())

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of an evaluation, the main one first; () for the set's own alone."""
        main = self.box.currentData()
        if main is None:
            return ()
        if self.beside.isChecked():
            return (main, *(name for name in self._able if name != main))
        return () if main == self._able[0] else (main,)

    def show_columns(self, reference: ReferenceSet | None, candidates: Sequence[Candidate]) -> None:
        """Offer the columns of a set; the one that plays the center in it is chosen."""
        tissue = None if reference is None else reference.columns.tissue
        self._able = [
            each.name for each in candidates if not each.no_center and each.name != tissue
        ]
        self.setVisible(reference is not None and len(self._able) > 1)
        with QSignalBlocker(self.box):
            self.box.offer([(name, name) for name in self._able])
            if reference is not None:
                self.box.setCurrentIndex(self.box.findData(reference.columns.center))
        others = [noun_of(name).one for name in self._able if name != self.box.currentData()]
        self.beside.setToolTip(
            say(
                "Measure {others} in the center's place too, on the same "
                "embeddings and neighbors. A second column takes about a tenth "
                "longer.",
                others=", ".join(others),
            )
        )
        unable = [f"{each.name}: {each.no_center}" for each in candidates if each.no_center]
        lines = [TIP, say("Not offered:"), *unable] if unable else [TIP]
        self.box.setToolTip("\n".join(lines))

    def forget(self) -> None:
        """Back to what is measured of a set that is new here: its own column alone."""
        with QSignalBlocker(self.beside):
            self.beside.setChecked(False)

    @Slot()
    def _on_choice(self) -> None:
        self.chosen.emit()
