"""Pictures of the view and files of the layer and the regions, for other programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QGuiApplication

from pathgui.core.cohort.labeled_regions import to_geojson
from pathgui.core.errors import RegionError
from pathgui.core.language.texts import say
from pathgui.core.pictures.layer_export import (
    ExportError,
    Measurements,
    Remarks,
    write_geojson,
    write_ome_tiff,
    writing,
)
from pathgui.core.progress import Progress, ProgressFn
from pathgui.core.report.copied import export_command
from pathgui.core.results.export_choice import LAYERS, FileFormat, RunExport
from pathgui.core.slides.drawn_regions import areas_of
from pathgui.core.system.files import write_file
from pathgui.gui.evaluation.shown_run import Finished
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.jobs.message_bar import Offer
from pathgui.gui.jobs.message_keys import PICTURE as KEY
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.model.layers import OverlayLayer
from pathgui.gui.viewer.model.region_cut import NotCutYetError
from pathgui.gui.viewer.model.units import magnification
from pathgui.gui.viewer.slide_view import SlideView
from pathgui.gui.viewer.snapshot import region_picture, view_image, write_png

NO_SLIDE = say("No slide is open. Open one first.")
NO_LAYER = say(
    "No layer lies over the slide. Evaluate it, or open a run, and choose a layer first."
)

AskFile = Callable[[str, str, str], Path | None]  # title, suggested name, filter
TileFacts = Callable[[str], tuple[Measurements, Remarks]]  # what an encoder says of the tiles


class ExportControl(QObject):
    """Asks where to, writes off the GUI thread, says where it is.

    What is written is what the view last used shows.
    """

    def __init__(
        self,
        desk: Desk,
        compare: CompareView,
        runner: JobRunner,
        ask: AskFile,
        tile_facts: TileFacts,
        parent: QObject | None = None,
        *,
        run_shown: Callable[[], Finished | None] = lambda: None,
    ) -> None:
        """``run_shown``: the run whose layers lie over the slide."""
        super().__init__(parent)
        self._run_shown = run_shown
        self._desk = desk
        self._compare = compare
        self._runner = runner  # its own: nothing waits for an evaluation, nor for this
        self._tile_facts = tile_facts
        self.ask = ask

    @Slot()
    def view_png(self) -> None:
        """The view as it is, with scale bar and legend."""
        view = self._view()
        path = view and self.ask(say("Save the view"), "view.png", say("PNG (*.png)"))
        if view and path:
            image = view_image(view)
            at = _place_of(view)
            command = self._command(view, path, "png", at=at) if at else ""
            self._start(path, lambda report: write_png(path, image), command)

    @Slot()
    def region_png(self) -> None:
        """What the regions cover, or the whole slide, as sharp as the file has it."""
        view = self._view()
        path = view and self.ask(say("Save the regions"), "region.png", say("PNG (*.png)"))
        if not view or not path or view.slide is None:
            return
        picture, source, mpp = region_picture(view), view.slide.path, view.mpp
        # The terminal draws what a run was evaluated on; what is drawn since, no file holds.
        command = self._command(view, path, "png") if self._is_evaluated(view) else ""

        def work(report: ProgressFn) -> None:
            # A handle of its own: the viewer's may be closed meanwhile.
            with self._desk.open_slide(source, mpp) as slide:
                image = picture.paint(slide, report)
            write_png(path, image)

        self._start(path, work, command)

    @Slot()
    def layer_geojson(self) -> None:
        """Every tile with its class and numbers, for QuPath."""
        view = self._view()
        layer = view and self._layer(view)
        if not view or not layer or view.slide is None:
            return
        path = self.ask(
            say("Save the layer for QuPath"), "tiles.geojson", say("GeoJSON (*.geojson)")
        )
        if path is None:
            return
        bounds, (numbers, words) = view.slide.bounds_l0, self._tile_facts(layer.encoder)
        command = self._command(view, path, "geojson")
        self._start(
            path, lambda report: write_geojson(path, layer, bounds, numbers, words), command
        )

    @Slot()
    def layer_ome_tiff(self) -> None:
        """The layer as a picture of the whole slide, a pyramid."""
        view = self._view()
        layer = view and self._layer(view)
        if not view or not layer or view.slide is None:
            return
        path = self.ask(
            say("Save the layer as a picture"), "tiles.ome.tif", say("OME-TIFF (*.ome.tif)")
        )
        if path is None:
            return
        size, bounds, mpp = view.slide.size_l0, view.slide.bounds_l0, view.mpp
        self._start(
            path, lambda report: write_ome_tiff(path, layer, size, bounds, mpp, report=report),
            self._command(view, path, "ome-tiff"),
        )  # fmt: skip

    @Slot()
    def regions(self) -> None:
        """The regions as annotations, for QuPath."""
        view = self._view()
        if view is None or view.slide is None:
            return
        if not view.regions:
            rectangle = view.keys.said("a rectangle", "rectangle")
            polygon = view.keys.said("a polygon", "polygon")
            self._say(
                say(
                    "No region is drawn. Outline one first: {rectangle} or {polygon}.",
                    rectangle=rectangle,
                    polygon=polygon,
                )
            )
            return
        path = self.ask(say("Save the regions"), "regions.geojson", say("GeoJSON (*.geojson)"))
        if path is not None:
            drawn, bounds = view.drawn, view.slide.bounds_l0
            colors = {kind: view.tools.classes.color_of(kind) for kind in set(view.tools.kinds)}

            def work(report: ProgressFn) -> None:
                with writing(path):
                    write_file(path, to_geojson(areas_of(drawn, bounds, colors.__getitem__)))

            self._start(path, work)

    def _view(self) -> SlideView | None:
        view = self._compare.current
        if view.slide is None:
            self._say(NO_SLIDE)
            return None
        return view

    def _layer(self, view: SlideView) -> OverlayLayer | None:
        """The layer shown as it is now, in the colors and over the range that are seen."""
        layer = view.layer
        if layer is None:
            self._say(NO_LAYER)
            return None
        layer = view.look.colored(layer.with_image(layer.image.copy()))
        if layer.scalar and view.look.stretched:
            layer = replace(layer, value_range=layer.data_range())
        return layer

    def _say(self, text: str) -> None:
        self._desk.messages.show_message("info", text, key=KEY)

    def _command(self, view: SlideView, out: Path, form: FileFormat, *, at: str = "") -> str:
        """``pathgui export`` of the same layer, in its usual colors; "" where no run has it.

        ``at``: of a picture, the place of the view; without it the regions of the run.
        """
        finished, layer = self._run_shown(), view.layer
        if finished is None or layer is None or layer.kind not in LAYERS or view.slide is None:
            return ""
        run = finished.folder
        if form != "png":
            return export_command(run, out, RunExport(form, layer.encoder, layer.kind))
        if not view.look.visible:
            return ""
        size = view.viewport.size_px if at else None
        wanted = RunExport("png", layer.encoder, layer.kind, size_px=size, view=at)
        return export_command(run, out, wanted, slide=view.slide.path, opacity=view.look.opacity)

    def _is_evaluated(self, view: SlideView) -> bool:
        """Whether the regions drawn are those of the run that lies over the slide."""
        finished = self._run_shown()
        if finished is None:
            return False
        try:
            return view.evaluated_region() == finished.evaluation.run.settings.region_l0
        except (NotCutYetError, RegionError):
            return False

    def _start(self, path: Path, work: Callable[[ProgressFn], object], command: str = "") -> None:
        job = Job(work)
        copy = Offer(say("Copy as command"), lambda: QGuiApplication.clipboard().setText(command))
        offers = (copy,) if command else ()
        show = partial(
            self._desk.show_written, "Written", path, KEY, *offers, way=say("Show in folder")
        )
        job.succeeded.connect(lambda _: show())
        job.failed.connect(lambda error: self._on_failed(path, error))

        def said(event: Progress) -> str:
            return (
                say(
                    "Writing {path_name}: {done:.0%}",
                    path_name=path.name,
                    done=event.done / event.total,
                )
                if event.total
                else ""
            )

        self._desk.watch(job, say("Writing {path_name}…", path_name=path.name), KEY, said)
        self._runner.start(job)

    def _on_failed(self, path: Path, error: Exception) -> None:
        if isinstance(error, OSError):
            error = ExportError(
                say(
                    "{path} cannot be written: {strerror}. Check that the folder "
                    "exists and that its disk has room.",
                    path=path,
                    strerror=error.strerror or error,
                )
            )
        self._desk.show_failure(error, KEY)


def _place_of(view: SlideView) -> str:
    """The middle of a view and its magnification, as ``pathgui export --view`` takes them.

    "" where no command shows the same: the view is turned, or its scale is not known.
    """
    at = view.viewport
    if at.rotation or at.flipped or view.mpp is None:
        return ""
    x, y = at.center_l0
    return f"{x:.0f}, {y:.0f} @ {magnification(view.mpp, at.scale):.4g}x"
