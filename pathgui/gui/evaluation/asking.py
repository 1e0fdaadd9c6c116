"""What Evaluate would be asked now, and what is missing before it can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pathgui.core.errors import PathguiError, RegionError
from pathgui.core.evaluation.tile_request import TileRequest
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.criteria import Criterion, criteria_ks
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.request import EvaluationRequest, Opened
from pathgui.core.slides.region import Region
from pathgui.core.slides.region_choice import RegionClasses
from pathgui.core.slides.scale_doubts import TILE_PX
from pathgui.core.slides.slide_file import SlideFile
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from pathgui.gui.evaluation.cost_control import Asked
from pathgui.gui.evaluation.region_control import WantedTiles
from pathgui.gui.evaluation.run_panel import RunPanel, RunSettingsPanel
from pathgui.gui.evaluation.tissue_control import TissueControl
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.reference.reference_panel import ReferencePanel
from pathgui.gui.results.summary_panel import SummaryPanel
from pathgui.gui.slides.overlay_panel import OverlayPanel
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.slide_view import SlideView
from pathgui.settings import Settings


@dataclass(frozen=True)
class Panels:
    """What the controller speaks to."""

    compare: CompareView
    overlay: OverlayPanel
    encoders: EncoderPanel
    reference: ReferencePanel
    settings: RunSettingsPanel
    run: RunPanel
    summary: SummaryPanel

    @property
    def viewer(self) -> SlideView:
        """The main view: its slide is evaluated."""
        return self.compare.main


class Asking:
    """Reads the panels; changes nothing."""

    def __init__(
        self,
        desk: Desk,
        panels: Panels,
        slides: SlideControl,
        references: ReferenceControl,
        settings: Callable[[], Settings],
        tissue: TissueControl,
        criteria: Callable[[], tuple[Criterion, ...]],
        intended_use: Callable[[], IntendedUse | None],
    ) -> None:
        self._desk = desk
        self._panels = panels
        self._slides = slides
        self._references = references
        self._settings = settings
        self.tissue = tissue
        self._criteria = criteria
        self._intended_use = intended_use
        self.preparing = False  # whether a reference set is being made ready

    @property
    def settings(self) -> Settings:
        """All settings, as they are now."""
        return self._settings()

    @property
    def reference(self) -> ReferenceSet | None:
        """The reference set that is chosen."""
        return self._references.reference

    @property
    def can_measure(self) -> bool:
        """Whether encoders and a reference set with a scale are chosen, whatever slide is shown."""
        return not self.problem_of_all()

    def problem_of_all(self) -> str:
        """What is missing before slides can be evaluated, whichever; "" if nothing is."""
        chosen = self._references.reference
        if chosen is not None and chosen.info.edge_um is None and not self.preparing:
            return say("This reference set has no scale, so slides cannot be held against it.")
        return self._problem_of_set()

    def _problem_of_set(self) -> str:
        if self.preparing:
            return say("Wait until the reference set is ready.")
        if self._references.reference is None:
            return say("Choose a reference set first.")
        if not self._panels.encoders.ticked:
            return say("Tick at least one encoder.")
        try:
            asked_k(self._settings().run.k, criteria_ks(self._criteria()))
        except PathguiError as error:
            return str(error)
        return ""

    def problem(self) -> str:
        """What is missing before Evaluate is possible; "" if nothing is."""
        missing, reference = self._problem_of_set(), self._references.reference
        if missing or reference is None:
            return missing
        if self._slides.wanted is not None and self._slides.path is None:
            return say("The slide is being opened.")
        if self._slides.path is not None:
            mpp, edge = self._slides.sure_mpp, reference.info.edge_um
            if not mpp:
                return say("Give the µm per pixel of the slide, above it.")
            if edge is not None and edge / mpp < TILE_PX[0]:
                return say(
                    "At {mpp:.4g} µm per pixel a tile would be {edge:.0f} "
                    "pixels wide. Give the right µm per pixel of the slide: "
                    "menu View.",
                    mpp=mpp,
                    edge=edge / mpp,
                )
            try:
                self._panels.viewer.evaluated_region()
            except RegionError as error:
                return str(error)
            if reference.info.edge_um is None:
                return say("This reference set has no scale; close the slide to measure it alone.")
        return ""

    def request(self, reference: ReferenceSet) -> EvaluationRequest:
        """What is asked for now."""
        panels = self._panels
        return EvaluationRequest(
            reference=reference.place,
            specs=panels.encoders.chosen,
            slide=self._slide_file(),
            region_classes=self._region_classes(),
            settings=self.settings_now(),
            center=panels.reference.center,
            new_center=panels.reference.new_center,
            tissue=panels.reference.tissue,
            criteria=self._criteria(),
            intended_use=self._intended_use(),
        )

    def request_of_set(self, reference: ReferenceSet) -> EvaluationRequest:
        """What is asked for now, without anything that is of the slide shown."""
        return replace(
            self.request(reference), slide=None, settings=self._settings_of_set(), center=None,
            new_center=False, tissue=None, region_classes=None,
        )  # fmt: skip

    def request_of_cohort(self, reference: ReferenceSet) -> EvaluationRequest:
        """What is asked for now of all slides of the cohort, which whoever asks puts in."""
        asked = self.request_of_set(reference)
        return replace(
            asked,
            settings=replace(asked.settings, tissue_from_region=self.tissue.from_cohort),
            region_choice=self._panels.viewer.region_choice,
        )

    def _region_classes(self) -> RegionClasses | None:
        return None if self._slides.path is None else self._panels.viewer.region_classes()

    def _slide_file(self) -> SlideFile | None:
        path = self._slides.path
        return None if path is None else self._desk.slide_file(path, self._slides.given_mpp)

    def _settings_of_set(self) -> RunSettings:
        panel = self._panels.reference
        return replace(
            self._settings().run,
            region_l0=(),
            center_columns=panel.columns.columns,
            tissue_column=panel.tissue_column.column,
        )

    def settings_now(self) -> RunSettings:
        """The settings of a run on the slide shown, with its regions and its tissue mask."""
        settings = self._settings_of_set()
        if self._slides.path is None:
            return settings
        region = self._region()
        return replace(settings, region_l0=region, **self.tissue.settings(region))

    def _region(self) -> Region:
        """The part of the slide that is evaluated; as drawn where nothing would be left of it."""
        try:
            return self._panels.viewer.evaluated_region()
        except RegionError:
            return self._panels.viewer.regions

    def wanted_tiles(self) -> WantedTiles | None:
        """The tiles of the slide that an evaluation to come takes.

        Their edge is that of the reference set or, without one, of the first ticked encoder. None
        if no slide is shown, or one whose scale or tiles' edge is not known.
        """
        encoders, reference = self._panels.encoders, self._references.reference
        slide, edge = self._slide_file(), None
        if reference is not None:
            edge = reference.info.edge_um
        elif encoders.ticked:
            edge = encoders.rows[encoders.ticked[0]].spec.tile.edge_um
        if slide is None or not self._slides.sure_mpp or edge is None:
            return None
        return WantedTiles(slide, TileRequest(edge, encoders.chosen, self.settings_now()))

    def asked(self) -> Asked | None:
        """What Evaluate would be asked now; None where it is not possible."""
        reference = self._references.reference
        if reference is None or self.problem():
            return None
        return Asked(self.request(reference), self._settings().store_limit_gb, Opened(reference))
