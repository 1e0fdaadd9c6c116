"""What the rows of a cohort lack, and why that matters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from pathgui.core.cohort.labeled_regions import (
    REGIONS_ENDING,
    load_regions,
    region_file,
    shapes,
    slide_id_of,
)
from pathgui.core.cohort.opened import REGIONS_FOLDER, OpenCohort
from pathgui.core.cohort.record import Roles
from pathgui.core.cohort.slide_facts import SlideFacts, facts_of_all
from pathgui.core.cohort.slide_table import CONTENT_ID, FILE, MPP, SLIDE_ID, SlideTable
from pathgui.core.errors import RegionError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.same_slide import patient_key, slide_key
from pathgui.core.slides.region_files import Area
from pathgui.core.slides.scale_doubts import contradicts, scale_doubts
from pathgui.core.tables.cells import spelling_notice

_SAME_PLACE = 0.01  # share of the smaller tissue: two outlines drawn by hand touch
_SAME_MPP = 0.02  # relative: scanners calibrate to a per cent or two


@dataclass(frozen=True)
class Fault:
    """What one row lacks. ``row`` counts slides from 1; 0: a fault of no single row."""

    row: int
    slide_id: str
    lacks: str  # of all faults of a kind the same words
    why: str
    command: str = ""  # what mends it in a terminal
    stops: bool = False  # whether the slide cannot be evaluated

    def __str__(self) -> str:
        why = f"{self.why}: {self.command}" if self.command else self.why
        return (
            say("row {row} ({slide_id}): {why}", row=self.row, slide_id=self.slide_id, why=why)
            if self.row
            else why
        )


@dataclass(frozen=True)
class SlideState:
    """One slide as it was found: its file, what that says, its labeled regions."""

    path: Path | None
    facts: SlideFacts | None = None  # None where there is no file, or it was not opened yet
    areas: tuple[Area, ...] = ()
    region_fault: str = ""


@dataclass(frozen=True)
class Checked:
    """All that a check found."""

    faults: tuple[Fault, ...]
    states: Mapping[int, SlideState] = field(default_factory=dict)


def check_cohort(opened: OpenCohort, report: ProgressFn = ignore_progress) -> Checked:
    """Open every slide and every file of regions, and say what each row lacks."""
    slides, roles = opened.cohort.slides, opened.cohort.info.roles
    regions = opened.folder / REGIONS_FOLDER
    files = opened.files()
    states = states_of(slides, files, facts_of_all(files, report), regions)
    return Checked(faults_of(slides, roles, states, regions), states)


def states_of(
    slides: SlideTable,
    files: Sequence[Path | None],
    facts: Mapping[int, SlideFacts],
    regions: Path | None,
) -> dict[int, SlideState]:
    """What is known of each row: its file, the facts of it if it was opened, its regions.

    ``regions``: the folder of the files of regions; None for slides that have none.
    """
    states: dict[int, SlideState] = {}
    for row, path in enumerate(files):
        areas: tuple[Area, ...] = ()
        fault = ""
        name = slides.slide_ids[row]
        try:
            areas = load_regions(regions, name) if name and regions is not None else ()
        except RegionError as error:
            fault = str(error)
        states[row] = SlideState(path, facts.get(row), areas, fault)
    return states


def faults_of(
    slides: SlideTable,
    roles: Roles,
    states: Mapping[int, SlideState],
    regions: Path | None,
) -> tuple[Fault, ...]:
    """What each row lacks, as far as it was looked at; no file of a slide is opened."""
    found = [
        *_rows(slides),
        *_names(slides),
        *_labels(slides, roles.center, roles.patient),
        *_tissues(slides, roles.tissue, states),
        *_files(slides, states),
        *_contents(slides, states),
        *_regions(slides, states),
        *_overlaps(slides, states),
        *_spellings(slides, states, (roles.center, roles.patient, roles.tissue)),
        *(() if regions is None else _stray_regions(slides, regions)),
    ]
    return tuple(sorted(found, key=lambda fault: fault.row or len(slides) + 1))


def _fault(
    slides: SlideTable, row: int, lacks: str, why: str, command: str = "", stops: bool = False
) -> Fault:
    name = slides.slide_ids[row] or say("no slide_id")
    return Fault(row + 1, name, lacks, why, command, stops)


def _rows(slides: SlideTable) -> Iterator[Fault]:
    """Rows that are longer than the headings, and headings that stand there twice."""
    n = len(slides.columns)
    for row, cells in enumerate(slides.rows):
        if any(cell.strip() for cell in cells[n:]):
            why = say(
                "it has {n_cells} values, but there are {n} columns; text "
                "with commas must be in quotes",
                n_cells=len(cells),
                n=n,
            )
            yield _fault(slides, row, "columns", why)
    for name in dict.fromkeys(slides.columns):
        if slides.columns.count(name) > 1:
            why = say('slides.csv has the column "{name}" twice; the first counts', name=name)
            yield Fault(0, "", "columns", why)


def _names(slides: SlideTable) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for row, name in enumerate(slides.slide_ids):
        if not name:
            yield _fault(slides, row, SLIDE_ID, say("it has no slide_id"), stops=True)
            continue
        key = slide_key(name)
        if key in first:
            other = slides.slide_ids[first[key]]
            same = (
                say("the same slide_id as")
                if other == name
                else say("a slide_id like {other} of", other=other)
            )
            why = say(
                "it has {same} row {first}; two slides need two names",
                same=same,
                first=first[key] + 1,
            )
            yield _fault(slides, row, SLIDE_ID, why, stops=True)
        first.setdefault(key, row)


def _labels(slides: SlideTable, center: str, patient: str) -> Iterator[Fault]:
    """No center, and patients at two centers."""
    centers, patients = slides.column(center), slides.column(patient)
    seen: dict[str, tuple[int, str]] = {}
    for row, (where, who) in enumerate(zip(centers, patients, strict=True)):
        if not where:
            yield _fault(slides, row, center, say("it has no {center}", center=center))
        key = patient_key(who)
        if key and where:
            first, other = seen.setdefault(key, (row, where))
            if other != where:
                why = say(
                    "{patient} {who} has the {center} {where} here and "
                    "{other} in row {first}; slides of one patient never "
                    "judge each other",
                    patient=patient,
                    who=who,
                    center=center,
                    where=where,
                    other=other,
                    first=first + 1,
                )
                yield _fault(slides, row, say("patient at two centers"), why)


def _tissues(slides: SlideTable, tissue: str, states: Mapping[int, SlideState]) -> Iterator[Fault]:
    for row, text in enumerate(slides.column(tissue)):
        if not text and not any(not area.ignored for area in states[row].areas):
            why = say(
                "it has no {tissue}, neither in the table nor as labeled regions", tissue=tissue
            )
            yield _fault(slides, row, tissue, why)


def _files(slides: SlideTable, states: Mapping[int, SlideState]) -> Iterator[Fault]:
    """Files that are gone or do not open, and their scale."""
    mpps, texts = slides.mpps, slides.column(MPP)
    for row in range(len(slides)):
        facts, given = states[row].facts, mpps[row]
        if texts[row] and given is None:
            why = say("its mpp is no positive number: {texts}", texts=texts[row])
            yield _fault(slides, row, MPP, why, stops=True)
        if states[row].path is None:
            name = slides.cell(row, FILE)
            what = (
                say("its file {name} is not found", name=name) if name else say("it names no file")
            )
            mend = "pathgui cohort add COHORT --find FOLDER"
            yield _fault(slides, row, FILE, what, mend, stops=True)
        elif facts is None:
            continue  # nobody has opened it yet
        elif facts.fault:
            yield _fault(slides, row, say("readable file"), facts.fault, stops=True)
        elif given is None and facts.mpp is None:
            why = say(
                "its file does not say how large its pixels are; write its mpp into the column mpp"
            )
            yield _fault(slides, row, MPP, why, stops=True)
        elif given and facts.mpp and abs(given / facts.mpp - 1) > _SAME_MPP:
            why = say(
                "its mpp is {given:g} here, but its file says {mpp:.4g}; the table counts",
                given=given,
                mpp=facts.mpp,
            )
            yield _fault(slides, row, say("agreement of mpp"), why)
        elif (
            given is None
            and facts.mpp
            and facts.objective
            and contradicts(facts.mpp, facts.objective, facts.vendor)
        ):
            why = say(
                "its file says {mpp:.4g} µm per pixel and {objective:g}×, "
                "and one of the two is wrong; write the right mpp into the "
                "column mpp",
                mpp=facts.mpp,
                objective=facts.objective,
            )
            yield _fault(slides, row, say("agreement of mpp"), why)
        elif doubts := scale_doubts(facts, given=given):
            mend = (
                say("The table counts") if given else say("Write the right mpp into the column mpp")
            )
            yield _fault(slides, row, say("plausible mpp"), f"{doubts[0]} {mend}")


def _contents(slides: SlideTable, states: Mapping[int, SlideState]) -> Iterator[Fault]:
    """Files that are not those they were, and one slide under two names."""
    first: dict[str, int] = {}
    for row in range(len(slides)):
        facts, kept = states[row].facts, slides.cell(row, CONTENT_ID)
        now = facts.content_id if facts is not None else ""
        if now and kept and now != kept:
            why = say(
                "its file is not the slide that was added: the content is "
                "another. If that is meant, empty its content_id"
            )
            yield _fault(slides, row, say("the slide that was added"), why, stops=True)
        content = now or kept
        if content in first:
            other = slides.slide_ids[first[content]]
            why = say(
                "it is the same slide as {other} in row {first}: the same content",
                other=other,
                first=first[content] + 1,
            )
            yield _fault(slides, row, say("content of its own"), why, stops=True)
        elif content:
            first[content] = row


def _regions(slides: SlideTable, states: Mapping[int, SlideState]) -> Iterator[Fault]:
    """Files of regions that are damaged, and regions that lie outside of their slide."""
    for row in range(len(slides)):
        state = states[row]
        if state.region_fault:
            yield _fault(slides, row, say("readable regions"), state.region_fault)
        if state.facts is None or not state.facts.bounds_l0[2]:
            continue
        width, height = state.facts.bounds_l0[2:]
        out = sum(_is_outside(area, width, height) for area in state.areas)
        if out:
            why = say(
                "{out} of its {n_areas} regions reach out of the slide, "
                "which is {width} x {height} px; they may be of another one",
                out=out,
                n_areas=len(state.areas),
                width=width,
                height=height,
            )
            yield _fault(slides, row, say("regions inside the slide"), why)


def _overlaps(slides: SlideTable, states: Mapping[int, SlideState]) -> Iterator[Fault]:
    """Regions of two tissues on one place, where a tile would be of both."""
    for row in range(len(slides)):
        if len({area.kind for area in states[row].areas}) < 2:
            continue
        tissues = shapes(states[row].areas)
        for one, other in combinations(sorted(tissues), 2):
            smaller = min(tissues[one].area, tissues[other].area)
            share = tissues[one].intersection(tissues[other]).area / smaller if smaller else 0.0
            if share > _SAME_PLACE:
                why = say(
                    "its regions of {one} and {other} overlap, by {share:.0%} of the smaller one",
                    one=one,
                    other=other,
                    share=share,
                )
                yield _fault(slides, row, say("one tissue a place"), why)


def _spellings(
    slides: SlideTable, states: Mapping[int, SlideState], columns: Sequence[str]
) -> Iterator[Fault]:
    """Labels that may be one and count as several."""
    for name in columns:
        texts = slides.column(name)
        if name == columns[-1]:
            texts += sorted({area.kind for state in states.values() for area in state.areas})
        told = spelling_notice({name: (texts, texts)})
        if told:
            yield Fault(0, "", say("one spelling"), told.rstrip("."))


def _is_outside(area: Area, width: int, height: int) -> bool:
    """Whether an area reaches further out of the scanned part than a drawing at its edge does."""
    margin = 0.01 * max(width, height)
    xs = [x for x, _ in area.rings[0]]
    ys = [y for _, y in area.rings[0]]
    return bool(
        min(xs) < -margin or min(ys) < -margin
        or max(xs) > width + margin or max(ys) > height + margin
    )  # fmt: skip


def _stray_regions(slides: SlideTable, regions: Path) -> Iterator[Fault]:
    known = {region_file(regions, name).name for name in slides.slide_ids}
    for path in _geojson_in(regions):
        if path.name not in known:
            name = slide_id_of(path)
            why = say(
                "{REGIONS_FOLDER}/{path_name} is of no slide: no row has the slide_id {name}",
                REGIONS_FOLDER=REGIONS_FOLDER,
                path_name=path.name,
                name=name,
            )
            yield Fault(0, name, SLIDE_ID, why)


def _geojson_in(folder: Path) -> Sequence[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == REGIONS_ENDING)
    except OSError:
        return ()
