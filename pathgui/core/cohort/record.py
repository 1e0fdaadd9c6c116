"""What ``cohort.json`` holds: the cohort's name, and which column plays which role."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, fields, replace

from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.system.json_records import InvalidRecord, from_json

FORMAT = 1


@dataclass(frozen=True)
class Roles:
    """The column of slides.csv that plays each role. Any column may play any of them."""

    tissue: str = "tissue"  # what an encoder should see
    center: str = "center"  # what it should not see: the column may be scanner, stain or year
    patient: str = "patient_id"
    pair: str = "pair"  # the same on slides of the same piece of tissue

    def playing(self, role: str, column: str) -> Roles:
        """These roles with another column in one of them.

        Raises
        ------
        CohortError
            If there is no such role.
        """
        known = [each.name for each in fields(self)]
        if role not in known:
            raise CohortError(
                say(
                    "There is no role {role}. The roles are {known}.",
                    role=role,
                    known=", ".join(known),
                )
            )
        return replace(self, **{role: column})


@dataclass(frozen=True)
class CohortInfo:
    """The record of a cohort."""

    format: int
    name: str
    id: str  # 32 hexadecimal digits, by which this computer knows where its slides lie
    roles: Roles = field(default_factory=Roles)


def new_info(name: str) -> CohortInfo:
    """The record of a new cohort."""
    return CohortInfo(FORMAT, name, uuid.uuid4().hex)


def read_info(content: bytes, where: str) -> CohortInfo:
    """The record that ``cohort.json`` holds.

    Raises
    ------
    CohortError
        Naming ``where``, if it is damaged or was made by a later version.
    """
    try:
        info = from_json(CohortInfo, content)
    except InvalidRecord as error:
        raise CohortError(
            say(
                "{where}: {error}. The file was changed or damaged; restore it from a copy.",
                where=where,
                error=error,
            )
        ) from error
    if info.format > FORMAT:
        raise CohortError(
            say("{where} was made by a newer pathgui. Update pathgui to use it.", where=where)
        )
    return info
