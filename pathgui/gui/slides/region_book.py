"""The regions of slides and their classes: what was done to them can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from pathgui.core.language.texts import say
from pathgui.core.slides.drawn_regions import Color, DrawnRegion
from pathgui.gui.viewer.compare import CompareView
from pathgui.gui.viewer.slide_view import SlideView

Regions = tuple[DrawnRegion, ...]


class RegionBook(QObject):
    """Knows the regions of the slide shown, and puts every change of a hand on the undo stack.

    Whoever keeps regions elsewhere, as a cohort does, listens to ``regions_changed`` and hands
    them in with :meth:`show`. A step back reaches a slide that is no longer shown, too: its regions
    are changed where they are remembered.
    """

    changed = Signal()  # regions, their classes, or which of these are evaluated
    regions_changed = Signal(str, object)  # content id of the slide, its regions

    def __init__(
        self, undo: QUndoStack, compare: CompareView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._undo = undo
        self._compare = compare
        self.classes = compare.classes
        self._of_cohort: tuple[str, ...] = ()
        self._of_reference: tuple[str, ...] = ()
        compare.edited.connect(self._on_edited)
        compare.class_taken.connect(lambda _: self.changed.emit())
        compare.main.regions_changed.connect(self._on_regions)
        compare.main.slide_changed.connect(self.changed)

    @property
    def regions(self) -> Regions:
        """Those of the slide shown, with their classes."""
        return self._compare.main.drawn

    def offer(self, tissues: Iterable[str]) -> None:
        """Begin the list of classes with the tissues of a reference set, after the cohort's."""
        self._of_reference = tuple(tissues)
        self._offer()

    def offer_cohort(self, tissues: Iterable[str]) -> None:
        """Begin the list of classes with the tissues of a cohort."""
        if (now := tuple(tissues)) != self._of_cohort:
            self._of_cohort = now
            self._offer()

    def _offer(self) -> None:
        self.classes.offer(dict.fromkeys((*self._of_cohort, *self._of_reference)))
        self._repaint()

    def add_class(self, name: str, color: Color | None = None) -> str:
        """Take a class into the list; returns its name as it is kept."""
        kept = self.classes.add(name, color)
        self._repaint()
        return kept

    def take_class(self, name: str) -> None:
        """Have a class in hand; the selected region gets it."""
        self._compare.current.tools.give_class(name)

    def show(self, regions: Regions, what: str = "") -> None:
        """Outline these on the slide shown. ``what``: what the user did, if it was the user."""
        self._compare.main.set_drawn(regions, what)

    def leave_out(self, name: str, out: bool) -> None:
        """Evaluate the regions of a class, or not."""
        before = self.classes.left_out
        after = before | {name} if out else before - {name}
        if after != before:
            named = name or say("regions of no class")
            what = (
                say("Leave out {named}", named=named)
                if out
                else say("Evaluate {named}", named=named)
            )
            self._undo.push(Step(what, before, after, self._set_left_out))

    def _set_left_out(self, names: frozenset[str]) -> None:
        self.classes.left_out = names
        self._repaint()
        view = self._compare.main
        view.regions_changed.emit(view.regions)  # what is evaluated has changed

    def _repaint(self) -> None:
        for pane in self._compare.panes:
            pane.update()
        self.changed.emit()

    def _on_edited(self, view: SlideView, before: Regions, after: Regions, what: str) -> None:
        pixels = view.pixels
        if pixels is None:
            return
        uid, content_id = pixels.uid, pixels.content_id

        def restore(regions: Regions) -> None:
            for pane in self._compare.panes:
                shown = pane.pixels
                if shown is not None and (
                    shown.uid == uid or (content_id and shown.content_id == content_id)
                ):
                    pane.set_drawn(regions)  # other views of the slide follow
                    return
            self._remember(content_id, regions)

        self._undo.push(Step(what, before, after, restore, is_done=True))

    def _remember(self, content_id: str, regions: Regions) -> None:
        if not content_id:
            return
        memory = self._compare.memory
        outlines, kinds = (tuple(getattr(r, name) for r in regions) for name in ("outline", "kind"))
        known = memory.recall(content_id)
        memory.keep(content_id, replace(known, regions=outlines, kinds=kinds))
        self.regions_changed.emit(content_id, regions)

    def _on_regions(self, _: object) -> None:
        view = self._compare.main
        for kind in dict.fromkeys(view.tools.kinds):
            self.classes.add(kind)
        self.changed.emit()
        if view.pixels is not None and view.pixels.content_id:
            self.regions_changed.emit(view.pixels.content_id, view.drawn)


class Step(QUndoCommand):
    """From one value to another."""

    def __init__(
        self,
        what: str,
        before: Any,
        after: Any,
        restore: Callable[[Any], None],
        *,
        is_done: bool = False,
    ) -> None:
        super().__init__(what)
        self._before = before
        self._after = after
        self._restore = restore
        self._is_done = is_done  # a stack does what is pushed; a hand has done it already

    def redo(self) -> None:
        if not self._is_done:
            self._restore(self._after)
        self._is_done = False

    def undo(self) -> None:
        self._restore(self._before)
