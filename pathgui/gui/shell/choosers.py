"""Asking for files and folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from pathgui.core.system.endings import REFERENCE_ENDING
from pathgui.core.tables import TABLE_SUFFIXES
from pathgui.gui.kit.dialogs import with_suffix

if TYPE_CHECKING:
    from pathgui.gui.shell.main_window import MainWindow

MANIFESTS = f"Tables ({' '.join(f'*{suffix}' for suffix in TABLE_SUFFIXES)});;All files (*)"


class Choosers(QObject):
    """Each asks with the dialog of the system, and opens what was chosen."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.dialogs = QFileDialog  # tests hand in their own

    @Slot()
    def slides(self) -> None:
        """Ask which slides to open."""
        window = self._window
        names, _ = self.dialogs.getOpenFileNames(window, "Open slides", window.recent.slide_folder)
        window.open_slides([Path(name) for name in names])

    @Slot()
    def reference(self) -> None:
        """Ask for a reference set."""
        window = self._window
        name = self.dialogs.getExistingDirectory(
            window, "Open a reference set (a folder NAME.pgref)", window.recent.reference_folder
        )
        if name:
            window.references.open(Path(name))

    @Slot()
    def manifest(self) -> None:
        """Ask for a manifest and import it."""
        window = self._window
        name, _ = self.dialogs.getOpenFileName(
            window,
            "Import labeled tiles: a table with path, slide_id, center, tissue",
            window.recent.reference_folder,
            MANIFESTS,
        )
        if name:
            self.import_(Path(name))

    def import_(self, manifest: Path) -> None:
        """Ask where the reference set goes that is made of a manifest, and make it."""
        suggestion = manifest.with_name(f"{manifest.parent.name}{REFERENCE_ENDING}")
        name, _ = self.dialogs.getSaveFileName(
            self._window,
            "Where the reference set goes",
            str(suggestion),
            f"Reference sets (*{REFERENCE_ENDING})",
        )
        if name:
            out = with_suffix(Path(name), REFERENCE_ENDING)
            # Whether a set may be replaced the dialog has asked, of the name as it was chosen.
            self._window.references.build(manifest, out, replace=out == Path(name))

    @Slot()
    def regions(self) -> None:
        """Ask for regions drawn elsewhere, and take them."""
        window = self._window
        name, _ = self.dialogs.getOpenFileName(
            window, "Open regions", window.recent.slide_folder, "GeoJSON (*.geojson *.json)"
        )
        if name:
            window.regions.open(Path(name))

    def save(self, title: str, name: str, kinds: str) -> Path | None:
        """Ask where a file goes; ``name`` is suggested, and its ending given to what has none."""
        suggestion = Path(self._window.recent.slide_folder) / name
        chosen, _ = self.dialogs.getSaveFileName(self._window, title, str(suggestion), kinds)
        if not chosen:
            return None
        return with_suffix(Path(chosen), name[name.index(".") :], Path(name).suffix)

    @Slot()
    def run(self) -> None:
        """Ask for a run made before."""
        window = self._window
        name = self.dialogs.getExistingDirectory(
            window, "Open a run (a folder NAME.pgrun)", str(window.services.runs())
        )
        if name:
            window.controller.open_run(Path(name))
