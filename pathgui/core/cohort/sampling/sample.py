"""The tiles that a plan takes of a cohort, before any of them is written."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from pathgui.core.cohort.check import Fault
from pathgui.core.cohort.labeled_regions import load_regions, moved, shapes
from pathgui.core.cohort.opened import REGIONS_FOLDER, Cohort, OpenCohort
from pathgui.core.cohort.sampling.drawing import Choice, SlideTaken, tile_name
from pathgui.core.cohort.sampling.inspection import Seen, ThrownOut, draw_sound
from pathgui.core.cohort.sampling.placing import Origins, Placed, Square, apart, place_tiles
from pathgui.core.cohort.slide_table import CONTENT_ID, MPP
from pathgui.core.errors import PathguiError, ReferenceSetError, first_few
from pathgui.core.language.texts import noted, say
from pathgui.core.progress import Event, Notice, Part, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.reference.same_slide import patient_key, slide_key
from pathgui.core.reference.sampling_plan import SamplingPlan
from pathgui.core.slides.region_files import Area
from pathgui.core.slides.scale_doubts import TILE_PX, scale_doubts
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile
from pathgui.core.slides.tissue import find_tissue

_MOST_ENLARGED = 1.1  # scanners that are called 20x have 0.45 to 0.55 µm per pixel
_FAULT = "tiles"
BY_HAND = noted("you took all of its tiles out")


@dataclass(frozen=True)
class Sample:
    """The tiles that are taken, slide by slide, and why others give none."""

    cohort: Cohort
    plan: SamplingPlan
    slides: tuple[SlideTaken, ...]  # in the order of the rows; those without tiles are not in it
    faults: tuple[Fault, ...]  # in the order of the rows
    thrown_out: tuple[ThrownOut, ...] = ()  # tiles that the quality filter did not let be drawn
    looked_at: tuple[SlideTaken, ...] = ()  # all slides that have places for tiles, without them

    def __len__(self) -> int:
        return sum(len(slide.origins) for slide in self.slides)

    @property
    def tissues(self) -> list[str]:
        """Names of the tissues, sorted."""
        return sorted({tissue for slide in self.slides for tissue in slide.tissues})

    @property
    def centers(self) -> list[str]:
        """Names of the centers, sorted."""
        return sorted({slide.center for slide in self.slides})

    @property
    def columns(self) -> RoleColumns:
        """The column that plays the center, whose word texts use; regions say the tissue."""
        return RoleColumns(self.cohort.info.roles.center)

    @property
    def labels(self) -> TileLabels:
        """What is known of each tile, in the order in which they are written."""
        table, role = self.cohort.slides, self.cohort.info.roles.patient
        counts = [len(slide.origins) for slide in self.slides]
        center, name, patient = (
            np.repeat(np.array(cells, np.str_), counts)
            for cells in (
                [slide.center for slide in self.slides],
                [slide.slide_id for slide in self.slides],
                [table.cell(slide.row, role) for slide in self.slides],
            )
        )
        tissue = np.array([each for slide in self.slides for each in slide.tissues], np.str_)
        patients = patient if (patient != "").any() else None
        return TileLabels(tissue, center, name, patients, columns=self.columns)

    def without(self, tiles: Collection[str], slides: Collection[str]) -> Sample:
        """Without these tiles and slides, and none drawn in their place; the plan names them.

        Tiles by name, slides by slide_id. What the sample does not have is passed over.
        """
        dropped_tiles: set[str] = set()
        dropped_slides: set[str] = set()
        left, faults = [], list(self.faults)
        for slide in self.slides:
            if slide.slide_id in slides:
                dropped_slides.add(slide.slide_id)
                faults.append(Fault(slide.row + 1, slide.slide_id, _FAULT, BY_HAND))
                continue
            names = [tile_name(slide.slide_id, origin) for origin in slide.origins]
            dropped_tiles.update(name for name in names if name in tiles)
            stay = [
                (tissue, origin)
                for name, tissue, origin in zip(names, slide.tissues, slide.origins, strict=True)
                if name not in tiles
            ]
            if stay:
                tissues, origins = zip(*stay, strict=True)
                left.append(replace(slide, tissues=tissues, origins=origins))
            else:
                faults.append(Fault(slide.row + 1, slide.slide_id, _FAULT, BY_HAND))
        plan = replace(
            self.plan,
            dropped_tiles=tuple(sorted(dropped_tiles)),
            dropped_slides=tuple(sorted(dropped_slides)),
        )
        faults.sort(key=lambda fault: fault.row)
        return replace(self, plan=plan, slides=tuple(left), faults=tuple(faults))

    def of_pair(self, tissue: str, center: str) -> tuple[int, int]:
        """How many tiles, and of how many slides, a tissue-center pair has."""
        counts = [s.tissues.count(tissue) for s in self.slides if s.center == center]
        return sum(counts), sum(count > 0 for count in counts)


class _Nothing(Exception):
    """A slide gives no tile; the text says why, as a sentence without its stop."""


def plan_sample(
    opened: OpenCohort, plan: SamplingPlan, report: ProgressFn = ignore_progress
) -> Sample:
    """Look at every slide of a cohort and draw tiles; nothing is written.

    A slide that gives nothing is named with the reason, and the rest is taken. With
    ``plan.quality`` every tile that is drawn is read, and another is drawn for one that is spoiled.

    Raises
    ------
    ReferenceSetError
        If the plan cannot be carried out, or no slide gives a tile.
    """
    plan.check()
    survey = _Survey(opened, plan)
    seen: list[Seen] = []
    n = len(opened.cohort.slides)
    for row in range(n):
        looking = Progress(say("Looking at the slides"), row, n, part=Part.READING)
        report(looking)
        found = survey.look(row, partial(_again, report, looking))
        if found is not None:
            seen.append(found)
    report(Progress(say("Looking at the slides"), n, n, part=Part.READING))
    drawn, thrown_out = draw_sound(seen, plan, report)
    rows = iter(drawn)
    slides = []
    thrown_of = Counter((each.row, each.tissue) for each in thrown_out)
    for each in seen:
        gone = 0
        for choice in each.choices:
            n_thrown = thrown_of[each.taken.row, choice.tissue]
            if n_thrown == len(choice.origins):
                gone += 1
                of = say("{n_thrown} tiles of {tissue}", n_thrown=n_thrown, tissue=choice.tissue)
                survey.fault(each.taken.row, say("all {of} were thrown out as spoiled", of=of))
        tiles = [
            (choice.tissue, origin)
            for choice in each.choices
            for origin in map(tuple, choice.origins[next(rows)].tolist())
        ]
        if tiles:
            tissues, origins = zip(*tiles, strict=True)
            slides.append(_with_tiles(each.taken, tissues, origins))
        elif gone < len(each.choices):
            survey.fault(
                each.taken.row, say("other slides give all tiles of its tissue and center")
            )
    looked_at = tuple(each.taken for each in seen)
    faults = tuple(sorted(survey.faults, key=lambda fault: fault.row))
    if not slides:
        why = "; ".join(map(str, faults)) or say("it has no slides")
        raise ReferenceSetError(
            say("{folder_name} gives no tile: {why}.", folder_name=opened.folder.name, why=why)
        )
    sample = Sample(opened.cohort, plan, tuple(slides), faults, thrown_out, looked_at)
    return _by_hand(sample, report) if plan.dropped_tiles or plan.dropped_slides else sample


def _by_hand(sample: Sample, report: ProgressFn) -> Sample:
    """Without what the plan takes out by hand."""
    plan = sample.plan
    found = sample.without(plan.dropped_tiles, plan.dropped_slides)
    tiles = set(plan.dropped_tiles).difference(found.plan.dropped_tiles)
    tiles = {name for name in tiles if name.rsplit(" ", 2)[0] not in plan.dropped_slides}
    slides = set(plan.dropped_slides).difference(found.plan.dropped_slides)
    if names := sorted(tiles) + sorted(slides):
        report(Notice(say("Not drawn, so not taken out: {names}.", names=first_few(names))))
    if not found.slides:
        raise ReferenceSetError(say("No tile is left: all that were drawn are taken out by hand."))
    return found


class _Survey:
    """Looks at one slide after the other, and notes why some give nothing."""

    def __init__(self, opened: OpenCohort, plan: SamplingPlan) -> None:
        self._plan = plan
        self._slides = opened.cohort.slides
        self._regions = opened.folder / REGIONS_FOLDER
        self._files = opened.files()
        roles = opened.cohort.info.roles
        self._center, self._tissue, self._patient = roles.center, roles.tissue, roles.patient
        self._names: dict[str, int] = {}  # rows, by the key of slide_id
        self._contents: dict[str, int] = {}
        self.faults: list[Fault] = []

    def fault(self, row: int, why: str) -> None:
        """Note why a slide gives nothing, or nothing of one tissue."""
        name = self._slides.slide_ids[row] or say("no slide_id")
        self.faults.append(Fault(row + 1, name, _FAULT, why))

    def look(self, row: int, report: ProgressFn) -> Seen | None:
        """What one slide may give; None, and a fault, if it gives nothing."""
        try:
            return self._look(row, report)
        except (_Nothing, PathguiError) as error:
            self.fault(row, str(error).rstrip("."))
            return None

    def _look(self, row: int, report: ProgressFn) -> Seen | None:
        slides = self._slides
        name, center = slides.slide_ids[row], slides.cell(row, self._center)
        if not name:
            raise _Nothing(say("it has no slide_id"))
        first = self._names.setdefault(slide_key(name), row)
        if first != row:
            raise _Nothing(
                say(
                    "it has the slide_id of row {first}; two slides need two names", first=first + 1
                )
            )
        if not center:
            raise _Nothing(say("it has no {center}", center=self._center))
        given, text = slides.mpps[row], slides.cell(row, MPP)
        if text and given is None:
            raise _Nothing(say("its mpp is no positive number: {text}", text=text))
        areas = load_regions(self._regions, name)
        tissue = self._tissue_of(row, areas)
        path = self._files[row]
        if path is None:
            raise _Nothing(say("its file is not found: pathgui cohort add COHORT --find FOLDER"))
        with SlideFile(path, given).open(report) as slide:
            content = slide.content_id
            kept = slides.cell(row, CONTENT_ID)
            if kept and kept != content:
                raise _Nothing(
                    say(
                        "its file is not the slide that was added: the content "
                        "is another. If that is meant, empty its content_id"
                    )
                )
            first = self._contents.setdefault(content, row)
            if first != row:
                other = slides.slide_ids[first]
                raise _Nothing(
                    say(
                        "it is the same slide as {other} in row {first}: the same content",
                        other=other,
                        first=first + 1,
                    )
                )
            mpp, size = self._scale(slide)
            if min(slide.bounds_l0[2:]) < size:
                raise _Nothing(
                    say("it is smaller than a tile of {edge_um:g} µm", edge_um=self._plan.edge_um)
                )
            shapes_of = self._shapes(slide, areas, tissue)
            choices = tuple(self._choices(row, slide, size, mpp, shapes_of, report))
        taken = SlideTaken(row, name, path, mpp, given, content, center, size, (), ())
        return Seen(taken, choices) if choices else None

    def _tissue_of(self, row: int, areas: Sequence[Area]) -> str:
        """The tissue that the whole slide is of; "" where its regions say what is what."""
        labeled = any(area.kind and not self._is_out(area) for area in areas)
        if self._plan.source == "regions" or (self._plan.source == "both" and labeled):
            if not labeled:
                raise _Nothing(say("it has no labeled regions"))
            return ""
        tissue = self._slides.cell(row, self._tissue)
        if not tissue:
            also = say(", and no labeled regions") if self._plan.source == "both" else ""
            raise _Nothing(say("it has no {tissue}{also}", tissue=self._tissue, also=also))
        return tissue

    def _is_out(self, area: Area) -> bool:
        return area.ignored or area.kind in self._plan.left_out

    def _scale(self, slide: Slide) -> tuple[float, int]:
        """µm per level-0 pixel, and the side of a tile in such pixels."""
        plan = self._plan
        if slide.mpp is None:
            raise _Nothing(
                say(
                    "its file does not say how large its pixels are; write its "
                    "mpp into the column mpp"
                )
            )
        size = round(plan.edge_um / slide.mpp)
        if size * _MOST_ENLARGED < plan.side_px:
            raise _Nothing(
                say(
                    "its pixels of {mpp:.4g} µm are coarser than the {mpp2:g} µm "
                    "of the plan; store a coarser mpp, or take the slide out",
                    mpp=slide.mpp,
                    mpp2=plan.mpp,
                )
            )
        if size < TILE_PX[0]:
            raise _Nothing(
                say(
                    "a tile of {edge_um:g} µm would be {size} of its pixels "
                    "wide; its mpp of {mpp:g} may be wrong",
                    edge_um=plan.edge_um,
                    size=size,
                    mpp=slide.mpp,
                )
            )
        if slide.mpp_source != "user" and (doubts := scale_doubts(slide, plan.edge_um)):
            raise _Nothing(
                say("{doubts} Write the right mpp into the column mpp", doubts=doubts[0])
            )
        return slide.mpp, size

    def _shapes(self, slide: Slide, areas: Sequence[Area], tissue: str) -> dict[str, Any]:
        """Of each tissue its shape in level-0 pixels; ``tissue`` is that of the whole slide."""
        import shapely

        x, y, width, height = slide.bounds_l0
        here = moved(areas, (x, y))
        if not tissue:
            return apart(shapes(here, self._plan.left_out))
        out = [Area(area.rings, "out", None) for area in here if self._is_out(area)]
        holes = shapes(out).get("out", shapely.Polygon())
        return {tissue: shapely.difference(shapely.box(x, y, x + width, y + height), holes)}

    def _choices(
        self,
        row: int,
        slide: Slide,
        size: int,
        mpp: float,
        shapes_of: dict[str, Any],
        report: ProgressFn,
    ) -> Iterator[Choice]:
        plan = self._plan
        reach = size + math.ceil(plan.distance_um / mpp)
        square = Square(size, reach, plan.whole, plan.min_tissue)
        mask = find_tissue(slide, report) if plan.min_tissue > 0 else None
        name = self._slides.slide_ids[row]
        who = self._slides.cell(row, self._patient)
        patient = (
            say("patient {patient_key}", patient_key=patient_key(who))
            if who
            else say("slide {slide_key}", slide_key=slide_key(name))
        )

        def share(origins: Origins) -> Any:
            assert mask is not None  # not asked where no tissue is demanded
            return mask.fraction(origins, size)

        for tissue, shape in sorted(shapes_of.items()):
            placed = place_tiles(shape, square, slide.bounds_l0, share)
            if len(placed.origins):
                center = self._slides.cell(row, self._center)
                yield Choice(name, patient, center, tissue, placed.origins, reach)
            else:
                self.fault(row, self._why_none(tissue, placed))

    def _why_none(self, tissue: str, placed: Placed) -> str:
        plan = self._plan
        if not placed.fitting:
            how = say("lies wholly") if plan.whole else say("has its center")
            return say(
                "no tile of {edge_um:g} µm {how} in what is {tissue} alone",
                edge_um=plan.edge_um,
                how=how,
                tissue=tissue,
            )
        return say(
            "no tile of {tissue} has {min_tissue:.0%} tissue or more; the "
            "fullest has {fullest:.0%}",
            tissue=tissue,
            min_tissue=plan.min_tissue,
            fullest=placed.fullest,
        )


def _with_tiles(
    slide: SlideTaken, tissues: Sequence[str], origins: Sequence[tuple[int, int]]
) -> SlideTaken:
    """The slide with its tiles: tissue by tissue, row by row."""
    order = sorted(range(len(origins)), key=lambda i: (tissues[i], origins[i][::-1]))
    return replace(
        slide,
        tissues=tuple(tissues[i] for i in order),
        origins=tuple(origins[i] for i in order),
    )


def _again(report: ProgressFn, looking: Progress, event: Event) -> None:
    """While one slide is looked at there is nothing new to count, but it can be stopped."""
    report(event if isinstance(event, Notice) else looking)
