"""How tiles are drawn from the cohort into a reference set, with what comes of it beside it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from pathgui.core.cohort.sampling.sample import Sample
from pathgui.core.cohort.sampling.sample_command import sample_command
from pathgui.core.errors import PathguiError, ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.measurement.measurable import Measurable, measurable
from pathgui.core.progress import Progress, ProgressFn
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.reference.sampling_plan import PROPOSED, SamplingPlan
from pathgui.core.reference.set_writing import Described
from pathgui.core.results.formatting import plural
from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.gui.cohort.sample_fields import NO_LIMIT, SOURCES, Draw, Drawn, number_box, whole_box
from pathgui.gui.cohort.sample_preview import SamplePreview
from pathgui.gui.jobs.jobs import Job, JobRunner, stage_text
from pathgui.gui.kit.boxes import Combo
from pathgui.gui.kit.dialogs import with_suffix
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, scrolled, split
from pathgui.gui.kit.screens import resize_on_screen
from pathgui.gui.kit.widgets import add_field, form, label, line, push_button

WAIT_MS = 500  # after the last change, before the slides are looked at again
THROWN_SHOWN = 20  # spoiled tiles that the tip names; the set lists all
MOST_ROWS = 6  # of the table that are seen at once, above the pictures


class SampleDialog(Dialog):
    """Says how a reference set is to be drawn. Nothing is written until *Make* is pressed."""

    # Sample, Described, folder, whether a set that lies there may be replaced
    make_requested = Signal(object, object, Path, bool)

    def __init__(
        self, cohort: Path, suggested: Path, draw: Draw, runner: JobRunner,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        """``suggested``: the folder that the set gets unless another one is chosen."""
        super().__init__(parent)
        self.setWindowTitle(say("Make a reference set of {stem}", stem=cohort.stem))
        self._cohort = cohort
        self._draw = draw
        self._runner = runner
        self._suggested = suggested
        self._job: Job | None = None
        self._drawn: Drawn | None = None
        self._tried: SamplingPlan | None = None  # the last one that was asked for
        self._judge_timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._judge_timer.timeout.connect(self._judge)
        self._timer = QTimer(self, singleShot=True, interval=WAIT_MS)
        self._timer.timeout.connect(self.look)

        self.state = label("", "muted", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.pairs = QTableWidget()
        self.pairs.setTabKeyNavigation(False)
        self.pairs.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.pairs.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.pairs.currentCellChanged.connect(self._on_cell)
        self.pairs.cellClicked.connect(self._on_cell)
        self.can = label("", "muted", wrap=True)
        self.preview = SamplePreview(runner)
        self.reasons = self.preview.reasons
        self.preview.dropped.connect(self._show_without)
        self.preview.kept_changed.connect(self._changed)
        self.preview.pictures.failed.connect(self._fail)
        self.stop_button = push_button(say("Stop"), self._stop_or_look)
        right = in_column(
            in_row((self.state, 1), self.stop_button),
            self.bar,
            self.pairs,
            self.can,
            (self.preview, 1),
            spacing=6,
        )
        both = split(self._form(suggested), holder(right), handle=11, stretch=(0, 1))
        both.setSizes([370, 600])
        self.make_button = push_button(
            say("Make the set…"),
            self._choose_folder,
            say("Choose where it goes, cut the tiles and use the set"),
            picture=icon("import", "on_accent"),
            name="primary",
        )
        buttons = (push_button(say("Cancel"), self.reject), self.make_button)
        same = label(say("The same plan gives the same tiles, here and in the terminal."), "muted")
        self.copy_button = push_button(
            say("Copy as command"),
            self.copy_command,
            say("What makes this very set in the terminal, with what you took out"),
            picture=icon("copy"),
        )
        below = in_row((same, 1), self.copy_button, *buttons)
        self.setLayout(in_column((both, 1), below, spacing=12, margins=(16, 14, 16, 14)))
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in a field must not press one
        resize_on_screen(self, QSize(1020, 720))
        self._name_columns(USUAL)
        self._show(None)
        self.look()

    # What is chosen

    @property
    def plan(self) -> SamplingPlan:
        """How tiles are to be drawn."""
        limit = self.tiles_a_pair.value()
        return SamplingPlan(
            edge_um=self.edge_um.value(),
            mpp=self.mpp.value(),
            source=str(self.source.currentData()),
            tiles_a_slide=self.tiles_a_slide.value(),
            tiles_a_pair=limit or None,
            equal_pairs=self.equal_pairs.isChecked(),
            min_tissue=self.min_tissue.value() / 100,
            whole=self.whole.isChecked(),
            distance_um=self.distance_um.value(),
            left_out=tuple(
                sorted({each.strip() for each in self.left_out.text().split(",")} - {""})
            ),
            seed=self.seed.value(),
            quality=self.quality.isChecked(),
            kept_anyway=tuple(sorted(self.preview.kept_anyway)),
        )

    @property
    def described(self) -> Described:
        """What reports print of the set."""
        return Described(
            name=self.name.text().strip(),
            version=self.version.text().strip() or "1",
            description=self.description.text().strip(),
            licence=self.licence.text().strip(),
            citation=self.citation.text().strip(),
        )

    @property
    def drawn(self) -> Drawn | None:
        """What comes of the plan as it is now; None while that is not known."""
        found = self._drawn
        return found if found is not None and found.sample.plan == self.plan else None

    @property
    def taken(self) -> Sample | None:
        """What goes into the set: what was drawn, without what is taken out by hand."""
        if (drawn := self.drawn) is None:
            return None
        return drawn.sample.without(self.preview.tiles, self.preview.slides)

    def _form(self, suggested: Path) -> QWidget:
        plan = PROPOSED
        self.source = Combo()
        self.source.offer(SOURCES)
        self.source.choose(plan.source)
        self.edge_um = number_box(plan.edge_um, 8, 4096, " µm", 1)
        self.mpp = number_box(plan.mpp, 0.05, 8, " µm/px", 4)
        self.tiles_a_slide = whole_box(plan.tiles_a_slide, 1, 100_000)
        self.tiles_a_pair = whole_box(0, 0, 10_000_000)
        self.tiles_a_pair.setSpecialValueText(NO_LIMIT)
        self.equal_pairs = QCheckBox(say("Equally many of every pair"))
        self.min_tissue = number_box(100 * plan.min_tissue, 0, 100, " %", 0)
        self.whole = QCheckBox(say("All of a tile lies in its region"))
        self.whole.setChecked(plan.whole)
        self.quality = QCheckBox(say("Throw out spoiled tiles"))
        self.quality.setChecked(plan.quality)
        self.distance_um = number_box(plan.distance_um, 0, 100_000, " µm", 0)
        self.left_out = QLineEdit()
        self.left_out.setPlaceholderText(say("Classes, with commas between"))
        self.seed = whole_box(plan.seed, 0, 2**31 - 1)
        tips: tuple[tuple[str, QWidget, str], ...] = (
            (
                say("Take tiles from"),
                self.source,
                say("A whole slide is of the tissue of its row."),
            ),
            (say("Field of view"), self.edge_um, say("The side of a tile.")),
            (say("Stored at"), self.mpp, say("The scale of the stored tiles.")),
            (say("Tiles a slide"), self.tiles_a_slide, say("At most.")),
            (say("Tiles a pair"), self.tiles_a_pair, ""),
            ("", self.equal_pairs, say("Every pair gets as many tiles as the smallest has.")),
            (
                say("Tissue in a tile"),
                self.min_tissue,
                say("At least; with 0 no tissue is looked for."),
            ),
            ("", self.whole, say("Unticked: its center does.")),
            (
                "",
                self.quality,
                say(
                    "Those that are blurred, under ink, folded, at a bubble, "
                    "empty or black. Others are drawn."
                ),
            ),
            (say("Distance"), self.distance_um, say("Between two tiles of a slide, at least.")),
            (say("Leave out"), self.left_out, say("No tile is taken in regions of these classes.")),
            (say("Seed"), self.seed, say("Another number draws other tiles.")),
        )
        rows = form(10, 8)
        for title, field, tip in tips:
            field.setToolTip(tip)
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            add_field(rows, title, field)
        self.name = QLineEdit(suggested.name.removesuffix(REFERENCE_ENDING))
        self.version, self.description = QLineEdit("1"), QLineEdit()
        self.licence, self.citation = QLineEdit(), QLineEdit()
        about = form(10, 8)
        for title, text in (
            (say("Name"), self.name),
            (say("Version"), self.version),
            (say("Where from"), self.description),
            (say("License"), self.licence),
            (say("Citation"), self.citation),
        ):
            text.setToolTip(say("Reports print it"))
            add_field(about, title, text)
        for box in (self.edge_um, self.mpp, self.min_tissue, self.distance_um):
            box.valueChanged.connect(self._changed)
        for count in (self.tiles_a_slide, self.tiles_a_pair, self.seed):
            count.valueChanged.connect(self._changed)
        for tick in (self.equal_pairs, self.whole, self.quality):
            tick.toggled.connect(self._changed)
        self.source.currentIndexChanged.connect(self._changed)
        self.left_out.textChanged.connect(self._changed)
        body = in_column(
            label(say("Tiles"), "section"), rows, line(), label(say("The set"), "section"), about,
            STRETCH,
            spacing=8, margins=(0, 0, 10, 0),
        )  # fmt: skip
        area = scrolled(holder(body, "panel-body"))
        area.setMinimumWidth(340)
        return area

    # What comes of it

    @Slot()
    def _changed(self) -> None:
        self._enable(False)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Look at what comes of the plan; what is being looked at is given up."""
        if self._job is not None:
            self._job.cancel()
            self._timer.start()
            return
        plan = self.plan
        if self.drawn is not None:
            self._show(self._drawn)
            return
        try:
            plan.check()
        except ReferenceSetError as error:
            self._fail(error)
            return
        self.state.setText(say("Looking at the slides…"))
        self.bar.setRange(0, 0)
        self.bar.show()
        self.stop_button.setText(say("Stop"))
        self.stop_button.show()
        self.preview.pictures.stop()
        self._tried = plan
        draw = self._draw
        job = Job(lambda report: draw(plan, report))
        job.reported.connect(self._on_events)
        job.succeeded.connect(self._show)
        job.failed.connect(self._fail)
        job.cancelled.connect(self._on_cancelled)
        job.ended.connect(self._on_ended)
        self._job = job
        self._runner.start(job)

    @Slot(list)
    def _on_events(self, events: list[object]) -> None:
        for event in events:
            if isinstance(event, Progress) and event.total:
                self.state.setText(stage_text(event))
                self.bar.setRange(0, event.total)
                self.bar.setValue(event.done)

    @Slot()
    def _on_ended(self) -> None:
        self._job = None
        self.bar.hide()

    @Slot()
    def _on_cancelled(self) -> None:
        if not self._timer.isActive():  # else another plan is looked at soon
            self.state.setText(say("Stopped. Nothing is written. Look again, or change the plan."))
            self.stop_button.setText(say("Look again"))

    @Slot()
    def _stop_or_look(self) -> None:
        if self._job is not None:
            self._job.cancel()
        else:
            self.look()

    @Slot(Exception)
    def _fail(self, error: Exception) -> None:
        self._show(None)
        said = (
            str(error)
            if isinstance(error, PathguiError)
            else say("The slides failed: {error}", error=error)
        )
        self.state.setText(said)

    @Slot(object)
    def _show(self, drawn: Drawn | None) -> None:
        self._drawn = drawn
        self.stop_button.hide()
        for widget in (self.pairs, self.can, self.preview):
            widget.setVisible(drawn is not None)
        if drawn is None:
            self._enable(False)
            return
        told = [f"{each.name} {each.flaw.shown}" for each in drawn.sample.thrown_out[:THROWN_SHOWN]]
        self.state.setToolTip("\n".join(told))
        self.preview.show_sample(drawn.sample, drawn.preview)
        self._show_without()

    @Slot()
    def _show_without(self) -> None:
        """Show what was drawn, without what is taken out by hand."""
        self.preview.grid.repaint_tiles()
        drawn, sample = self._drawn, self.taken
        if drawn is None or sample is None:
            return
        gone, by_hand = drawn.sample.thrown_out, len(drawn.sample) - len(sample)
        thrown = (
            say(" {spoiled_tiles} thrown out.", spoiled_tiles=plural(len(gone), "spoiled tile"))
            if gone
            else ""
        )
        if by_hand:
            thrown += say(" You took {tiles} out.", tiles=plural(by_hand, "tile"))
        self.state.setText(
            say(
                "{tiles} of {slides}, {side_px} px a side.{thrown} Nothing is written yet.",
                tiles=plural(len(sample), "tile"),
                slides=plural(len(sample.slides), "slide"),
                side_px=sample.plan.side_px,
                thrown=thrown,
            )
        )
        self._enable(len(sample) > 0)
        self._show_pairs(drawn.sample, sample)
        self.preview.show_without(sample)
        if by_hand:
            self._judge_timer.start()
        else:
            self._judge_timer.stop()
            self._show_measurable(drawn.can)

    @Slot()
    def _judge(self) -> None:
        """Look what can be measured without what is taken out: too long for the GUI thread."""
        if (sample := self.taken) is None or not len(sample):
            return

        def work(report: ProgressFn) -> tuple[SamplingPlan, Measurable]:
            return sample.plan, measurable(sample.labels, edge_um=sample.plan.edge_um)

        self._runner.run(work, self._on_judged)

    @Slot(object)
    def _on_judged(self, found: tuple[SamplingPlan, Measurable]) -> None:
        plan, can = found
        if (now := self.taken) is not None and now.plan == plan:
            self._show_measurable(can)

    def _show_measurable(self, can: Measurable) -> None:
        self.can.setText(" ".join([can.sentence, *can.left_out]))
        self.can.setToolTip("\n".join(each.text for each in can.abilities))

    def _enable(self, possible: bool) -> None:
        for button in (self.make_button, self.copy_button):
            button.setEnabled(possible)

    @Slot(int, int)
    def _on_cell(self, row: int, column: int, *_: int) -> None:
        drawn = self._drawn
        if drawn is not None and row >= 0 and column >= 0:
            sample = drawn.sample
            self.preview.show_pair(sample.tissues[row], sample.centers[column])

    def _name_columns(self, columns: RoleColumns) -> None:
        """Say what a pair is, by the names of the columns that play the roles."""
        self.pairs.setAccessibleName(
            columns.say(say("Tiles and slides of each {tissue} at each {center}"))
        )
        self.tiles_a_pair.setToolTip(columns.say(say("At most, of one {tissue} at one {center}.")))

    def _show_pairs(self, drawn: Sample, sample: Sample) -> None:
        self._name_columns(sample.columns)
        tissues, centers = drawn.tissues, drawn.centers
        self.pairs.blockSignals(True)
        self.pairs.clear()
        self.pairs.setRowCount(len(tissues))
        self.pairs.setColumnCount(len(centers))
        self.pairs.setHorizontalHeaderLabels(centers)
        self.pairs.setVerticalHeaderLabels(tissues)
        for row, tissue in enumerate(tissues):
            for column, center in enumerate(centers):
                tiles, slides = sample.of_pair(tissue, center)
                words = (
                    say("{tiles:,} of {slides}", tiles=tiles, slides=plural(slides, "slide"))
                    if tiles
                    else say("none")
                )
                cell = QTableWidgetItem(words)
                cell.setToolTip(
                    say("{tissue} at {center}: {words}", tissue=tissue, center=center, words=words)
                )
                cell.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.pairs.setItem(row, column, cell)
        rows = min(len(tissues), MOST_ROWS)
        height = self.pairs.horizontalHeader().sizeHint().height() + 6
        height += rows * self.pairs.verticalHeader().defaultSectionSize()
        self.pairs.setFixedHeight(height)
        self.pairs.blockSignals(False)

    # Leaving

    @Slot()
    def _choose_folder(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            say("Make the reference set"),
            str(self._suggested),
            say("Reference set (*{REFERENCE_ENDING})", REFERENCE_ENDING=REFERENCE_ENDING),
        )
        if name:
            folder = with_suffix(Path(name), REFERENCE_ENDING)
            self.make(folder, replace=folder == Path(name))

    def make(self, folder: Path, *, replace: bool = False) -> None:
        """Make the set there, and close. ``replace``: the file dialog has asked whether it may."""
        if (taken := self.taken) is not None and len(taken):
            self.make_requested.emit(taken, self.described, folder, replace)
            self.accept()

    @Slot()
    def copy_command(self) -> None:
        """Put the command that makes this very set on the clipboard."""
        if (taken := self.taken) is not None:
            command = sample_command(self._cohort, taken.plan, self.described, self._suggested)
            QGuiApplication.clipboard().setText(command)
            self.state.setText(say("The command is copied: paste it into a terminal."))

    def done(self, result: int) -> None:
        self._timer.stop()
        self._judge_timer.stop()
        self.preview.pictures.stop()
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        super().closeEvent(event)
