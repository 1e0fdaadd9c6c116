"""Which tiles of a reference set come from the slide that is judged, or from its patient.

A slide that is judged by its own tiles agrees with itself: 100 % of its own center, nothing
outside. Here alone it is decided which tiles those are. Names and content ids decide at once.
Nearness of embeddings only suggests: it shows where to look, and equal pixels decide. So a copy of
a slide under another name is found where its tiles lie on the same lattice; on a shifted one it may
be missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.errors import PathguiError, plural
from pathgui.core.language.texts import noted, say
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.same_slide import (
    LeftOut,
    Reason,
    file_key,
    patient_key,
    patient_of_slide,
)
from pathgui.core.slides.slide import Slide

MOST_NAMED = 5  # slides, in a sentence
COMPARED_PX = 32  # side at which pictures are compared: resizing and JPEG blocks are averaged out
EQUAL_LEVELS = 3.0  # mean difference of gray levels, out of 255, up to which pictures are equal
EQUAL_CORRELATION = 0.97
ONLY_NAMES = noted(
    "Whether tiles of the set are this slide's own is told by names, content "
    "ids and patients alone: controls suggest no tiles to compare, so a copy "
    "under another name would judge itself. Tick another encoder to have "
    "pixels compared."
)
BLANK_LEVELS = 4.0  # standard deviation below which a picture shows nothing to tell it by
MOST_LOOKED_AT = 32  # pairs of tiles whose pixels are compared for one encoder


@dataclass(frozen=True)
class OwnTiles:
    """What was found of a slide in a reference set."""

    rows: NDArray[np.bool_]  # (n_reference,)
    left_out: tuple[LeftOut, ...] = ()

    @property
    def sentence(self) -> str:
        """What is left out and why; "" where nothing is."""
        if not self.left_out:
            return ""
        named = "; ".join(each.words for each in self.left_out[:MOST_NAMED])
        if (more := len(self.left_out) - MOST_NAMED) > 0:
            named += say("; and {more_slides}", more_slides=plural(more, "more slide"))
        return say(
            "{sum} reference tiles come from this slide or its patient; they "
            "are left out wherever the slide is judged: {named}.",
            sum=int(self.rows.sum()),
            named=named,
        )


def own_tiles(
    reference: ReferenceSet, slide: Slide, called: str = "", patient: str = ""
) -> OwnTiles:
    """Reference tiles of the slide, by its names and its content, and of its patient.

    ``called`` is what a cohort calls the slide, and ``patient`` who it says it is from; "" where
    it does not say.
    """
    labels = reference.labels
    names = [*_names_of(slide), called]
    keys = {file_key(name) for name in names} - {""}
    reasons: dict[str, Reason] = {
        str(name): "name" for name in np.unique(labels.slide) if file_key(str(name)) in keys
    }
    if reference.slide_contents:
        content = np.array(reference.slide_contents) == slide.content_id
        for name in np.unique(labels.slide[content]):
            reasons.setdefault(str(name), "content")
    patients = {patient_of_slide(name) for name in names}
    patients |= {patient_key(slide.properties.get("dicom.PatientID", "")), patient_key(patient)}
    return _with_patients(reference, reasons, patients)


def with_slides(reference: ReferenceSet, known: OwnTiles, slides: Iterable[str]) -> OwnTiles:
    """What is known of the slide, and these slides of the set, whose pixels are its own."""
    reasons: dict[str, Reason] = {each.slide: each.reason for each in known.left_out}
    for name in slides:
        reasons.setdefault(name, "pixels")
    return _with_patients(reference, reasons, set())


def _with_patients(
    reference: ReferenceSet, reasons: dict[str, Reason], patients: set[str]
) -> OwnTiles:
    """Add the other slides of the patients of those slides, and of ``patients``."""
    labels = reference.labels
    names = labels.slide
    own = np.isin(names, list(reasons))
    patients = patients | {patient_of_slide(name) for name in reasons}
    if labels.patient is not None:
        patients |= {patient_key(str(name)) for name in np.unique(labels.patient[own])}
    patients -= {""}
    if patients:
        of_patient = {
            str(name) for name in np.unique(names) if patient_of_slide(str(name)) in patients
        }
        rows = np.isin(names, list(of_patient))
        if labels.patient is not None:
            known = np.unique(labels.patient)
            same = [name for name in known if patient_key(str(name)) in patients]
            rows |= np.isin(labels.patient, same)
        for name in np.unique(names[rows]):
            reasons.setdefault(str(name), "patient")
        own |= rows
    counts = dict(zip(*np.unique(names[own], return_counts=True), strict=True))
    left_out = [
        LeftOut(name, int(counts[name]), reason)
        for name, reason in sorted(reasons.items())
        if name in counts
    ]
    return OwnTiles(own, tuple(left_out))


def _names_of(slide: Slide) -> list[str]:
    """What a slide is called: its file or folder, and what a DICOM file says of itself."""
    told = ("dicom.SeriesInstanceUID", "dicom.ContainerIdentifier")
    return [slide.path.name, *(slide.properties.get(each, "") for each in told)]


class Pictures(Protocol):
    """Tiles that can be read."""

    def read(self, index: int, min_px: int) -> NDArray[np.uint8]:
        """RGB (h, w, 3)."""
        ...


def slides_with_equal_pixels(
    pairs: Sequence[tuple[int, int]], slide: Pictures, reference: Pictures, names: NDArray[np.str_]
) -> list[str]:
    """Slides of the reference set of which a tile has the pixels of a tile of the slide.

    Parameters
    ----------
    pairs
        A tile of ``slide`` and one of ``reference`` each, the nearest first; what comes after
        :data:`MOST_LOOKED_AT` of them is not looked at.
    names : (n_reference,)
        The slide of each reference tile.
    """
    found: list[str] = []
    for own, other in pairs[:MOST_LOOKED_AT]:
        if str(names[other]) in found:
            continue
        try:
            picture = reference.read(other, 1)
            tile = slide.read(own, max(picture.shape[:2]))
        except PathguiError:
            continue
        if equal_pixels(tile, picture):
            found.append(str(names[other]))
    return found


def equal_pixels(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    """Whether two pictures are the same but for resizing and compression. Blank ones never are."""
    small = [_small(picture) for picture in (one, other)]
    if min(float(each.std(axis=(0, 1)).max()) for each in small) < BLANK_LEVELS:
        return False
    if float(np.abs(small[0] - small[1]).mean()) > EQUAL_LEVELS:
        return False
    return float(np.corrcoef(small[0].ravel(), small[1].ravel())[0, 1]) >= EQUAL_CORRELATION


def _small(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    size = (COMPARED_PX, COMPARED_PX)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX), np.float64)
