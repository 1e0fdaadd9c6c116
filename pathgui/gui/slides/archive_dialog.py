"""Slides of an archive: log in, search, choose. It asks nothing itself and keeps no password."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QGridLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from pathgui.core.archives.addresses import archive_address
from pathgui.core.archives.logins import Login
from pathgui.core.archives.search import Series, Study, Wanted, date_range
from pathgui.core.language.texts import say
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import in_column, in_row
from pathgui.gui.kit.progress_line import ShareBar
from pathgui.gui.kit.widgets import attempt, label, push_button

STUDY_HEADINGS = (say("Date"), say("Patient"), say("Accession"), say("Study"), say("Slides"))
SERIES_HEADINGS = (say("Number"), say("Slide"), say("Files"))
EMPTY = say("Search to list the studies that hold slides.")


class ArchiveDialog(Dialog):
    """Lets the user find slides in a DICOMweb archive and open them."""

    search_wanted = Signal(str, object, object, bool)  # address, Wanted, Login or None, keep it
    study_wanted = Signal(str, str)  # address, uid
    open_wanted = Signal(object)  # Series, several
    cancel_wanted = Signal()
    address_chosen = Signal(str)

    def __init__(self, parent: QWidget | None, addresses: Sequence[str]) -> None:
        """``addresses``: of archives, the one used last first."""
        super().__init__(parent)
        self.setWindowTitle(say("Open from archive"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._base = ""  # of the archive that was searched
        self._studies: tuple[Study, ...] = ()
        self._series: tuple[Series, ...] = ()
        self.address = QComboBox()
        self.address.setEditable(True)
        self.address.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.address.addItems(list(addresses))
        line = self.address.lineEdit()
        assert line is not None
        line.setPlaceholderText("https://pacs.example.org/dicom-web")
        self.user, self.password = QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.keep_box = QCheckBox(say("Keep the password in this computer's keyring"))
        self.keep_box.setEnabled(False)
        self.patient, self.name = QLineEdit(), QLineEdit()
        self.accession, self.date = QLineEdit(), QLineEdit()
        for field in (self.patient, self.name, self.accession):
            field.setPlaceholderText(say("any; * stands for any letters"))
        self.date.setPlaceholderText(say("any; 2024, 2024-03-05, 2024-01..2024-03"))
        fields = QGridLayout()
        fields.setHorizontalSpacing(10)
        fields.setVerticalSpacing(6)
        _place(fields, 0, 0, say("Address"), self.address, 3)
        line.setAccessibleName(say("Address"))
        _place(fields, 1, 0, say("User"), self.user)
        _place(fields, 1, 2, say("Password"), self.password)
        fields.addWidget(self.keep_box, 2, 1, 1, 3)
        _place(fields, 3, 0, say("Patient's id"), self.patient)
        _place(fields, 3, 2, say("Patient's name"), self.name)
        _place(fields, 4, 0, say("Accession number"), self.accession)
        _place(fields, 4, 2, say("Date"), self.date)
        self.search_button = push_button(say("Search"), self._search, name="primary")
        self.cancel_button = push_button(say("Stop"), self.cancel_wanted)
        self.bar = ShareBar(say("Asking the archive"))
        self.told = label(EMPTY, "muted", wrap=True)
        self.problem = label("", "bad", wrap=True, selectable=True)
        self.problem.hide()
        self.studies = _table(say("Studies"), STUDY_HEADINGS, stretched=3)
        self.series = _table(say("Slides of the study"), SERIES_HEADINGS, stretched=1)
        several = QAbstractItemView.SelectionMode.ExtendedSelection
        self.series.setSelectionMode(several)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        self.open_button = buttons.addButton(say("Open"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.setLayout(
            in_column(
                fields,
                in_row(
                    (self.told, 1), self.bar, self.cancel_button, self.search_button, spacing=10
                ),
                self.problem,
                (self.studies, 2),
                (self.series, 1),
                buttons,
                spacing=8,
                margins=(16, 14, 16, 12),
            )
        )
        self.resize(820, 620)
        self.search_button.setDefault(True)
        for button in (self.cancel_button, self.open_button):
            button.setAutoDefault(False)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.accepted.connect(self._open)
        buttons.rejected.connect(self.reject)
        self.studies.itemSelectionChanged.connect(self._on_study)
        self.series.itemSelectionChanged.connect(self._update)
        self.series.itemDoubleClicked.connect(self._open)
        self.address.textActivated.connect(self.address_chosen)
        self.set_busy("")

    def offer_keyring(self, at_hand: bool, known: Login | None) -> None:
        """Say whether passwords can be kept, and fill in the login that is known."""
        self.keep_box.setEnabled(at_hand)
        self.keep_box.setToolTip(
            "" if at_hand else say("There is no keyring here; the password lasts until the end.")
        )
        if known is not None and known.user and not self.user.text():
            self.user.setText(known.user)
            self.password.setPlaceholderText(say("known"))

    def set_busy(self, doing: str) -> None:
        """While the archive is asked: say what for. "" when it is not."""
        busy = bool(doing)
        self.search_button.setEnabled(not busy)
        self.cancel_button.setEnabled(busy)
        self.bar.setVisible(busy)
        self.bar.show_share(None if busy else 0)
        if busy:
            self.problem.hide()
            self.told.setText(doing)
        self._update()

    def show_studies(self, studies: Sequence[Study], told: str) -> None:
        """List what was found; the only one is chosen at once."""
        self._studies = tuple(studies)
        self.set_busy("")
        self.told.setText(told)
        self._show_series(())
        rows = [
            (
                each.date,
                " ".join(part for part in (each.patient, each.name) if part),
                each.accession,
                each.description,
                "" if each.series is None else str(each.series),
            )
            for each in studies
        ]
        _fill(self.studies, rows)
        if len(rows) == 1:
            self.studies.selectRow(0)

    def show_series(self, series: Sequence[Series], told: str) -> None:
        """List the slides of the study that is chosen; the only one is chosen at once."""
        self.set_busy("")
        self.told.setText(told)
        self._show_series(series)

    def show_problem(self, text: str) -> None:
        """The archive did not answer as it should."""
        self.set_busy("")
        self.told.setText("")
        self.problem.setText(text)
        self.problem.show()

    def show_stopped(self) -> None:
        """The user stopped it."""
        self.set_busy("")
        self.told.setText(say("Stopped."))

    def _show_series(self, series: Sequence[Series]) -> None:
        self._series = tuple(series)
        files = ["" if each.instances is None else str(each.instances) for each in series]
        rows = [
            (each.number, each.description or each.address.series, n)
            for each, n in zip(series, files, strict=True)
        ]
        _fill(self.series, rows)
        if len(rows) == 1:
            self.series.selectRow(0)
        self._update()

    @Slot()
    def _search(self) -> None:
        wanted = Wanted(
            self.patient.text(), self.name.text(), self.accession.text(), self.date.text()
        )

        def ask() -> None:
            self._base = archive_address(self.address.currentText())
            if wanted.date.strip():
                date_range(wanted.date)  # before anything is asked
            login = Login(self.user.text().strip(), self.password.text())
            given = login if login.user and login.password else None
            self.search_wanted.emit(self._base, wanted, given, self.keep_box.isChecked())
            self.address.setEditText(self._base)  # without what was pasted with it

        attempt(self.problem, ask)

    @Slot()
    def _on_study(self) -> None:
        rows = {index.row() for index in self.studies.selectedIndexes()}
        self._show_series(())
        if rows:
            self.study_wanted.emit(self._base, self._studies[min(rows)].uid)

    @Slot()
    def _open(self) -> None:
        if chosen := self._chosen():
            self.open_wanted.emit(chosen)
            self.accept()

    def _chosen(self) -> tuple[Series, ...]:
        rows = sorted({index.row() for index in self.series.selectedIndexes()})
        return tuple(self._series[row] for row in rows)

    @Slot()
    def _update(self) -> None:
        self.open_button.setEnabled(bool(self._chosen()))


def _place(
    to: QGridLayout, row: int, column: int, title: str, field: QWidget, across: int = 1
) -> None:
    """A field with its caption."""
    caption = label(title, "muted")
    caption.setBuddy(field)
    field.setAccessibleName(title)
    to.addWidget(caption, row, column)
    to.addWidget(field, row, column + 1, 1, across)


def _table(name: str, headings: Sequence[str], stretched: int) -> QTableWidget:
    table = QTableWidget(0, len(headings))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(list(headings))
    table.verticalHeader().hide()
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
    return table


def _fill(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    table.clearSelection()
    table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            table.setItem(row, column, item)
