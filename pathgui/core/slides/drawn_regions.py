"""Regions that a user draws on a slide or opens from QuPath, each with its class.

A region is one polygon in level-0 pixels of the slide, its holes joined to the outline, since that
is what a hand can draw and pull. Files have holes apart, and count from the corner of the scanned
part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.errors import RegionError
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, ProgressFn, ignore_progress
from pathgui.core.slides.region import Polygon, Region
from pathgui.core.slides.region_files import (
    Area,
    bridged,
    not_taken,
    read_areas,
    require_area,
    require_on_slide,
    without,
)

Bounds = tuple[int, int, int, int]  # x, y, width, height of the scanned part, in level 0
Color = tuple[int, int, int]


@dataclass(frozen=True)
class DrawnRegion:
    """One region: its outline, closed by itself, and its class; "" without one."""

    outline: Polygon
    kind: str = ""

    @property
    def ignored(self) -> bool:
        """As in QuPath, a class that ends in a star (Ignore*) is never evaluated."""
        return self.kind.endswith("*")


@dataclass(frozen=True)
class OpenedRegions:
    """What a file of regions holds, and the colors that it gives to classes."""

    regions: tuple[DrawnRegion, ...]
    colors: dict[str, Color]


def open_regions(
    path: Path, bounds_l0: Bounds, report: ProgressFn = ignore_progress
) -> OpenedRegions:
    """All areas of a QuPath GeoJSON file with their classes; what is not taken is reported.

    Raises
    ------
    RegionError
        If the file cannot be read, holds no area, or none that lies on the slide.
    """
    found = read_areas(path)
    require_area(found, path)
    beside = require_on_slide(found.areas, bounds_l0, path)
    if said := "; ".join(filter(None, (not_taken(found, found.areas, ()), beside))):
        report(Notice(f"{path.name}: {said}."))
    colors = {area.kind: area.color for area in reversed(found.areas) if area.color is not None}
    return OpenedRegions(regions_of(found.areas, bounds_l0), colors)


def regions_of(areas: Sequence[Area], bounds_l0: Bounds) -> tuple[DrawnRegion, ...]:
    """Areas of a file as regions of the slide."""
    left, top = bounds_l0[:2]
    return tuple(
        DrawnRegion(tuple((x + left, y + top) for x, y in bridged(area.rings)), area.kind)
        for area in areas
    )


def areas_of(
    regions: Sequence[DrawnRegion], bounds_l0: Bounds, color_of: Callable[[str], Color | None]
) -> tuple[Area, ...]:
    """Regions as areas of a file: holes apart, and one that crosses itself in its parts."""
    found = []
    for region in regions:
        color = color_of(region.kind) if region.kind else None
        for rings in _rings(region.outline):
            placed = tuple(
                tuple((_from(x, bounds_l0[0]), _from(y, bounds_l0[1])) for x, y in ring)
                for ring in rings
            )
            found.append(Area(placed, region.kind, color))
    return tuple(found)


def evaluated_region(
    regions: Sequence[DrawnRegion], left_out: Collection[str], bounds_l0: Bounds
) -> Region:
    """The part of the slide that regions leave to be evaluated; () is all of it.

    Classes that are ``left_out``, and those that end in ``*``, are taken out of the others; where
    there are no others, out of the whole slide.

    Raises
    ------
    RegionError
        If nothing is left.
    """
    out = [each for each in regions if each.ignored or each.kind in left_out]
    if not out:
        return tuple(each.outline for each in regions)
    taken = [each for each in regions if not (each.ignored or each.kind in left_out)]
    x, y, width, height = map(float, bounds_l0)
    whole = DrawnRegion(((x, y), (x + width, y), (x + width, y + height), (x, y + height)))
    rest = without([_area(each) for each in taken or [whole]], [_area(each) for each in out])
    if not rest:
        classes = ", ".join(sorted({each.kind for each in out}))
        raise RegionError(
            say(
                "Regions of {classes} are left out, and nothing else is left to "
                "evaluate. Evaluate one of these classes, or draw another region.",
                classes=classes,
            )
        )
    return rest


def _from(place: float, corner: int) -> float:
    """A place counted from the corner; without the last bits that adding and taking away leave."""
    return round(place - corner, 6)


def _area(region: DrawnRegion) -> Area:
    return Area((region.outline,), region.kind)


def _rings(outline: Polygon) -> Iterator[tuple[Polygon, ...]]:
    """The outline, holes apart, of each part; as it is where it does not touch itself."""
    import shapely

    polygon = shapely.Polygon(outline)
    if shapely.is_valid(polygon):
        yield (outline,)
        return
    for part in shapely.get_parts(shapely.make_valid(polygon)):  # crossings: odd is inside
        if part.geom_type == "Polygon" and part.area > 0:
            yield tuple(tuple(ring.coords)[:-1] for ring in (part.exterior, *part.interiors))
