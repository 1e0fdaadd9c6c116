"""Typing acceptance criteria."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from pathgui.core.results.judging import criterion_text, read_criteria
from pathgui.core.results.measures import MEASURES, measure
from pathgui.core.runs.criteria import COMPARISONS, Criterion, criteria_ks
from pathgui.gui.criteria.criteria_presets import Presets
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.widgets import Segments, attempt, indent, label

BEFORE = (
    "What has to come out, set before the results are seen. When the evaluation begins, the "
    "criteria are fixed with the time and kept with the run; panel, terminal and report say which "
    "are met."
)
AFTER = (
    "The results of this run can be seen. These criteria are kept beside it and printed as set "
    "after results were seen; they do not decide about acceptance."
)
EVERY = "every encoder"


_LEAST_DECIMALS, _MOST_DECIMALS = 3, 9


class CriteriaDialog(QDialog):
    """A list of criteria, and a form for the one that is selected."""

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
        self.setWindowTitle("Judge this run" if after_results else "Acceptance criteria")
        self._presets = presets
        self._now = now
        self._criteria = list(criteria)
        self._who = next((each.who for each in criteria if each.who), "")
        self._build_list()
        self._build_form(encoders)
        intro = label(AFTER if after_results else BEFORE, "muted", wrap=True)
        self.problem = label("", "bad", wrap=True)
        self.problem.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = QPushButton("Judge" if after_results else "Set criteria")
        self.accept_button.setObjectName("primary")
        self.buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._needs_one = after_results
        body = QHBoxLayout()
        body.setSpacing(18)
        body.addWidget(self._left, 5)
        body.addWidget(self.form, 6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 16, 18, 14)
        layout.setSpacing(12)
        layout.addWidget(intro)
        layout.addLayout(body, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.resize(QSize(860, 500))
        self._show_k()
        self._refill(0)

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """As they stand. One that was changed here is set now."""
        return tuple(self._criteria)

    # Building

    def _build_list(self) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName("Criteria")
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self._show)
        self.add_button = QPushButton("Add")
        self.add_button.clicked.connect(self.add)
        self.remove_button = QPushButton(icon("delete"), "Remove")
        self.remove_button.clicked.connect(self.remove)
        self.preset_button = QToolButton()
        self.preset_button.setText("Presets")
        self.preset_button.setIcon(icon("folder"))
        self.preset_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.preset_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.preset_menu = QMenu(self.preset_button)
        self.preset_menu.aboutToShow.connect(self.fill_presets)
        self.preset_menu.triggered.connect(self._on_preset)
        self.preset_button.setMenu(self.preset_menu)
        self.k = QSpinBox()
        self.k.setRange(0, 999)
        self.k.setSpecialValueText("as the run takes")
        self.k.setAccessibleName("Neighbors, k")
        self.k.setToolTip(
            "How many neighbors count, for all criteria. With a number, the run takes that k and "
            "no other, so that no encoder ticked beside turns a criterion round."
        )
        indent(self.k)
        self.k.valueChanged.connect(self._keep_k)
        caption = label("Neighbors, k", "muted")
        caption.setBuddy(self.k)
        of_all = QHBoxLayout()
        of_all.addWidget(caption)
        of_all.addWidget(self.k, 1)
        row = QHBoxLayout()
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        row.addWidget(self.preset_button)
        self._left = QWidget()
        layout = QVBoxLayout(self._left)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, 1)
        layout.addLayout(row)
        layout.addLayout(of_all)

    def _build_form(self, encoders: Sequence[tuple[str, str]]) -> None:
        self.measurement = QComboBox()
        self.measurement.setAccessibleName("Measurement")
        self.measurement.setMaxVisibleItems(24)
        for each in MEASURES:
            self.measurement.addItem(each.title, each.key)
            self.measurement.setItemData(
                self.measurement.count() - 1, each.help, Qt.ItemDataRole.ToolTipRole
            )
        self.about = label("", "muted", wrap=True)
        self.about.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.about.setFixedHeight(4 * self.about.fontMetrics().lineSpacing())
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.what = QPushButton("What is this?")
        self.what.setObjectName("link")
        self.what.clicked.connect(self._explain)
        self.comparison = QComboBox()
        self.comparison.addItems([*COMPARISONS])
        self.threshold = QDoubleSpinBox()
        self.threshold.setDecimals(_LEAST_DECIMALS)
        self.threshold.setSingleStep(0.05)
        self.threshold.setRange(-1e6, 1e6)
        self.threshold.setAccessibleName("Threshold")
        indent(self.threshold)
        self.by = Segments(
            (
                ("value", "Value", "The value itself has to meet it"),
                ("interval", "Whole interval", "The whole 95 % interval has to meet it"),
            )
        )
        self.encoder = QComboBox()
        self.encoder.addItem(EVERY, "")
        for name, title in encoders:
            self.encoder.addItem(title, name)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText("Why this threshold")
        self.who = QLineEdit()
        self.who.setPlaceholderText("Name of the person who sets it")
        bound = QHBoxLayout()
        bound.setSpacing(8)
        bound.addWidget(self.comparison)
        bound.addWidget(self.threshold, 1)
        self.form = QWidget()
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(9)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        rows: tuple[tuple[str, QWidget | QHBoxLayout], ...] = (
            ("Measurement", self.measurement),
            ("", self.about),
            ("", self.what),
            ("Has to be", bound),
            ("Judged by", self.by),
            ("Encoder", self.encoder),
            ("Reason", self.reason),
            ("Set by", self.who),
        )
        for box in (self.measurement, self.encoder):
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for title, field in rows:
            caption = label(title, "muted")
            if title:
                caption.setMinimumHeight(field.sizeHint().height())
            form.addRow(caption, field)
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
        taken = {each.metric for each in self._criteria}
        known = next((each for each in MEASURES if each.key not in taken), MEASURES[0])
        up = known.better == "high"
        self._criteria.append(
            Criterion(
                known.key,
                "at least" if up else "at most",
                0.5,
                who=self.who.text().strip() or self._who,
                set_at=self._now(),
                k=self.k.value() or None,
            )
        )
        self._refill(len(self._criteria) - 1)
        self.measurement.setFocus()

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
        keep = menu.addAction("Keep as preset…")
        keep.setData(("keep", ""))
        keep.setEnabled(bool(self._criteria))
        if names:
            delete = menu.addMenu("Delete preset")
            for name in names:
                delete.addAction(name).setData(("delete", name))
        menu.addSeparator()
        menu.addAction("Open a file…").setData(("open", ""))

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

    def load_file(self, path: Path) -> None:
        """Use the criteria in a TOML file."""
        attempt(self.problem, lambda: self.use(read_criteria(path, self._now())))

    def keep_preset(self, name: str) -> None:
        """Keep what is there under a name."""
        attempt(self.problem, lambda: self._presets.save(name, self._criteria))

    def _ask_preset(self) -> None:
        name, agreed = QInputDialog.getText(self, "Keep as preset", "Name of the preset:")
        if agreed and name.strip():
            self.keep_preset(name)

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Open criteria", "", "TOML (*.toml)")
        if name:
            self.load_file(Path(name))

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
        self.form.setEnabled(there)
        self.remove_button.setEnabled(there)
        self.accept_button.setEnabled(there or not self._needs_one)
        if not there:
            self.about.setText("Add a criterion to begin.")
            return
        each = self._criteria[row]
        with QSignalBlocker(self.threshold):
            self.measurement.setCurrentIndex(self.measurement.findData(each.metric))
            self.comparison.setCurrentText(each.comparison)
            self.threshold.setDecimals(_decimals(each.threshold))
            self.threshold.setValue(each.threshold)
        self.by.choose(each.by)
        if self.encoder.findData(each.encoder) < 0:
            self.encoder.addItem(each.encoder, each.encoder)  # of a preset; not offered here
        self.encoder.setCurrentIndex(self.encoder.findData(each.encoder))
        self.reason.setText(each.reason)
        self.who.setText(each.who)
        self._show_metric(each.metric)

    def _show_metric(self, key: str) -> None:
        known = measure(key)
        assert known is not None
        self.about.setText(known.help)
        tip = "The whole 95 % interval has to meet it"
        self.by.offer(
            "interval", known.has_interval, tip if known.has_interval else "It has no interval"
        )

    @Slot()
    def _on_metric(self) -> None:
        known = measure(self.measurement.currentData())
        assert known is not None
        self.comparison.setCurrentText("at least" if known.better == "high" else "at most")
        if not known.has_interval:
            self.by.choose("value")
        self._show_metric(known.key)
        self._keep()

    @Slot()
    def _keep(self) -> None:
        """What is in the form is the selected criterion, from now."""
        row = self.list.currentRow()
        if not 0 <= row < len(self._criteria):
            return
        before = self._criteria[row]
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
        if after != before:
            self._criteria[row] = replace(after, set_at=self._now())
            self.list.item(row).setText(self._said(after))

    @Slot()
    def _explain(self) -> None:
        known = measure(self.measurement.currentData())
        if known is not None:
            self.explain_requested.emit(known.anchor)


def _decimals(threshold: float) -> int:
    """As many as it takes: a field rounds what it shows, and gives back what it has rounded."""
    needed = -int(Decimal(str(threshold)).as_tuple().exponent)
    return min(max(_LEAST_DECIMALS, needed), _MOST_DECIMALS)
