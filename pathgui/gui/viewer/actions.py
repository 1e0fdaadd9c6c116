"""What each action of keys.py does to a view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from pathgui.gui.viewer import prompts
from pathgui.gui.viewer.canvas.navigation import NOTCH
from pathgui.gui.viewer.model.units import MAGNIFICATIONS

if TYPE_CHECKING:
    from pathgui.gui.viewer.slide_view import SlideView

DIRECTIONS = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}
OPACITY_STEP = 0.10
# What is said where a key finds nothing to do.
_NO_LAYER = {
    "tissue": "no tissue layer yet: evaluate first",
    "center": "no center layer yet: evaluate first",
    "nearest_center": "no layer of the nearest tile's center: evaluate first",
    "agreement": "no agreement layer: give the center of the slide and evaluate",
    "disagreement": "nothing to compare: evaluate with two encoders or more",
    "confidence": "no confidence layer yet: evaluate first",
    "distance": "no distance layer yet: evaluate first",
}
_ONE_LAYER = "only one encoder has a layer of this kind"
_NOTHING = {
    "next_encoder": _ONE_LAYER,
    "previous_encoder": _ONE_LAYER,
    "swipe": "a divider needs two layers",
    "next_tile": "no tile that encoders disagree on",
    "previous_tile": "no tile that encoders disagree on",
    "back": "no view before this one",
    "forward": "no view after this one",
    "palette": "this layer has classes; palettes are for numbers",
    "stretch": "this layer has classes; stretching is for numbers",
    "colors": "this slide brings no color profile (ICC): its colors are as in the file",
    "clear_region": "no region is drawn",
}


def perform(view: SlideView, action: str) -> None:
    """Do it; what is the window's to do is handed on."""
    done = _simple(view).get(action)
    if done is not None:
        if done() is False and action in _NOTHING:
            view.instruments.tell(_NOTHING[action])
    elif action.startswith("power_"):
        view.set_magnification(MAGNIFICATIONS[int(action[6:]) - 1])
    elif action.startswith(("pan_", "half_")):
        kind, _, word = action.partition("_")
        x, y = DIRECTIONS[word]
        share = 0.1 if kind == "pan" else 0.5
        width, height = view.viewport.size_px
        view.navigator.pan_by(-x * share * width, -y * share * height)
    elif action.startswith("layer_") and action[6:] in _NO_LAYER:
        if view.choose(view.overlay.show_kind(action[6:])):
            view.set_overlay_visible(True)
        else:
            view.instruments.tell(_NO_LAYER[action[6:]])
    elif action == "cancel" and view.tools.active is not None:
        view.tools.key(Qt.Key.Key_Escape)
    else:
        view.action_requested.emit(action)


def _simple(view: SlideView) -> dict[str, Callable[[], object]]:
    navigator, instruments = view.navigator, view.instruments
    middle = (view.viewport.size_px[0] / 2, view.viewport.size_px[1] / 2)
    return {
        "zoom_in": lambda: navigator.zoom_by(NOTCH, middle),
        "zoom_out": lambda: navigator.zoom_by(1 / NOTCH, middle),
        "fit": view.fit,
        "back": navigator.back,
        "forward": navigator.forward,
        "rotate_right": lambda: view.rotate(90),
        "rotate_left": lambda: view.rotate(-90),
        "rotate_fine_right": lambda: view.rotate(5),
        "rotate_fine_left": lambda: view.rotate(-5),
        "flip": view.flip,
        "upright": view.set_upright,
        "colors": view.toggle_colors,
        "toggle_overlay": lambda: view.set_overlay_visible(not view.look.visible),
        "opacity_down": lambda: view.set_opacity(view.opacity - OPACITY_STEP),
        "opacity_up": lambda: view.set_opacity(view.opacity + OPACITY_STEP),
        "opacity_full": lambda: view.set_opacity(1.0),
        "opacity_half": lambda: view.set_opacity(0.5),
        "opacity_none": lambda: view.set_opacity(0.0),
        "outline": lambda: view.set_look(replace(view.look, outlined=not view.look.outlined)),
        "stretch": view.toggle_stretch,
        "palette": view.next_palette,
        "next_encoder": lambda: view.choose(view.overlay.step_encoder(1)),
        "previous_encoder": lambda: view.choose(view.overlay.step_encoder(-1)),
        "grid": lambda: view.set_tile_grid_visible(not view.overlay.grid_visible),
        "instruments": instruments.toggle_all,
        "minimap": instruments.toggle_minimap,
        "scale_bar": instruments.toggle_bar,
        "legend": instruments.toggle_legend,
        "next_tile": lambda: view.review(1),
        "previous_tile": lambda: view.review(-1),
        "measure": lambda: view.tools.take("measure"),
        "rectangle": lambda: view.tools.take("rectangle"),
        "polygon": lambda: view.tools.take("polygon"),
        "clear_region": view.clear_regions,
        "swipe": view.toggle_swipe,
        "go_to": lambda: prompts.ask_place(view),
        "mpp": lambda: prompts.ask_mpp(view),
        "bookmark": lambda: prompts.bookmark(view),
        "bookmarks": lambda: prompts.show_bookmarks(view),
        "help": lambda: prompts.show_keys(view),
        "copy_view": lambda: prompts.copy_view(view),
    }
