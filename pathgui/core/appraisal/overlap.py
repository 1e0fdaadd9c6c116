"""Which slides of a set an encoder may have been trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pathgui.core.reference.barcodes import COLLECTIONS, collections_named, collections_of
from pathgui.core.reference.reference_set import ReferenceSet

# names: barcodes in names of slides, patients or tiles; record: the set was packed without names
# and kept what they told; description: its name, description or citation calls the collection
ToldBy = Literal["names", "record", "description"]


@dataclass(frozen=True)
class Collection:
    """A public collection that slides of the set are of."""

    name: str
    slides: int | None  # how many; null where only that there are some is known
    told_by: ToldBy


@dataclass(frozen=True)
class Training:
    """What the table of encoders says that an encoder was trained on."""

    text: str  # in words; "": not known
    trained_on: list[str]  # public collections among that
    facts: Literal["verified", "second-hand", "unverified"]

    def saw(self, collection: Collection) -> Literal["yes", "not named", "unknown"]:
        """Whether it was trained on slides of a collection, as far as is known."""
        if collection.name in self.trained_on:
            return "yes"
        return "not named" if self.text else "unknown"


def collections_in(reference: ReferenceSet) -> list[Collection]:
    """The public collections that the set has slides of, as far as it tells."""
    labels, info = reference.labels, reference.info
    slides: dict[str, set[str]] = {name: set() for name in COLLECTIONS}
    patients = [""] * len(labels) if labels.patient is None else labels.patient.tolist()
    told = zip(labels.slide.tolist(), patients, reference.tiles, strict=True)
    for slide, *others in dict.fromkeys(told):
        for name in collections_of([slide, *others]):
            slides[name].add(slide)
    described = collections_named("\n".join([info.name, info.description, info.citation]))
    found = []
    for name in COLLECTIONS:
        if slides[name]:
            found.append(Collection(name, len(slides[name]), "names"))
        elif name in info.collections:
            found.append(Collection(name, None, "record"))
        elif name in described:
            found.append(Collection(name, None, "description"))
    return found
