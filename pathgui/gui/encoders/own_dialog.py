"""The form for an encoder of one's own: what its file tells is filled in, the rest is asked."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QDialogButtonBox, QLineEdit, QPushButton, QWidget

from pathgui.core.encoders.facts.entry import MOST_PX
from pathgui.core.encoders.own_draft import Draft, Trial, facts_of
from pathgui.core.encoders.own_proposals import NORMALIZATIONS, RGB, Proposal
from pathgui.core.errors import EncoderError
from pathgui.core.language.texts import localized, say
from pathgui.gui.kit.boxes import Combo, NumberField, WholeNumberField
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, scrolled
from pathgui.gui.kit.widgets import add_field, attempt, form, label, push_button

_OWN_NUMBERS = ""  # in place of a known normalization
_POOLINGS = {
    "cls": say("class token"),
    "mean": say("mean of the patches"),
    "cls+mean": say("class token, then mean of the patches"),
    "average": say("as the architecture pools"),
}


@dataclass(frozen=True)
class Described:
    """What the user said in the form."""

    draft: Draft
    facts: dict[str, Any]
    name: str

    def command(self) -> str:
        """The same in the terminal."""
        facts = self.facts
        numbers = ",".join(localized(value, "g") for value in (*facts["mean"], *facts["std"]))
        given = {
            "--name": self.name,
            "--mpp": localized(facts["mpp"], "g"),
            "--side": str(facts["input_px"]),
            "--pooling": facts["pooling"],
            "--normalization": numbers,
            "--license": facts["licence"],
        }
        options = [part for option in given.items() for part in option]
        prefixes = [part for prefix in self.draft.taken_off for part in ("--strip", prefix)]
        return shlex.join(
            ["pathgui", "encoders", "add", str(self.draft.weights), *options, *prefixes]
        )


class OwnEncoderDialog(Dialog):
    """Shows what a file of weights tells, and asks for what it does not. Does nothing itself."""

    file_wanted = Signal()
    look_wanted = Signal(Path, list)  # the file, with these prefixes taken off
    trial_wanted = Signal(object)  # Described
    add_wanted = Signal(object)  # Described
    command_wanted = Signal(object)  # Described

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(say("Our own encoder"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.draft: Draft | None = None
        self.said = label(say("Choose the file with the weights of your model."), wrap=True)
        self.said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.file_button = push_button(
            say("Choose file…"),
            self.file_wanted,
            say("The file of weights that your training wrote"),
        )
        self.built = Combo()
        self.prefixes = QLineEdit()
        self.prefixes.setPlaceholderText(say("none"))
        self.prefixes.setToolTip(
            say("What stands before the names of the tensors and is taken off, with spaces between")
        )
        self.prefixes.editingFinished.connect(self._look_again)
        self.title_field = QLineEdit()
        self.title_field.setToolTip(say("What the list, the summary and the report call it"))
        self.mpp = NumberField()
        self.mpp.setDecimals(4)
        self.mpp.setRange(0.01, 50)
        self.mpp.setSingleStep(0.05)
        self.mpp.setSuffix(" µm/px")
        self.mpp.setToolTip(
            say("How large a pixel of the tiles was on which the model was trained")
        )
        self.input_px = WholeNumberField()
        self.input_px.setRange(1, MOST_PX)
        self.input_px.setSuffix(say(" px"))
        self.input_px.setToolTip(say("The side of the tiles on which the model was trained"))
        self.normalization = Combo()
        for name in NORMALIZATIONS:
            self.normalization.add(name, name)
        self.normalization.add(_OWN_NUMBERS, say("Other numbers…"))
        self.means = self._numbers("Mean")
        self.stds = self._numbers("Deviation", least=0.0001)
        self.pooling = Combo()
        self.licence = QLineEdit("in-house")
        self.normalization.currentIndexChanged.connect(self._on_normalization)
        self.built.currentIndexChanged.connect(self._on_proposal)
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()
        self.trial = label("", "muted", wrap=True, selectable=True)
        self.trial.hide()

        fields = form(12, 8)
        add_field(fields, say("Weights"), in_row(self.file_button, STRETCH))
        self._built_caption = add_field(fields, say("Built as"), self.built)
        for title, field in (
            (say("Prefixes taken off"), self.prefixes),
            (say("Name"), self.title_field),
            (say("Scale"), self.mpp),
            (say("Side of a tile"), self.input_px),
            (say("Normalization"), self.normalization),
        ):
            field.setAccessibleName(title)
            add_field(fields, title, field)
        rows = (
            part
            for words, numbers in (
                (say("Mean of red, green, blue"), self.means),
                (say("Their deviation"), self.stds),
            )
            for part in (label(words, "muted"), in_row(*numbers, spacing=6))
        )
        self.numbers = holder(in_column(*rows, spacing=4))
        add_field(fields, "", self.numbers)
        for title, field in ((say("Pooling"), self.pooling), (say("License"), self.licence)):
            field.setAccessibleName(title)
            add_field(fields, title, field)
        self.built.setAccessibleName(say("Built as"))
        self.form = holder(fields)
        self._facts = (  # of the file: there are none before one is chosen
            self.built, self.prefixes, self.title_field, self.mpp, self.input_px,
            self.normalization, self.numbers, self.pooling, self.licence,
        )  # fmt: skip
        for each in self._facts:
            each.setEnabled(False)

        self.try_button = push_button(
            say("Try on a tile"),
            self._asks(self.trial_wanted),
            say("Embed two drawn tiles with it"),
        )
        self.copy_button = push_button(
            say("Copy as command"), self._asks(self.command_wanted), say("The same in the terminal")
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add_button: QPushButton = buttons.addButton(
            say("Add to the list"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.add_button.setDefault(True)
        buttons.accepted.connect(self._asks(self.add_wanted))
        buttons.rejected.connect(self.reject)
        for button in (self.try_button, self.copy_button, self.file_button):
            button.setAutoDefault(False)
        content = in_column(
            self.said,
            self.form,
            self.trial,
            self.problem,
            STRETCH,
            spacing=12,
            margins=(22, 18, 22, 12),
        )
        below = in_row(
            self.try_button,
            self.copy_button,
            STRETCH,
            buttons,
            spacing=8,
            margins=(22, 0, 22, 16),
        )
        self.setLayout(in_column((scrolled(holder(content)), 1), below, spacing=10))
        self.resize(600, 600)
        self._enable(False)
        self.file_button.setFocus()

    def _numbers(self, what: str, least: float = 0.0) -> list[NumberField]:
        fields = []
        for color in (say("red"), say("green"), say("blue")):
            field = NumberField()
            field.setDecimals(6)
            field.setRange(least, 10.0)
            field.setSingleStep(0.01)
            field.setAccessibleName(say("{what} of {color}", what=what, color=color))
            field.setToolTip(
                say("{what} of {color}, for values from 0 to 1", what=what, color=color)
            )
            fields.append(field)
        return fields

    # What it shows

    def show_draft(self, draft: Draft) -> None:
        """Fill in what the file tells. What the user typed before stays where it still can."""
        self.draft = draft
        self.file_button.setText(draft.weights.name)
        self.file_button.setToolTip(str(draft.weights))
        self.prefixes.setText(" ".join(draft.taken_off))
        if not self.title_field.text():
            self.title_field.setText(draft.title)
        self.built.blockSignals(True)
        self.built.offer((each, each.words) for each in draft.proposals)
        self.built.blockSignals(False)
        several = len(draft.proposals) > 1
        self.built.setVisible(several)
        self._built_caption.setVisible(several)
        for each in self._facts:
            each.setEnabled(True)
        self.problem.hide()
        self._on_proposal()

    def show_problem(self, text: str) -> None:
        """What could not be done, and why."""
        self.problem.setText(text)
        self.problem.show()
        self._enable(bool(self.draft and self.draft.proposals))

    def show_trial(self, trial: Trial) -> None:
        """What came of embedding two tiles."""
        self.problem.hide()
        self.trial.setText(str(trial))
        self.trial.show()
        self._enable(True)

    def show_note(self, text: str) -> None:
        """What was just done."""
        self.trial.setText(text)
        self.trial.show()

    def set_busy(self, words: str) -> None:
        """While something is looked at or tried."""
        self.problem.hide()
        self.trial.setText(words)
        self.trial.show()
        self._enable(False)

    def _enable(self, can: bool) -> None:
        for button in (self.try_button, self.copy_button, self.add_button):
            button.setEnabled(can)

    @property
    def proposal(self) -> Proposal | None:
        """How the model is built, as chosen; None if nothing is known of it."""
        found: Proposal | None = self.built.currentData()
        return found

    @Slot()
    def _on_proposal(self) -> None:
        proposal = self.proposal
        if self.draft is None:
            return
        self.said.setText(self.draft.said(proposal))
        self.trial.hide()
        self._enable(proposal is not None)
        if proposal is None:
            return
        self.mpp.setValue(proposal.mpp)
        self.input_px.setValue(proposal.input_px)
        self.input_px.setSingleStep(proposal.patch_px or 1)
        self.pooling.offer(
            (
                each,
                say(
                    "{get}, {dim_of:,} numbers",
                    get=_POOLINGS.get(each, each),
                    dim_of=proposal.dim_of(each),
                ),
            )
            for each in proposal.poolings
        )
        given = (proposal.mean, proposal.std)
        known = [name for name, numbers in NORMALIZATIONS.items() if numbers == given]
        self._set_numbers(*given)
        self.normalization.choose(known[0] if known else _OWN_NUMBERS)
        self._on_normalization()

    @Slot()
    def _on_normalization(self) -> None:
        name = self.normalization.currentData()
        self.numbers.setVisible(name == _OWN_NUMBERS)
        if name in NORMALIZATIONS:
            self._set_numbers(*NORMALIZATIONS[name])

    def _set_numbers(self, mean: RGB, std: RGB) -> None:
        for fields, values in ((self.means, mean), (self.stds, std)):
            for field, value in zip(fields, values, strict=True):
                field.setValue(value)

    # What the user wants

    @Slot()
    def _look_again(self) -> None:
        wanted = self.prefixes.text().replace(",", " ").split()
        if self.draft is not None and wanted != [*self.draft.taken_off]:
            self.look_wanted.emit(self.draft.weights, wanted)

    def described(self) -> Described:
        """What the form says. Raises EncoderError if it says too little or what cannot be."""
        proposal = self.proposal
        title = self.title_field.text().strip()
        if self.draft is None or proposal is None:
            raise EncoderError(say("Choose a file of weights first."))
        if not title:
            raise EncoderError(
                say("Give the encoder a name: the summary and the report call it so.")
            )
        facts = facts_of(
            self.draft,
            proposal,
            title=title,
            licence=self.licence.text().strip() or "not stated",
            mpp=self.mpp.value(),
            input_px=self.input_px.value(),
            mean=_three(self.means),
            std=_three(self.stds),
            pooling=str(self.pooling.currentData()),
        )
        return Described(self.draft, facts, title)

    def _asks(self, signal: Any) -> Any:
        def ask() -> None:
            attempt(self.problem, lambda: signal.emit(self.described()))

        return ask


def _three(fields: list[NumberField]) -> RGB:
    red, green, blue = (field.value() for field in fields)
    return red, green, blue
