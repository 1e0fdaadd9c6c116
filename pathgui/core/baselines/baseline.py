"""A run that is filed as a baseline: its files as they were, tolerances, and the plan of checks.

``baseline.json`` lies in the run's own folder and is never written again. It holds the checksum of
each file of the run, and one over itself, which the report prints: whoever changes anything
afterward is found out when the baseline is opened.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from pathgui.core.baselines.tolerance import Tolerance, proposed_tolerances
from pathgui.core.errors import BaselineError, os_errors_as, plural
from pathgui.core.language.texts import in_english, say
from pathgui.core.results.earlier_runs import has_earlier_intervals
from pathgui.core.runs.k_words import k_caution
from pathgui.core.runs.kept_appraisal import APPRAISAL_FILE
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.qualification import QUALIFICATION_FILE
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import (
    BASELINE_FILE,
    CHECK_FILE,
    CHECKS_FILE,
    LATER_FILE,
    OWN_FILES,
    load_run,
)
from pathgui.core.runs.slide_records import SLIDES_FOLDER
from pathgui.core.system.files import write_file
from pathgui.core.system.json_records import InvalidRecord, from_json, to_json
from pathgui.core.system.plain_files import read_bytes
from pathgui.core.system.times import now, to_the_minute
from pathgui.version import __version__

FORMAT = 1
# What may be written into the folder of a filed run: it says nothing new of what was measured.
_AFTERWARD = frozenset(
    {BASELINE_FILE, CHECKS_FILE, CHECK_FILE, LATER_FILE, QUALIFICATION_FILE, APPRAISAL_FILE}
)


@dataclass(frozen=True)
class FiledFile:
    """One file of the run as it was filed."""

    name: str  # with its folder, below that of the run
    sha256: str


@dataclass(frozen=True)
class FiledEncoder:
    """Which weights an encoder had."""

    name: str
    weights_sha256: str  # "": it has none


@dataclass(frozen=True)
class Baseline:
    """What was filed, by whom and when."""

    format: int
    run_id: str
    filed_at: str  # ISO 8601 with zone
    pathgui: str  # the version that filed it
    reference_sha256: str  # of the reference set's table
    encoders: list[FiledEncoder]
    files: list[FiledFile]
    tolerances: list[Tolerance]
    plan: MonitoringPlan = field(default_factory=MonitoringPlan)
    who: str = ""
    versions: dict[str, str] = field(default_factory=dict)  # of what measured the run
    content_sha256: str = ""  # of this file with this field empty


def why_not_filed(run: Run) -> str:
    """Why a run cannot be a baseline, and what to do; "" where it can.

    Runs of earlier versions can, as long as their encoders share one k: a check has one k.
    """
    waiting = sum(slide.state == "waiting" for slide in run.slides)
    if waiting:
        return say(
            "{slides} of this run are not evaluated yet. Let it finish "
            "first: the same command goes on where it was.",
            slides=plural(waiting, "slide"),
        )
    if not run.encoders:
        return say("No encoder could be run, so there is no number to file.")
    if k_caution(run.encoders):
        return say(
            "The encoders were measured at different k, and a check has one k. Measure the run "
            "again first."
        )
    return ""


def filing_cautions(run: Run) -> list[str]:
    """What has to be known before a run is filed that can be."""
    if not has_earlier_intervals(run):
        return []
    return [
        say(
            "An earlier version made the intervals of this run. Changes against "
            "it will have no interval. Measure the run again and file that, if "
            "you can."
        )
    ]


@in_english()
def file_baseline(
    folder: Path,
    *,
    tolerances: tuple[Tolerance, ...] | None = None,
    plan: MonitoringPlan | None = None,
    who: str = "",
    at: str = "",
) -> Baseline:
    """File the run in ``folder`` as a baseline; it cannot be filed a second time.

    Parameters
    ----------
    tolerances
        Of its numbers; those that :func:`proposed_tolerances` gives by default.
    plan
        When it is to be checked; by default that of the run's intended use.
    at
        The moment, by default now.

    Raises
    ------
    RecordError
        If the folder is no finished run.
    BaselineError
        If it is filed already, cannot be, or the file cannot be written.
    """
    run = load_run(folder)
    if (folder / BASELINE_FILE).exists():
        earlier = load_baseline(folder)
        raise BaselineError(
            say(
                "{folder} was filed on {to_the_minute}, and a baseline stays as "
                "it was filed. To file other tolerances, evaluate again and file "
                "that run.",
                folder=folder,
                to_the_minute=to_the_minute(earlier.filed_at),
            )
        )
    if why := why_not_filed(run):
        raise BaselineError(say("{folder} cannot be filed. {why}", folder=folder, why=why))
    chosen = proposed_tolerances(run) if tolerances is None else tolerances
    if not chosen:
        raise BaselineError(
            say(
                "{folder} cannot be filed without tolerances: none of its "
                "numbers has an interval that one could be proposed from. Give "
                "some of your own, in a file.",
                folder=folder,
            )
        )
    if plan is None:
        plan = MonitoringPlan() if run.intended_use is None else run.intended_use.plan
    with os_errors_as(BaselineError, say("{folder} could not be filed", folder=folder)):
        baseline = Baseline(
            format=FORMAT,
            run_id=run.id,
            filed_at=at or now(),
            pathgui=__version__,
            reference_sha256=run.reference.sha256,
            encoders=[
                FiledEncoder(each.encoder.name, each.encoder.weights_sha256)
                for each in run.encoders
            ],
            files=_files(folder),
            tolerances=list(chosen),
            plan=plan,
            who=who.strip(),
            versions={"pathgui": run.pathgui, **run.environment},
        )
        sealed = replace(baseline, content_sha256=hashlib.sha256(to_json(baseline)).hexdigest())
        write_file(folder / BASELINE_FILE, to_json(sealed))
    return sealed


def is_filed(folder: Path) -> bool:
    """Whether the run in ``folder`` is filed as a baseline."""
    return (folder / BASELINE_FILE).is_file()


def load_baseline(folder: Path) -> Baseline:
    """The baseline in the folder of a run, as it was filed; its other files are not looked at.

    Raises
    ------
    BaselineError
        If the run is not filed, or the file was changed since or is of a later version.
    """
    path = folder / BASELINE_FILE
    try:
        content = read_bytes(path)
        found = from_json(Baseline, content)
    except FileNotFoundError as error:
        raise BaselineError(
            say(
                "{folder} is not filed as a baseline. File it first: pathgui "
                "baseline {folder_name}",
                folder=folder,
                folder_name=folder.name,
            )
            if folder.is_dir()
            else say(
                "{folder} does not exist. A baseline is a run, whose name ends in .pgrun.",
                folder=folder,
            )
        ) from error
    except OSError as error:
        raise BaselineError(
            say("{path} cannot be read: {strerror}.", path=path, strerror=error.strerror or error)
        ) from error
    except InvalidRecord as error:
        raise BaselineError(f"{path}: {error}. {_CHANGED}") from error
    if found.format > FORMAT:
        raise BaselineError(
            say(
                "{path} was written by pathgui {pathgui}, which is newer than "
                "this one. Update pathgui to open it.",
                path=path,
                pathgui=found.pathgui,
            )
        )
    # Its bytes, not what this version reads of them: a later one may know more fields.
    seal = json.dumps(found.content_sha256).encode()
    unsealed = content.replace(b'"content_sha256": ' + seal, b'"content_sha256": ""')
    if hashlib.sha256(unsealed).hexdigest() != found.content_sha256:
        raise BaselineError(
            say("{path} was changed since it was filed. {CHANGED}", path=path, CHANGED=_CHANGED)
        )
    return found


_CHANGED = say("Restore the folder from a copy: a baseline holds only as it was filed.")


def verify(folder: Path, baseline: Baseline) -> None:
    """Make sure that the files of a filed run are those that were filed.

    Raises
    ------
    BaselineError
        If one was changed, is gone, or cannot be read.
    """
    for each in baseline.files:
        path = folder / each.name
        try:
            found = hashlib.sha256(read_bytes(path)).hexdigest()
        except OSError as error:
            why = error.strerror or error
            raise BaselineError(
                say(
                    "{path}, of a baseline, cannot be read: {why}. {CHANGED}",
                    path=path,
                    why=why,
                    CHANGED=_CHANGED,
                )
            ) from error
        if found != each.sha256:
            raise BaselineError(
                say("{path} was changed since it was filed. {CHANGED}", path=path, CHANGED=_CHANGED)
            )


def _files(folder: Path) -> list[FiledFile]:
    """The files that the run is made of; reports, tables and notes beside them are not."""
    own = [folder / name for name in OWN_FILES if name not in _AFTERWARD]
    of_slides = sorted(
        path for path in (folder / SLIDES_FOLDER).rglob("*") if not path.name.startswith(".")
    )
    return [
        FiledFile(
            path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()
        )
        for path in (*own, *of_slides)
        if path.is_file()
    ]
