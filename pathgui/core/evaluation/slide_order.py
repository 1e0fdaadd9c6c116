"""In which order the slides of a cohort are evaluated, and how much work each is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.language.texts import say
from pathgui.core.reference.same_slide import patient_key, slide_key
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.request import AskedSlide
from pathgui.core.slides.reading.zarr_files import is_zarr_folder, zarr_names


def bytes_of(path: Path) -> int:
    """Size of a slide's file, or of the files in a folder; 0 of what is not there.

    Glass compresses to next to nothing, so the size goes with the area of tissue.
    """
    try:
        if is_zarr_folder(path):
            return sum(size for _, size in zarr_names(path))
        if path.is_dir():
            return sum(each.stat().st_size for each in path.iterdir() if each.is_file())
        return path.stat().st_size
    except OSError:
        return 0


def order_of(slides: Sequence[AskedSlide], sizes: Sequence[int]) -> list[int]:
    """Rows of ``slides`` in the order to evaluate them in.

    The smallest slide of each center comes first, so that all centers have an answer soon. The
    others follow patient by patient, those with the smallest slides first: slides of one patient
    share what is fitted without that patient. Those that cannot be opened come before all: they
    take no time, and the user knows of them at once.
    """
    by_size = sorted(range(len(slides)), key=lambda row: (sizes[row], row))
    gone = [row for row in by_size if slides[row].file is None or slides[row].problem]
    apart = set(gone)
    by_size = [row for row in by_size if row not in apart]
    first: list[int] = []
    centers: set[str | None] = set()
    for row in by_size:
        if slides[row].center not in centers:
            centers.add(slides[row].center)
            first.append(row)
    of_patient: dict[str, list[int]] = defaultdict(list)  # in the order of their smallest slides
    for row in by_size:
        of_patient[_patient(slides[row])].append(row)
    early = set(first)
    rest = [row for rows in of_patient.values() for row in rows if row not in early]
    return [*gone, *first, *rest]


def _patient(slide: AskedSlide) -> str:
    who = patient_key(slide.patient)
    return (
        say("patient {who}", who=who)
        if who
        else say("slide {slide_key}", slide_key=slide_key(slide.slide_id))
    )


@dataclass(frozen=True)
class SlideRow:
    """A slide of the request and where it stands."""

    asked: AskedSlide
    folder: str
    size: int


def rows_of(
    slides: Sequence[AskedSlide], names: CohortNames, sizes: Sequence[int]
) -> list[SlideRow]:
    """Each slide with a folder of its own."""
    taken: set[str] = set()
    rows = []
    for asked, size in zip(slides, sizes, strict=True):
        folder, number = names.folder(asked.slide_id), 1
        while folder in taken:
            number += 1
            folder = f"{names.folder(asked.slide_id)}-{number}"
        taken.add(folder)
        rows.append(SlideRow(asked, folder, size))
    return rows
