"""Signing in to the hub, and telling encoders of one architecture apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import in_column
from pathgui.gui.kit.widgets import label, push_button

TOKENS_PAGE = "https://huggingface.co/settings/tokens"


class SignInDialog(Dialog):
    """Asks for a token of the Hugging Face hub. It is shown to nobody and kept nowhere here."""

    token_given = Signal(str)
    page_requested = Signal(str)

    def __init__(self, parent: QWidget | None, reason: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Sign in to Hugging Face"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText("hf_…")
        self.field.setAccessibleName(say("Access token"))
        self.field.textChanged.connect(self._on_text)
        self.page_button = push_button(
            say("Get a token in the browser"),
            lambda: self.page_requested.emit(TOKENS_PAGE),
            name="link",
        )
        self.page_button.setAutoDefault(False)  # Enter signs in
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()
        buttons, self.sign_in_button = _buttons(self, say("Sign in"), self._give)
        self.sign_in_button.setEnabled(False)
        self.setLayout(
            in_column(
                *([label(reason, wrap=True)] if reason else []),
                label(
                    say(
                        "Paste an access token with the right to read. It is "
                        "sent to the hub to check it and then left to the hub "
                        "library's own store on this computer; pathgui writes it "
                        "nowhere else."
                    ),
                    wrap=True,
                ),
                self.field,
                (self.page_button, Qt.AlignmentFlag.AlignLeft),
                self.problem,
                buttons,
                spacing=10,
                margins=(22, 20, 22, 16),
            )
        )

    def set_busy(self, busy: bool) -> None:
        """While the hub is asked."""
        self.field.setDisabled(busy)
        self.sign_in_button.setText(say("Asking the hub…") if busy else say("Sign in"))
        self.sign_in_button.setDisabled(busy or not self.field.text().strip())

    def show_problem(self, text: str) -> None:
        """The token was not accepted; another can be given."""
        self.set_busy(False)
        self.problem.setText(text)
        self.problem.show()
        self.field.clear()
        self.field.setFocus()

    @Slot(str)
    def _on_text(self, text: str) -> None:
        self.sign_in_button.setEnabled(bool(text.strip()))

    @Slot()
    def _give(self) -> None:
        self.problem.hide()
        self.set_busy(True)
        self.token_given.emit(self.field.text().strip())


OWN = say("Our own encoder…")  # the first choice for a file that nobody is known to have published


class WhichEncoderDialog(Dialog):
    """Asks what a file of weights is that has an encoder's architecture and is not published."""

    chosen = Signal(str)

    def __init__(
        self, parent: QWidget | None, file: str, choices: Sequence[tuple[str, str]]
    ) -> None:
        """``choices`` are (name, title); "" is an encoder of the user's own."""
        super().__init__(parent)
        self.setWindowTitle(say("Which encoder is it?"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(420)
        self.list = QListWidget()
        self.list.setAccessibleName(self.windowTitle())
        for name, title in (("", OWN), *choices):
            item = QListWidgetItem(title)
            item.setData(Qt.ItemDataRole.UserRole, name)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.itemDoubleClicked.connect(self._give)
        buttons, self.use_button = _buttons(self, say("Use"), self._give)
        self.setLayout(
            in_column(
                label(
                    say(
                        "{file} has the architecture of {one_of}, and it is no "
                        "file that pathgui knows as published. What is "
                        "it?\n\nChosen as a published encoder, it is called so "
                        "with the words “file not verified” in the list, the "
                        "summary and the report.",
                        file=file,
                        one_of=_one_of(len(choices)),
                    ),
                    wrap=True,
                ),
                self.list,
                buttons,
                spacing=10,
                margins=(22, 20, 22, 16),
            )
        )

    @Slot()
    def _give(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.chosen.emit(str(item.data(Qt.ItemDataRole.UserRole)))
            self.accept()


def _one_of(n: int) -> str:
    return (
        say("one encoder")
        if n == 1
        else say("{n} encoders, which differ only in their numbers", n=n)
    )


def _buttons(
    dialog: QDialog, text: str, act: Callable[[], None]
) -> tuple[QDialogButtonBox, QPushButton]:
    """Cancel, and a button that Enter presses too."""
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
    first = buttons.addButton(text, QDialogButtonBox.ButtonRole.AcceptRole)
    first.setDefault(True)
    buttons.accepted.connect(act)
    buttons.rejected.connect(dialog.reject)
    return buttons, first
