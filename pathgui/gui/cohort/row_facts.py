"""What the table says of the slide shown, and what is said of it elsewhere: one and the same."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from pathgui.core.cohort.slide_table import CONTENT_ID, MPP
from pathgui.core.language.texts import localized, say
from pathgui.gui.cohort.book import SlideBook
from pathgui.gui.cohort.cohort_panel import CohortPanel
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import COHORT
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.slides.slide_control import SlideControl


class RowFacts(QObject):
    """Opens the slide of a row with its scale, and keeps center, tissue and scale alike."""

    find_wanted = Signal()  # the file of a slide is gone

    def __init__(
        self,
        desk: Desk,
        panel: CohortPanel,
        book: SlideBook,
        slides: SlideControl,
        evaluate: ReferencePanel,
        references: ReferenceControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._book = book
        self._slides = slides
        self._evaluate = evaluate
        self._said: dict[Path, tuple[str, str]] = {}  # center and tissue, when last looked at
        panel.grid.slide_wanted.connect(self.show_row)
        slides.replaced.connect(self._on_replaced)
        slides.shown.connect(self._on_shown)
        evaluate.facts_changed.connect(self._on_said)
        book.changed.connect(self._follow)
        references.changed.connect(self._follow)  # only now it may offer what the row says

    @Slot(int)
    def show_row(self, row: int) -> None:
        """Show the slide of a row."""
        content = self._book.content
        path = content.files[row]
        if path is None:
            name = content.slides.slide_ids[row]
            self._desk.messages.show_message(
                "caution",
                say("The file of {name} is not found.", name=name),
                key=COHORT,
                offers=(Offer(say("Find moved slides…"), self.find_wanted.emit),),
            )
            return
        mpp = content.given_mpp(row)
        if mpp is not None:
            self._slides.remember_scale(path, mpp)
        self._slides.open(path)

    @property
    def _row(self) -> int | None:
        """The row of the slide shown."""
        path = self._slides.path
        return None if path is None else self._book.content.row_of.get(path)

    @Slot(Path)
    def _on_replaced(self, path: Path) -> None:
        """What was said of the file was said of another one, where no cohort says of which."""
        content, roles = self._book.content, self._book.content.roles
        row = content.row_of.get(path)
        if row is not None and not content.slides.cell(row, CONTENT_ID):
            self._said.pop(path, None)
            self._write(row, dict.fromkeys((roles.center, roles.tissue, MPP), ""))

    @Slot()
    def _on_shown(self) -> None:
        """The panel says what the table says of the slide; where that is nothing, the other way."""
        row, given = self._row, self._slides.given_mpp
        if row is None:
            return
        self._follow()
        if given is not None and given != self._book.content.given_mpp(row):
            self._write(row, {MPP: localized(given, "g")})
        self._on_said()

    @Slot()
    def _follow(self) -> None:
        """The panel says what the table says of the slide, also what was taken out of it."""
        row, path = self._row, self._slides.path
        if row is None or path is None:
            return
        content, roles, panel = self._book.content, self._book.content.roles, self._evaluate
        center = content.slides.cell(row, roles.center)
        tissue = content.slides.cell(row, roles.tissue)
        former = self._said.get(path, ("", ""))
        self._said[path] = center, tissue
        if center != (panel.center or "") and (center or former[0]):
            panel.give_center(center or None, new=bool(center))
        if tissue != (panel.tissue or "") and (tissue or former[1]):
            panel.give_tissue(tissue or None)

    @Slot()
    def _on_said(self) -> None:
        """Write into the row what the user says of the slide in the panel."""
        row = self._row
        if row is None:
            return
        roles = self._book.content.roles
        said = {roles.center: self._evaluate.center, roles.tissue: self._evaluate.tissue}
        self._write(row, {column: text for column, text in said.items() if text})

    def _write(self, row: int, texts: dict[str, str]) -> None:
        """Write what differs into the row, where it can be changed."""
        slides = self._book.content.slides
        cells = {
            (row, column): text for column, text in texts.items()
            if slides.cell(row, column) != text
        }  # fmt: skip
        if cells and not self._book.why_read_only:
            name = slides.slide_ids[row]
            self._book.edit(
                say("{texts} of {name}", texts=say(" and ").join(texts), name=name), cells
            )
