"""Typing acceptance criteria."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFileDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QWidget,
)

from pathgui.core.language.texts import say
from pathgui.core.results.judging import comparison_text, criterion_text, read_criteria
from pathgui.core.results.measures import MEASURES, measure
from pathgui.core.runs.criteria import (
    COMPARISONS,
    Comparison,
    Criterion,
    criteria_ks,
    save_criteria,
)
from pathgui.gui.criteria.criteria_presets import Presets
from pathgui.gui.kit.boxes import Combo, NumberField, WholeNumberField
from pathgui.gui.kit.dialogs import accepting, with_suffix
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog, ask_line
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row
from pathgui.gui.kit.widgets import (
    Segments,
    add_field,
    attempt,
    form,
    label,
    menu_under,
    push_button,
    worded_button,
)
from pathgui.settings import LARGEST

BEFORE = say(
    "Set limits here before the results are seen. When the evaluation "
    "begins, they are fixed with the time and kept with the run. Panel, "
    "terminal and report say which are met."
)
AFTER = say(
    "The results of this run can be seen. These criteria are kept beside it "
    "and printed as set after results were seen; they do not decide about "
    "acceptance."
)
EVERY = say("every encoder")

_FILES = "TOML (*.toml)"
_LEAST_DECIMALS, _MOST_DECIMALS = 3, 9


class CriteriaDialog(Dialog):
    """A list of criteria, and a form for the one that is selected.

    Where there is none yet, the form proposes one. It stands in the list once anything in the form
    is changed, or *Add* is pressed: whoever filled in a form means what stands in it.
    """

    explain_requested = Signal(str)  # section of docs/measurements.md

    def __init__(
        self,
        criteria: Sequence[Criterion],
        encoders: Sequence[tuple[str, str]],
        presets: Presets,
        now: Callable[[], str],
        parent: QWidget | None = None,
        *,
        after_results: bool = False,
    ) -> None:
        """``encoders`` are (name, title); ``now`` gives the time at which criteria are set."""
        super().__init__(parent)
        self.setWindowTitle(say("Judge this run") if after_results else say("Acceptance criteria"))
        self._presets = presets
        self._now = now
        self._criteria = list(criteria)
        self._who = next((each.who for each in criteria if each.who), "")
        self._build_list()
        self._build_form(encoders)
        intro = label(AFTER if after_results else BEFORE, "muted", wrap=True)
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()
        accept = say("Judge") if after_results else say("Set criteria")
        self.buttons, self.accept_button = accepting(self, accept)
        self._needs_one = after_results
        body = in_row((self._left, 5), (self.form, 6), spacing=18)
        self.setLayout(
            in_column(
                intro,
                (body, 1),
                self.problem,
                self.buttons,
                spacing=12,
                margins=(18, 16, 18, 14),
            )
        )
        self.resize(QSize(860, 500))
        self._show_k()
        self._refill(0)
        if not self._criteria:
            self.measurement.setFocus()  # the list has nothing to choose

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """As they stand. One that was changed here is set now."""
        return tuple(self._criteria)

    # Building

    def _build_list(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName(say("Criteria"))
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self._show)
        self.add_button = push_button(say("Add"), self.add)
        self.remove_button = push_button(say("Remove"), self.remove, picture=icon("delete"))
        self.preset_button = worded_button("folder", say("Presets"))
        self.preset_menu = menu_under(self.preset_button)
        self.preset_menu.aboutToShow.connect(self.fill_presets)
        self.preset_menu.triggered.connect(self._on_preset)
        self.k = WholeNumberField()
        self.k.setRange(0, LARGEST)
        self.k.setSpecialValueText(say("as the run takes"))
        self.k.setAccessibleName(say("Neighbors, k"))
        self.k.setToolTip(
            say(
                "How many neighbors count, for all criteria. With a number, the "
                "run takes that k and no other, so no other encoder changes "
                "whether a criterion is met."
            )
        )
        self.k.valueChanged.connect(self._keep_k)
        caption = label(say("Neighbors, k"), "muted")
        caption.setBuddy(self.k)
        of_all = in_row(caption, (self.k, 1))
        below = in_row(self.add_button, self.remove_button, STRETCH, self.preset_button)
        self.empty = label(say("None yet. Fill in the form, or press Add."), "muted", wrap=True)
        self._left = holder(in_column((self.list, 1), self.empty, below, of_all))

    def _build_form(self, encoders: Sequence[tuple[str, str]]) -> None:
        self.measurement = Combo()
        self.measurement.setAccessibleName(say("Measurement"))
        self.measurement.setMaxVisibleItems(24)
        for each in MEASURES:
            self.measurement.add(each.key, each.title, each.help)
        self.about = label("", "muted", wrap=True)
        self.about.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.about.setFixedHeight(4 * self.about.fontMetrics().lineSpacing())
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.what = push_button(say("What is this?"), self._explain, name="link")
        self.comparison = Combo()
        self.comparison.addItems([comparison_text(each) for each in COMPARISONS])
        self.comparison.setAccessibleName(say("Has to be"))
        self.threshold = NumberField()
        self.threshold.setDecimals(_LEAST_DECIMALS)
        self.threshold.setSingleStep(0.05)
        self.threshold.setRange(-1e6, 1e6)
        self.threshold.setAccessibleName(say("Limit"))
        self.by = Segments(
            (
                ("value", say("Value"), say("The value itself has to meet it")),
                ("interval", say("Whole interval"), say("The whole 95 % interval has to meet it")),
            )
        )
        self.encoder = Combo()
        self.encoder.offer([("", EVERY), *encoders])
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(say("Why this limit"))
        self.who = QLineEdit()
        self.who.setPlaceholderText(say("Name of the person who sets it"))
        for box in (self.measurement, self.encoder):
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        rows = form(12, 9)
        add_field(rows, say("Measurement"), self.measurement)
        rows.addRow(label(), self.about)
        rows.addRow(label(), self.what)
        add_field(rows, say("Has to be"), in_row(self.comparison, (self.threshold, 1), spacing=8))
        add_field(rows, say("Judged by"), self.by)
        add_field(rows, say("Encoder"), self.encoder)
        add_field(rows, say("Reason"), self.reason)
        add_field(rows, say("Set by"), self.who)
        self.form = holder(rows)
        self.measurement.activated.connect(self._on_metric)
        for box in (self.comparison, self.encoder):
            box.activated.connect(self._keep)
        self.threshold.valueChanged.connect(self._keep)
        self.by.chosen.connect(self._keep)
        for text in (self.reason, self.who):
            text.textEdited.connect(self._keep)

    # What the user does

    @Slot()
    def add(self) -> None:
        """One more, to be changed in the form."""
        self._criteria.append(self._proposal())
        self._refill(len(self._criteria) - 1)
        self.measurement.setFocus()

    def _proposal(self) -> Criterion:
        """The first measurement that has no criterion yet."""
        taken = {each.metric for each in self._criteria}
        known = next((each for each in MEASURES if each.key not in taken), MEASURES[0])
        return Criterion(
            known.key,
            "at least" if known.better == "high" else "at most",
            0.5,
            who=self.who.text().strip() or self._who,
            set_at=self._now(),
            k=self.k.value() or None,
        )

    @Slot()
    def remove(self) -> None:
        """Take the selected one out."""
        row = self.list.currentRow()
        if row >= 0:
            del self._criteria[row]
            self._refill(min(row, len(self._criteria) - 1))

    def use(self, criteria: Sequence[Criterion]) -> None:
        """Show these in the place of what is there."""
        self._criteria = list(criteria)
        self._show_k()
        self._refill(0)

    @Slot()
    def fill_presets(self) -> None:
        """List the presets in the menu."""
        menu = self.preset_menu
        menu.clear()
        names = self._presets.names()
        for name in names:
            menu.addAction(name).setData(("load", name))
        if names:
            menu.addSeparator()
        keep = menu.addAction(say("Keep as preset…"))
        keep.setData(("keep", ""))
        keep.setEnabled(bool(self._criteria))
        if names:
            delete = menu.addMenu(say("Delete preset"))
            for name in names:
                delete.addAction(name).setData(("delete", name))
        menu.addSeparator()
        menu.addAction(say("Open a file…")).setData(("open", ""))
        save = menu.addAction(say("Save as a file…"))
        save.setData(("save", ""))
        save.setToolTip(say("For the terminal (--criteria FILE), or for another computer"))
        save.setEnabled(bool(self._criteria))

    @Slot(QAction)
    def _on_preset(self, action: QAction) -> None:
        what, name = action.data() or ("", "")
        match what:
            case "load":
                attempt(self.problem, lambda: self.use(self._presets.load(name, self._now())))
            case "keep":
                self._ask_preset()
            case "delete":
                self._presets.delete(name)
            case "open":
                self._choose_file()
            case "save":
                self._choose_target()

    def load_file(self, path: Path) -> None:
        """Use the criteria in a TOML file."""
        attempt(self.problem, lambda: self.use(read_criteria(path, self._now())))

    def save_file(self, path: Path) -> None:
        """Write what is there, with its times, as the file that ``--criteria`` reads."""
        attempt(self.problem, lambda: save_criteria(self._criteria, path, times=True))

    def keep_preset(self, name: str) -> None:
        """Keep what is there under a name."""
        attempt(self.problem, lambda: self._presets.save(name, self._criteria))

    def _ask_preset(self) -> None:
        name, agreed = ask_line(self, say("Keep as preset"), say("Name of the preset:"))
        if agreed and name.strip():
            self.keep_preset(name)

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, say("Open criteria"), "", _FILES)
        if name:
            self.load_file(Path(name))

    def _choose_target(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, say("Save criteria"), "criteria.toml", _FILES)
        if name:
            self.save_file(with_suffix(Path(name), ".toml"))

    # The form

    def _show_k(self) -> None:
        with QSignalBlocker(self.k):
            self.k.setValue(next(iter(criteria_ks(self._criteria)), 0))

    @Slot()
    def _keep_k(self) -> None:
        """All criteria are set for this k, from now."""
        k, now = self.k.value() or None, self._now()
        self._criteria = [
            each if each.k == k else replace(each, k=k, set_at=now) for each in self._criteria
        ]
        self._refill(self.list.currentRow())

    def _refill(self, row: int) -> None:
        with QSignalBlocker(self.list):
            self.list.clear()
            for each in self._criteria:
                self.list.addItem(QListWidgetItem(self._said(each)))
        self.list.setCurrentRow(row)
        self._show(self.list.currentRow())

    def _said(self, each: Criterion) -> str:
        position = self.encoder.findData(each.encoder)
        whose = self.encoder.itemText(position) if position >= 0 else each.encoder
        return f"{criterion_text(each)}\n{whose}"

    @Slot(int)
    def _show(self, row: int) -> None:
        there = 0 <= row < len(self._criteria)
        self._show_whether_any(there)
        each = self._criteria[row] if there else self._proposal()
        with QSignalBlocker(self.threshold):
            self.measurement.choose(each.metric)
            self.comparison.setCurrentIndex(COMPARISONS.index(each.comparison))
            self.threshold.setDecimals(_decimals(each.threshold))
            self.threshold.setValue(each.threshold)
        self.by.choose(each.by)
        if self.encoder.findData(each.encoder) < 0:
            self.encoder.add(each.encoder, each.encoder)  # of a preset; not offered here
        self.encoder.choose(each.encoder)
        self.reason.setText(each.reason)
        self.who.setText(each.who)
        self._show_metric(each.metric)

    def _show_whether_any(self, there: bool) -> None:
        self.empty.setVisible(not there)
        self.remove_button.setEnabled(there)
        self.accept_button.setEnabled(there or not self._needs_one)

    def _show_metric(self, key: str) -> None:
        known = measure(key)
        assert known is not None
        self.about.setText(known.help)
        tip = say("The whole 95 % interval has to meet it")
        self.by.offer(
            "interval", known.has_interval, tip if known.has_interval else say("It has no interval")
        )

    @Slot()
    def _on_metric(self) -> None:
        known = measure(self.measurement.currentData())
        assert known is not None
        wanted: Comparison = "at least" if known.better == "high" else "at most"
        self.comparison.setCurrentIndex(COMPARISONS.index(wanted))
        if not known.has_interval:
            self.by.choose("value")
        self._show_metric(known.key)
        self._keep()

    @Slot()
    def _keep(self) -> None:
        """What is in the form is the selected criterion, from now."""
        row = self.list.currentRow()
        there = 0 <= row < len(self._criteria)
        before = self._criteria[row] if there else self._proposal()
        after = replace(
            before,
            metric=self.measurement.currentData(),
            comparison=COMPARISONS[self.comparison.currentIndex()],
            threshold=round(self.threshold.value(), _MOST_DECIMALS),
            by="interval" if self.by.current == "interval" else "value",
            encoder=self.encoder.currentData(),
            reason=self.reason.text().strip(),
            who=self.who.text().strip(),
        )
        if after == before:
            return
        if not there:
            self._take_proposal(before)
            row = self.list.currentRow()
        self._criteria[row] = replace(after, set_at=self._now())
        self.list.item(row).setText(self._said(after))

    def _take_proposal(self, proposal: Criterion) -> None:
        """Put it in the list. The form stays as it is: somebody types in it."""
        self._criteria.append(proposal)
        with QSignalBlocker(self.list):
            self.list.addItem(self._said(proposal))
            self.list.setCurrentRow(len(self._criteria) - 1)
        self._show_whether_any(True)

    @Slot()
    def _explain(self) -> None:
        known = measure(self.measurement.currentData())
        if known is not None:
            self.explain_requested.emit(known.anchor)


def _decimals(threshold: float) -> int:
    """As many as it takes: a field rounds what it shows, and gives back what it has rounded."""
    needed = -int(Decimal(str(threshold)).as_tuple().exponent)
    return min(max(_LEAST_DECIMALS, needed), _MOST_DECIMALS)
