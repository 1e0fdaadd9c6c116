"""The slides of a cohort as a request asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pathgui.core.cohort.labeled_regions import region_file
from pathgui.core.cohort.opened import REGIONS_FOLDER, OpenCohort
from pathgui.core.cohort.record import Roles
from pathgui.core.cohort.slide_table import CONTENT_ID, FILE, MPP, SLIDE_ID
from pathgui.core.errors import CohortError, first_few
from pathgui.core.language.texts import say
from pathgui.core.reference.given import known_spelling
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.roles import CENTER, TISSUE
from pathgui.core.reference.same_slide import slide_key
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.private_names import CohortNames
from pathgui.core.runs.record import CohortFacts
from pathgui.core.runs.repeat_command import AskedAs, repeat_command
from pathgui.core.runs.request import AskedSlide, EvaluationRequest
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.slide_file import SlideFile

# Further columns that a run keeps although it keeps no names: what they hold is of machines.
_OF_MACHINES = ("scanner", "stain")
_MOST_NAMED = 5


def cohort_facts(
    opened: OpenCohort, settings: RunSettings, choice: ClassChoice | None = None
) -> CohortFacts:
    """What a run says of the cohort itself; ``choice``: of the classes of its labeled regions."""
    info = opened.cohort.info
    roles = roles_of(opened, settings)
    return CohortFacts(
        info.name, info.id, roles.center, roles.tissue, roles.patient, choice or ClassChoice()
    )


def roles_of(opened: OpenCohort, settings: RunSettings) -> Roles:
    """The columns that play the roles: those that the run names, else those of the cohort."""
    roles = opened.cohort.info.roles
    center = settings.center_columns[0] if settings.center_columns else ""
    return replace(
        roles,
        center=_column(opened, center, CENTER, roles.center),
        tissue=_column(opened, settings.tissue_column, TISSUE, roles.tissue),
    )


def _column(opened: OpenCohort, given: str, role: str, own: str) -> str:
    """The column that a run names for a role, as the cohort spells it; ``own`` where it names none.

    As in a reference set, a role's own name means the column that plays it, unless another bears
    that name.
    """
    if not given:
        return own
    columns = opened.cohort.slides.columns
    if (found := known_spelling(given, columns)) is not None:
        return found
    if given == role:
        return own
    raise CohortError(
        say(
            "The cohort {info_name} has no column {given!r}, which plays the "
            "{role} in this run. It has: {columns}. Add it to the table of slides.",
            info_name=opened.cohort.info.name,
            given=given,
            role=role,
            columns=first_few(columns, _MOST_NAMED),
        )
    )


def slides_of(
    opened: OpenCohort, settings: RunSettings, only: Sequence[str] = ()
) -> tuple[AskedSlide, ...]:
    """The slides of a cohort, in its order; no file is opened.

    A row that cannot be evaluated is among them, with the reason.

    Parameters
    ----------
    settings
        Of the run: which columns play the roles, and whether names are kept. Without names the
        further columns of a slide are left out, for they may hold some.
    only
        The slide_ids to take; all by default.

    Raises
    ------
    CohortError
        If one of ``only`` is not in the cohort, or a column that is to play a role is not.
    """
    table, roles = opened.cohort.slides, roles_of(opened, settings)
    ids = table.slide_ids
    _require(only, ids, opened.folder.name)
    files = opened.files()
    columns = [table.column(name) for name in (roles.center, roles.tissue, roles.patient)]
    own = {SLIDE_ID, FILE, MPP, CONTENT_ID, roles.center, roles.tissue, roles.patient}
    further = [name for name in table.columns if name not in own]
    if not settings.keep_names:
        told = {*_OF_MACHINES, *settings.center_columns}
        further = [name for name in further if name in told]
    contents, mpps, texts = table.column(CONTENT_ID), table.mpps, table.column(MPP)
    first: dict[str, int] = {}
    asked = []
    for row, (center, tissue, patient) in enumerate(zip(*columns, strict=True)):
        name, path, problem = ids[row], files[row], ""
        twin = first.setdefault(slide_key(name), row) if name else row
        if not name:
            name, problem = say("row {row}", row=row + 1), say("It has no slide_id.")
        elif twin != row:
            problem = say(
                "It has the slide_id of row {twin}; two slides need two names.", twin=twin + 1
            )
            name = say("{name} (row {row})", name=name, row=row + 1)
        elif texts[row] and mpps[row] is None:
            problem = say("Its mpp is no positive number: {texts}.", texts=texts[row])
        if only and ids[row] not in only:
            continue
        regions = region_file(opened.folder / REGIONS_FOLDER, ids[row])
        asked.append(
            AskedSlide(
                slide_id=name,
                file=None if path is None else SlideFile(path, mpps[row], content_id=contents[row]),
                center=center or None,
                tissue=tissue or None,
                patient=patient,
                columns={each: text for each in further if (text := table.cell(row, each))},
                regions=regions if ids[row] and regions.is_file() else None,
                problem=problem,
            )
        )
    return tuple(asked)


def of_cohort(
    request: EvaluationRequest,
    opened: OpenCohort,
    reference: ReferenceSet,
    asked: AskedAs,
    slide_ids: Sequence[str] = (),
) -> EvaluationRequest:
    """The request with the slides of a cohort, and the command that asks for it.

    ``slide_ids`` may be those that a run of this user holds in the place of names.

    Raises
    ------
    CohortError
        If one of ``slide_ids`` is not in the cohort.
    """
    every = slides_of(opened, request.settings)
    facts = cohort_facts(opened, request.settings, request.region_choice)
    request = replace(request, cohort=facts, slides=every)
    names = CohortNames(request, reference)
    true = {names.slide_id(each.slide_id): each.slide_id for each in every}
    only = [true.get(each, each) for each in slide_ids]
    if only:
        request = replace(request, slides=slides_of(opened, request.settings, only))
    called = tuple(names.slide_id(each) for each in only)
    asked = replace(asked, cohort=opened.folder.name, slide_ids=called)
    return replace(request, command=repeat_command(request, asked))


def _require(only: Sequence[str], ids: Sequence[str], cohort: str) -> None:
    unknown = [name for name in only if name not in ids]
    if unknown:
        shown = ", ".join(each for each in ids[:_MOST_NAMED] if each)
        more = (
            say(" and {n_ids:,} more", n_ids=len(ids) - _MOST_NAMED)
            if len(ids) > _MOST_NAMED
            else ""
        )
        raise CohortError(
            say(
                "{cohort} has no slide {unknown}. It has {shown}{more}.",
                cohort=cohort,
                unknown=unknown[0],
                shown=shown,
                more=more,
            )
        )
