"""Public reference sets to be fetched: what each is for, its size, and its license first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.core.public_sets.catalog import PUBLIC_SETS, PublicSet
from pathgui.core.report.copied import download_command
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.gui.kit.dialogs import with_suffix
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.widgets import label, push_button

HEADINGS = (say("Set"), say("For"), say("Download"), say("License"))
OFFLINE = say("Network use is switched off in the settings, so nothing can be fetched.")


class PublicSetsDialog(Dialog):
    """Lets the user choose one, accept its license, and say where it goes."""

    # PublicSet; where the set goes; whether it may replace one, which the file dialog has asked
    wanted = Signal(object, Path, bool)

    def __init__(self, parent: QWidget | None, folder: Path, *, offline: bool) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Public reference sets"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._folder, self._offline = folder, offline
        self.ask_where: Callable[..., Any] = QFileDialog.getSaveFileName
        self.table = QTableWidget(len(PUBLIC_SETS), len(HEADINGS))
        self.table.setTabKeyNavigation(False)
        self.table.setAccessibleName(self.windowTitle())
        self.table.setHorizontalHeaderLabels(HEADINGS)
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setWordWrap(True)
        for row, each in enumerate(PUBLIC_SETS):
            purpose = each.purpose if each.can_be_fetched else each.why_not
            purpose = purpose[0].upper() + purpose[1:]
            for column, text in enumerate((each.title, purpose, each.size, each.licence)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if not each.can_be_fetched:
                    item.setForeground(self.palette().placeholderText())
                self.table.setItem(row, column, item)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        rows = self.table.verticalHeader()  # as high as its words at the width there is
        rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.terms = label("", wrap=True, selectable=True)
        self.note = label(OFFLINE if offline else "", "caution", wrap=True)
        self.note.setVisible(offline)
        self.accept_box = QCheckBox(say("I have read the license and accept it"))
        self.page_button = push_button(say("Open its page"), self._open_page)
        self.copy_button = push_button(
            say("Copy as command"), self.copy_command, say("The same in the terminal")
        )
        self.fetch_button = push_button(say("Download…"), self._fetch, name="primary")
        close = push_button(say("Close"), self.reject)
        self.setLayout(
            in_column(
                label(
                    say(
                        "Tiles that others have published, of several centers. "
                        "They are downloaded from the Hugging Face hub and kept "
                        "as a reference set on this computer."
                    ),
                    "muted",
                    wrap=True,
                ),
                (self.table, 1),
                self.terms,
                self.note,
                in_row(
                    self.accept_box,
                    STRETCH,
                    self.page_button,
                    self.copy_button,
                    self.fetch_button,
                    close,
                ),
                spacing=10,
                margins=(16, 14, 16, 14),
            )
        )
        self.resize(900, 520)
        self.accept_box.toggled.connect(self._update)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.table.selectRow(0)

    @property
    def chosen(self) -> PublicSet:
        """The set that is selected."""
        return PUBLIC_SETS[max(0, self.table.currentRow())]

    @Slot()
    def _on_selected(self) -> None:
        """Another set has another license, which is accepted anew."""
        each = self.chosen
        self.accept_box.setChecked(False)
        lines = [
            say(
                "{title}. License: {licence}. {page}",
                title=each.title,
                licence=each.licence,
                page=each.page,
            )
        ]
        if each.citation:
            lines.append(say("To be cited: {citation}", citation=each.citation))
        if each.why_not:
            lines.append(each.why_not)
        self.terms.setText("\n".join(lines))
        self._update()

    @Slot()
    def _update(self) -> None:
        can = self.chosen.can_be_fetched and not self._offline
        self.accept_box.setEnabled(can)
        self.fetch_button.setEnabled(can and self.accept_box.isChecked())
        self.copy_button.setEnabled(self.chosen.can_be_fetched)

    @Slot()
    def copy_command(self) -> None:
        """Put the command that fetches this set into the clipboard."""
        out = self._folder / f"{self.chosen.name}{REFERENCE_ENDING}"
        accepted = self.accept_box.isChecked()
        command = download_command(self.chosen.name, out, accepted=accepted)
        QGuiApplication.clipboard().setText(command)

    @Slot()
    def _open_page(self) -> None:
        QDesktopServices.openUrl(QUrl(self.chosen.page))

    @Slot()
    def _fetch(self) -> None:
        suggestion = self._folder / f"{self.chosen.name}{REFERENCE_ENDING}"
        name, _ = self.ask_where(
            self,
            say("Where the reference set goes"),
            str(suggestion),
            say("Reference sets (*{REFERENCE_ENDING})", REFERENCE_ENDING=REFERENCE_ENDING),
        )
        if name:
            out = with_suffix(Path(name), REFERENCE_ENDING)
            self.wanted.emit(self.chosen, out, out == Path(name))
            self.accept()
