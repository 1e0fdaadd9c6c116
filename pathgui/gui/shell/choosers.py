"""Asking for files and folders, and telling slides from reference sets, runs and manifests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from pathgui.core.cohort.qupath_project import PROJECT_ENDING
from pathgui.core.cohort.slide_search import DICOM_SUFFIXES, SLIDE_SUFFIXES
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.zarr_files import is_zarr_folder
from pathgui.core.system.endings import COHORT_ENDING, REFERENCE_ENDING, RUN_ENDING
from pathgui.core.tables.read import TABLE_SUFFIXES
from pathgui.gui.cohort.cohort_tab import CohortTab
from pathgui.gui.jobs.desk import Desk
from pathgui.gui.jobs.recent import Recent
from pathgui.gui.kit.dialogs import with_suffix
from pathgui.gui.reference.reference_control import ReferenceControl
from pathgui.gui.slides.archive_control import ArchiveControl

_ENDINGS = (*SLIDE_SUFFIXES, *DICOM_SUFFIXES)
_AS_WRITTEN = (*_ENDINGS, *map(str.upper, _ENDINGS))  # file systems tell them apart
# A dialog that asks for files takes no folder: of OME-Zarr a file within it is chosen.
_IN_ZARR = ("zarr.json", ".zattrs", ".zgroup")
SLIDES = say(
    "Slides ({AS_WRITTEN});;All files (*)",
    AS_WRITTEN=" ".join((*(f"*{each}" for each in _AS_WRITTEN), *_IN_ZARR)),
)
MANIFESTS = say(
    "Tables ({TABLE_SUFFIXES});;All files (*)",
    TABLE_SUFFIXES=" ".join(f"*{suffix}" for suffix in TABLE_SUFFIXES),
)


def zarr_of(path: Path) -> Path:
    """The OME-Zarr folder that a metadata file lies in, the outermost one; else the path itself."""
    if path.name not in _IN_ZARR or not is_zarr_folder(path.parent):
        return path
    folder = path.parent
    while is_zarr_folder(folder.parent):
        folder = folder.parent
    return folder


class Choosers(QObject):
    """Each asks with the dialog of the system. Signals say what was chosen, for the controls."""

    slides_chosen = Signal(object)  # list of Path
    reference_chosen = Signal(Path)
    manifest_chosen = Signal(Path, Path, bool)  # table, reference set; it may replace one
    regions_chosen = Signal(Path)
    run_chosen = Signal(Path)
    slide_of_run_chosen = Signal(Path)  # where the slide of the run in the summary is now
    cohort_chosen = Signal(Path)
    folder_chosen = Signal(Path)  # with slides, or one that is a slide
    study_chosen = Signal(Path)  # a folder whose slides begin a table
    cohort_named = Signal(Path)  # where the table of slides goes
    facts_chosen = Signal(Path)  # a table, or a QuPath project, that says more of slides
    moved_chosen = Signal(Path)  # the folder that slides were moved to

    def __init__(self, parent: QWidget, recent: Recent, desk: Desk) -> None:
        super().__init__(parent)
        self.archives = ArchiveControl(desk, recent, parent)
        self.archives.chosen.connect(self.choose)
        self._parent = parent
        self._recent = recent
        self._runs = desk.services.runs  # the folder that runs are kept in
        self.dialogs = QFileDialog  # tests hand in their own

    def choose(self, paths: Sequence[Path]) -> None:
        """Take what was opened before, dropped, or named in a terminal, by what it is."""
        slides = []
        for path in (zarr_of(each.expanduser().absolute()) for each in paths):
            kind = path.suffix.lower()
            if kind == REFERENCE_ENDING:
                self.reference_chosen.emit(path)
            elif kind == RUN_ENDING:
                self.run_chosen.emit(path)
            elif kind == COHORT_ENDING:
                self.cohort_chosen.emit(path)
            elif kind == PROJECT_ENDING:
                self.facts_chosen.emit(path)
            elif kind in TABLE_SUFFIXES:
                self.import_(path)
            elif kind not in SLIDE_SUFFIXES and path.is_dir() and not is_zarr_folder(path):
                self.folder_chosen.emit(path)
            else:
                slides.append(path)
        self.slides_chosen.emit(slides)

    def serve(self, references: ReferenceControl, cohort: CohortTab) -> None:
        """Hand what is chosen to those who open reference sets, and the table of slides."""
        self.reference_chosen.connect(references.open)
        self.manifest_chosen.connect(
            lambda manifest, out, replace: references.build(manifest, out, replace=replace)
        )
        control = cohort.control
        self.cohort_chosen.connect(control.open)
        self.folder_chosen.connect(control.add_folder)
        self.study_chosen.connect(control.new_from)
        self.cohort_named.connect(control.save_as)
        cohort.paths_dropped.connect(self.choose)
        self.facts_chosen.connect(cohort.imports.table)
        self.moved_chosen.connect(cohort.imports.find)
        cohort.find_wanted.connect(self.moved)
        for chosen in (
            self.cohort_chosen,
            self.folder_chosen,
            self.study_chosen,
            self.facts_chosen,
        ):
            chosen.connect(cohort.wanted)

    @Slot()
    def slides(self) -> None:
        """Ask which slides to open."""
        names, _ = self.dialogs.getOpenFileNames(
            self._parent, say("Open slides"), self._recent.slide_folder, SLIDES
        )
        self.choose([Path(name) for name in names])

    @Slot()
    def slide_of_run(self) -> None:
        """Ask where the slide of the run in the summary is."""
        self._file(say("Find the slide of this run"), SLIDES, self.slide_of_run_chosen)

    @Slot()
    def reference(self) -> None:
        """Ask for a reference set."""
        name = self.dialogs.getExistingDirectory(
            self._parent,
            say("Open a reference set (a folder NAME.pgref)"),
            self._recent.reference_folder,
        )
        if name:
            self.reference_chosen.emit(Path(name))

    @Slot()
    def manifest(self) -> None:
        """Ask for a manifest to import."""
        name, _ = self.dialogs.getOpenFileName(
            self._parent,
            say("Import labeled tiles: a table with path, slide_id, center, tissue"),
            self._recent.reference_folder,
            MANIFESTS,
        )
        if name:
            self.import_(Path(name))

    def import_(self, manifest: Path) -> None:
        """Ask where the reference set goes that is to be made of a manifest."""
        suggestion = manifest.with_name(f"{manifest.parent.name}{REFERENCE_ENDING}")
        name, _ = self.dialogs.getSaveFileName(
            self._parent,
            say("Where the reference set goes"),
            str(suggestion),
            say("Reference sets (*{REFERENCE_ENDING})", REFERENCE_ENDING=REFERENCE_ENDING),
        )
        if name:
            out = with_suffix(Path(name), REFERENCE_ENDING)
            # Whether a set may be replaced the dialog has asked, of the name as it was chosen.
            self.manifest_chosen.emit(manifest, out, out == Path(name))

    @Slot()
    def cohort(self) -> None:
        """Ask for a cohort."""
        self._folder(say("Open a cohort (a folder NAME.pgcohort)"), self.cohort_chosen)

    @Slot()
    def study(self) -> None:
        """Ask for a folder of slides."""
        self._folder(say("New from folder: the folder that holds the slides"), self.study_chosen)

    @Slot()
    def moved(self) -> None:
        """Ask where slides were moved to."""
        self._folder(say("Find moved slides: a folder above them all"), self.moved_chosen)

    @Slot()
    def facts(self) -> None:
        """Ask for a table with what is known of the slides."""
        self._file(say("Import a table: one slide a row"), MANIFESTS, self.facts_chosen)

    @Slot()
    def project(self) -> None:
        """Ask for a QuPath project."""
        kinds = say("QuPath projects (*{PROJECT_ENDING})", PROJECT_ENDING=PROJECT_ENDING)
        self._file(say("Import a QuPath project"), kinds, self.facts_chosen)

    def _file(self, title: str, kinds: str, chosen: SignalInstance) -> None:
        folder = self._recent.slide_folder
        name, _ = self.dialogs.getOpenFileName(self._parent, title, folder, kinds)
        if name:
            chosen.emit(Path(name))

    def _folder(self, title: str, chosen: SignalInstance) -> None:
        name = self.dialogs.getExistingDirectory(self._parent, title, self._recent.slide_folder)
        if name:
            chosen.emit(Path(name))

    @Slot()
    def cohort_name(self) -> None:
        """Ask where the table of slides goes as a cohort."""
        kinds = say("Cohorts (*{COHORT_ENDING})", COHORT_ENDING=COHORT_ENDING)
        path = self.save(say("Save as cohort"), f"study{COHORT_ENDING}", kinds)
        if path is not None:
            self.cohort_named.emit(path)

    @Slot()
    def regions(self) -> None:
        """Ask for regions drawn elsewhere."""
        self._file(
            say("Open regions"), "GeoJSON (*.geojson *.json *.zip *.gz)", self.regions_chosen
        )

    def save(self, title: str, name: str, kinds: str) -> Path | None:
        """Ask where a file goes; ``name`` is suggested, and its ending given to what has none."""
        suggestion = Path(self._recent.slide_folder) / name
        chosen, _ = self.dialogs.getSaveFileName(self._parent, title, str(suggestion), kinds)
        if not chosen:
            return None
        return with_suffix(Path(chosen), name[name.index(".") :], Path(name).suffix)

    @Slot()
    def run(self) -> None:
        """Ask for a run made before."""
        name = self.dialogs.getExistingDirectory(
            self._parent, say("Open a run (a folder NAME.pgrun)"), str(self._runs())
        )
        if name:
            self.run_chosen.emit(Path(name))
