"""What of the actions of keys.py can be done now, and what is on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from pathgui.gui.shell.main_window import MainWindow
    from pathgui.gui.viewer.slide_view import SlideView

_ALWAYS = frozenset(
    ("open", "settings", "full_screen", "commands", "help", "panes_1", "panes_2", "panes_3",
     "panes_4", "minimap", "scale_bar", "legend", "instruments", "grid"),
)  # fmt: skip
_LAYER = frozenset(
    ("toggle_overlay", "opacity_full", "opacity_half", "opacity_none", "opacity_up",
     "opacity_down", "outline", "next_tile", "previous_tile", "save_geojson", "save_ome_tiff"),
)  # fmt: skip
_REGION = frozenset(("clear_region", "save_regions"))


def possible(window: MainWindow, action: str) -> bool:
    """Whether an action would do something now."""
    if action in _ALWAYS:
        return True
    view, controller = window.compare.current, window.controller
    if action == "evaluate":
        return controller.ready
    if action == "cancel":
        return controller.busy or view.tools.active is not None
    if action == "export":
        return controller.finished is not None and not controller.busy
    if action.endswith("_following"):
        return window.explore.data is not None and window.explore.data.explorer is not None
    if action in ("link", "reset_offset"):
        return len(window.compare.panes) > 1
    if view.slide is None:
        return False
    if action.startswith("layer_"):
        return view.overlay.has_kind(action[6:])
    if action in _LAYER:
        return view.layer is not None
    if action in ("stretch", "palette"):
        return view.layer is not None and view.layer.scalar
    if action in ("next_encoder", "previous_encoder"):
        return view.overlay.encoders_alike > 1
    if action == "swipe":
        return len(view.layers) > 1
    if action in _REGION:
        return bool(view.regions)
    if action == "back":
        return view.navigator.can_go_back
    if action == "forward":
        return view.navigator.can_go_forward
    if action == "colors":
        return view.slide.icc_profile is not None
    if action == "beside":
        return bool(window.viewers.others()) or len(window.compare.panes) > 1
    return True


def checked(window: MainWindow, action: str) -> bool | None:
    """Whether what an action switches is on; None: it switches nothing."""
    view = window.compare.current
    if action in _STATES:
        return _STATES[action](view)
    if action == "link":
        return window.compare.linked
    if action == "full_screen":
        return bool(window.windowState() & Qt.WindowState.WindowFullScreen)
    if action.startswith("layer_"):
        return view.layer is not None and view.look.visible and view.layer.kind == action[6:]
    if action.startswith("panes_"):
        return len(window.compare.panes) == int(action[6:])
    return None


_STATES: dict[str, Callable[[SlideView], bool]] = {
    "colors": lambda view: view.correct_colors,
    "flip": lambda view: view.viewport.flipped,
    "toggle_overlay": lambda view: view.look.visible,
    "outline": lambda view: view.look.outlined,
    "stretch": lambda view: view.look.stretched,
    "swipe": lambda view: view.look.swipe is not None,
    "grid": lambda view: view.overlay.grid_visible,
    "minimap": lambda view: view.instruments.minimap_wanted,
    "scale_bar": lambda view: view.instruments.bar_visible,
    "legend": lambda view: view.instruments.legend_wanted,
    "instruments": lambda view: not view.instruments.all_visible,
    "measure": lambda view: view.tools.active == "measure",
    "rectangle": lambda view: view.tools.active == "rectangle",
    "polygon": lambda view: view.tools.active == "polygon",
}
