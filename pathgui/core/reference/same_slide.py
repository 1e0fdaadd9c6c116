"""Whether two names mean the same slide, or the same patient, however they are spelled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from pathgui.core.errors import plural
from pathgui.core.language.texts import noted
from pathgui.core.system.endings import LINK_ENDING

# Endings that are no part of a slide's name. Of others it is not known: in "S23.001" and in a
# DICOM uid all of it is the name.
_ENDINGS = (
    "svs", "tif", "tiff", "ndpi", "mrxs", "scn", "bif", "vms", "vmu", "svslide", "dcm", "dicom",
    "czi", "zvi", "isyntax", "qptiff", "ome", "png", "jpg", "jpeg", "h5", "zarr", LINK_ENDING[1:],
)  # fmt: skip
_ENDING = re.compile(rf"\.(?:{'|'.join(_ENDINGS)})$")
_UUID = re.compile(r"\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")  # of the GDC
_TCGA_PATIENT = re.compile(r"tcga-[0-9a-z]{2}-[0-9a-z]{4}(?![0-9a-z])")

Reason = Literal["name", "content", "pixels", "patient"]

REASON_WORDS: dict[Reason, str] = {
    "name": noted("same name"),
    "content": noted("same file"),
    "pixels": noted("same pixels"),
    "patient": noted("same patient"),
}


@dataclass(frozen=True)
class LeftOut:
    """A slide of the reference set that must not judge."""

    slide: str  # as the reference set names it
    tiles: int
    reason: Reason

    @property
    def words(self) -> str:
        """For the user: which, how many tiles, why."""
        tiles = plural(self.tiles, "tile")
        return f"{self.slide} ({tiles}: {REASON_WORDS[self.reason]})"


def slide_key(name: str) -> str:
    """What is the same in all spellings of a slide's name: no case, file ending, trailing UUID.

    >>> slide_key("TCGA-3C-AALI-01Z-00-DX1.F6E9A5DF-D8FB-45CF-B4BD-C6B76294C291.svs")
    'tcga-3c-aali-01z-00-dx1'
    >>> slide_key("S23.001"), slide_key("S23.002.SVS"), slide_key("1.2.840.10008")
    ('s23.001', 's23.002', '1.2.840.10008')
    """
    key = _plain(name)
    while True:
        shorter = _UUID.sub("", _ENDING.sub("", key))
        if shorter == key or not shorter:
            return key
        key = shorter


def file_key(name: str) -> str:
    """The key of a slide's name that may be a path: that of its last part."""
    return slide_key(re.split(r"[\\/]", name.rstrip("\\/"))[-1])


def patient_key(name: str) -> str:
    """The same for a patient; of a TCGA barcode the first 12 characters.

    >>> patient_key("TCGA-3C-AALI-01Z"), patient_key(" P7 ")
    ('tcga-3c-aali', 'p7')
    """
    key = _plain(name)
    found = _TCGA_PATIENT.match(key)
    return found.group() if found else key


def patient_of_slide(name: str) -> str:
    """The key of the patient that a slide's name tells, as TCGA barcodes do; "" for others."""
    found = _TCGA_PATIENT.match(file_key(name))
    return found.group() if found else ""


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()
