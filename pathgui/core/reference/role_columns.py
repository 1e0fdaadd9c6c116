"""A reference set with other columns in the roles of center and tissue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pathgui.core.errors import ReferenceSetError, first_few
from pathgui.core.language.texts import say
from pathgui.core.reference.given import MOST_NAMED, known_spelling, unknown_name
from pathgui.core.reference.labels import TextArray, TileLabels
from pathgui.core.reference.reference_set import NO_ROLE, ReferenceSet
from pathgui.core.reference.roles import CENTER, TISSUE, RoleColumns, noun_of
from pathgui.core.tables.cells import label_column

# Columns that a set may have beside the center, by their usual names.
PREPARED = ("scanner", "stain", "stainer", "batch")  # how a slide was made
FACTORS = (*PREPARED, "period", "year", "month")


@dataclass(frozen=True)
class Candidate:
    """A column of a reference set, and which roles it can play."""

    name: str
    values: tuple[str, ...]  # sorted
    n_empty: int  # tiles of which it says nothing
    no_center: str = ""  # why it cannot play the center, as the end of a sentence; "": it can
    no_tissue: str = ""


def in_roles(
    reference: ReferenceSet, centers: Sequence[str] = (), tissue: str = ""
) -> ReferenceSet:
    """The set with other columns in the roles of center and tissue.

    Tiles of which one of the two says nothing are left out, and counted in ``left_out``.

    Parameters
    ----------
    centers
        Columns that play the center. The first one does so in the set that is returned; that the
        others can is made sure of, see :func:`further_centers`. Empty: the set's own.
    tissue
        The column that plays the tissue; "": the set's own.

    Raises
    ------
    ReferenceSetError
        If there is no such column, or it cannot play that role: it has a single value, or, for a
        center, slides with several.
    """
    own = reference.own or reference
    named = [_find(own, name, CENTER) for name in centers] or [own.columns.center]
    as_tissue = _find(own, tissue, TISSUE) if tissue else own.columns.tissue
    for i, name in enumerate(named):
        if name in named[:i]:
            raise ReferenceSetError(_twice(own, name, centers))
        if name == as_tissue:
            raise ReferenceSetError(
                say(
                    "The column {name!r} cannot play both the center and the "
                    "tissue: name another column for one of them.",
                    name=name,
                )
            )
        if centers and (why := why_no_center(own.labels.slide, _labels_in(own, name))):
            raise ReferenceSetError(_refusal(own, name, CENTER, why))
    tissues = _labels_in(own, as_tissue)
    if tissue and (why := why_no_tissue(tissues)):
        raise ReferenceSetError(_refusal(own, as_tissue, TISSUE, why))
    columns = RoleColumns(named[0], as_tissue)
    if columns == reference.columns:
        return reference
    if columns == own.columns:
        return own
    return _taking(own, columns, _labels_in(own, named[0]), tissues)


def further_centers(reference: ReferenceSet, centers: Sequence[str]) -> dict[str, TextArray]:
    """What the columns after the first say of each tile of ``reference``, "" for nothing.

    By the columns' names. ``reference`` is what :func:`in_roles` returned for ``centers``.
    """
    own = reference.own or reference
    rows = _rows_in(own, reference)
    names = [_find(own, name, CENTER) for name in centers[1:]]
    return {name: _labels_in(own, name)[rows] for name in names}


def factor_columns(
    reference: ReferenceSet, centers: Sequence[str] = (), wanted: Sequence[str] = FACTORS
) -> dict[str, TextArray]:
    """What may make slides of one tissue look different, of each tile of ``reference``.

    By column, the one that plays the center first: then those that are named beside it, the set's
    own center, and those of ``wanted`` that the set has. A column with one value, or with several
    on a slide, is none. "" for nothing.
    """
    own = reference.own or reference
    rows = _rows_in(own, reference)
    known = list(dict.fromkeys((own.columns.center, *_further(own))))
    found = {reference.columns.center: reference.labels.center}
    found |= further_centers(reference, centers)
    for each in (own.columns.center, *wanted):
        name = known_spelling(each, known)
        if name is None or name in found or name == reference.columns.tissue:
            continue
        values = _labels_in(own, name)[rows]
        if len(set(values[values != ""].tolist())) > 1 and _once(reference.labels.slide, values):
            found[name] = values
    return found


def _once(slides: TextArray, values: TextArray) -> bool:
    """Whether no slide has two values."""
    known = values != ""
    pairs = set(zip(slides[known].tolist(), values[known].tolist(), strict=True))
    return len(pairs) == len({slide for slide, _ in pairs})


def left_out_text(reference: ReferenceSet) -> str:
    """How many tiles are left out because a column in a role says nothing of them; "" if none."""
    if not reference.left_out:
        return ""
    columns = reference.columns
    return say(
        "{left_out:,} of {n_reference:,} tiles of the reference set are left "
        "out: the set does not say of which {of_center}, or of which "
        "{of_tissue}, they are.",
        left_out=reference.left_out,
        n_reference=len(reference) + reference.left_out,
        of_center=columns.of_center,
        of_tissue=columns.of_tissue,
    )


def headings(reference: ReferenceSet) -> tuple[str, str]:
    """What a table of tiles calls their tissue and their center.

    The roles' own names as long as the set's own columns play them: under these names ``pathgui
    reference edit`` takes new labels. Any other column has its own name.
    """
    own, now = (reference.own or reference).columns, reference.columns
    return (
        TISSUE if now.tissue == own.tissue else now.tissue,
        CENTER if now.center == own.center else now.center,
    )


def candidates(reference: ReferenceSet) -> list[Candidate]:
    """The columns of a set that a role could be asked of, its own first."""
    own = reference.own or reference
    names = dict.fromkeys((own.columns.center, own.columns.tissue, *_further(own)))
    return [_candidate(own, name) for name in names]


def _candidate(own: ReferenceSet, name: str) -> Candidate:
    labels = _labels_in(own, name)
    values = tuple(str(value) for value in np.unique(labels[labels != ""]))
    no_center, no_tissue = why_no_center(own.labels.slide, labels), why_no_tissue(labels)
    if name == own.columns.center:
        no_center, no_tissue = "", say("it plays the center")
    elif name == own.columns.tissue:
        no_center, no_tissue = say("it plays the tissue"), ""
    return Candidate(name, values, int(np.count_nonzero(labels == "")), no_center, no_tissue)


def _further(own: ReferenceSet) -> list[str]:
    """Columns beside those that play the set's own roles."""
    return [] if own.further is None else [
        name for name in own.further.column_names if name not in (CENTER, TISSUE)
    ]  # fmt: skip


def _find(own: ReferenceSet, given: str, role: str) -> str:
    """The column that is meant, as the set spells it.

    Where the set's own center was taken from a column scanner, both names mean it.
    """
    played = {CENTER: own.columns.center, TISSUE: own.columns.tissue}
    known = list(dict.fromkeys((*played.values(), *_further(own))))
    if given in played:
        return given if given in known else played[given]
    if (found := known_spelling(given, known)) is not None:
        return found
    if given in NO_ROLE:
        raise ReferenceSetError(
            say(
                "The column {given!r} says which tile a row is of, so it cannot "
                "play the {role}. Columns that may are: {known}.",
                given=given,
                role=role,
                known=first_few(known, MOST_NAMED),
            )
        )
    raise ReferenceSetError(unknown_name("column", given, own.info.name, known))


def _labels_in(own: ReferenceSet, name: str) -> TextArray:
    """What a column says of each tile of the whole set; "" for nothing."""
    if name == own.columns.center:
        return own.labels.center
    if name == own.columns.tissue:
        return own.labels.tissue
    assert own.further is not None  # else there is no such name
    return np.array(label_column(own.further.column(name).to_pylist()), dtype=np.str_)


def why_no_tissue(labels: TextArray) -> str:
    """Why labels of tiles can be no tissues; "" if they can. "" is no label."""
    values = np.unique(labels[labels != ""]).tolist()
    if not values:
        return say("it says nothing of any tile")
    return (
        say("all tiles have the same value in it, {values!r}", values=values[0])
        if len(values) == 1
        else ""
    )


def why_no_center(slides: TextArray, labels: TextArray) -> str:
    """Why labels of tiles, whose slides are given, can be no centers; "" if they can.

    A center is a fact of a slide: tests deal centers out among slides, and intervals leave
    slides out. So a column with several values on a slide is none.
    """
    if why := why_no_tissue(labels):
        return why
    slide = np.unique(slides, return_inverse=True)[1]
    value = np.unique(labels, return_inverse=True)[1]
    known = labels != ""
    pairs = np.unique(np.stack([slide[known], value[known]]), axis=1)
    torn = np.flatnonzero(np.bincount(pairs[0]) > 1)
    if len(torn):
        here = np.unique(labels[(slide == torn[0]) & known]).tolist()
        name = str(slides[slide == torn[0]][0])
        return say(
            "it has several values on {n_torn} of {max} slides, as {name} "
            "({here}), and a slide can have but one",
            n_torn=len(torn),
            max=slide.max() + 1,
            name=name,
            here=first_few(here),
        )
    if len(np.unique(pairs[1])) == len(np.unique(pairs[0])):
        return say("it has another value on each slide, so no two slides can be compared in it")
    return ""


def _twice(own: ReferenceSet, name: str, centers: Sequence[str]) -> str:
    """Why a column cannot play the center beside itself, and what to ask for."""
    if name == CENTER or CENTER not in centers:
        return say("The column {name!r} is named twice for the center.", name=name)
    able = _able(own, name, CENTER)
    way_out = (
        say("Name it once, or beside it one of these: {able}.", able=first_few(able, MOST_NAMED))
        if able
        else say("Name it once; the set has no other column that can play the center.")
    )
    return say(
        "{info_name} was drawn with the column {name} as the center, so both 'center' and {name!r} "
        "mean that column. {way_out}",
        info_name=own.info.name,
        name=name,
        way_out=way_out,
    )


def _able(own: ReferenceSet, name: str, role: str) -> list[str]:
    """The columns beside ``name`` that can play a role."""
    return [
        each.name
        for each in candidates(own)
        if each.name != name and not (each.no_center if role == CENTER else each.no_tissue)
    ]


def _refusal(own: ReferenceSet, name: str, role: str, why: str) -> str:
    able = _able(own, name, role)
    others = say(" Columns that can are: {able}.", able=first_few(able, MOST_NAMED)) if able else ""
    return say(
        "The column {name!r} of {info_name} cannot play the {role}: {why}.{others}",
        name=name,
        info_name=own.info.name,
        role=role,
        why=why,
        others=others,
    )


def _taking(
    own: ReferenceSet, columns: RoleColumns, centers: TextArray, tissues: TextArray
) -> ReferenceSet:
    rows = np.flatnonzero((centers != "") & (tissues != ""))
    if not len(rows):
        raise ReferenceSetError(
            say(
                "No tile of {info_name} has both {a} and {a2}.",
                info_name=own.info.name,
                a=noun_of(columns.center).a,
                a2=noun_of(columns.tissue).a,
            )
        )
    given = own.labels
    labels = TileLabels(tissues, centers, given.slide, given.patient, given.pair, columns)

    def part(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(values[row] for row in rows) if values else ()

    return replace(
        own,
        labels=labels.take(rows),
        files=part(own.files),
        tiles=part(own.tiles),
        places_l0=None if own.places_l0 is None else own.places_l0[rows],
        sha256=part(own.sha256),
        slide_contents=part(own.slide_contents),
        own=own,
        left_out=len(own) - len(rows),
    )


def _rows_in(own: ReferenceSet, reference: ReferenceSet) -> list[int]:
    """Rows of the whole set that the tiles of a part of it have. Files are there once."""
    if not reference.left_out:
        return list(range(len(own)))
    row = {file: number for number, file in enumerate(own.files)}
    return [row[file] for file in reference.files]
