"""What a slide's file says of itself, for a cohort: whether it opens, its scale, its scanner."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.progress import Event, Progress, ProgressFn, ignore_progress
from pathgui.core.slides.reading.properties import mpp_of
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile

_NOTHING = ("", "unknown", "none", "n/a", "not specified")  # what converters fill in
_EPOCH = "1970-01-01"
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class SlideFacts:
    """Facts of one file. Where it does not open, ``fault`` says why and the rest is empty."""

    path: Path
    fault: str = ""
    mpp: float | None = None  # µm per level-0 pixel, as the file says
    size_l0: tuple[int, int] = (0, 0)  # width, height
    bounds_l0: tuple[int, int, int, int] = (0, 0, 0, 0)  # the part that was scanned
    objective: float | None = None
    content_id: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def mpp_source(self) -> str:
        """Whose the scale is: the file's, never the user's."""
        return "file"

    @property
    def vendor(self) -> str:
        """What OpenSlide calls the maker of the file; "" if it does not say."""
        return self.properties.get("openslide.vendor", "")

    @property
    def scanner(self) -> str:
        """Model of the scanner; "" if the file does not say."""
        return _first(self.properties, _SCANNERS)

    @property
    def scanner_serial(self) -> str:
        """What tells this scanner from others of its model; "" if the file does not say."""
        return _first(self.properties, _SERIALS)

    @property
    def scan_date(self) -> str:
        """Day of the scan as YYYY-MM-DD; "" if the file does not say, or in no form that is known.

        Aperio writes the month first.
        """
        for name, form in _DATES:
            found = re.match(form, self.properties.get(name, "").strip())
            if found:
                parts = {key: int(text) for key, text in found.groupdict().items()}
                year = parts["y"] + (2000 if parts["y"] < 100 else 0)
                day = f"{year:04d}-{parts['m']:02d}-{parts['d']:02d}"
                if 1 <= parts["m"] <= 12 and 1 <= parts["d"] <= 31 and day != _EPOCH:
                    return day
        return ""


def facts_of(path: Path, report: ProgressFn = ignore_progress) -> SlideFacts:
    """Open a slide and look at what it says of itself. ``report`` can stop it."""
    try:
        with SlideFile(path, direct=False).open(report) as slide:
            return facts_from(path, slide)
    except PathguiError as error:
        return SlideFacts(path, fault=str(error))


def facts_from(path: Path, slide: Slide) -> SlideFacts:
    """What a slide that is open says of itself, also where the user gave another scale."""
    return SlideFacts(
        path=path,
        mpp=mpp_of(slide.properties),
        size_l0=slide.size_l0,
        bounds_l0=slide.bounds_l0,
        objective=slide.objective,
        content_id=slide.content_id,
        properties=dict(slide.properties),
    )


def facts_of_all(
    files: Sequence[Path | None], report: ProgressFn = ignore_progress
) -> dict[int, SlideFacts]:
    """The facts of each file that there is, by row. ``report`` can stop it, between two or in one.

    Slides are opened one after the other.
    """
    found = {}
    for row, path in enumerate(files):
        opening = Progress(say("Opening slides"), row, len(files))
        report(opening)
        if path is not None:
            found[row] = facts_of(path, partial(_again, report, opening))
    report(Progress(say("Opening slides"), len(files), len(files)))
    return found


def _again(report: ProgressFn, opening: Progress, _: Event) -> None:
    """While one slide is opened there is nothing new to report, but it can be stopped."""
    report(opening)


# By format, as OpenSlide calls what the scanner wrote. The first that is there is taken; several
# names in a row are one text.
_SCANNERS = (
    ("aperio.ScannerType",), ("aperio.ScanScope ID",),
    ("hamamatsu.Product",), ("tiff.Make", "tiff.Model"), ("tiff.Model",),
    ("leica.device-model",),
    ("ventana.ScannerModel",),
    ("mirax.NONHIERLAYER_0_LEVEL_0_SECTION.SCANNER_HARDWARE_VERSION",),
    ("dicom.Manufacturer", "dicom.ManufacturerModelName"), ("dicom.ManufacturerModelName",),
    ("philips.DICOM_MANUFACTURER",),
)  # fmt: skip
_SERIALS = (
    ("aperio.ScanScope ID",),
    ("hamamatsu.NDP.S/N",),
    ("ventana.UnitNumber",),
    ("mirax.NONHIERLAYER_0_LEVEL_0_SECTION.SCANNER_HARDWARE_ID",),
    ("dicom.DeviceSerialNumber",), ("dicom.StationName",),
    ("philips.DICOM_DEVICE_SERIAL_NUMBER",),
)  # fmt: skip
_YEAR_FIRST = r"(?P<y>\d{4})[-/:.]?(?P<m>\d{2})[-/:.]?(?P<d>\d{2})"
_MONTH_FIRST = r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{2,4})"
_DATES = (
    ("aperio.Date", _MONTH_FIRST),
    ("aperio.Date", _YEAR_FIRST),
    ("hamamatsu.Created", _YEAR_FIRST),
    ("leica.creation-date", _YEAR_FIRST),
    ("ventana.ScanDate", _YEAR_FIRST),
    ("mirax.GENERAL.SLIDE_CREATIONDATETIME", r"(?P<d>\d{2})/(?P<m>\d{2})/(?P<y>\d{4})"),
    ("dicom.AcquisitionDateTime", _YEAR_FIRST),
    ("dicom.ContentDate", _YEAR_FIRST),
    ("philips.DICOM_ACQUISITION_DATETIME", _YEAR_FIRST),
    ("tiff.DateTime", _YEAR_FIRST),
)


def _first(properties: Mapping[str, str], choices: tuple[tuple[str, ...], ...]) -> str:
    for names in choices:
        texts = [_SPACES.sub(" ", properties.get(name, "")).strip() for name in names]
        known = [text for text in texts if text.casefold() not in _NOTHING]
        if len(known) == len(texts):
            return " ".join(known)
    return ""
