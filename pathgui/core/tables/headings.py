"""What others call the columns that this program knows."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from pathgui.core.language.texts import say

# By the name used here: what it is called elsewhere, in tiers. The first tier that a table has
# is taken. In a tier each name stands for exactly this, so two of them are one too many; a later
# tier holds names that may also mean something else.
_TIERS: dict[str, tuple[str, ...]] = {
    "path": (
        "path filepath tilepath imagepath patchpath tilefile patchfile imagefile dateipfad pfad",
        "file filename image img picture datei dateiname bild",
    ),
    "slide_id": (
        "slideid slide slidename wsi wsiid",
        "slidenr slidenumber präparat objektträger schnitt",
    ),
    "patient_id": (
        "patientid patient patientenid patientnr patientennummer pat",
        "case caseid fall fallnummer fallnr subject subjectid participant donor",
    ),
    "center": (
        "center centre medicalcenter medicalcentre zentrum centerid centername",
        "hospital hospitalname site siteid sitename institution institute "
        "clinic klinik krankenhaus standort einrichtung institut labor "
        "tissuesourcesite sourcesite laboratory lab",
    ),
    "tissue": (
        "tissue biologicalclass tissuetype tissueclass tissuelabel gewebe gewebetyp gewebeklasse",
        "label class classname classlabel category klasse",
    ),
    "mpp": (
        "mpp micronsperpixel micronperpixel umperpixel μmperpixel umperpx "
        "μmperpx umpx μmpx mppx pixelsizeum pixelsizeμm",
        "pixelsize pixelgröße pixelgrösse",
    ),
    "x": ("x", "xl0", "xcoord coordx xcoordinate xpx"),
    "y": ("y", "yl0", "ycoord coordy ycoordinate ypx"),
    "pair": ("pair", "pairid paar"),
    "subset": ("subset",),
    "tile": (
        "tile",
        "tiles",
        "patchid",
        "tileid",
        "tilename patchname",
        "patch",
        "id",
        "name",
    ),
}
_UNIT = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_PLACES = {
    plain: (role, tier)
    for role, tiers in _TIERS.items()
    for tier, names in enumerate(tiers)
    for plain in names.split()
}


class AmbiguousHeading(Exception):
    """Two columns could be the same thing; the text says which."""


def role_of(heading: str) -> str:
    """The column of this program that ``heading`` stands for; "" if none.

    >>> role_of("Slide ID"), role_of("MPP (µm/px)"), role_of("Klinik"), role_of("stain")
    ('slide_id', 'mpp', 'center', '')
    """
    return _place(heading)[0]


def is_sure(heading: str) -> bool:
    """Whether ``heading`` stands for exactly its role; False where it may mean something else too.

    >>> is_sure("Zentrum"), is_sure("Klinik"), is_sure("stain")
    (True, False, False)
    """
    role, tier = _place(heading)
    return bool(role) and tier == 0


def known(headings: Sequence[str]) -> int:
    """How many columns of this program a row of headings has."""
    return len({role_of(heading) for heading in headings} - {""})


def assign(headings: Sequence[str]) -> list[str]:
    """The name of each column: that of this program where it is one of its own, else as it was.

    A column of the program's own name comes first; others that could stand for it stay what they
    are.

    Raises
    ------
    AmbiguousHeading
        If two columns may be the same thing, or have the same name.
    """
    names = list(headings)
    chosen: dict[str, list[int]] = {}
    places = [_place(heading) for heading in headings]
    for role in _TIERS:
        tiers = [tier for found, tier in places if found == role]
        if tiers:
            at = [i for i, place in enumerate(places) if place == (role, min(tiers))]
            own = [i for i in at if headings[i].strip().casefold() == role]
            chosen[role] = own or at
    for role, at in chosen.items():
        if len(at) > 1 and len({headings[i].casefold() for i in at}) == len(at):
            which = say(" and ").join(f'"{headings[i]}"' for i in at)
            raise AmbiguousHeading(
                say(
                    'the columns {which} may both be the {role}; call one "{role}"',
                    which=which,
                    role=role,
                )
            )
        for i in at:
            names[i] = role
    double = [name for name, times in Counter(names).items() if times > 1 and name]
    if double:
        raise AmbiguousHeading(say("it has the column {double} twice", double=double[0]))
    return names


def one_name_each(headings: Sequence[str]) -> list[str]:
    """The headings; of equal ones each but the first gets a number. Missing ones stay so.

    >>> one_name_each(["slide", "note", "", "note", ""])
    ['slide', 'note', '', 'note (2)', '']
    """
    names: list[str] = []
    for heading in headings:
        name, copies = heading, 2
        while name and name in names:
            name, copies = f"{heading} ({copies})", copies + 1
        names.append(name)
    return names


def _place(heading: str) -> tuple[str, int]:
    text = _UNIT.sub("", unicodedata.normalize("NFKC", heading)).casefold()
    plain = "".join(one for one in text if one.isalnum())
    return _PLACES.get(plain, ("", 0))
