"""What the viewer asks the user, and what it hands out: places, scales, bookmarks, pictures."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QVBoxLayout

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import filled, localized, say
from pathgui.core.slides.scale_doubts import scale_doubts
from pathgui.core.system.typed import typed_number
from pathgui.gui.kit.inside import Dialog
from pathgui.gui.viewer.canvas.regions import to_qimage
from pathgui.gui.viewer.dialogs import KeySheet, LineDialog
from pathgui.gui.viewer.model.memory import Bookmark
from pathgui.gui.viewer.model.units import Place, parse_place, scale_of
from pathgui.gui.viewer.slide_view import SlideView
from pathgui.gui.viewer.snapshot import view_image

ASSOCIATED_PX = 700
Asking = TypeVar("Asking", bound=QDialog)


def ask_place(view: SlideView) -> LineDialog | None:
    """Go to coordinates."""
    if view.slide is None:
        return None
    x, y = view.viewport.center_l0

    def check(text: str) -> str:
        try:
            parse_place(text, view.mpp)
        except ValueError as error:
            return str(error)
        return ""

    dialog = LineDialog(
        say("Go to coordinates"),
        say(
            "Level-0 pixels (x, y), or lengths from the upper left corner; “@ "
            "20x” sets the magnification."
        ),
        check,
        filled("{x:.0f}, {y:.0f}", x=x, y=y),
        view,
    )

    def go() -> None:
        go_to_place(view, parse_place(dialog.text, view.mpp))

    dialog.accepted.connect(go)
    return _opened(dialog)


def go_to_place(view: SlideView, place: Place) -> None:
    """Have a place in the middle, at its magnification if it has one."""
    scale = None if place.power is None else scale_of(view.mpp or 0.25, place.power)
    view.go_to(place.x_l0, place.y_l0, scale)


def ask_mpp(view: SlideView) -> LineDialog | None:
    """Give the µm per pixel where it is missing or wrong."""
    if view.slide is None:
        return None

    slide, doubted = view.slide, [view.mpp]  # the last number whose doubts were said

    def check(text: str) -> str:
        value = typed_number(text)
        if value is None:
            return say("Give a number, for example 0.25.")
        if not 0.01 <= value <= 100:
            return say("Between 0.01 and 100 µm per pixel.")
        doubts = scale_doubts(slide, given=value)
        if not doubts or value in doubted:
            return ""
        doubted.append(value)
        return " ".join((*doubts, say("OK again takes it all the same.")))

    dialog = LineDialog(
        say("µm per pixel"),
        say(
            "Width of one level-0 pixel in µm: about 0.25 for a 40× scan, 0.5 "
            "for 20×. It is kept with this slide and marked as given by you."
        ),
        check,
        "" if view.mpp is None else localized(view.mpp, ".6g"),
        view,
    )
    dialog.accepted.connect(lambda: view.give_mpp(typed_number(dialog.text) or 0.0))
    return _opened(dialog)


def bookmark(view: SlideView) -> LineDialog | None:
    """Keep this view under a name."""
    content_id = _content_id(view)
    if content_id is None:
        return None
    taken = {mark.name for mark in view.memory.recall(content_id).bookmarks}
    names = (say("View {number}", number=number) for number in itertools.count(len(taken) + 1))
    dialog = LineDialog(
        say("Bookmark"),
        say("A name for this view; it is kept with the slide."),
        lambda text: "" if text else say("Give it a name."),
        next(name for name in names if name not in taken),
        view,
    )
    at = view.viewport

    def keep() -> None:
        now = view.memory.recall(content_id)
        mark = Bookmark(dialog.text, *at.center_l0, at.scale, at.rotation, at.flipped)
        marks = tuple(each for each in now.bookmarks if each.name != mark.name)
        view.memory.keep(content_id, replace(now, bookmarks=(*marks, mark)))

    dialog.accepted.connect(keep)
    return _opened(dialog)


def ask_class(view: SlideView) -> LineDialog:
    """A class that the list does not have; the next region is of it, and the selected one."""
    tools = view.tools
    dialog = LineDialog(
        say("Class of regions"),
        say("A tissue or any other name. Regions of a class that ends in * are not evaluated."),
        lambda text: "" if text.strip() else say("Give it a name."),
        "",
        view,
    )
    dialog.accepted.connect(lambda: tools.give_class(tools.classes.add(dialog.text)))
    return _opened(dialog)


def show_region(view: SlideView, which: int) -> QMenu:
    """What can be done with a region: its class, or away with it."""
    tools = view.tools
    tools.select(which)
    menu = QMenu(view)
    for name in ("", *tools.classes.names):
        text = name.replace("&", "&&") or say("No class")
        entry = menu.addAction(text, partial(tools.give_class, name))
        entry.setCheckable(True)
        entry.setChecked(tools.kinds[which] == name)
    menu.addAction(say("New class…"), lambda: ask_class(view))
    menu.addSeparator()
    menu.addAction(say("Remove this region"), partial(tools.remove, which))
    view.pop_up(menu)
    return menu


def show_bookmarks(view: SlideView) -> QMenu | None:
    """The slide's bookmarks, to go to or to remove."""
    content_id = _content_id(view)
    if content_id is None:
        return None
    known = view.memory.recall(content_id)
    menu = QMenu(view)
    for mark in known.bookmarks:
        menu.addAction(mark.name.replace("&", "&&"), partial(go_to_bookmark, view, mark))
    if known.bookmarks:
        remove = menu.addMenu(say("Remove"))
        for mark in known.bookmarks:
            others = tuple(each for each in known.bookmarks if each != mark)
            without = replace(known, bookmarks=others)
            act = partial(view.memory.keep, content_id, without)
            remove.addAction(mark.name.replace("&", "&&"), act)
    else:
        menu.addAction(say("No bookmarks yet")).setEnabled(False)
    menu.addSeparator()
    menu.addAction(say("Bookmark this view…"), lambda: bookmark(view))
    view.pop_up(menu)
    return menu


def go_to_bookmark(view: SlideView, mark: Bookmark) -> None:
    """Be where it was set."""
    view.navigator.visit(
        replace(
            view.viewport,
            center_l0=(mark.x_l0, mark.y_l0),
            scale=mark.scale,
            rotation=mark.rotation,
            flipped=mark.flipped,
        )
    )


def show_keys(view: SlideView) -> KeySheet:
    """The table of keys; what is changed there is told by ``keys_changed``."""
    return _opened(KeySheet(view.keys, view.keys_changed.emit, view))


def show_associated(
    view: SlideView, name: str, picture: NDArray[np.uint8] | None
) -> QDialog | None:
    """The slide's label or macro picture, only because the user asked. None if it has none.

    Labels carry patients' names: this is never part of a view, a copy or an export.
    """
    if picture is None:
        view.instruments.tell(say("This slide has no {name} picture.", name=name))
        return None
    dialog = Dialog(view)
    dialog.setWindowTitle(say("{name} of the slide", name=name.capitalize()))
    label = QLabel(dialog)
    pixmap = QPixmap.fromImage(to_qimage(picture))
    if max(pixmap.width(), pixmap.height()) > ASSOCIATED_PX:
        pixmap = pixmap.scaled(
            ASSOCIATED_PX, ASSOCIATED_PX, Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )  # fmt: skip
    label.setPixmap(pixmap)
    column = QVBoxLayout(dialog)
    column.addWidget(label)
    column.addWidget(QLabel(say("May show a patient's name. Never exported."), dialog))
    return _opened(dialog)


def copy_view(view: SlideView) -> None:
    """The view with scale bar and legend to the clipboard."""
    if view.slide is not None:
        QGuiApplication.clipboard().setImage(view_image(view))


def _content_id(view: SlideView) -> str | None:
    """By which the slide is remembered; mostly known already from the reading thread."""
    if view.pixels is None:
        return None
    try:
        return view.pixels.content_id or view.pixels.slide.content_id
    except SlideError as error:
        view.instruments.banner.say(str(error), retry=True)
        return None


def _opened(dialog: Asking) -> Asking:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog
