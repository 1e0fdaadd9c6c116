"""The few dialogs: a bug, about, the keys."""

from __future__ import annotations

import platform
import traceback
from pathlib import Path

import PySide6
from PySide6.QtCore import Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.gui.kit.icons import icon, pixmap
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, in_column, in_row
from pathgui.gui.kit.theme import current
from pathgui.gui.kit.widgets import label, push_button
from pathgui.version import __version__

TITLE = say(
    "pathgui {version}", version=__version__
)  # what a picture of the screen shows to whoever gets it
RESEARCH_USE = say("For research use only. Not for diagnostic use.")


def accepting(dialog: QDialog, text: str) -> tuple[QDialogButtonBox, QPushButton]:
    """Cancel, and the button that accepts the dialog."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    accept = QPushButton(text)
    accept.setObjectName("primary")
    buttons.addButton(accept, QDialogButtonBox.ButtonRole.AcceptRole)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return buttons, accept


class BugDialog(Dialog):
    """Something went wrong that should not have. The window lives on."""

    def __init__(self, error: BaseException, log_file: Path, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("pathgui")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(520)
        self._log_file = log_file
        picture = QLabel()
        picture.setPixmap(pixmap("error", current().bad, 36, self.devicePixelRatioF()))
        text = label(
            say(
                "This is a mistake in pathgui, not in what you did. You can go "
                "on working; if it comes again, please send the details to "
                "whoever looks after pathgui."
            ),
            wrap=True,
        )
        words = in_column(
            label(say("Something went wrong"), "heading"),
            label(f"{type(error).__name__}: {error}", wrap=True),
            text,
            label(
                say("Log file: {log_file}", log_file=log_file), "muted", wrap=True, selectable=True
            ),
            spacing=8,
        )
        head = in_row((picture, Qt.AlignmentFlag.AlignTop), (words, 1), spacing=14)
        self.details = QPlainTextEdit("".join(traceback.format_exception(error)))
        self.details.setReadOnly(True)
        self.details.setAccessibleName(say("Details"))
        self.details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.details.setMinimumHeight(220)
        self.details.hide()
        self.details_button = QPushButton(say("Details"))
        self.details_button.setCheckable(True)
        self.details_button.toggled.connect(self._show_details)
        copy = push_button(say("Copy details"), self._copy, picture=icon("copy"))
        folder = push_button(say("Open log folder"), self._open_folder, picture=icon("folder"))
        close = push_button(say("Close"), self.accept)
        close.setDefault(True)
        buttons = in_row(self.details_button, copy, folder, STRETCH, close)
        self.setLayout(in_column(head, self.details, buttons, spacing=14, margins=(20, 20, 20, 16)))

    @Slot(bool)
    def _show_details(self, shown: bool) -> None:
        self.details.setVisible(shown)
        self.details_button.setText(say("Hide details") if shown else say("Details"))
        self.adjustSize()

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details.toPlainText())

    @Slot()
    def _open_folder(self) -> None:
        open_file(self._log_file.parent)


class AboutDialog(Dialog):
    """What pathgui is, which version, what it rests on."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("About pathgui"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        picture = QLabel()
        picture.setPixmap(pixmap("pathgui", "#000000", 72, self.devicePixelRatioF()))
        text = label(
            say(
                "pathgui measures whether a pathology encoder follows tissue or "
                "center (the hospital or laboratory that made the slide), on "
                "your own slides and computer."
            ),
            wrap=True,
        )
        paper = label(
            say(
                "The robustness index is that of PathoROB (Kömen et al., Nat "
                "Commun 17:5218, 2026). Beside it stands the index of 2025, of "
                "de Jong, Marcus and Teuwen (arXiv 2501.18055), and other measures."
            ),
            "muted",
            wrap=True,
        )
        versions = label(
            say(
                "Python {python_version}, Qt {version}. Apache License 2.0.",
                python_version=platform.python_version(),
                version=PySide6.__version__,
            ),
            "muted",
        )
        words = in_column(
            label(TITLE, "heading"),
            text,
            label(RESEARCH_USE, "section"),
            paper,
            versions,
            STRETCH,
            spacing=9,
        )
        head = in_row((picture, Qt.AlignmentFlag.AlignTop), (words, 1), spacing=18)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        self.setLayout(in_column(head, buttons, spacing=16, margins=(22, 22, 22, 16)))
        self.setMinimumWidth(520)


def open_file(path: Path) -> None:
    """Open a file or folder with the program of the system."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def with_suffix(path: Path, suffix: str, *others: str) -> Path:
    """``path`` ending in ``suffix``, or as it is if it ends in that or in one of the others.

    >>> with_suffix(Path("RI v1.2"), ".svg", ".png").name
    'RI v1.2.svg'
    """
    if path.suffix.lower() in (suffix, *others):
        return path
    return path.with_name(path.name + suffix)
