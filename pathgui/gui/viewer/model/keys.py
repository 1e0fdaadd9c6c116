"""Every action a key can have: the table shown under ``?``, remappable. Without Qt.

Keys are written as Qt writes them ("Ctrl+Shift+S", "Alt+Left", "?").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

VIEWER, WINDOW = "viewer", "window"


@dataclass(frozen=True)
class Action:
    """One thing to do. ``scope``: whether the viewer does it or hands it on to the window."""

    id: str
    title: str
    keys: tuple[str, ...]
    group: str
    scope: str = VIEWER


def _moves() -> list[Action]:
    made = []
    for word, key in (("left", "Left"), ("right", "Right"), ("up", "Up"), ("down", "Down")):
        made.append(Action(f"pan_{word}", f"Move {word} (hold: on and on)", (key,), "Move"))
    for word, key in (("left", "Left"), ("right", "Right"), ("up", "Up"), ("down", "Down")):
        made.append(Action(f"half_{word}", f"Half a view {word}", (f"Shift+{key}",), "Move"))
    return made


ACTIONS: tuple[Action, ...] = (
    *_moves(),
    Action("zoom_in", "Zoom in", ("+", "="), "Zoom"),
    Action("zoom_out", "Zoom out", ("-",), "Zoom"),
    Action("fit", "Whole slide", ("0",), "Zoom"),
    Action("power_1", "1.25×", ("1",), "Zoom"),
    Action("power_2", "2.5×", ("2",), "Zoom"),
    Action("power_3", "5×", ("3",), "Zoom"),
    Action("power_4", "10×", ("4",), "Zoom"),
    Action("power_5", "20×", ("5",), "Zoom"),
    Action("power_6", "40×", ("6",), "Zoom"),
    Action("back", "Back to the view before", ("Alt+Left", "Backspace"), "Move"),
    Action("forward", "Forward again", ("Alt+Right",), "Move"),
    Action("go_to", "Go to coordinates", ("Ctrl+G",), "Move"),
    Action("bookmark", "Bookmark this view", ("Ctrl+D",), "Move"),
    Action("bookmarks", "Bookmarks of this slide", ("Ctrl+B",), "Move"),
    Action("rotate_right", "Turn 90° clockwise", ("R",), "Picture"),
    Action("rotate_left", "Turn 90° counter-clockwise", ("Shift+R",), "Picture"),
    Action("rotate_fine_right", "Turn 5° clockwise", ("Ctrl+Right",), "Picture"),
    Action("rotate_fine_left", "Turn 5° counter-clockwise", ("Ctrl+Left",), "Picture"),
    Action("flip", "Mirror left and right", ("F",), "Picture"),
    Action("upright", "Upright again", ("Ctrl+0",), "Picture"),
    Action("colors", "Color correction (ICC) on or off", ("I",), "Picture"),
    Action("toggle_overlay", "Overlay on or off (hold: peek)", ("H",), "Overlay"),
    Action("opacity_down", "Opacity 10 % less", ("[",), "Overlay"),
    Action("opacity_up", "Opacity 10 % more", ("]",), "Overlay"),
    Action("opacity_full", "Opacity full", ("X",), "Overlay"),
    Action("opacity_half", "Opacity half", ("V",), "Overlay"),
    Action("opacity_none", "Opacity none", ("Y",), "Overlay"),
    Action("outline", "Only outlines", ("Shift+H",), "Overlay"),
    Action("next_encoder", "Next encoder", ("E",), "Overlay"),
    Action("previous_encoder", "Previous encoder", ("Shift+E",), "Overlay"),
    Action("layer_tissue", "Layer: tissue, probe", ("T",), "Overlay"),
    Action("layer_center", "Layer: center, probe", ("C",), "Overlay"),
    Action(
        "layer_nearest_center", "Layer: nearest reference tile's center", ("Shift+C",), "Overlay"
    ),
    Action("layer_agreement", "Layer: agreement", ("A",), "Overlay"),
    Action("layer_disagreement", "Layer: where encoders disagree", ("D",), "Overlay"),
    Action("layer_confidence", "Layer: probability of the tissue", ("W",), "Overlay"),
    Action("layer_distance", "Layer: distance to the reference set", ("Q",), "Overlay"),
    Action("stretch", "Colors over the range of the data, or fixed", ("Shift+L",), "Overlay"),
    Action("palette", "Next palette for numbers", ("P",), "Overlay"),
    Action("next_tile", "Next disagreement tile", (".",), "Overlay"),
    Action("previous_tile", "Previous disagreement tile", (",",), "Overlay"),
    Action("next_following", "Next tile that follows the center", ("J",), "Overlay", WINDOW),
    Action("previous_following", "Previous such tile", ("Shift+J",), "Overlay", WINDOW),
    Action("grid", "Tile grid", ("G",), "Instruments"),
    Action("instruments", "Bare picture: nothing on the slide", ("Ctrl+H",), "Instruments"),
    Action("minimap", "Minimap", ("N",), "Instruments"),
    Action("scale_bar", "Scale bar", ("B",), "Instruments"),
    Action("legend", "Legend", ("L",), "Instruments"),
    Action("measure", "Measure a length", ("M",), "Instruments"),
    Action("rectangle", "Region: rectangle", ("U",), "Instruments"),
    Action("polygon", "Region: polygon", ("O",), "Instruments"),
    Action("clear_region", "Remove the regions", ("Del",), "Instruments"),
    Action("open_regions", "Open regions (QuPath GeoJSON)", (), "Instruments", WINDOW),
    Action("mpp", "Give the µm per pixel", ("Ctrl+M",), "Instruments"),
    Action("label", "The slide's label (may name a patient)", (), "Instruments", WINDOW),
    Action("macro", "The slide's macro picture (may name a patient)", (), "Instruments", WINDOW),
    Action("swipe", "Divider between two layers", ("S",), "Side by side"),
    Action("panes_1", "One view", ("Ctrl+1",), "Side by side", WINDOW),
    Action("panes_2", "Two views side by side", ("Ctrl+2",), "Side by side", WINDOW),
    Action("panes_3", "Three views", ("Ctrl+3",), "Side by side", WINDOW),
    Action("panes_4", "Four views", ("Ctrl+4",), "Side by side", WINDOW),
    Action("link", "Views move together, or not", ("K",), "Side by side", WINDOW),
    Action("reset_offset", "Same place in all views", ("Shift+K",), "Side by side", WINDOW),
    Action("beside", "Another slide beside this one", ("Ctrl+Shift+B",), "Side by side", WINDOW),
    Action("copy_view", "Copy the view", ("Ctrl+C",), "Out"),
    Action("save_view", "Save the view as PNG", ("Ctrl+Shift+S",), "Out", WINDOW),
    Action("save_region", "Save the regions as PNG", ("Ctrl+Shift+R",), "Out", WINDOW),
    Action("save_geojson", "Save the layer for QuPath (GeoJSON)", (), "Out", WINDOW),
    Action("save_ome_tiff", "Save the layer as a picture (OME-TIFF)", (), "Out", WINDOW),
    Action("save_regions", "Save the regions for QuPath (GeoJSON)", (), "Out", WINDOW),
    Action("full_screen", "Full screen", ("F11",), "Window", WINDOW),
    Action("evaluate", "Evaluate", ("Ctrl+Return",), "Window", WINDOW),
    Action("cancel", "Leave the tool; stop the evaluation", ("Esc",), "Window"),
    Action("open", "Open a slide", ("Ctrl+O",), "Window", WINDOW),
    Action("export", "Export the report (PDF)", ("Ctrl+E",), "Window", WINDOW),
    Action("commands", "Find a command", ("Ctrl+L",), "Window", WINDOW),
    Action("settings", "Settings", ("Ctrl+,",), "Window", WINDOW),
    Action("help", "This table", ("?", "F1"), "Window"),
)

MOUSE: tuple[tuple[str, str], ...] = (
    ("Left drag, middle drag, Space + drag", "Move"),
    ("Wheel, pinch", "Zoom at the cursor"),
    ("Double-click", "Zoom in twice"),
    ("Two fingers on a trackpad", "Move"),
    ("Ctrl + wheel", "Opacity of the overlay"),
    ("Drag with the region tool (Shift: one more)", "Outline a region"),
    ("Click a tile", "Its nearest reference tiles, after an evaluation"),
    ("Rest over a tile", "What every encoder says of it"),
    ("Click in the legend", "Show or hide a class; double-click: only this one"),
    ("Drag in the minimap", "Move there"),
)


class KeyTable:
    """Which keys do what: the defaults, and what the user changed."""

    def __init__(self, changed: Mapping[str, tuple[str, ...]] | None = None) -> None:
        known = {action.id for action in ACTIONS}
        self._changed = {id: tuple(keys) for id, keys in (changed or {}).items() if id in known}
        self._by_key: dict[str, str] = {}
        self._index()

    @property
    def changed(self) -> dict[str, tuple[str, ...]]:
        """What differs from the defaults; to be kept in the settings."""
        return dict(self._changed)

    def keys(self, action: str) -> tuple[str, ...]:
        """The keys of an action."""
        if action in self._changed:
            return self._changed[action]
        return next(each.keys for each in ACTIONS if each.id == action)

    def action(self, key: str) -> Action | None:
        """What a key does."""
        found = self._by_key.get(key)
        return None if found is None else next(each for each in ACTIONS if each.id == found)

    def set_keys(self, action: str, keys: tuple[str, ...]) -> list[str]:
        """Give an action other keys. Returns the titles of the actions that lost one by it."""
        lost = []
        for other in ACTIONS:
            taken = set(self.keys(other.id)) & set(keys)
            if other.id != action and taken:
                kept = tuple(key for key in self.keys(other.id) if key not in taken)
                self._changed[other.id] = kept
                lost.append(other.title)
        default = next(each.keys for each in ACTIONS if each.id == action)
        if keys == default:
            self._changed.pop(action, None)
        else:
            self._changed[action] = keys
        self._index()
        return lost

    def reset(self) -> None:
        """All defaults again."""
        self._changed.clear()
        self._index()

    def _index(self) -> None:
        self._by_key = {key: each.id for each in ACTIONS for key in self.keys(each.id)}
