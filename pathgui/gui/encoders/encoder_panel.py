"""Which encoders to evaluate, what state each is in, and the way to those that are not here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QPushButton, QWidget

from pathgui.core.encoders.corrected import MARK
from pathgui.core.encoders.facts.registry import EncoderSpec, ListedEncoder, Readiness, State
from pathgui.core.encoders.facts.words import FACTS, STATES
from pathgui.core.language.texts import say
from pathgui.core.system.endings import REFERENCE_ENDING, RUN_ENDING
from pathgui.gui.encoders.encoder_row import EncoderRow, ListedRow
from pathgui.gui.kit.focus import in_reading_order
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row
from pathgui.gui.kit.room import GrowingList
from pathgui.gui.kit.widgets import FoldBox, label, push_button

LEAST_LIST = 190  # logical pixels; the list scrolls in itself
FILTER_FROM = 9  # that many encoders and more get a search field
ELSEWHERE = (REFERENCE_ENDING, RUN_ENDING)  # folders that are none of this panel's business

# Rows stand in the part that their state belongs to.
_GROUPS: tuple[tuple[str, str, tuple[State, ...]], ...] = (
    ("ready", "ready", ("ready",)),
    ("download", say("can be downloaded"), ("download",)),
    ("account", say("for accounts with access"), ("sign-in", "terms", "waiting")),
    ("here", say("without weights"), ("file", "missing", "offline")),
)
_GROUP_OF: dict[str, str] = {state: group for group, _, states in _GROUPS for state in states}
LISTED = "listed"

# What the menu "Add" can ask for.
ADD_FILE, ADD_FOLDER, ADD_IMPORT, ADD_IMPORT_FOLDER = "file", "folder", "import", "import-folder"
ADD_OWN = "own"
SIGN_IN, SIGN_OUT, OWN_FOLDER, LOOK = "sign-in", "sign-out", "own-folder", "look"
_ADD = (
    (ADD_FILE, say("Use a weights file…")),
    (ADD_FOLDER, say("Use a folder with weights…")),
    (ADD_OWN, say("Our own encoder…")),
    (ADD_IMPORT, say("Import embeddings…")),
    (ADD_IMPORT_FOLDER, say("Import a folder of embeddings…")),
    ("", ""),
    (SIGN_IN, say("Sign in to Hugging Face…")),
    (SIGN_OUT, say("Sign out of Hugging Face")),
    ("", ""),
    (OWN_FOLDER, say("Open the folder of your own encoders")),
    (LOOK, say("Look for encoders again")),
)


class EncoderPanel(QWidget):
    """Says which encoders are wanted, and what is to be done for others; does nothing about it.

    Those that are ready stand first. The others are folded away by what they need.
    """

    ticked_changed = Signal()
    action_requested = Signal(str, str)  # an encoder's name, an action of encoder_row
    add_requested = Signal(str)  # an entry of the menu "Add"
    files_dropped = Signal(list, str)  # paths, name of the encoder they were dropped on or ""

    def __init__(self, specs: Sequence[EncoderSpec]) -> None:
        super().__init__()
        self.rows: dict[str, EncoderRow] = {}
        self.listed: dict[str, ListedRow] = {}
        self._place: dict[str, str] = {}  # group of each encoder
        self._busy = False
        self._signed_in = False
        self.setAcceptDrops(True)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(say("Find an encoder, a family, a license, a state"))
        self.filter.setAccessibleName(say("Find an encoder"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._show_rows)
        self.all_button = push_button(say("All ready"), self._tick_ready, name="link")
        self.none_button = push_button(say("None"), lambda: self.tick(()), name="link")
        self.add_button = QPushButton(say("Add…"))
        self.add_button.setObjectName("link")
        self.add_button.setToolTip(
            say(
                "Weights that you have, embeddings of other programs, an "
                "account, encoders of your own"
            )
        )
        self.add_menu = QMenu(self)
        self.add_menu.aboutToShow.connect(self._fill_add_menu)
        self.add_button.setMenu(self.add_menu)
        self.hint = label(say("Drop weights or embeddings of an encoder here."), "hint", wrap=True)
        self.hint.hide()
        self.nothing = label(say("No encoder is called that."), "muted")
        self._fill_add_menu()
        self._lay_out()
        self.set_specs(specs)

    def _lay_out(self) -> None:
        buttons = (self.all_button, self.none_button, self.add_button)
        groups = (*(group for group, _, _ in _GROUPS), LISTED)
        self._columns = {group: in_column(spacing=0) for group in groups}
        self.folds = {
            group: FoldBox("", holder(column))
            for group, column in self._columns.items()
            if group != "ready"
        }
        rows = in_column(self._columns["ready"], self.nothing, *self.folds.values(), spacing=4)
        self.list = GrowingList(holder(rows, "panel-body"), LEAST_LIST)
        self.setLayout(
            in_column(
                in_row(label(say("Encoders"), "section"), STRETCH, *buttons),
                self.filter,
                self.hint,
                (self.list, 10_000),  # up to its length; what is left is below it
                STRETCH,
                spacing=4,
            )
        )
        grows = self.sizePolicy()
        grows.setVerticalStretch(1)  # a panel of which the list can be longer than the window
        self.setSizePolicy(grows)

    # What there is

    def set_specs(self, specs: Sequence[EncoderSpec], listed: Sequence[ListedEncoder] = ()) -> None:
        """Show these encoders; rows of encoders that were there before stay as they are."""
        names = {spec.name for spec in specs}
        for name in [name for name in self.rows if name not in names]:
            row = self.rows.pop(name)
            self._place.pop(name, None)
            row.hide()
            row.deleteLater()
        for spec in specs:
            if spec.name in self.rows:
                self.rows[spec.name].set_spec(spec)
                continue
            row = EncoderRow(spec)
            row.ticked.connect(self.ticked_changed)
            row.action_requested.connect(self.action_requested)
            self.rows[spec.name] = row
            self._columns["ready"].addWidget(row)
        for entry in listed:
            if entry.name not in self.listed:
                unavailable = ListedRow(entry)
                unavailable.action_requested.connect(self.action_requested)
                self.listed[entry.name] = unavailable
                self._columns[LISTED].addWidget(unavailable)
        self.filter.setVisible(len(self.rows) + len(self.listed) >= FILTER_FROM)
        self._show_rows()
        in_reading_order(self)

    def row(self, name: str) -> EncoderRow | None:
        """The row of an encoder, whatever pooling its name says."""
        return self.rows.get(self._base(name)[0])

    def _base(self, name: str) -> tuple[str, str]:
        """The name of the row, and the pooling; of a variant the whole name, as uni@cls~leace."""
        if name in self.rows or MARK in name:
            return name, ""
        base, _, pooling = name.partition("@")
        return base, pooling

    def title(self, name: str) -> str:
        """How the ticked encoder ``name`` is called."""
        row = self.row(name)
        return row.chosen.title if row is not None and row.chosen.name == name else name

    @property
    def chosen(self) -> tuple[EncoderSpec, ...]:
        """The encoders that are ticked, with their pooling, in the order of the list."""
        return tuple(row.chosen for row in self.rows.values() if row.box.isChecked())

    @property
    def ticked(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(spec.name for spec in self.chosen)

    def tick(self, names: Iterable[str]) -> None:
        """Tick exactly these, as far as they are ready; ``name@pooling`` chooses a pooling."""
        wanted = dict(map(self._base, names))
        for name, row in self.rows.items():
            if name in wanted and row.box.isEnabled():
                row.choose_pooling(wanted[name])
            row.box.setChecked(name in wanted and row.box.isEnabled())

    def set_readiness(self, states: Mapping[str, Readiness]) -> None:
        """Show the state of each encoder."""
        for name, readiness in states.items():
            row = self.rows.get(name)
            if row is None:
                continue
            row.set_readiness(readiness)
            group = _GROUP_OF[readiness.state]
            if self._place.get(name) != group:
                self._columns[group].addWidget(row)
                self._place[name] = group
        self._show_rows()
        in_reading_order(self)

    def clear_results(self, names: Iterable[str]) -> None:
        """Forget what an earlier evaluation said of these."""
        for name in names:
            if (row := self.row(name)) is not None:
                row.clear_result()

    def set_failed(self, name: str, text: str) -> None:
        """An encoder took part in an evaluation and failed."""
        if (row := self.row(name)) is not None:
            row.set_failed(text)

    def set_signed_in(self, signed_in: bool) -> None:
        """Whether there is an account to sign out of."""
        self._signed_in = signed_in
        self._fill_add_menu()

    def set_busy(self, busy: bool) -> None:
        """No ticking while an evaluation runs."""
        self._busy = busy
        for row in self.rows.values():
            row.box.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, busy)
            row.box.setFocusPolicy(Qt.FocusPolicy.NoFocus if busy else Qt.FocusPolicy.StrongFocus)
            row.pooling.setDisabled(busy)
        self.all_button.setDisabled(busy)
        self.none_button.setDisabled(busy)

    def reveal(self, name: str) -> None:
        """Unfold the part in which an encoder stands."""
        fold = self.folds.get(self._place.get(name, ""))
        if fold is not None:
            fold.button.setChecked(True)

    def recolor(self) -> None:
        """Follow the theme."""
        for row in self.rows.values():
            row.recolor()

    @Slot()
    def _tick_ready(self) -> None:
        self.tick(row.chosen.name for row in self.rows.values())

    @Slot()
    def _show_rows(self) -> None:
        words = self.filter.text().lower().split()
        abouts = {name: _about(row) for name, row in self.rows.items()}
        listed = {name: _about_listed(row.listed) for name, row in self.listed.items()}
        # "uni" is UNI, not Lunit; only where no word begins like that is it sought within words
        begins = any(_begins(words, about) for about in (*abouts.values(), *listed.values()))
        match = _begins if begins else _contains
        shown = dict.fromkeys(self._columns, 0)
        looked = bool(self._place) or len(self.rows) < FILTER_FROM
        for i, (name, row) in enumerate(self.rows.items()):
            # until all are looked at, only the first few, which need no weights from elsewhere
            visible = match(words, abouts[name]) and (looked or i < FILTER_FROM // 2)
            row.setVisible(visible)
            shown[self._place.get(name, "ready")] += visible
        for name, unavailable in self.listed.items():
            visible = match(words, listed[name])
            unavailable.setVisible(visible)
            shown[LISTED] += visible
        self.nothing.setVisible(not any(shown.values()))
        texts = {group: text for group, text, _ in _GROUPS} | {LISTED: say("that cannot run here")}
        for key, fold in self.folds.items():
            fold.setVisible(bool(shown[key]))
            fold.button.setText(f"{shown[key]} {texts[key]}")
            if words and shown[key]:
                fold.button.setChecked(True)
            elif not words and fold.property("opened-by-search"):
                fold.button.setChecked(False)
            fold.setProperty("opened-by-search", bool(words and shown[key]))

    @Slot()
    def _fill_add_menu(self) -> None:
        self.add_menu.clear()
        for key, text in _ADD:
            if not key:
                self.add_menu.addSeparator()
                continue
            if key == (SIGN_IN if self._signed_in else SIGN_OUT):
                continue
            self.add_menu.addAction(text, partial(self.add_requested.emit, key)).setData(key)

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) and not self._busy:
            self.hint.show()
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        row = self._row_at(event.position().toPoint())
        self.hint.setText(
            say("Drop here: weights of {spec_title}.", spec_title=row.spec.title)
            if row is not None
            else say("Drop weights or embeddings of an encoder here.")
        )
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.hint.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.hint.hide()
        paths = _dropped(event)
        if paths:
            row = self._row_at(event.position().toPoint())
            event.acceptProposedAction()
            self.files_dropped.emit(paths, "" if row is None else row.spec.name)

    def _row_at(self, place: QPoint) -> EncoderRow | None:
        """The row there, if its encoder takes weights."""
        widget: QWidget | None = self.childAt(place)
        while widget is not None and not isinstance(widget, EncoderRow):
            widget = widget.parentWidget()
        takes = widget is not None and widget.spec.with_weights is not None
        return widget if takes else None


def _dropped(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls()
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() not in ELSEWHERE]


def _begins(words: Sequence[str], about: str) -> bool:
    """Whether each of ``words`` begins a word of ``about``."""
    known = re.split(r"[^\w.]+|(?<=[a-z])-", about)
    return all(
        any(each.startswith(word) for each in known) or f" {word}" in about for word in words
    )


def _contains(words: Sequence[str], about: str) -> bool:
    return all(word in about for word in words)


def _about(row: EncoderRow) -> str:
    spec, state = row.spec, row.state_name
    said = STATES[state] if state is not None else ""
    return (
        f" {spec.name} {spec.title} {spec.family} {spec.licence} {spec.source} {spec.origin} "
        f"{said} {FACTS[spec.facts]}"
    ).lower()


def _about_listed(entry: ListedEncoder) -> str:
    about = f" {entry.name} {entry.title} {entry.family} {entry.licence} {entry.reason}"
    return about.lower()
