"""What counts as tissue on the slide shown: chosen here, seen on the slide, taken back by undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QUndoStack

from pathgui.core.errors import NoTissueError, RegionError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn
from pathgui.core.runs.options import RunSettings
from pathgui.core.slides.drawn_tissue import tissue_of_region
from pathgui.core.slides.region import Region
from pathgui.core.slides.tissue import SlideOverview, TissueMask, slide_overview, tissue_of
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import TISSUE as KEY
from pathgui.gui.results.slides_page import ANYWAY
from pathgui.gui.slides.region_book import Step
from pathgui.gui.slides.tissue_panel import TissuePanel
from pathgui.gui.viewer.slide_view import SlideView

_SETTLED_MS = 400  # a threshold that stays so long is one step on the way back
Choice = tuple[float | None, bool]  # the threshold, None: automatic; whether the region is the mask


class TissueControl(QObject):
    """Holds the choice for the slide shown, and remembers it with the slide.

    While the mask is shown it follows the choice: it is sought in the background, and what was
    asked for last is what is shown.
    """

    changed = Signal()  # the choice
    wanted = Signal()  # its panel is to be seen

    def __init__(
        self,
        desk: Desk,
        viewer: SlideView,
        panel: TissuePanel,
        runner: JobRunner,
        undo: QUndoStack,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._viewer = viewer
        self._panel = panel
        self._runner = runner
        self._undo = undo
        self._choice: Choice = (None, False)
        self._settled: Choice = (None, False)
        self._overview: tuple[Any, SlideOverview] | None = None  # of which slide
        self._mask: tuple[tuple[Any, ...], TissueMask] | None = None  # for which choice
        self._looking = False
        self._has_cohort = False
        self.from_cohort = False  # of a run over the cohort: labeled regions are the mask
        self._settling = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._settling.timeout.connect(self.settle)
        panel.shown_changed.connect(self.show)
        panel.threshold_changed.connect(self._on_threshold)
        panel.from_region_changed.connect(self.take_region)
        panel.from_cohort_changed.connect(self.take_cohort)
        viewer.slide_changed.connect(self._on_slide)
        viewer.slide_known.connect(self._on_known)
        viewer.regions_changed.connect(self._on_regions)
        self._say()

    @property
    def shown(self) -> bool:
        """Whether the mask lies on the slide."""
        return self._panel.shown.isChecked()

    @property
    def threshold(self) -> float | None:
        """That was chosen; None: automatic."""
        return self._choice[0]

    def settings(self, region: Region) -> dict[str, Any]:
        """The options of an evaluation of ``region``. Without one, tissue is sought."""
        threshold, from_region = self._choice
        return {"tissue_threshold": threshold, "tissue_from_region": from_region and bool(region)}

    @Slot(object)
    def follow(self, settings: RunSettings) -> None:
        """Choose as a run did that chose something."""
        choice = (settings.tissue_threshold, settings.tissue_from_region)
        if choice not in ((None, False), self._choice):
            self._take(choice)
            self.settle()

    @Slot(bool)
    def show(self, shown: bool) -> None:
        """Show the mask on the slide, or no longer."""
        self._panel.show_mask(shown)
        self._refresh()

    @Slot(bool)
    def take_region(self, taken: bool) -> None:
        """Make the region the tissue mask, or seek tissue again."""
        self._take((self._choice[0], taken))
        self.settle()

    @Slot(bool)
    def offer_cohort(self, there: bool) -> None:
        """A cohort is open, or none; whatever was chosen was of another."""
        self._has_cohort, self.from_cohort = there, False
        self._panel.show_cohort(there, False)

    @Slot(bool)
    def take_cohort(self, taken: bool) -> None:
        """Make labeled regions the tissue mask of the cohort's slides, or seek tissue again."""
        if taken != self.from_cohort:
            what = say("Labeled regions as the tissue mask")
            self._undo.push(Step(what, self.from_cohort, taken, self._set_from_cohort))

    def _set_from_cohort(self, taken: bool) -> None:
        self.from_cohort = taken and self._has_cohort
        self._panel.show_cohort(self._has_cohort, self.from_cohort)

    def offers(self, error: Exception, evaluate: Callable[[], None]) -> tuple[Offer, ...]:
        """What can be done at once where no tissue is found."""
        is_mask = self._choice[1] and bool(self._region())
        if not isinstance(error, NoTissueError) or is_mask:
            return ()
        lower = Offer(say("Tissue threshold…"), self.show_mask)
        if self._region():
            return Offer(ANYWAY, partial(self._anyway, evaluate)), lower
        return Offer(say("Outline the tissue…"), self._outline), lower

    def _anyway(self, evaluate: Callable[[], None]) -> None:
        if not self._region():  # it was removed since this was offered
            self._outline()
            return
        self.take_region(True)
        evaluate()

    def _outline(self) -> None:
        """The region drawn next is the tissue mask."""
        self.take_region(True)
        if self._viewer.tools.active != "polygon":
            self._viewer.perform("polygon")
        self._viewer.setFocus()

    @Slot()
    def show_mask(self) -> None:
        """Show the mask on the slide, and where it can be changed."""
        self.show(True)
        self.wanted.emit()

    @Slot()
    def settle(self) -> None:
        """What was chosen since is one step on the way back."""
        self._settling.stop()
        before, after = self._settled, self._choice
        if before == after:
            return
        self._settled = after
        what = (
            say("Tissue threshold") if before[1] == after[1] else say("Region as the tissue mask")
        )
        content_id = self._content_id

        def restore(choice: Choice) -> None:
            if self._content_id == content_id:
                self._settled = choice
                self._take(choice)
            elif content_id:
                self._remember(content_id, choice)

        self._undo.push(Step(what, before, after, restore, is_done=True))

    def _on_threshold(self, threshold: float | None) -> None:
        self._take((threshold, self._choice[1]))
        if threshold is None:
            self.settle()
        else:
            self._settling.start()

    def _take(self, choice: Choice) -> None:
        self._choice = choice
        if self._content_id:
            self._remember(self._content_id, choice)
        self._refresh()
        self.changed.emit()

    @property
    def _content_id(self) -> str:
        pixels = self._viewer.pixels
        return pixels.content_id if pixels is not None else ""

    def _remember(self, content_id: str, choice: Choice) -> None:
        memory = self._viewer.memory
        known = memory.recall(content_id)
        now = replace(known, tissue_threshold=choice[0], tissue_from_region=choice[1])
        if now != known:
            memory.keep(content_id, now)

    def _on_slide(self) -> None:
        """Another slide: what was chosen of the one before says nothing of it."""
        self._settling.stop()
        self._choice = self._settled = (None, False)
        self._overview = self._mask = None
        self._refresh()
        self.changed.emit()

    def _on_known(self) -> None:
        known = self._viewer.memory.recall(self._content_id)
        remembered = (known.tissue_threshold, known.tissue_from_region)
        if self._choice == (None, False) != remembered:
            self._choice = self._settled = remembered
            self._refresh()
            self.changed.emit()
        elif self._choice != (None, False):  # chosen before the content was known
            self._remember(self._content_id, self._choice)

    def _on_regions(self, _: object) -> None:
        if self._choice[1]:
            self._refresh()
            self.changed.emit()

    # The mask on the slide

    def _asked(self) -> tuple[Any, ...]:
        """All that the mask depends on."""
        threshold, from_region = self._choice
        region = self._region() if from_region else ()
        return (self._viewer.slide, None if region else threshold, region)

    def _region(self) -> Region:
        try:
            return self._viewer.evaluated_region()
        except RegionError:
            return ()

    def _refresh(self) -> None:
        self._say()
        if not self.shown or self._viewer.slide is None:
            self._viewer.set_tissue(None)
            return
        if self._mask is not None and self._mask[0] == self._asked():
            self._viewer.set_tissue(self._mask[1])
        elif not self._looking:
            self._look()

    def _look(self) -> None:
        asked = self._asked()
        slide, threshold, region = asked
        path, mpp = slide.path, self._viewer.mpp
        known = self._overview[1] if self._overview and self._overview[0] is slide else None
        self._looking = True

        def work(report: ProgressFn) -> tuple[SlideOverview | None, TissueMask]:
            if known is not None and not region:
                return known, tissue_of(known, report, threshold)
            # A handle of its own: the viewer's may be closed meanwhile.
            with self._desk.open_slide(path, mpp) as opened:
                if region:
                    return known, tissue_of_region(opened, region)
                overview = slide_overview(opened, report)
            return overview, tissue_of(overview, report, threshold)

        def on_found(found: tuple[SlideOverview | None, TissueMask]) -> None:
            if slide is self._viewer.slide:
                overview, mask = found
                self._overview = None if overview is None else (slide, overview)
                self._mask = (asked, mask)
                self._viewer.set_tissue(mask if self.shown else None)

        def on_failed(error: Exception) -> None:
            self._panel.show_mask(False)
            self._desk.show_failure(error, KEY)

        job = self._runner.run(work, on_found, on_failed)
        job.ended.connect(self._on_ended)

    def _on_ended(self) -> None:
        self._looking = False
        self._refresh()

    def _say(self) -> None:
        """What the mask comes to."""
        threshold, from_region = self._choice
        mask = self._mask[1] if self._mask and self._mask[0] == self._asked() else None
        used = None if mask is None else mask.threshold
        self._panel.show_choice(threshold, used, from_region)
        if from_region and not self._region():
            text = say("No region is drawn, so tissue is sought.")
        elif from_region:
            text = say("Tiles are those at least half in the region.")
        elif threshold is not None:
            text = say("Chosen; automatic takes what suits the slide.")
        else:
            text = say("Automatic.") if used is None else say("Automatic: {used:.3g}.", used=used)
        if mask is not None and self._viewer.mpp:
            text += say(" {area_mm2:,.3g} mm² of tissue.", area_mm2=mask.area_mm2(self._viewer.mpp))
        self._panel.said.setText(text)
