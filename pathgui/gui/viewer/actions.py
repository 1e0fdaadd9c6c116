"""Every action of the viewer. A new one is an entry here, a row of docs/viewer.md, and its test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from PySide6.QtGui import QGuiApplication

from pathgui.core.language.texts import filled, say
from pathgui.gui.viewer import prompts
from pathgui.gui.viewer.canvas.navigation import NOTCH
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.instruments.hand import OPACITY_STEP
from pathgui.gui.viewer.model.keys import Action, Arrow, Entry, Held, Need, Scope
from pathgui.gui.viewer.model.units import MAGNIFICATIONS
from pathgui.gui.viewer.slide_view import SlideView

ALWAYS: Need[Any] = Need(lambda _: True)
SLIDE: Need[SlideView] = Need(lambda view: view.slide is not None)
LAYER: Need[SlideView] = Need(
    lambda view: view.layer is not None, say("no layer yet: evaluate first")
)
LIKE_LAYERS: Need[SlideView] = Need(
    lambda view: view.overlay.encoders_alike > 1, say("only one encoder has a layer of this kind")
)
TWO_LAYERS: Need[SlideView] = Need(
    lambda view: len(view.layers) > 1, say("a divider needs two layers")
)
PROFILE: Need[SlideView] = Need(
    lambda view: view.slide is not None and view.slide.icc_profile is not None,
    say("this slide brings no color profile (ICC): its colors are as in the file"),
)
_DIFFERING: Need[SlideView] = Need(
    lambda view: view.layer is not None, say("no tile that encoders disagree on")
)
TWO_VIEWS: Need[CompareView] = Need(
    lambda compare: len(compare.panes) > 1, say("only one view is shown")
)


@dataclass(frozen=True)
class ViewAction(Action[SlideView]):
    """Done in the view last used; by default possible as soon as that shows a slide."""

    scope: ClassVar[Scope] = Scope.VIEW
    needs: Need[SlideView] = SLIDE


@dataclass(frozen=True)
class PaneAction(Action[CompareView]):
    """Done with the views side by side."""

    scope: ClassVar[Scope] = Scope.PANES


def _numbers(of: str) -> Need[SlideView]:
    return Need(
        lambda view: view.layer is not None and view.layer.scalar,
        say("this layer has classes; {of} are for numbers", of=of),
    )


def _zoom(view: SlideView, factor: float) -> None:
    width, height = view.viewport.size_px
    view.navigator.zoom_by(factor, (width / 2, height / 2))


def _copy_place(view: SlideView) -> None:
    """To the clipboard, as *Go to coordinates* takes them."""
    x, y = view.hand.place_l0
    QGuiApplication.clipboard().setText(filled("{x:.0f}, {y:.0f}", x=x, y=y))
    view.instruments.tell(say("copied: {x:,.0f}, {y:,.0f} px", x=x, y=y))


def _next_lens(view: SlideView) -> None:
    """Look through it in the colors of the next center."""
    view.lens.step()
    shown = view.lens.shown
    view.instruments.tell(
        say("lens: colors of {name}", name=shown) if shown else say("lens put away")
    )


def _power(number: int) -> ViewAction:
    power = MAGNIFICATIONS[number - 1]
    return ViewAction(
        f"power_{number}", filled("{power:g}×", power=power), say("Zoom"), (str(number),),
        Entry("Magnification", 10),
        lambda view: view.set_magnification(power),
    )  # fmt: skip


def _move(id: str, title: str, key: str, at: int, arrow: Arrow) -> ViewAction:
    def move(view: SlideView) -> None:
        width, height = view.viewport.size_px
        x, y = (-each * arrow.share for each in arrow.direction)
        view.navigator.pan_by(x * width, y * height)

    return ViewAction(id, title, say("Move"), (key,), Entry("Move", at), move, arrow=arrow)


def _opacity(
    id: str, words: str, key: str, at: int, wanted: Callable[[float], float]
) -> ViewAction:
    return ViewAction(
        f"opacity_{id}", say("Opacity {words}", words=words), say("Overlay"), (key,),
        Entry("Opacity", at),
        lambda view: view.set_opacity(wanted(view.opacity)), needs=LAYER,
    )  # fmt: skip


def _layer(kind: str, title: str, key: str, entry: str, nothing: str) -> ViewAction:
    def show(view: SlideView) -> bool:
        found = view.choose(view.overlay.show_kind(kind))
        if found:
            view.set_overlay_visible(True)
        return found

    def shown(view: SlideView) -> bool:
        return view.layer is not None and view.look.visible and view.layer.kind == kind

    return ViewAction(
        f"layer_{kind}", say("Layer: {title}", title=title), say("Overlay"), (key,),
        Entry("Overlay", 20, entry), show,
        needs=Need(lambda view: view.overlay.has_kind(kind), nothing), on=shown,
    )  # fmt: skip


def _tool(name: str, title: str, key: str, entry: Entry, icon: str, place: int) -> ViewAction:
    return ViewAction(
        name, title, say("Instruments"), (key,), entry, lambda view: view.tools.take(name),
        on=lambda view: view.tools.active == name, icon=icon, tool=place,
    )  # fmt: skip


def _class(number: int) -> ViewAction:
    """The region that is drawn next, or the selected one, is of a class of the list."""
    return ViewAction(
        f"class_{number}", say("Region: class {number} of the list", number=number),
        say("Instruments"),
        (f"Alt+{number}",), Entry("Class", 10, say("Class &{number} of the list", number=number)),
        lambda view: view.tools.give_class_of(number),
        needs=Need(
            lambda view: view.slide is not None and len(view.tools.classes.names) >= number,
            say("the list has no class of that number"),
        ),
    )  # fmt: skip


def _panes(count: int, title: str, entry: str) -> PaneAction:
    return PaneAction(
        f"panes_{count}", title, say("Side by side"), (f"Ctrl+{count}",), Entry("Beside", 10,
            entry),
        lambda compare: compare.set_panes(count), on=lambda compare: len(compare.panes) == count,
    )  # fmt: skip


_WAYS = {"left": (-1.0, 0.0), "right": (1.0, 0.0), "up": (0.0, -1.0), "down": (0.0, 1.0)}
_MOVES = {
    "left": (say("Move left (hold: on and on)"), say("Half a view left")),
    "right": (say("Move right (hold: on and on)"), say("Half a view right")),
    "up": (say("Move up (hold: on and on)"), say("Half a view up")),
    "down": (say("Move down (hold: on and on)"), say("Half a view down")),
}

VIEWER_ACTIONS: tuple[ViewAction | PaneAction, ...] = (
    *(_move(f"pan_{way}", _MOVES[way][0], way.capitalize(), 10,
        Arrow(to, 0.1))
      for way, to in _WAYS.items()),
    *(_move(f"half_{way}", _MOVES[way][1], f"Shift+{way.capitalize()}", 20,
        Arrow(to, 0.5))
      for way, to in _WAYS.items()),
    ViewAction("back", say("Back to the view before"), say("Move"), ("Alt+Left", "Backspace"),
        Entry("View", 20, say("&Back")), lambda view: view.navigator.back(),
        needs=Need(lambda view: view.navigator.can_go_back, say("no view before this one"))),
    ViewAction("forward", say("Forward again"), say("Move"), ("Alt+Right",), Entry("View", 20,
        say("&Forward")),
        lambda view: view.navigator.forward(),
        needs=Need(lambda view: view.navigator.can_go_forward, say("no view after this one"))),
    ViewAction("go_to", say("Go to coordinates"), say("Move"), ("Ctrl+G",),
        Entry("View", 22, say("&Go to coordinates…")), prompts.ask_place),
    ViewAction("bookmark", say("Bookmark this view"), say("Move"), ("Ctrl+D",),
        Entry("View", 22, say("Book&mark this view…")), prompts.bookmark),
    ViewAction("bookmarks", say("Bookmarks of this slide"), say("Move"), ("Ctrl+B",),
        Entry("View", 22, say("Bookmark&s")), prompts.show_bookmarks, icon="bookmark", tool=22),
    ViewAction("fit", say("Whole slide"), say("Zoom"), ("0",), Entry("View", 10,
        say("&Whole slide")),
        SlideView.fit, icon="fit", tool=20),
    ViewAction("zoom_in", say("Zoom in"), say("Zoom"), ("+", "="), Entry("View", 10,
        say("Zoom &in")),
        lambda view: _zoom(view, NOTCH)),
    ViewAction("zoom_out", say("Zoom out"), say("Zoom"), ("-",), Entry("View", 10,
        say("Zoom &out")),
        lambda view: _zoom(view, 1 / NOTCH)),
    *(_power(number) for number in range(1, 7)),
    ViewAction("rotate_right", say("Turn 90° clockwise"), say("Picture"), ("R",), Entry("Picture",
        10),
        lambda view: view.rotate(90)),
    ViewAction("rotate_left", say("Turn 90° counter-clockwise"), say("Picture"), ("Shift+R",),
        Entry("Picture", 10), lambda view: view.rotate(-90)),
    ViewAction("rotate_fine_right", say("Turn 5° clockwise"), say("Picture"), ("Ctrl+Right",),
        Entry("Picture", 10), lambda view: view.rotate(5)),
    ViewAction("rotate_fine_left", say("Turn 5° counter-clockwise"), say("Picture"), ("Ctrl+Left",),
        Entry("Picture", 10), lambda view: view.rotate(-5)),
    ViewAction("flip", say("Mirror left and right"), say("Picture"), ("F",), Entry("Picture", 10),
        SlideView.flip, on=lambda view: view.viewport.flipped),
    ViewAction("upright", say("Upright again"), say("Picture"), ("Ctrl+0",), Entry("Picture", 10),
        SlideView.set_upright),
    ViewAction("colors", say("Color correction (ICC) on or off"), say("Picture"), ("I",),
        Entry("Picture", 20, say("&Color correction (ICC to sRGB)")),
        lambda view: view.set_color_correction(not view.correct_colors), needs=PROFILE,
        on=lambda view: view.correct_colors),
    ViewAction("toggle_overlay", say("Overlay on or off (hold: peek)"), say("Overlay"), ("H",),
        Entry("Overlay", 10, say("&Show the overlay")),
        lambda view: view.set_overlay_visible(not view.look.visible), needs=LAYER,
        on=lambda view: view.look.visible, held=Held.PEEK),
    _opacity("full", "full", "X", 10, lambda _: 1.0),
    _opacity("half", "half", "V", 10, lambda _: 0.5),
    _opacity("none", "none", "Y", 10, lambda _: 0.0),
    _opacity("up", say("10 % more"), "]", 20, lambda now: now + OPACITY_STEP),
    _opacity("down", say("10 % less"), "[", 20, lambda now: now - OPACITY_STEP),
    _layer("tissue", say("tissue, probe"), "T", say("&Tissue, probe"),
        say("no tissue layer yet: evaluate first")),
    _layer("center", say("center, probe"), "C", say("&Center, probe"),
        say("no center layer yet: evaluate first")),
    _layer("nearest_center", say("nearest reference tile's center"), "Shift+C",
        say("Nearest reference tile's center"), say("no layer of the nearest tile's center: "
                                                    "evaluate first")),
    _layer("agreement", "agreement", "A", say("&Agreement of neighbors"),
        say("no agreement layer: give the center of the slide and evaluate")),
    _layer("disagreement", say("where encoders disagree"), "D", say("Where encoders &differ"),
        say("nothing to compare: evaluate with two encoders or more")),
    _layer("confidence", say("probability of the tissue"), "W", say("Pr&obability of the tissue"),
        say("no confidence layer yet: evaluate first")),
    _layer("distance", say("distance to the reference set"), "Q",
        say("Dista&nce to the reference set"),
        say("no distance layer yet: evaluate first")),
    ViewAction("next_encoder", say("Next encoder"), say("Overlay"), ("E",),
        Entry("Overlay", 30, say("N&ext encoder")),
        lambda view: view.choose(view.overlay.step_encoder(1)), needs=LIKE_LAYERS),
    ViewAction("previous_encoder", say("Previous encoder"), say("Overlay"), ("Shift+E",),
        Entry("Overlay", 30, say("&Previous encoder")),
        lambda view: view.choose(view.overlay.step_encoder(-1)), needs=LIKE_LAYERS),
    ViewAction("next_tile", say("Next disagreement tile"), say("Overlay"), (".",),
        Entry("Overlay", 30, say("Next tile that encoders differ on")), lambda view: view.review(1),
        needs=_DIFFERING),
    ViewAction("previous_tile", say("Previous disagreement tile"), say("Overlay"), (",",),
        Entry("Overlay", 30, say("Previous tile that encoders differ on")),
        lambda view: view.review(-1),
        needs=_DIFFERING),
    ViewAction("outline", say("Only outlines"), say("Overlay"), ("Shift+H",),
        Entry("Overlay", 41, say("Only o&utlines")),
        lambda view: view.set_look(replace(view.look, outlined=not view.look.outlined)),
        needs=LAYER, on=lambda view: view.look.outlined),
    ViewAction("stretch", say("Colors over the range of the data, or "
                              "fixed"), say("Overlay"), ("Shift+L",),
        Entry("Overlay", 41, say("Colors over the range of the data")),
        lambda view: view.set_stretched(not view.look.stretched),
        needs=_numbers("stretching"), on=lambda view: view.look.stretched),
    ViewAction("palette", say("Next palette for numbers"), say("Overlay"), ("P",),
        Entry("Overlay", 41, say("Next pa&lette for numbers")), SlideView.next_palette,
        needs=_numbers("palettes")),
    ViewAction("minimap", say("Minimap"), say("Instruments"), ("N",), Entry("Instruments", 10,
        say("&Minimap")),
        lambda view: view.instruments.toggle_minimap(), needs=ALWAYS,
        on=lambda view: view.instruments.minimap_wanted),
    ViewAction("scale_bar", say("Scale bar"), say("Instruments"), ("B",),
        Entry("Instruments", 10, say("&Scale bar")), lambda view: view.instruments.toggle_bar(),
        needs=ALWAYS, on=lambda view: view.instruments.bar_visible),
    ViewAction("legend", say("Legend"), say("Instruments"), ("L",), Entry("Instruments", 10,
        say("&Legend")),
        lambda view: view.instruments.toggle_legend(), needs=ALWAYS,
        on=lambda view: view.instruments.legend_wanted),
    ViewAction("grid", say("Tile grid"), say("Instruments"), ("G",), Entry("Instruments", 10,
        say("&Tile grid")),
        lambda view: view.set_tile_grid_visible(not view.overlay.grid_visible), needs=ALWAYS,
        on=lambda view: view.overlay.grid_visible, icon="grid", tool=21),
    ViewAction("instruments", say("Bare picture: nothing on the slide"), say("Instruments"),
        ("Ctrl+H",),
        Entry("Instruments", 10, say("&Bare picture")), lambda view: view.instruments.toggle_all(),
        needs=ALWAYS, on=lambda view: not view.instruments.all_visible),
    ViewAction("move", say("Move the slide"), say("Instruments"), (), Entry("Tools", 10,
        say("Mo&ve the slide")),
        lambda view: view.tools.take(None), on=lambda view: view.tools.active is None, icon="hand",
        tool=10),
    _tool("measure", say("Measure a length"), "M", Entry("Tools", 10, say("&Measure a length")),
        "ruler", 11),
    _tool("rectangle", say("Region: rectangle"), "U", Entry("Tools", 10, say("Region: &rectangle")),
        "rectangle", 12),
    _tool("polygon", say("Region: polygon"), "O", Entry("Tools", 10, say("Region: &polygon")),
        "polygon", 13),
    ViewAction("lens", say("Lens: colors of the next center, then none"), say("Instruments"),
        ("Z",), Entry("Instruments", 10, say("L&ens: colors of another center")), _next_lens,
        needs=Need(lambda view: view.lens.there,
            say("no colors of other centers yet: try What if in the summary")),
        on=lambda view: bool(view.lens.shown), icon="lens", tool=14),
    *(_class(number) for number in range(1, 10)),
    ViewAction("class_none", say("Region: no class"), say("Instruments"), ("Alt+0",),
        Entry("Class", 20),
        lambda view: view.tools.give_class("")),
    ViewAction("class_new", say("Region: new class"), say("Instruments"), ("Alt+N",),
        Entry("Class", 20, say("&New class…")), prompts.ask_class),
    ViewAction("clear_region", say("Remove the regions"), say("Instruments"), ("Del",),
        Entry("Tools", 10, say("Remov&e the regions")), lambda view: view.tools.remove(),
        needs=Need(lambda view: view.regions, say("no region is drawn"))),
    ViewAction("mpp", say("Give the µm per pixel"), say("Instruments"), ("Ctrl+M",),
        Entry("View", 30, say("&µm per pixel of this slide…")), prompts.ask_mpp),
    ViewAction("swipe", say("Divider between two layers"), say("Side by side"), ("S",),
        Entry("Beside", 30, say("&Divider between two layers")), SlideView.toggle_swipe,
        needs=TWO_LAYERS, on=lambda view: view.look.swipe is not None, icon="compare"),
    _panes(1, say("One view"), say("&One view")),
    _panes(2, say("Two views side by side"), say("&Two views")),
    _panes(3, say("Three views"), say("T&hree views")),
    _panes(4, say("Four views"), say("&Four views")),
    PaneAction("link", say("Views move together, or not"), say("Side by side"), ("K",),
        Entry("Beside", 20, say("Views &move together")),
        lambda compare: compare.set_linked(not compare.linked), needs=TWO_VIEWS,
        on=lambda compare: compare.linked),
    PaneAction("reset_offset", say("Same place in all views"), say("Side by side"), ("Shift+K",),
        Entry("Beside", 20, say("&Same place in all views")), CompareView.reset_offset,
        needs=TWO_VIEWS),
    ViewAction("copy_view", say("Copy the view"), say("Out"), ("Ctrl+C",),
        Entry("Export", 22, say("&Copy the view")), prompts.copy_view),
    ViewAction("copy_place", say("Copy the coordinates under the cursor"), say("Out"),
        ("Ctrl+Shift+C",),
        Entry("Export", 22, say("Copy the c&oordinates under the cursor")), _copy_place),
    ViewAction("help", say("Mouse and keys"), say("Window"), ("?",),
        Entry("Help", 11, say("Mouse and &keys")), prompts.show_keys, needs=ALWAYS, icon="keyboard",
        tool=31),
)  # fmt: skip
