"""What a cohort holds, in numbers: slides, patients, and tissues at centers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pathgui.core.cohort.labeled_regions import load_regions
from pathgui.core.cohort.opened import REGIONS_FOLDER, OpenCohort
from pathgui.core.cohort.record import Roles
from pathgui.core.errors import RegionError
from pathgui.core.reference.same_slide import patient_key


@dataclass(frozen=True)
class SlideSeen:
    """One slide of a cohort."""

    slide_id: str
    center: str
    patient: str
    tissues: tuple[str, ...]  # of its labeled regions; without any, what the table says
    regions: int
    file: str  # "" where it is not found


@dataclass(frozen=True)
class Overview:
    """What a cohort holds.

    ``table`` has the number of slides of each tissue at each center, by "tissue × center". A slide
    with regions of several tissues counts for each of them.
    """

    name: str
    roles: Roles
    found: int  # slides whose file is there
    patients: int
    centers: tuple[str, ...]
    tissues: tuple[str, ...]
    table: dict[str, int] = field(default_factory=dict)
    slides: tuple[SlideSeen, ...] = ()


def overview_of(opened: OpenCohort) -> Overview:
    """Look at the table and the regions of a cohort; no slide is opened."""
    slides, roles = opened.cohort.slides, opened.cohort.info.roles
    files = opened.files()
    columns = [slides.column(name) for name in (roles.center, roles.patient, roles.tissue)]
    seen = []
    for row, (center, patient, tissue) in enumerate(zip(*columns, strict=True)):
        name = slides.slide_ids[row]
        try:
            areas = load_regions(opened.folder / REGIONS_FOLDER, name) if name else ()
        except RegionError:  # check says what is wrong with it
            areas = ()
        kinds = sorted({area.kind for area in areas if area.kind and not area.ignored})
        path = files[row]
        tissues = tuple(kinds) or ((tissue,) if tissue else ())
        file = "" if path is None else str(path)
        seen.append(SlideSeen(name, center, patient, tissues, len(areas), file))
    pairs = Counter(
        f"{tissue} × {each.center}" for each in seen for tissue in each.tissues if each.center
    )
    return Overview(
        name=opened.cohort.info.name,
        roles=roles,
        found=sum(bool(each.file) for each in seen),
        patients=len({patient_key(each.patient) for each in seen} - {""}),
        centers=tuple(sorted({each.center for each in seen} - {""})),
        tissues=tuple(sorted({tissue for each in seen for tissue in each.tissues})),
        table=dict(sorted(pairs.items())),
        slides=tuple(seen),
    )
