"""Rows of tiles from columns of labels, and what slide names tell of patients."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pathgui.core.language.texts import say
from pathgui.core.reference.manifest import Row

_TCGA = re.compile(r"TCGA-[0-9A-Z]{2}-[0-9A-Z]{4}(?![0-9A-Z])", re.IGNORECASE)
_NUMBERED = re.compile(r"patient_\d+", re.IGNORECASE)
_NEEDED = ("slide_id", "center", "tissue")


def patient_of(slide: str) -> str:
    """The patient that a slide's name tells; "" where it tells none.

    >>> patient_of("TCGA-E9-A1R5-01Z-00-DX1"), patient_of("patient_004_node_4")
    ('TCGA-E9-A1R5', 'patient_004')
    >>> patient_of("normal_017")
    ''
    """
    found = _TCGA.match(slide) or _NUMBERED.match(slide)
    return found.group() if found else ""


def with_patients(columns: dict[str, list[str]]) -> str:
    """Fill in patients that names of slides tell; returns what was supposed, as a sentence."""
    known: dict[str, str] = {}
    patients = [known.setdefault(slide, patient_of(slide)) for slide in columns["slide_id"]]
    told = sum(bool(patient) for patient in known.values())
    if not told:
        return say(
            "No patient is given, nor told by names of slides: each slide is "
            "supposed to be of a patient of its own."
        )
    columns["patient_id"] = patients
    rest = len(known) - told
    others = (
        say(" The {rest} others are supposed to be of patients of their own.", rest=rest)
        if rest
        else ""
    )
    # No name stands here: the sentence is kept in sets that are given away without names.
    return say(
        "The patient is supposed from the slide's name (the TCGA "
        "participant, or patient_NUMBER), of {told} of {n_known} "
        "slides.{others}",
        told=told,
        n_known=len(known),
        others=others,
    )


def make_rows(
    columns: Mapping[str, Sequence[str]],
    *,
    mpp: float | None,
    file: Path,
    place: Callable[[int], str] = lambda row: "",
) -> list[Row]:
    """One row for each entry of the columns, which are of one length.

    A row without slide, center or tissue is refused, and so is one that has slide and tile name of
    an earlier one. ``place`` says where a row is, if its number does not.
    """
    names = list(columns)
    first_with: dict[tuple[str, str], int] = {}
    rows = []
    for index, cells in enumerate(zip(*columns.values(), strict=True)):
        values = dict(zip(names, cells, strict=True))
        row = Row(index + 1, values, file, mpp=mpp)
        rows.append(row)
        missing = [name for name in _NEEDED if not values[name]]
        key = values["slide_id"], values["tile"]
        if missing:
            kind = say("no {missing}", missing=say(" and no ").join(missing))
            row.refuse(kind + place(index), kind)
        elif key in first_with:
            twin = first_with[key]
            row.refuse(
                say(
                    "the same tile as in row {twin}: {values}{place}",
                    twin=twin,
                    values=values["tile"],
                    place=place(index),
                ),
                say("the same tile as in another row"),
            )
        else:
            first_with[key] = row.number
    return rows
