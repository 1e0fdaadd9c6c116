"""QuPath's files of regions: which areas are evaluated, and what else they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import RegionError, plural
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import Notice, ProgressFn, ignore_progress
from pathgui.core.slides.qupath_objects import ADVICE, others_said
from pathgui.core.slides.qupath_objects import Area as Area
from pathgui.core.slides.qupath_objects import Found as Found
from pathgui.core.slides.qupath_objects import read_areas as read_areas
from pathgui.core.slides.region import Polygon, Region
from pathgui.core.slides.region_choice import NO_CLASS, ClassChoice, RegionClasses

_MOST_NAMED = 3  # damaged objects


@dataclass(frozen=True)
class CutRegion:
    """What regions leave of a slide to be evaluated.

    ``polygons`` are in level-0 pixels, () is the whole slide; ``classes`` are those of the regions
    behind them, None where there are none.
    """

    polygons: Region = ()
    classes: RegionClasses | None = None


def load_region(
    path: Path,
    bounds_l0: tuple[int, int, int, int],
    wanted: Sequence[str] = (),
    report: ProgressFn = ignore_progress,
) -> Region:
    """The polygons that :func:`read_region` gives for these classes."""
    return read_region(path, bounds_l0, ClassChoice(tuple(wanted)), report).polygons


def read_region(
    path: Path,
    bounds_l0: tuple[int, int, int, int],
    choice: ClassChoice,
    report: ProgressFn = ignore_progress,
) -> CutRegion:
    """What the areas of a QuPath GeoJSON file leave of a slide, in level-0 pixels.

    Areas of classes that are left out, and of a class that ends in ``*`` (``Ignore*``), are no
    region, and are taken out of the others. Where the user's choice leaves no others, they are
    taken out of the whole slide. What is left out is reported in one line.

    Parameters
    ----------
    path : Path
        A feature collection, a list of features, a feature or a geometry. Cells, detections and
        tiles are passed over.
    bounds_l0 : (x, y, width, height)
        Of the slide: its scanned part, from whose corner QuPath counts.

    Raises
    ------
    RegionError
        If the file cannot be read or holds no area, has no area of a class of the choice, or
        nothing is left.
    """
    found = read_areas(path)
    if choice:
        require_area(found, path)
        choice.check((area.kind for area in found.areas), str(path))
    if not choice.left_out and not any(choice.takes(area.kind) for area in found.areas):
        require_area(found, path)
        raise RegionError(
            say(
                "{path} holds no area to evaluate: all are of {names}, which "
                "QuPath leaves out because the class ends in *. Choose that "
                "class, or draw another area.",
                path=path,
                names=_names(found.areas),
            )
        )
    require_area(found, path)
    beside = require_on_slide(found.areas, bounds_l0, path)
    region = cut(found.areas, choice, bounds_l0, say("the areas of {path}", path=path))
    chosen = [area for area in found.areas if choice.takes(area.kind)]
    out = [area for area in found.areas if choice.is_out(area.kind)]
    if said := "; ".join(filter(None, (not_taken(found, chosen, out), beside))):
        report(Notice(f"{path.name}: {said}."))
    return region


def cut(
    areas: Sequence[Area],
    choice: ClassChoice,
    bounds_l0: tuple[int, int, int, int],
    of_what: str,
) -> CutRegion:
    """What areas, counted from the corner of the scanned part, leave of a slide.

    Those that are left out are taken out of those that are evaluated; where there are none, out of
    the whole slide.

    Raises
    ------
    RegionError
        If nothing is left; ``of_what`` says of what, as "the areas of a.geojson".
    """
    chosen = [area for area in areas if choice.takes(area.kind)]
    out = [area for area in areas if choice.is_out(area.kind)]
    classes = choice.found([area.kind for area in areas])
    if not out:
        polygons = tuple(bridged(area.rings) for area in chosen)
        return CutRegion(_placed(polygons, bounds_l0), classes if chosen else None)
    width, height = map(float, bounds_l0[2:])
    whole = Area((((0.0, 0.0), (width, 0.0), (width, height), (0.0, height)),), "")
    rest = without(chosen or [whole], out)
    if not rest:
        raise RegionError(
            say(
                "Nothing is left of {of_what}: areas of {names} cover them.",
                of_what=of_what,
                names=_names(out),
            )
        )
    return CutRegion(_placed(rest, bounds_l0), classes)


def require_area(found: Found, path: Path) -> None:
    """RegionError: a file holds no area."""
    if found.areas:
        return
    if found.damage:
        raise RegionError(
            say(
                "{path} is not GeoJSON ({damage}). {ADVICE}",
                path=path,
                damage=found.damage[0],
                ADVICE=ADVICE,
            )
        )
    others = (
        say(" It holds {others_said}.", others_said=others_said(found.others))
        if found.others
        else ""
    )
    raise RegionError(
        say(
            "{path} holds no area.{others} Draw a rectangle, an ellipse or a "
            "polygon around the region and export that.",
            path=path,
            others=others,
        )
    )


def not_taken(found: Found, chosen: Sequence[Area], ignored: Sequence[Area]) -> str:
    """One line on what was not taken; "" if all was."""
    rest = len(found.areas) - len(chosen) - len(ignored)
    parts = []
    if ignored:
        parts.append(
            say(
                "{areas} of {names} taken out of it",
                areas=plural(len(ignored), "area"),
                names=_names(ignored),
            )
        )
    if rest:
        parts.append(say("{areas} of other classes left out", areas=plural(rest, "area")))
    if found.others:
        parts.append(
            say(
                "{others_said} left out{damage_said}",
                others_said=others_said(found.others),
                damage_said=damage_said(found),
            )
        )
    return (
        say("{areas} taken; {parts}", areas=plural(len(chosen), "area"), parts=", ".join(parts))
        if parts
        else ""
    )


def damage_said(found: Found) -> str:
    """Which objects are damaged and how, in brackets; "" if none is."""
    if not found.damage:
        return ""
    more = len(found.damage) - _MOST_NAMED
    rest = say("; and {more:,} more", more=more) if more > 0 else ""
    return f" ({'; '.join(found.damage[:_MOST_NAMED])}{rest})"


def require_on_slide(
    areas: Sequence[Area], bounds_l0: tuple[int, int, int, int], path: Path
) -> str:
    """Check that areas lie on a slide; how many do not, in words, "" if all do.

    Raises
    ------
    RegionError
        If none does.
    """
    out = sum(_is_beside(area.rings[0], bounds_l0) for area in areas)
    if out and out == len(areas):
        raise RegionError(
            say(
                "No area of {path} lies on the slide, which has {bounds_l0:,} × "
                "{bounds_l0_2:,} px. Is the file of another slide?",
                path=path,
                bounds_l0=bounds_l0[2],
                bounds_l0_2=bounds_l0[3],
            )
        )
    return (
        counted(out, "{n:,} area lies beside the slide", "{n:,} areas lie beside the slide")
        if out
        else ""
    )


def _is_beside(ring: Polygon, bounds_l0: tuple[int, int, int, int]) -> bool:
    """Whether an area lies left of the slide, above it, or beyond what was scanned of it."""
    left, top, width, height = bounds_l0
    across, down = ([point[axis] for point in ring] for axis in (0, 1))
    return max(across) <= -left or max(down) <= -top or min(across) >= width or min(down) >= height


def _names(areas: Sequence[Area]) -> str:
    return ", ".join(sorted({area.kind or NO_CLASS for area in areas}))


def bridged(rings: Sequence[Polygon]) -> Polygon:
    """Outline and holes as one polygon: from the outline's first point to each hole and back."""
    outline, *holes = rings
    joined = list(outline)
    for hole in holes:
        joined += [outline[0], *hole, hole[0]]
    return (*joined, outline[0]) if holes else tuple(joined)


def without(areas: Sequence[Area], ignored: Sequence[Area]) -> Region:
    """The areas less what is ignored."""
    import shapely

    out = shapes_of(ignored)
    wholes = shapes_of(areas)
    tree = shapely.STRtree(out)  # of thousands of areas each meets a few
    met: dict[int, list[int]] = {}
    for which, of in tree.query(wholes, predicate="intersects").T.tolist():
        met.setdefault(which, []).append(of)
    region: list[Polygon] = []
    for number, area in enumerate(areas):
        if number not in met:
            region.append(bridged(area.rings))
            continue
        rest = shapely.difference(wholes[number], shapely.union_all(out[met[number]]))
        for part in shapely.get_parts(rest):
            if part.geom_type == "Polygon" and part.area > 0:
                rings = [part.exterior, *part.interiors]
                region.append(bridged([tuple(ring.coords)[:-1] for ring in rings]))
    return tuple(region)


def shapes_of(areas: Sequence[Area]) -> NDArray[np.object_]:
    """The areas as valid shapely geometries, shape (n,). Where rings cross, odd is inside."""
    import shapely

    found = np.empty(len(areas), np.object_)
    for number, area in enumerate(areas):
        outline, *holes = [ring for ring in area.rings if len(ring) >= 3]
        found[number] = shapely.Polygon(outline, holes)
    crossed = ~shapely.is_valid(found)
    found[crossed] = shapely.make_valid(found[crossed])
    return found


def _placed(polygons: Sequence[Polygon], bounds_l0: tuple[int, int, int, int]) -> Region:
    left, top = bounds_l0[:2]
    return tuple(tuple((x + left, y + top) for x, y in polygon) for polygon in polygons)
