"""Studies and series of a DICOMweb archive (QIDO-RS), of slides only."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pathgui.core.archives.addresses import SeriesAddress
from pathgui.core.archives.asking import asking, client_of, no_dicomweb
from pathgui.core.archives.logins import Login
from pathgui.core.errors import ArchiveError
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, ProgressFn, ignore_progress
from pathgui.core.system.background import watched

MODALITY = "SM"  # slide microscopy
MOST_STUDIES = 200  # shown at once

_DATE = re.compile(r"\d{4}(-?\d\d(-?\d\d)?)?")
# Tags as DICOM's JSON names them.
_STUDY, _SERIES, _MODALITIES, _MODALITY_TAG = "0020000D", "0020000E", "00080061", "00080060"
_DATE_TAG, _ACCESSION, _PATIENT, _NAME = "00080020", "00080050", "00100020", "00100010"
_STUDY_TEXT, _SERIES_TEXT, _NUMBER, _INSTANCES = "00081030", "0008103E", "00200011", "00201209"
_SERIES_OF_STUDY = "00201206"


@dataclass(frozen=True)
class Wanted:
    """What is looked for. Empty fields match everything; ``*`` stands for any letters."""

    patient: str = ""  # PatientID
    name: str = ""  # PatientName
    accession: str = ""
    date: str = ""  # 2024, 2024-03, 2024-03-05, or two of them with two dots between
    study: str = ""  # uid


@dataclass(frozen=True)
class Study:
    """One study as the archive lists it."""

    uid: str
    date: str  # 2024-03-05; "" where the archive does not say
    accession: str
    patient: str  # PatientID
    name: str
    description: str
    series: int | None  # how many; None where the archive does not say


@dataclass(frozen=True)
class Series:
    """One series of slide microscopy: a slide."""

    address: SeriesAddress
    number: str
    description: str
    instances: int | None  # files: levels, label, overview

    @property
    def title(self) -> str:
        """A name for the slide that names no patient."""
        return " ".join(part for part in (self.description or "slide", self.number) if part)


def date_range(text: str) -> str:
    """A date, or a span of dates, as DICOM writes it.

    >>> date_range("2024-03"), date_range("2024-03-05"), date_range("2023..2024-02")
    ('20240301-20240331', '20240305', '20230101-20240229')

    Raises
    ------
    ArchiveError
        If it is no date.
    """
    first, dots, last = text.strip().partition("..")
    begin, end = _span(first, text), _span(last, text) if dots else _span(first, text)
    low, high = begin[0] if first or dots else "", end[1]
    return low if low == high else f"{low}-{high}"


def _span(text: str, whole: str) -> tuple[str, str]:
    """The first and the last day that a date may mean; two empty texts where it is left open."""
    from calendar import monthrange
    from datetime import date

    text = text.strip()
    if not text:
        return "", ""
    digits = text.replace("-", "")
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        year, month, day = int(digits[:4]), int(digits[4:6] or 1), int(digits[6:8] or 1)
        begin = date(year, month, day)
        last_month = month if digits[4:6] else 12
        last_day = day if digits[6:8] else monthrange(year, last_month)[1]
        end = date(year, last_month, last_day)
    except ValueError as error:
        raise ArchiveError(
            say(
                "{whole} is no date. Write 2024, 2024-03, 2024-03-05, or a span such as "
                "2024-01..2024-03.",
                whole=whole,
            )
        ) from error
    return begin.strftime("%Y%m%d"), end.strftime("%Y%m%d")


def find_studies(
    base: str,
    wanted: Wanted,
    login: Login | None = None,
    report: ProgressFn = ignore_progress,
) -> tuple[Study, ...]:
    """The studies with slides that match, the newest first; at most :data:`MOST_STUDIES`.

    ``report`` is called while the archive is waited for, and may stop it.

    Raises
    ------
    ArchiveError
        If the archive cannot be reached, refuses, or is none.
    """
    filters = {
        "PatientID": wanted.patient,
        "PatientName": wanted.name,
        "AccessionNumber": wanted.accession,
        "StudyDate": date_range(wanted.date) if wanted.date.strip() else "",
        "StudyInstanceUID": wanted.study,
        "ModalitiesInStudy": MODALITY,
    }
    given = {key: value.strip() for key, value in filters.items() if value.strip()}

    def ask(_: ProgressFn) -> list[dict[str, Any]]:
        client = client_of(base, login)
        with asking(base, no_dicomweb(base).args[0]):
            fields = ["StudyDescription", "ModalitiesInStudy", "NumberOfStudyRelatedSeries"]
            return _listed(
                base,
                client.search_for_studies(search_filters=given, fields=fields, limit=MOST_STUDIES),
            )

    found = []
    for each in _waited(ask, base, report):
        kinds = _values(each, _MODALITIES)
        if _text(each, _STUDY) and (not kinds or MODALITY in kinds):
            number = _text(each, _SERIES_OF_STUDY)
            found.append(
                Study(
                    _text(each, _STUDY),
                    _day(_text(each, _DATE_TAG)),
                    _text(each, _ACCESSION),
                    _text(each, _PATIENT),
                    _text(each, _NAME),
                    _text(each, _STUDY_TEXT),
                    int(number) if number.isdigit() else None,
                )
            )
    return tuple(sorted(found, key=lambda study: (study.date, study.uid), reverse=True))


def list_series(
    base: str,
    study: str,
    login: Login | None = None,
    report: ProgressFn = ignore_progress,
) -> tuple[Series, ...]:
    """The slides of a study, by their numbers.

    Raises
    ------
    ArchiveError
        If there is no such study, it holds no slides, or the archive cannot be asked.
    """
    missing = say(
        "The archive {base} has no study {study} with slides. Search for it again: it may have "
        "been removed, or be another user's.",
        base=base,
        study=study,
    )

    def ask(_: ProgressFn) -> list[dict[str, Any]]:
        client = client_of(base, login)
        with asking(base, missing):
            fields = ["SeriesDescription", "NumberOfSeriesRelatedInstances"]
            return _listed(
                base,
                client.search_for_series(
                    study, search_filters={"Modality": MODALITY}, fields=fields
                ),
            )

    found = []
    for each in _waited(ask, base, report):
        if not _text(each, _SERIES) or _text(each, _MODALITY_TAG) not in ("", MODALITY):
            continue
        number = _text(each, _INSTANCES)
        found.append(
            Series(
                SeriesAddress(base, _text(each, _STUDY) or study, _text(each, _SERIES)),
                _text(each, _NUMBER),
                _text(each, _SERIES_TEXT),
                int(number) if number.isdigit() else None,
            )
        )
    if not found:
        raise ArchiveError(missing)
    return tuple(sorted(found, key=lambda one: (len(one.number), one.number, one.address.series)))


def _waited(
    ask: Callable[[ProgressFn], list[dict[str, Any]]], base: str, report: ProgressFn
) -> list[dict[str, Any]]:
    waiting = Progress(say("Asking {base}", base=base), 0, 1, part=Part.READING)
    report(waiting)
    return watched(ask, report, waiting)


def _listed(base: str, answer: object) -> list[dict[str, Any]]:
    """The answer of the archive, if it is a list of data sets."""
    if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
        raise no_dicomweb(base)
    return answer


def _values(data: Mapping[str, Any], tag: str) -> Sequence[Any]:
    element = data.get(tag)
    values = element.get("Value") if isinstance(element, dict) else None
    return values if isinstance(values, list) else ()


def _text(data: Mapping[str, Any], tag: str) -> str:
    """The first value of a tag as text; names of persons without their carets."""
    for value in _values(data, tag):
        if isinstance(value, dict):
            value = value.get("Alphabetic", "")
            return " ".join(str(value).replace("^", " ").split())
        if value is not None:
            return str(value).strip()
    return ""


def _day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if re.fullmatch(r"\d{8}", text) else text
