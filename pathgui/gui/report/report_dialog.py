"""How the report is to be, with its pages beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.report.copied import report_command, report_python
from pathgui.core.report.render.pages import Pages
from pathgui.core.report.sections.options import (
    ATTACHMENTS,
    FRONT,
    REPORT_FILE,
    REQUIRED,
    SECTIONS,
    SLIDES_TABLE,
    ReportOptions,
)
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.kit.dialogs import with_suffix
from pathgui.gui.kit.icons import icon
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.kit.layouts import STRETCH, holder, in_column, in_row, scrolled, split
from pathgui.gui.kit.screens import resize_on_screen
from pathgui.gui.kit.widgets import (
    Segments,
    add_field,
    form,
    label,
    line,
    push_button,
    text_area,
)
from pathgui.gui.report.pdf_preview import PagesView

Preview = Callable[[Path, ReportOptions, int, ProgressFn], Pages]
WAIT_MS = 350  # after the last change, before the pages are made anew
WIDTH_PX = 900  # of a page in the preview
BEFORE = say(
    "An intended use was set before the run and is printed as such. What is "
    "typed here is printed below it, as typed when the report was made."
)
NOT_BEFORE = say(
    "No intended use was set before the run. What is typed here is printed "
    "as typed when the report was made."
)
FILES = say("PDF (*.pdf);;Web page (*.html)")
_KEY = Qt.ItemDataRole.UserRole


class ReportDialog(Dialog):
    """Says which report is wanted; the pages follow each change."""

    save_requested = Signal(object, object)  # file or None (into the run), ReportOptions

    def __init__(
        self,
        folder: Path,
        options: ReportOptions,
        preview: Preview,
        runner: JobRunner,
        parent: QWidget | None = None,
        *,
        frozen: IntendedUse | None = None,
        cohort: bool = False,
    ) -> None:
        """``frozen``: the intended use that was set before the run; ``cohort``: it has slides."""
        super().__init__(parent)
        self.setWindowTitle(say("Export the report"))
        self._folder = folder
        self._make = preview
        self._runner = runner
        self._job: Job | None = None
        self._shown: ReportOptions | None = None
        self._sections: dict[str, int] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(WAIT_MS)
        self._timer.timeout.connect(self._refresh)

        self.pages = PagesView()
        self.pages.page_changed.connect(self._say_page)
        self.state = label("", "muted")
        self.place = label("", "muted")
        right = in_column((self.pages, 1), in_row((self.state, 1), self.place))
        both = split(
            self._form(options, frozen, cohort),
            holder(right),
            handle=11,
            stretch=(0, 1),
            sizes=(350, 620),
        )
        self.save_button = push_button(
            say("Save PDF"),
            self._save,
            say("Write {REPORT_FILE} into the folder of the run", REPORT_FILE=REPORT_FILE),
            picture=icon("export", "on_accent"),
            name="primary",
        )
        self.save_as_button = push_button(
            say("Save as…"), self._choose_file, say("Elsewhere, or as a web page of one file")
        )
        self.copy_button = push_button(
            say("Copy as command"),
            self.copy_command,
            say("The same in the terminal, which writes the same bytes"),
            picture=icon("copy"),
        )
        self.python_button = push_button(
            say("Copy as Python"), self.copy_python, say("The same with pathgui.open_run")
        )
        buttons = (
            self.copy_button, self.python_button, push_button(say("Cancel"), self.reject),
            self.save_as_button, self.save_button,
        )  # fmt: skip
        for button in buttons:
            button.setAutoDefault(False)  # Enter in a field must not press one
        self.setLayout(
            in_column(
                (both, 1),
                in_row(*buttons[:2], STRETCH, *buttons[2:]),
                spacing=12,
                margins=(16, 14, 16, 14),
            )
        )
        resize_on_screen(self, QSize(1080, 760))
        self._refresh()

    @Slot()
    def copy_command(self) -> None:
        """Put the command that writes this very report into the clipboard."""
        text = report_command(self._folder, self._folder / REPORT_FILE, self.options)
        QGuiApplication.clipboard().setText(text)
        self.state.setText(say("The command is in the clipboard."))

    @Slot()
    def copy_python(self) -> None:
        """Put the lines of Python that write a report of this run into the clipboard."""
        text = report_python(self._folder, self._folder / REPORT_FILE, self.options)
        QGuiApplication.clipboard().setText(text)
        self.state.setText(say("The lines of Python are in the clipboard."))

    @property
    def options(self) -> ReportOptions:
        """What is chosen."""
        return ReportOptions(
            paper="letter" if self.paper.current == "letter" else "a4",
            left_out=frozenset(
                item.data(_KEY)
                for item in self._items()
                if item.checkState() == Qt.CheckState.Unchecked
            ),
            attached=frozenset(name for name, box in self.attached.items() if box.isChecked()),
            show_file_names=self.file_names.isChecked(),
            each_slide=self.each_slide.isChecked(),
            operator=self.operator.text().strip(),
            site=self.site.text().strip(),
            labels_by=self.labels_by.text().strip(),
            labels_how=self.labels_how.text().strip(),
            labels_disagreement=self.labels_disagreement.text().strip(),
            intended_use=self.intended_use.toPlainText().strip(),
            question=self.question.toPlainText().strip(),
            out_of_scope=self.out_of_scope.toPlainText().strip(),
        )

    @property
    def ready(self) -> bool:
        """Whether the pages shown are those of the choices."""
        return self._shown == self.options and self._job is None

    # Building

    def _form(self, options: ReportOptions, frozen: IntendedUse | None, cohort: bool) -> QWidget:
        self.paper = Segments(
            (("a4", "A4", "210 × 297 mm"), ("letter", say("Letter"), say("8.5 × 11 inches")))
        )
        self.paper.choose(options.paper)
        self.operator = QLineEdit(options.operator)
        self.site = QLineEdit(options.site)
        self.labels_by = QLineEdit(options.labels_by)
        self.labels_how = QLineEdit(options.labels_how)
        self.labels_disagreement = QLineEdit(options.labels_disagreement)
        self.intended_use = text_area(options.intended_use)
        self.question = text_area(options.question)
        self.out_of_scope = text_area(options.out_of_scope)
        self.file_names = QCheckBox(say("Print the slide's file name"))
        self.file_names.setToolTip(say("By default a pseudonym stands in its place"))
        self.file_names.setChecked(options.show_file_names)
        self.each_slide = QCheckBox(say("A page for each slide"))
        self.each_slide.setToolTip(say("By default the slides of the cohort stand in one table"))
        self.each_slide.setChecked(options.each_slide)
        self.each_slide.setVisible(cohort)
        self.before = label(BEFORE if frozen is not None else NOT_BEFORE, "muted", wrap=True)
        if frozen is not None:
            self.before.setToolTip(
                "\n".join(f"{title}: {text}" for title, text in frozen.said() if text)
            )
        rows = form(10, 8)
        fields: tuple[tuple[str, QWidget], ...] = (
            (say("Paper"), self.paper),
            (say("Operator"), self.operator),
            (say("Site"), self.site),
            (say("Intended use"), self.intended_use),
            (say("Question"), self.question),
            (say("Out of scope"), self.out_of_scope),
            (say("Labeled by"), self.labels_by),
            (say("Labeled how"), self.labels_how),
            (say("Disagreement"), self.labels_disagreement),
        )
        for title, field in fields:
            add_field(rows, title, field, height=self.operator.sizeHint().height())
        self._lines = (
            self.operator,
            self.site,
            self.labels_by,
            self.labels_how,
            self.labels_disagreement,
        )
        self.sections = QListWidget()
        self.sections.setAccessibleName(say("Sections"))
        self.sections.setToolTip(
            say("Unticked: left out, and the report says so. A click goes there.")
        )
        self.sections.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        numbers = {key: f"{number}  " for number, (key, _) in enumerate(SECTIONS, 1)}
        for key, title in (*FRONT, *SECTIONS):
            item = QListWidgetItem(numbers.get(key, "") + title)
            item.setData(_KEY, key)
            item.setSizeHint(QSize(0, self.fontMetrics().height() + 9))
            item.setCheckState(
                Qt.CheckState.Unchecked if key in options.left_out else Qt.CheckState.Checked
            )
            if key in REQUIRED:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
                item.setToolTip(say("Always printed"))
            self.sections.addItem(item)
        self.sections.setFixedHeight(
            self.sections.count() * (self.fontMetrics().height() + 11)
            + 2 * self.sections.frameWidth()
            + 4
        )
        self.attached = {}
        for name, words in ATTACHMENTS:
            box = QCheckBox(f"{name}: {words}")
            box.setChecked(name in options.attached)
            box.setVisible(cohort or name != SLIDES_TABLE)
            self.attached[name] = box
        body = in_column(
            rows,
            self.before,
            self.file_names,
            self.each_slide,
            line(),
            label(say("Attached files"), "section"),
            *self.attached.values(),
            line(),
            label(say("Sections"), "section"),
            self.sections,
            STRETCH,
            spacing=8,
            margins=(0, 0, 10, 0),
        )
        area = scrolled(holder(body, "panel-body"))
        area.setMinimumWidth(330)

        self.paper.chosen.connect(self._changed)
        for choice in (self.file_names, self.each_slide):
            choice.toggled.connect(self._changed)
        for box in self.attached.values():
            box.toggled.connect(self._changed)
        for text in self._lines:
            text.textChanged.connect(self._changed)
        for long in (self.intended_use, self.question, self.out_of_scope):
            long.textChanged.connect(self._changed)
        self.sections.itemChanged.connect(self._changed)
        self.sections.currentItemChanged.connect(self._go_to)
        return area

    def _items(self) -> list[QListWidgetItem]:
        return [self.sections.item(row) for row in range(self.sections.count())]

    # The pages

    @Slot()
    def _changed(self) -> None:
        self.state.setText(say("Setting the pages…"))
        self._timer.start()

    @Slot()
    def _refresh(self) -> None:
        """Make the pages of what is chosen; what is being made is given up."""
        if self._job is not None:
            self._job.cancel()
            self._timer.start()
            return
        wanted = self.options
        if wanted == self._shown:
            self.state.setText("")
            return
        self.state.setText(say("Setting the pages…"))
        make, folder = self._make, self._folder
        job = Job(lambda report: (wanted, make(folder, wanted, WIDTH_PX, report)))
        job.succeeded.connect(self._on_pages)
        job.failed.connect(self._on_failed)
        job.ended.connect(self._on_ended)
        self._job = job
        self._runner.start(job)

    @Slot(object)
    def _on_pages(self, made: tuple[ReportOptions, Pages]) -> None:
        self._shown, pages = made
        self.pages.show_pages(pages.pictures)
        self._sections = dict(pages.sections)
        self.state.setText("")

    @Slot(Exception)
    def _on_failed(self, error: Exception) -> None:
        text = (
            str(error)
            if isinstance(error, PathguiError)
            else say("The pages failed: {error}", error=error)
        )
        self.state.setText(text)

    @Slot()
    def _on_ended(self) -> None:
        self._job = None

    @Slot(int)
    def _say_page(self, page: int) -> None:
        self.place.setText(
            say("Page {page} of {n_pages}", page=page + 1, n_pages=len(self.pages.pages))
        )

    @Slot(QListWidgetItem, QListWidgetItem)
    def _go_to(self, item: QListWidgetItem | None, _: QListWidgetItem | None) -> None:
        title = dict((*FRONT, *SECTIONS)).get(item.data(_KEY) if item is not None else "", "")
        for name, page in self._sections.items():
            if name.endswith(title):
                self.pages.go_to(page)
                return

    # Leaving

    @Slot()
    def _save(self) -> None:
        self.save_requested.emit(None, self.options)
        self.accept()

    @Slot()
    def _choose_file(self) -> None:
        suggestion = str(self._folder / REPORT_FILE)
        name, chosen = QFileDialog.getSaveFileName(self, say("Save the report"), suggestion, FILES)
        if name:
            suffix = ".html" if "html" in chosen else ".pdf"
            self.save_to(with_suffix(Path(name), suffix, ".html", ".htm", ".pdf"))

    def save_to(self, path: Path) -> None:
        """Write the report there."""
        self.save_requested.emit(path, self.options)
        self.accept()

    def done(self, result: int) -> None:
        self._stop()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        super().closeEvent(event)

    def _stop(self) -> None:
        self._timer.stop()
        if self._job is not None:
            for signal, slot in (
                (self._job.succeeded, self._on_pages),
                (self._job.failed, self._on_failed),
                (self._job.ended, self._on_ended),
            ):
                signal.disconnect(slot)
            self._job.cancel()
            self._job = None
