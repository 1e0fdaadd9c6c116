"""``pathgui.file_baseline`` and ``pathgui.check``: evidence over time, for other programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

from pathgui.api.progress import told
from pathgui.api.runs import run_target
from pathgui.core.baselines.baseline import Baseline
from pathgui.core.baselines.baseline import file_baseline as file
from pathgui.core.baselines.check import BaselineCheck, check_against
from pathgui.core.baselines.tolerance import read_tolerances
from pathgui.core.progress import Event, Notice
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.run_files import load_evaluation, load_run
from pathgui.folders import (
    add_users_encoders,
    embeddings_dir,
    name_book,
    places_dir,
    pseudonym_key,
)


def file_baseline(
    run: str | PathLike[str],
    *,
    tolerance: str | PathLike[str] | None = None,
    every: int | None = None,
    triggers: Sequence[str] = (),
    who: str = "",
) -> Baseline:
    """File a finished run as a baseline, which is frozen; see ``pathgui baseline``.

    Parameters
    ----------
    run : path
        The folder ``NAME.pgrun``.
    tolerance : path, optional
        A TOML file that says how far each number may move. By default the new value has to stay
        inside the 95 % interval of the run.
    every : int, optional
        Months until the next check, from 1 to 120; by default those of the run's intended use.
    triggers : texts
        Events that ask for a check before that; by default those of the run's intended use.
    who : str
        Who files it.

    Returns
    -------
    Baseline
        What was filed; ``content_sha256`` is its seal.

    Raises
    ------
    PathguiError
        If the run is filed already or cannot be, or the tolerances make no sense.
    """
    folder = Path(run)
    found = load_run(folder)
    own = MonitoringPlan() if found.intended_use is None else found.intended_use.plan
    return file(
        folder,
        tolerances=None if tolerance is None else read_tolerances(Path(tolerance), found),
        plan=MonitoringPlan(every or own.every_months, tuple(triggers) or own.triggers),
        who=who,
    )


def check(
    against: str | PathLike[str],
    *,
    run: str | PathLike[str] | None = None,
    look_in: Sequence[str | PathLike[str]] = (),
    out: str | PathLike[str] | None = None,
    device: str = "auto",
    offline: bool = False,
    progress: bool | Callable[[Event], None] = False,
) -> BaselineCheck:
    """Check a baseline: ask for the same again, and say which numbers are within tolerance.

    Parameters
    ----------
    against : path
        The baseline, a run that was filed.
    run : path, optional
        A finished run to hold against it; without one, the same is evaluated again.
    look_in : paths
        Where the reference set, the slide or the cohort lie: they themselves, or folders.
    out : path, optional
        The folder of the new run; by default beside the baseline, with the day in its name.
    device, offline, progress
        As in :func:`pathgui.evaluate`.

    Returns
    -------
    BaselineCheck
        ``outcome`` is "within", "outside" or "not compared"; ``numbers`` has each of them.

    Raises
    ------
    PathguiError
        If the run is not filed, was changed since, or its reference set is not found.
    """
    from pathgui.core.embedding.store import EmbeddingStore
    from pathgui.core.encoders.standard import standard_encoders
    from pathgui.core.evaluation.ask_again import Desk, check_again, check_folder

    baseline = Path(against)
    if run is not None:
        return check_against(baseline, load_evaluation(Path(run)), Path(run))
    folder, before = run_target(check_folder(baseline) if out is None else out, False)
    names = name_book()
    with told(progress) as report:
        registry = standard_encoders()
        for fault in add_users_encoders(registry):
            report(Notice(fault))
        desk = Desk(
            registry,
            EmbeddingStore(embeddings_dir()),
            pseudonym_key(),
            places_dir(),
            near=(baseline.absolute().parent, Path.cwd()),
            below=tuple(map(Path, look_in)),
            names=names.known,
            remember=names.remember_all,
            device=device,
            offline=offline,
        )
        return check_again(baseline, folder, desk, replacing=before, report=report)[1]
