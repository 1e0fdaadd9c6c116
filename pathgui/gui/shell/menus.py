"""The menus of the window, with their keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from pathgui.gui.kit.command_palette import Command
from pathgui.gui.kit.icons import icon
from pathgui.gui.shell.action_state import checked, possible
from pathgui.gui.viewer.model.keys import ACTIONS, WINDOW

if TYPE_CHECKING:
    from pathgui.gui.shell.main_window import MainWindow

RECENT_SHOWN = 8

# Actions of keys.py with their text in the menu ("": that of the table); "-": a line.
Entries = Sequence[str | tuple[str, str]]
EXPORT: Entries = (
    ("export", "&Report (PDF)…"),
    "-",
    ("save_view", "&View as PNG…"),
    ("save_region", "Re&gions as PNG…"),
    ("copy_view", "&Copy the view"),
    "-",
    ("save_geojson", "&Layer for QuPath (GeoJSON)…"),
    ("save_ome_tiff", "Layer as &picture (OME-TIFF)…"),
    ("save_regions", "Regions for &QuPath (GeoJSON)…"),
)
MOVE: Entries = (
    ("fit", "&Whole slide"),
    ("zoom_in", "Zoom &in"),
    ("zoom_out", "Zoom &out"),
    "power",
    "-",
    ("back", "&Back"),
    ("forward", "&Forward"),
    "pan",
    ("go_to", "&Go to coordinates…"),
    ("bookmark", "Book&mark this view…"),
    ("bookmarks", "Bookmark&s"),
    "-",
    ("mpp", "&µm per pixel of this slide…"),
)
POWERS: Entries = tuple(f"power_{number}" for number in range(1, 7))
WAYS = ("left", "right", "up", "down")
PANS: Entries = (*(f"pan_{way}" for way in WAYS), "-", *(f"half_{way}" for way in WAYS))
PICTURE: Entries = (
    "rotate_right", "rotate_left", "rotate_fine_right", "rotate_fine_left", "flip", "upright", "-",
    ("colors", "&Color correction (ICC to sRGB)"), "-",
    ("label", "Show the &label (may name a patient)"),
    ("macro", "Show the &macro picture (may name a patient)"),
)  # fmt: skip
INSTRUMENTS: Entries = (
    ("minimap", "&Minimap"),
    ("scale_bar", "&Scale bar"),
    ("legend", "&Legend"),
    ("grid", "&Tile grid"),
    ("instruments", "&Bare picture"),
)
OVERLAY: Entries = (
    ("toggle_overlay", "&Show the overlay"),
    "-",
    ("layer_tissue", "&Tissue, probe"),
    ("layer_center", "&Center, probe"),
    ("layer_nearest_center", "Nearest reference tile's center"),
    ("layer_agreement", "&Agreement of neighbors"),
    ("layer_disagreement", "Where encoders &differ"),
    ("layer_confidence", "Pr&obability of the tissue"),
    ("layer_distance", "Dista&nce to the reference set"),
    "-",
    ("next_encoder", "N&ext encoder"),
    ("previous_encoder", "&Previous encoder"),
    ("next_tile", "Next tile that encoders differ on"),
    ("previous_tile", "Previous tile that encoders differ on"),
    ("next_following", "Next tile that &follows the center"),
    ("previous_following", "Previous tile that follows the center"),
    "-",
    "opacity",
    ("outline", "Only out&lines"),
    ("stretch", "Colors over the range of the data"),
    ("palette", "Next pa&lette for numbers"),
)
OPACITY: Entries = (
    "opacity_full", "opacity_half", "opacity_none", "-", "opacity_up", "opacity_down",
)  # fmt: skip
TOOLS: Entries = (
    ("measure", "&Measure a length"),
    ("rectangle", "Region: &rectangle"),
    ("polygon", "Region: &polygon"),
    ("clear_region", "Re&move the regions"),
    ("open_regions", "&Open regions (QuPath GeoJSON)…"),
)
BESIDE: Entries = (
    ("panes_1", "&One view"),
    ("panes_2", "&Two views"),
    ("panes_3", "T&hree views"),
    ("panes_4", "&Four views"),
    ("beside", "&Another slide beside…"),
    "-",
    ("link", "Views &move together"),
    ("reset_offset", "&Same place in all views"),
    "-",
    ("swipe", "&Divider between two layers"),
)


class Menus(QObject):
    """Builds the menus; the window does what they say.

    Every action of keys.py has its entry here, under the key it has now. Keys of the views (zoom,
    layers) are only said here: as shortcuts of the window they would be taken from fields and
    lists that are typed in.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.by_id: dict[str, QAction] = {}  # of the actions of keys.py
        self._own: list[QAction] = []  # the rest
        self._titles = {action.id: action for action in ACTIONS}
        choosers, controller = window.choosers, window.controller

        file = self._menu("&File")
        self._fill(file, (("open", "&Open slides…"),))
        self.recent = file.addMenu("Open &recent")
        self.recent.setToolTipsVisible(True)
        self.recent.aboutToShow.connect(self._fill_recent)
        self.demo = self._add(file, "Open the &demo", window.open_demo, "", "demo")
        file.addSeparator()
        self._add(file, "Open reference &set…", choosers.reference, "", "reference")
        self._add(file, "&Import reference set…", choosers.manifest, "", "import")
        file.addSeparator()
        self._add(file, "Open r&un…", choosers.run, "Ctrl+Shift+O", "history")
        self._fill(self._submenu(file, "&Export"), EXPORT)
        file.addSeparator()
        self._add(file, "&Quit", window.close, QKeySequence(QKeySequence.StandardKey.Quit))

        view = self._menu("&View")
        self._fill(view, MOVE, {"power": ("Ma&gnification", POWERS), "pan": ("Mo&ve", PANS)})
        view.addSeparator()
        self._fill(self._submenu(view, "&Picture"), PICTURE)
        self._fill(self._submenu(view, "&On the picture"), INSTRUMENTS)
        sides = self._submenu(view, "Side &by side")
        self._fill(sides, BESIDE)
        view.addSeparator()
        panels = self._submenu(view, "Pa&nels")
        docks = (
            window.slide_dock, window.encoder_dock, window.summary_dock, window.explore_dock
        )  # fmt: skip
        for dock in docks:
            panels.addAction(dock.toggleViewAction())
        panels.addSeparator()
        self._add(panels, "&Reset the layout", window.reset_layout)
        self._fill(view, (("full_screen", "F&ull screen"),))

        self._fill(self._menu("&Overlay"), OVERLAY, {"opacity": ("Opac&ity", OPACITY)})
        self._fill(self._menu("&Tools"), TOOLS)

        run = self._menu("&Evaluation")
        self._fill(run, (("evaluate", "&Evaluate"), ("cancel", "&Stop"), "-"))
        self._add(run, "&Intended use…", window.intended_use.edit)
        self._add(run, "&Acceptance criteria…", window.criteria.edit)
        self.judge = self._add(run, "&Judge the shown run…", window.criteria.judge_shown)
        run.addSeparator()
        self._fill(run, (("settings", "Se&ttings"),))

        help_ = self._menu("&Help")
        self._fill(help_, (("commands", "&Find a command…"), ("help", "Mouse and &keys")))
        self._add(help_, "What the &numbers mean", window.summary_panel.show_help, "", "help")
        self._add(help_, "&About pathgui", window.show_about, "", "info")
        self.evaluate, self.cancel = self.by_id["evaluate"], self.by_id["cancel"]
        self.export = self.by_id["export"]
        for name, icon_name in (
            ("open", "open"), ("export", "export"), ("evaluate", "play"), ("cancel", "stop"),
            ("settings", "settings"), ("swipe", "compare"), ("next_following", "neighbors"),
        ):  # fmt: skip
            self.by_id[name].setIcon(icon(icon_name))
        self.rekey()
        self.refresh()
        controller.busy_changed.connect(lambda _: self.refresh())

    # Building

    def _menu(self, title: str) -> QMenu:
        menu = self._window.menuBar().addMenu(title)
        menu.aboutToShow.connect(self.refresh)
        return menu

    def _submenu(self, menu: QMenu, title: str) -> QMenu:
        made: QMenu = menu.addMenu(title)
        return made

    def _fill(
        self,
        menu: QMenu,
        entries: Entries,
        submenus: dict[str, tuple[str, Entries]] | None = None,
    ) -> None:
        for each in entries:
            action, text = (each, "") if isinstance(each, str) else each
            if action == "-":
                menu.addSeparator()
            elif submenus and action in submenus:
                title, content = submenus[action]
                self._fill(self._submenu(menu, title), content)
            else:
                self._add_key(menu, action, text)

    def _add_key(self, menu: QMenu, action: str, text: str) -> None:
        entry = QAction(text or self._titles[action].title, self._window)
        entry.setCheckable(checked(self._window, action) is not None)
        entry.triggered.connect(partial(self._perform, action))
        menu.addAction(entry)
        self.by_id[action] = entry

    def _add(
        self,
        menu: QMenu,
        text: str,
        act: Callable[[], object],
        keys: str | QKeySequence = "",
        icon_name: str = "",
    ) -> QAction:
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(keys))
        if icon_name:
            action.setIcon(icon(icon_name))
        action.triggered.connect(lambda: act())
        menu.addAction(action)
        self._own.append(action)
        return action

    # Keys and state

    @Slot()
    def rekey(self) -> None:
        """Every entry under the keys that its action has now."""
        for name, entry in self.by_id.items():
            action = self._titles[name]
            keys = self._window.keys.keys(name)
            entry.setShortcuts([QKeySequence(key) for key in keys])
            theirs = action.scope == WINDOW and all(_is_command(key) for key in keys)
            context = Qt.ShortcutContext
            entry.setShortcutContext(context.WindowShortcut if theirs else context.WidgetShortcut)

    @Slot()
    def refresh(self) -> None:
        """What can be done now, and what is on."""
        for name, entry in self.by_id.items():
            entry.setEnabled(possible(self._window, name))
            on = checked(self._window, name)
            if on is not None:
                entry.setChecked(on)
        controller = self._window.controller
        self.judge.setEnabled(controller.finished is not None)
        self.demo.setEnabled(not controller.busy)

    def commands(self) -> list[Command]:
        """All that can be done now."""
        self.refresh()
        found = [
            Command(_plain(entry.text()), entry.shortcut().toString(), entry.trigger)
            for entry in self._own
            if entry.isEnabled()
        ]
        for name, entry in self.by_id.items():
            if entry.isEnabled():
                keys = ", ".join(self._window.keys.keys(name))
                found.append(Command(self._titles[name].title, keys, partial(self._perform, name)))
        return found

    def _perform(self, action: str, _checked: bool = False) -> None:
        self._window.viewers.perform(action)
        self.refresh()

    @Slot()
    def _fill_recent(self) -> None:
        window, menu = self._window, self.recent
        menu.clear()
        for paths, icon_name in (
            (window.recent.slides, "slide"),
            (window.recent.references, "reference"),
            (window.recent.runs, "history"),
        ):
            if paths and not menu.isEmpty():
                menu.addSeparator()
            for path in paths[:RECENT_SHOWN]:
                action = menu.addAction(icon(icon_name), path.name.replace("&", "&&"))
                action.setToolTip(str(path))
                action.triggered.connect(lambda checked=False, path=path: window.open_path(path))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix("…")


def _is_command(key: str) -> bool:
    """Whether no one types it into a field: with Ctrl or Alt, or a function key."""
    words = key.split("+")
    function = words[-1][:1] == "F" and words[-1][1:].isdigit()
    return function or bool({"Ctrl", "Alt", "Meta"} & set(words[:-1]))
