"""Measuring a length and outlining regions. Everything is kept in level 0."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from pathgui.core.language.texts import say
from pathgui.core.slides.drawn_regions import DrawnRegion
from pathgui.core.slides.region import inside
from pathgui.gui.viewer.canvas.layered_canvas import LayeredCanvas
from pathgui.gui.viewer.canvas.marks import level_0_to_px
from pathgui.gui.viewer.instruments.hud import INK, WARNING, paint_label
from pathgui.gui.viewer.model.region_classes import RegionClasses
from pathgui.gui.viewer.model.units import area_words, length_text, polygon_area_px
from pathgui.gui.viewer.model.viewport import Point
from pathgui.gui.viewer.outlines import path_of

_HANDLE_PX = 9.0  # logical: how near a corner must be to be taken
_SHADOW = QColor(0, 0, 0, 190)
_MOST_CORNERS = 2_000  # of regions that are painted with shadow, area and handles

Polygon = tuple[Point, ...]
Regions = tuple[Polygon, ...]


class Tools(QObject):
    """The tool in hand, if any, and what was drawn with tools: one length, and regions.

    A region drawn takes the place of those before; with Shift, or a class in hand, it is one more.
    """

    taken = Signal(object)  # the tool now in hand, a name; None: none
    regions_changed = Signal(object)  # Regions, or their classes
    class_taken = Signal(str)  # the class in hand
    region_selected = Signal(object)  # its number; None: none
    edited = Signal(object, object, str)  # by hand: drawn regions before and after, what was done

    def __init__(self, canvas: LayeredCanvas, classes: RegionClasses) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.classes = classes
        self.active: str | None = None
        self.length: tuple[Point, Point] | None = None
        self.regions: Regions = ()
        self.kinds: tuple[str, ...] = ()  # of each region its class; "": none
        self.selected: int | None = None  # the region that a class is given to
        # Of many regions: what they are, and the outlines of each class in level 0.
        self._paths: tuple[Regions, tuple[str, ...], dict[str, QPainterPath]] | None = None
        self._before: tuple[DrawnRegion, ...] = ()  # what a drag began with
        self._kept: tuple[DrawnRegion, ...] = ()  # what stays beside the region being drawn
        self._draft: list[Point] = []  # corners of the polygon being drawn
        self._cursor: Point | None = None
        self._end: int | None = None  # of the length, in hand
        self._corner: tuple[int, int] | None = None  # in hand: which region, which corner
        self._pressed_px: Point | None = None

    def take(self, tool: str | None) -> None:
        """Take a tool in hand; the same once more, or None, puts it away."""
        self.active = None if tool == self.active else tool
        self._let_go()
        self._canvas.setCursor(
            Qt.CursorShape.CrossCursor if self.active else Qt.CursorShape.ArrowCursor
        )
        self._canvas.update()
        self.taken.emit(self.active)

    def clear(self) -> None:
        """Another slide."""
        self._let_go()
        had_regions = bool(self.regions)
        self.active, self.length = None, None
        self._hold(())
        self._canvas.unsetCursor()
        self.taken.emit(None)
        if had_regions:
            self.regions_changed.emit(())

    @property
    def drawn(self) -> tuple[DrawnRegion, ...]:
        """The regions with their classes."""
        return tuple(map(DrawnRegion, self.regions, self.kinds))

    def set_regions(self, regions: Iterable[Iterable[Point]], *, tell: bool = True) -> None:
        """Outline these polygons, of no class; what has fewer than three corners is none."""
        polygons = [tuple((float(x), float(y)) for x, y in each) for each in regions]
        self.set_drawn(map(DrawnRegion, polygons), tell=tell)

    def set_drawn(self, drawn: Iterable[DrawnRegion], *, tell: bool = True, done: str = "") -> None:
        """Outline these regions. ``done``: what the user did, who may take it back."""
        before = self.drawn if done else ()
        self._hold(tuple(each for each in drawn if len(each.outline) >= 3))
        self._tell(before, done, tell)

    def _tell(self, before: tuple[DrawnRegion, ...], done: str, tell: bool = True) -> None:
        self._corner = self._pressed_px = None  # a drag under way is over
        self._canvas.update()
        if tell:
            self.regions_changed.emit(self.regions)
        if done and self.drawn != before:
            self.edited.emit(before, self.drawn, done)

    def _hold(self, drawn: tuple[DrawnRegion, ...]) -> None:
        self.regions = tuple(each.outline for each in drawn)
        self.kinds = tuple(each.kind for each in drawn)
        if self.selected is not None and self.selected >= len(drawn):
            self.selected = None

    def region_at(self, at_px: Point) -> int | None:
        """The smallest region under a place of the view."""
        point = np.array([self._canvas.viewport.to_l0(at_px)])
        found = [i for i, each in enumerate(self.regions) if inside(point, (each,))[0]]
        return min(found, key=lambda i: polygon_area_px(self.regions[i])) if found else None

    def select(self, which: int | None) -> None:
        """Mean this region, or none, by what is done next to a region."""
        self.selected = which
        self._canvas.update()
        self.region_selected.emit(which)

    def give_class_of(self, number: int) -> bool:
        """As :meth:`give_class`, the class of that number in the list; False: there is none."""
        names = self.classes.names
        if number <= len(names):
            self.give_class(names[number - 1])
        return number <= len(names)

    def give_class(self, name: str) -> None:
        """Take a class in hand; the selected region, or one just drawn without, gets it."""
        self.classes.current = name
        which = self.selected
        if which is None and self.kinds and not self.kinds[-1]:
            which = len(self.kinds) - 1
        if which is not None:
            drawn = list(self.drawn)
            drawn[which] = replace(drawn[which], kind=name)
            self.set_drawn(drawn, done=say("Class of a region"))
        self._canvas.update()
        self.class_taken.emit(name)

    def remove(self, which: int | None = None) -> None:
        """Take away a region; None: the selected one, and without any, all."""
        which = self.selected if which is None else which
        rest = [each for i, each in enumerate(self.drawn) if which is not None and i != which]
        self.selected = None
        self.set_drawn(
            rest, done=say("Remove a region") if which is not None else say("Remove the regions")
        )

    def hint(self) -> str:
        """What to do with the tool in hand."""
        if self.active == "measure":
            return say("Measure: drag from one point to another · Esc ends")
        if self.active == "rectangle":
            return say(
                "{of_class}: drag a rectangle, or a corner of one{more} · "
                "right click: its class · Esc ends",
                of_class=self._of_class(),
                more=self._more(),
            )
        if self.active == "polygon":
            if self._draft:
                return say(
                    "{of_class}: click the next corner · double-click or Enter closes · Backspace",
                    of_class=self._of_class(),
                )
            click = say(
                "{of_class}: click the corners of a polygon, or drag one", of_class=self._of_class()
            )
            return f"{click}{self._more()} · Esc"
        return ""

    def _of_class(self) -> str:
        return (
            say("Region ({current})", current=self.classes.current)
            if self.classes.current
            else say("Region")
        )

    def _more(self) -> str:
        return "" if self.classes.current else say(" · Shift: one more")

    # Mouse and keys; True: the event was the tool's

    def press(self, at_px: Point, more: bool = False) -> bool:
        """The left button goes down; ``more``: beside the regions there are."""
        if self.active is None:
            return False
        point = self._canvas.viewport.to_l0(at_px)
        self._pressed_px = at_px
        self._before = self.drawn
        self._cursor = point
        if self.active == "measure":
            self._end = self._near(self.length or (), at_px)
            if self._end is None:
                self.length = (point, point)
                self._end = 1
        elif self._draft:
            self._draft.append(point)
        else:
            self._kept = self.drawn if more or self.classes.current else ()
            self._corner = self._corner_near(at_px)
            if self._corner is None and self.active == "polygon":
                self._draft = [point]
        self._canvas.update()
        return True

    def move(self, at_px: Point, pressed: bool) -> bool:
        """The mouse moves."""
        if self.active is None:
            return False
        point = self._canvas.viewport.to_l0(at_px)
        self._cursor = point
        pressed = pressed and self._pressed_px is not None  # else it was not for this tool
        if pressed and self._end is not None and self.length is not None:
            ends = list(self.length)
            ends[self._end] = point
            self.length = (ends[0], ends[1])
        elif pressed and self._corner is not None:
            self._pull(point, at_px)
        elif pressed and self.active == "rectangle" and self._moved(at_px):
            assert self._pressed_px is not None
            rectangle = DrawnRegion(self._rectangle(self._pressed_px, at_px), self.classes.current)
            self._hold((*self._kept, rectangle))
        self._canvas.update()
        return pressed or bool(self._draft)

    def release(self, at_px: Point) -> bool:
        """The left button comes up."""
        if self.active is None or self._pressed_px is None:
            return False
        if self.active == "measure":
            if not self._moved(at_px) and self.length and self.length[0] == self.length[1]:
                self.length = None
        elif not self._draft and self.drawn != self._before:
            self._tell(
                self._before, say("Draw a region") if self._corner is None else say("Move a corner")
            )
        self._end = self._corner = self._pressed_px = None
        self._canvas.update()
        return True

    def double_click(self) -> bool:
        """Closes a polygon."""
        if self.active == "polygon" and self._draft:
            self._close()
        return self.active is not None

    def key(self, key: Qt.Key) -> bool:
        """Enter, Backspace and Esc while a tool is in hand."""
        if self.active is None:
            return False
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._draft:
            self._close()
        elif key == Qt.Key.Key_Backspace and self._draft:
            self._draft.pop()
        elif key == Qt.Key.Key_Escape:
            if self._draft:
                self._draft.clear()
            else:
                self.take(None)
        else:
            return False
        self._canvas.update()
        return True

    # Painting, in logical pixels

    def paint(self, painter: QPainter) -> None:
        """The length, the region, and what is being drawn."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if sum(map(len, self.regions)) > _MOST_CORNERS:
            self._paint_many(painter)
        else:
            for which in range(len(self.regions)):
                self._paint_region(painter, which)
        if self._draft:
            cursor = [self._cursor] if self._cursor is not None else []
            line = QPolygonF([self._at(point) for point in (*self._draft, *cursor)])
            color = QColor(*self.classes.color_of(self.classes.current))
            for pen in (QPen(_SHADOW, 4), QPen(color, 2, Qt.PenStyle.DashLine)):
                painter.setPen(pen)
                painter.drawPolyline(line)
            self._paint_handles(painter, self._draft)
        if self.length is not None:
            first, second = (self._at(point) for point in self.length)
            for pen in (QPen(_SHADOW, 4), QPen(INK, 2)):
                painter.setPen(pen)
                painter.drawLine(first, second)
            self._paint_handles(painter, self.length)
            color = INK if self._canvas.mpp is not None else WARNING
            paint_label(painter, second, self.length_words(), color)
        painter.restore()

    def length_words(self) -> str:
        """The measured length; in pixels where the mpp is unknown."""
        if self.length is None:
            return ""
        px = math.dist(*self.length)
        return length_text(px * self._canvas.mpp) if self._canvas.mpp else say("{px:.0f} px", px=px)

    def region_words(self, region: Polygon) -> str:
        """The area of a region; in pixels where the mpp is unknown."""
        return area_words(polygon_area_px(region), self._canvas.mpp)

    def _paint_many(self, painter: QPainter) -> None:
        """Plain lines of one pixel, which cost a hundredth of smooth ones with a shadow."""
        if self._paths is None or self._paths[:2] != (self.regions, self.kinds):
            paths = {
                kind: path_of(
                    [r for r, k in zip(self.regions, self.kinds, strict=True) if k == kind]
                )
                for kind in dict.fromkeys(self.kinds)
            }
            self._paths = (self.regions, self.kinds, paths)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setTransform(level_0_to_px(self._canvas.viewport, self._canvas.dpr), True)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for kind, path in self._paths[2].items():
            pen = QPen(QColor(*self.classes.color_of(kind)), 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(path)
        painter.restore()

    def _paint_region(self, painter: QPainter, which: int) -> None:
        region, kind = self.regions[which], self.kinds[which]
        outline = QPolygonF([self._at(point) for point in region])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        width = 4 if which == self.selected else 2
        painter.setPen(QPen(_SHADOW, width + 2))
        painter.drawPolygon(outline)
        out = self.classes.is_out(kind)
        line = Qt.PenStyle.DashLine if out else Qt.PenStyle.SolidLine
        painter.setPen(QPen(QColor(*self.classes.color_of(kind)), width, line))
        painter.drawPolygon(outline)
        if self.active in ("rectangle", "polygon"):
            self._paint_handles(painter, region)
        lowest = max(outline.toList(), key=lambda point: point.y())
        words = [kind, self.region_words(region), say("left out") if out else ""]
        paint_label(painter, lowest - QPointF(10, 10), " · ".join(filter(None, words)))

    def _paint_handles(self, painter: QPainter, points: Sequence[Point]) -> None:
        painter.setPen(QPen(_SHADOW, 1))
        painter.setBrush(INK)
        for point in points:
            painter.drawEllipse(self._at(point), 4, 4)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _close(self) -> None:
        # The two presses of a double-click put two corners into one place.
        corners = [p for i, p in enumerate(self._draft) if i == 0 or p != self._draft[i - 1]]
        self._draft = []
        self._pressed_px = None
        if len(corners) >= 3:
            polygon = tuple((float(x), float(y)) for x, y in corners)
            drawn = (*self._kept, DrawnRegion(polygon, self.classes.current))
            self.set_drawn(drawn, done=say("Draw a region"))

    def _let_go(self) -> None:
        self._draft.clear()
        if self._pressed_px is not None:  # a drag that was not ended has told no one yet
            self._hold(self._before)
        self._end = self._corner = self._pressed_px = None

    def _moved(self, at_px: Point) -> bool:
        """Whether it is a drag by now, not a click with a trembling hand."""
        assert self._pressed_px is not None
        return math.dist(at_px, self._pressed_px) > 3 * self._canvas.dpr

    def _pull(self, point: Point, at_px: Point) -> None:
        assert self._corner is not None
        which, corner = self._corner
        region = list(self.regions[which])
        if self.active == "rectangle" and len(region) == 4:
            opposite = self._canvas.viewport.to_px(region[(corner + 2) % 4])
            region = list(self._rectangle(opposite, at_px))
            self._corner = (which, 2)
        else:
            region[corner] = point
        self.regions = (*self.regions[:which], tuple(region), *self.regions[which + 1 :])

    def _rectangle(self, first_px: Point, second_px: Point) -> Polygon:
        (x0, y0), (x1, y1) = first_px, second_px
        corners = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
        return tuple(self._canvas.viewport.to_l0(corner) for corner in corners)

    def _corner_near(self, at_px: Point) -> tuple[int, int] | None:
        for which, region in enumerate(self.regions):
            corner = self._near(region, at_px)
            if corner is not None:
                return which, corner
        return None

    def _near(self, points: Sequence[Point], at_px: Point) -> int | None:
        reach = _HANDLE_PX * self._canvas.dpr
        for index, point in enumerate(points):
            if math.dist(self._canvas.viewport.to_px(point), at_px) <= reach:
                return index
        return None

    def _at(self, point_l0: Point) -> QPointF:
        x, y = self._canvas.viewport.to_px(point_l0)
        return QPointF(x / self._canvas.dpr, y / self._canvas.dpr)
