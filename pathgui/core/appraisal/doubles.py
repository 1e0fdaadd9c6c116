"""What is in a reference set twice: pictures, slides under two names, patients at two centers."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.same_slide import patient_key, patient_of_slide, slide_key


@dataclass(frozen=True)
class NamedTile:
    """One tile of a set."""

    row: int  # in the table of tiles, from 0
    tile: str  # its name
    slide: str
    tissue: str
    center: str


@dataclass(frozen=True)
class SamePicture:
    """Tiles that are one picture, to the byte."""

    tiles: list[NamedTile]

    @property
    def apart(self) -> bool:
        """Whether they are of several slides, or bear several labels: one of them is wrong."""
        return len({(each.slide, each.tissue, each.center) for each in self.tiles}) > 1


Likeness = Literal["content", "spelling"]


@dataclass(frozen=True)
class SameSlide:
    """Names that mean one slide."""

    slides: list[str]
    centers: list[str]
    # content: the files are the same; spelling: the names differ in signs between their parts
    likeness: Likeness
    one_group: bool  # they are taken for one slide, or one patient, so they never judge each other


@dataclass(frozen=True)
class Wanderer:
    """A patient with slides from several centers."""

    patient: str
    slides: list[str]
    centers: list[str]


@dataclass(frozen=True)
class Doubles:
    """All that is in a set twice."""

    pictures: list[SamePicture]
    checksums: bool  # whether the set has the checksums of its pictures, by which they are found
    slides: list[SameSlide]
    content_ids: bool  # whether the set has the content ids of its slides
    patients: list[Wanderer]

    def renamed(
        self,
        slide: Callable[[str], str],
        patient: Callable[[str], str],
        tile: Callable[[NamedTile], str],
    ) -> Doubles:
        """The same under other names."""
        return replace(
            self,
            pictures=[
                SamePicture(
                    [replace(one, tile=tile(one), slide=slide(one.slide)) for one in each.tiles]
                )
                for each in self.pictures
            ],
            slides=[replace(each, slides=[*map(slide, each.slides)]) for each in self.slides],
            patients=[
                replace(each, patient=patient(each.patient), slides=[*map(slide, each.slides)])
                for each in self.patients
            ],
        )


def named_tile(reference: ReferenceSet, row: int) -> NamedTile:
    """One tile under its names."""
    labels = reference.labels
    columns = (labels.slide, labels.tissue, labels.center)
    return NamedTile(row, reference.tiles[row], *(str(column[row]) for column in columns))


def find_doubles(reference: ReferenceSet) -> Doubles:
    """Compare checksums, content ids and names; nothing is opened."""
    labels = reference.labels
    slide = [str(name) for name in labels.slide]
    center = [str(name) for name in labels.center]
    patient = [""] * len(slide) if labels.patient is None else [str(n) for n in labels.patient]
    pictures = [
        SamePicture([named_tile(reference, row) for row in rows])
        for rows in _shared(reference.sha256)
    ]
    groups = labels.groups.tolist()
    found: dict[tuple[str, ...], SameSlide] = {}
    likenesses: list[tuple[Likeness, Sequence[str]]] = [
        ("content", reference.slide_contents),
        ("spelling", _each(slide, _without_signs)),
    ]
    for likeness, keys in likenesses:
        for rows in _shared(keys):
            names = tuple(sorted({slide[row] for row in rows}))
            if len(names) > 1 and names not in found:
                found[names] = SameSlide(
                    list(names),
                    sorted({center[row] for row in rows}),
                    likeness,
                    len({groups[row] for row in rows}) == 1,
                )
    told = zip(_each(patient, patient_key), _each(slide, patient_of_slide), strict=True)
    own = [given or by_slide for given, by_slide in told]
    wanderers = []
    for rows in _shared(own):
        centers = sorted({center[row] for row in rows} - {""})
        if len(centers) > 1:
            named = next((patient[row] for row in rows if patient[row]), own[rows[0]])
            wanderers.append(Wanderer(named, sorted({slide[row] for row in rows}), centers))
    return Doubles(
        pictures, bool(reference.sha256), list(found.values()), any(reference.slide_contents),
        wanderers,
    )  # fmt: skip


def _each(names: Sequence[str], key: Callable[[str], str]) -> list[str]:
    known = {name: key(name) for name in set(names)}
    return [known[name] for name in names]


def _shared(keys: Iterable[Hashable]) -> list[list[int]]:
    """Rows that have a key in common, for each key that several have; empty keys are none."""
    rows: dict[Hashable, list[int]] = defaultdict(list)
    for row, key in enumerate(keys):
        if key:
            rows[key].append(row)
    return [each for each in rows.values() if len(each) > 1]


def _without_signs(name: str) -> str:
    """A slide's name with one sign between its parts, whatever was written there.

    >>> _without_signs("S23_001 A.svs") == _without_signs("s23-001-a")
    True
    """
    plain = unicodedata.normalize("NFKC", slide_key(name))
    return re.sub(r"[\W_]+", "-", plain).strip("-")
