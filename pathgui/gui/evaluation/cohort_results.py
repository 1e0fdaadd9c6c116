"""The run over the slides of a cohort that is looked at: in the slide table, and in the summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from pathgui.core.cohort.places import absolute
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.runs.private_names import slides_for_the_desk
from pathgui.core.runs.record import Evaluation, Run, SlideOfRun
from pathgui.core.runs.run_places import cohort_of_run
from pathgui.core.runs.slides_of_run import evaluation_of
from pathgui.core.runs.unfinished import target_of, unfinished_folder
from pathgui.gui.cohort.cohort_tab import CohortTab
from pathgui.gui.cohort.content import Content
from pathgui.gui.cohort.slide_model import ResultColumn
from pathgui.gui.evaluation.cohort_columns import result_columns, slides_by_row
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import COHORT
from pathgui.gui.jobs.message_keys import EVALUATION as KEY
from pathgui.gui.slides.run_layers import layers_of

_OPEN = "open_cohort"  # the action


@dataclass(frozen=True)
class CohortRun:
    """A run over the slides of a cohort, as its user calls them."""

    evaluation: Evaluation  # as it is kept
    named: Run  # the same, with the names of slides that the user knows
    folder: Path
    asked: tuple[str, ...] = ()  # slide_ids, in the order of the run; () where not known


class CohortResults(QObject):
    """Finds the rows that the slides of a run are, and leads from results to slides."""

    opened = Signal()  # ``shown`` is another run, which was opened or has just ended

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        cohort: CohortTab,
        used: Callable[[], Sequence[Path]],
        parent: QObject | None = None,
    ) -> None:
        """``used``: files and folders used lately, beside which the cohort of a run is sought."""
        super().__init__(parent)
        self._used = used
        self._desk = desk
        self._controller = controller
        self._cohort = cohort
        self._slides = controller.slides
        self._page = controller.summary.slides_page
        self.shown: CohortRun | None = None  # in the table
        self._made_of: tuple[CohortRun, Content] | None = None  # what the columns are made of
        self._columns: list[ResultColumn] = []
        self._on_page: CohortRun | None = None  # in the summary, whatever cohort is open
        self._asked: tuple[Path, tuple[str, ...]] | None = None
        controller.run_shown.connect(self._on_run_shown)
        self._slides.shown.connect(self._on_slide)
        self._page.slides_chosen.connect(self._select)
        self._page.table_wanted.connect(self._show_in_table)
        self._page.slide_wanted.connect(self._open_slide)

    def expect(self, target: Path, asked: tuple[str, ...]) -> None:
        """A run to this target is asked for these slides, in this order."""
        self._asked = target, asked

    def read(self, folder: Path, evaluation: Evaluation) -> CohortRun:
        """What is needed to show a run. For the threads of jobs."""
        named = slides_for_the_desk(evaluation.run, self._desk.services.names().known)
        known = self._asked is not None and self._asked[0] == target_of(folder)
        return CohortRun(evaluation, named, folder, self._asked[1] if known and self._asked else ())

    def of_rows(self) -> dict[str, SlideOfRun]:
        """The slides of the run in the table, by the slide_id of the row that each is."""
        shown = self.shown
        if shown is None:
            return {}
        return slides_by_row(shown.named, self._cohort.book.content, shown.asked)

    def columns(self) -> list[ResultColumn]:
        """What the run says of each row: its state, then what encoders say."""
        shown, content = self.shown, self._cohort.book.content
        if shown is None:
            return []
        made_of = self._made_of
        if made_of is None or made_of[0] is not shown or made_of[1] is not content:
            self._made_of = shown, content  # asked for with every slide of a run that goes on
            self._columns = result_columns(shown.named, self.of_rows())
        return self._columns

    def is_of(self, target: Path | None) -> bool:
        """Whether the run in the table is the one that goes, or went, to ``target``."""
        return self.shown is not None and target_of(self.shown.folder) == target

    # A run is opened, or has ended

    @Slot(object)
    def _on_run_shown(self, finished: Finished | None) -> None:
        run = None if finished is None else finished.evaluation.run
        if finished is None or run is None or run.cohort is None:
            # While one of its slides is looked at, the slides stay.
            if self._on_page is not None and (
                finished is None or target_of(finished.folder) != target_of(self._on_page.folder)
            ):
                self._on_page = None
                self._controller.summary.show_slides(None)
            return
        evaluation, folder, identity = finished.evaluation, finished.folder, run.cohort.id
        known = self._cohort.control.known
        used = (*self._used(), *filter(None, self._cohort.book.content.files))
        # "study.pgcohort/../a.svs" leads nowhere once the cohort is renamed.
        near = [up for path in (folder, *used) for up in absolute(path).parents[:2]]

        def work(report: ProgressFn) -> tuple[CohortRun, Path | None]:
            return self.read(folder, evaluation), cohort_of_run(identity, known, near)

        def then(found: tuple[CohortRun, Path | None]) -> None:
            if self._controller.finished is not finished:
                return  # another one came meanwhile
            self._on_page, where = found
            self._controller.summary.show_slides(self._on_page.named)
            if self.adopt():
                return
            if where is not None and self._cohort.is_free:
                self._cohort.control.open(where)  # which adopts the run
            else:
                self._offer_cohort(where)

        self._desk.quick.run(work, then, partial(self._desk.show_failure, key=KEY))

    def adopt(self) -> bool:
        """Show the run of the summary in the table, if it is of the cohort there."""
        found, opened = self._on_page, self._cohort.control.opened
        facts = None if found is None else found.named.cohort
        if facts is None or opened is None or facts.id != opened.cohort.info.id:
            return False
        if not self._controller.busy:
            self.shown = found
            self.opened.emit()
        return True

    def _offer_cohort(self, folder: Path | None) -> None:
        facts = None if self._on_page is None else self._on_page.named.cohort
        if facts is None:
            return

        def show(there: Path) -> None:
            self._cohort.wanted.emit()
            self._cohort.control.open(there)

        if folder is None:
            offer = Offer(
                say("Find the cohort…"), partial(self._cohort.panel.action_wanted.emit, _OPEN)
            )
        else:
            offer = Offer(say("Open {stem}", stem=folder.stem), partial(show, folder))
        self._desk.messages.show_message(
            "info",
            say(
                "This run is of the cohort {facts_name}, which is not open. Open "
                "it to see the slides and to try again what failed.",
                facts_name=facts.name,
            ),
            key=COHORT,
            offers=(offer,),
        )

    # From results to slides

    def _rows_of(self, slide_ids: Sequence[str]) -> list[int]:
        """Rows of the table that slides of the run in the summary are."""
        if self.shown is None or self._on_page is None:
            return []
        if target_of(self.shown.folder) != target_of(self._on_page.folder):
            return []
        wanted, rows = set(slide_ids), self._cohort.book.content.slides.slide_ids
        names = {name for name, each in self.of_rows().items() if each.slide_id in wanted}
        return [row for row, name in enumerate(rows) if name in names]

    @Slot(list)
    def _select(self, slide_ids: list[str]) -> None:
        self._cohort.panel.show_rows(self._rows_of(slide_ids))

    @Slot(list)
    def _show_in_table(self, slide_ids: list[str]) -> None:
        rows = self._rows_of(slide_ids)
        if not rows:
            self._offer_cohort(None)
            return
        self._cohort.wanted.emit()
        self._cohort.panel.show_rows(rows)

    @Slot(str)
    def _open_slide(self, slide_id: str) -> None:
        rows = self._rows_of([slide_id])
        if rows:
            self._cohort.rows.show_row(rows[0])
        else:
            self._offer_cohort(None)

    @Slot()
    def _on_slide(self) -> None:
        """The slide that is shown gets the layers of the run in the table."""
        path, shown = self._slides.path, self.shown
        row = None if path is None else self._cohort.book.content.row_of.get(path)
        if path is None or row is None or shown is None or self._controller.has_run_of(path):
            return
        content = self._cohort.book.content
        slide = self.of_rows().get(content.slides.slide_ids[row])
        if slide is None or slide.state != "done" or slide.slide is None:
            return
        kept = next(each for each in shown.evaluation.run.slides if each.folder == slide.folder)
        content_id, mpp, folder = slide.slide.content_id, content.given_mpp(row), shown.folder
        place = folder if folder.exists() else unfinished_folder(folder)

        def work(report: ProgressFn) -> Finished | None:
            with self._desk.open_slide(path, mpp) as there:
                if there.content_id != content_id:
                    return None  # the file is another one by now
            found = evaluation_of(place, shown.evaluation, kept.slide_id)
            return Finished(found, place, layers_of(found))

        def then(finished: Finished | None) -> None:
            if finished is not None:
                self._controller.take_run_of(path, finished)

        self._desk.quick.run(work, then, partial(self._desk.show_failure, key=KEY))
