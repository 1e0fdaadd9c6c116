"""A run that is opened brings its slide and its reference set back, wherever they lie now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from pathgui.core.cohort.places import Places
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.runs.run_places import is_slide_of_run, reference_of_run, slide_of_run
from pathgui.gui.evaluation.evaluation_control import EvaluationController
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import EVALUATION as KEY
from pathgui.gui.jobs.message_keys import REFERENCE as REFERENCE_KEY
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.slides.slide_control import SlideControl

FIND_SLIDE = say("Find the slide…")
FIND_REFERENCE = say("Find the reference set…")


@dataclass(frozen=True)
class _Found:
    slide: Path | None
    reference: Path | None


class Reopening(QObject):
    """Seeks the files of runs that are opened, and remembers where slides of runs lay."""

    find_slide_wanted = Signal()
    find_reference_wanted = Signal()

    def __init__(
        self,
        desk: Desk,
        controller: EvaluationController,
        slides: SlideControl,
        references: ReferenceControl,
        aside: JobRunner,
        book: Path,
        slides_known: Callable[[], Sequence[Path]],
        references_known: Callable[[], Sequence[Path]],
        parent: QObject | None = None,
    ) -> None:
        """``book``: the file of this computer that holds where slides of runs lay."""
        super().__init__(parent)
        self._desk = desk
        self._controller = controller
        self._slides = slides
        self._references = references
        self._aside = aside
        self._places = Places(book)
        self._slides_known = slides_known
        self._references_known = references_known
        controller.runs.opened.connect(self._seek)
        controller.runs.kept.connect(self._remember)

    @Slot(object)
    def _seek(self, finished: Finished) -> None:
        """Look for what the run was made of, unless it is in use."""
        run = finished.evaluation.run
        slide = None if self._controller.on_slide else run.slide
        now = self._references.reference
        sha256 = run.reference.sha256
        set_missing = now is None or now.info.tiles_sha256 != sha256
        if slide is None and not set_missing:
            return
        files, sets = tuple(self._slides_known()), tuple(self._references_known())
        services, folder = self._desk.services, finished.folder.absolute()

        def work(report: ProgressFn) -> _Found:
            here = (folder.parent, folder.parent.parent)
            found = None
            if slide is not None:
                last = self._places.get(slide.content_id)
                likely = files if last is None else (last, *files)
                found = slide_of_run(
                    slide,
                    likely,
                    (*(path.parent for path in likely), *here),
                    name=services.names().name_of(slide.file_name),
                    report=report,
                )
            reference = None
            if set_missing:
                around = (*here, *(path.parent for path in files), services.cache() / "demo")
                reference = reference_of_run(sha256, sets, around)
            return _Found(found, reference)

        self._aside.run(work, partial(self._on_found, finished))

    def _on_found(self, finished: Finished, found: _Found) -> None:
        if not self._is_shown(finished):
            return  # another run was opened meanwhile
        run = finished.evaluation.run
        if found.slide is not None and not self._controller.on_slide:
            self._slides.open(found.slide)
        missing = run.slide is not None and found.slide is None and not self._controller.on_slide
        now = self._references.reference
        set_missing = now is None or now.info.tiles_sha256 != run.reference.sha256
        if set_missing and found.reference is not None and not self._controller.busy:
            self._references.open(found.reference)  # what runs keeps the set that it has
        texts, offers = [], []
        if missing and run.slide is not None:
            texts.append(
                say(
                    "This run is of the slide {file_name}, which is not the one "
                    "shown and lies at none of the places where slides lay lately.",
                    file_name=run.slide.file_name,
                )
            )
            offers.append(Offer(FIND_SLIDE, self.find_slide_wanted.emit))
        if set_missing and found.reference is None:
            texts.append(
                say(
                    "The reference set of this run, {reference_name}, lies at "
                    "none of the places where sets lay lately, so its tiles have "
                    "no pictures.",
                    reference_name=run.reference.name,
                )
            )
            offers.append(Offer(FIND_REFERENCE, self.find_reference_wanted.emit))
        if texts:
            texts.append(say("The run's numbers are shown."))
            key = KEY if missing else REFERENCE_KEY
            self._desk.messages.show_message("info", " ".join(texts), key=key, offers=tuple(offers))

    @Slot(Path)
    def take(self, path: Path) -> None:
        """The user says where the slide of the run in the summary is, or what lies beside it."""
        finished = self._controller.finished
        facts = None if finished is None else finished.evaluation.run.slide
        if finished is None or facts is None:
            return
        name = self._desk.services.names().name_of(facts.file_name)

        def work(report: ProgressFn) -> Path | None:
            if is_slide_of_run(facts, path, name=name):
                return path
            return slide_of_run(facts, (), (path.parent,), name=name, report=report)

        def opened(found: Path | None) -> None:
            if not self._is_shown(finished):
                return
            if found is not None:
                self._slides.open(found)
                return
            self._desk.messages.show_message(
                "error",
                say(
                    "{path_name} is not the slide that this run measured: its "
                    "content is another. No other file in its folder is that "
                    "slide either.",
                    path_name=path.name,
                ),
                key=KEY,
                offers=(Offer(FIND_SLIDE, self.find_slide_wanted.emit),),
            )

        self._aside.run(work, opened)

    @Slot(Path, object)
    def _remember(self, path: Path, finished: Finished) -> None:
        """Note where the slide of a run lies, for the day when the run is opened again."""
        facts = finished.evaluation.run.slide
        if facts is None:
            return

        def work(report: ProgressFn) -> None:
            try:
                self._places.remember({facts.content_id: path})
            except OSError:
                return  # it is sought then

        self._aside.run(work)

    def _is_shown(self, finished: Finished) -> bool:
        now = self._controller.finished
        return now is not None and now.folder == finished.folder
