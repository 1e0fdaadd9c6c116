"""The reference set, settings and encoders that a command works on: named, or those of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pathgui.cli.options import Chosen
from pathgui.core.errors import RecordError
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.shared_k import SharedK, asked_k
from pathgui.core.reference.reference_set import ReferenceSet, load_reference
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.runs.given_files import is_run
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.record import EncoderResult, Run
from pathgui.core.runs.run_files import load_run
from pathgui.core.runs.run_places import reference_of_run


@dataclass(frozen=True)
class AskedSet:
    """A reference set, and how it is to be looked at."""

    run: Run | None  # that it is of
    reference: ReferenceSet  # in its roles
    settings: RunSettings
    results: dict[str, EncoderResult]  # of the run, by name of the encoder
    names: list[str]  # of encoders
    k: SharedK | None  # None: to be chosen


def asked_set(
    target: Path, reference: Path | None, encoders: Sequence[str] | None, chosen: Chosen
) -> AskedSet:
    """A reference set, or that of a run, with what is asked of it.

    A run says which columns play roles, which k is used and which encoders are meant, where
    nothing else is chosen. ``reference``: the set of the run, if it does not lie near it.
    """
    run, settings = None, chosen.settings
    if is_run(target):
        run = load_run(target)
        settings = replace(
            settings,
            center_columns=settings.center_columns or run.settings.center_columns,
            tissue_column=settings.tissue_column or run.settings.tissue_column,
        )
    found = load_reference(target) if run is None else set_of_run(run, target, reference)
    known = in_roles(found, settings.center_columns, settings.tissue_column)
    results = {} if run is None else {each.encoder.name: each for each in run.encoders}
    k = asked_k(settings.k, origin=chosen.k_origin).shared
    if k is None and run is not None:
        k = run.k
    return AskedSet(run, known, settings, results, list(dict.fromkeys(encoders or results)), k)


def set_of_run(
    run: Run, folder: Path, given: Path | None, option: str = "--reference"
) -> ReferenceSet:
    """The reference set that a run was made with: the one given, or one beside the run.

    ``option``: the one that names it.
    """
    from pathgui.core.evaluation.measure_again import choose_set, require_same_reference

    path = given or reference_of_run(
        run.reference.sha256, [], [folder.absolute().parent, Path.cwd()]
    )
    if path is None:
        raise RecordError(
            say("{choose_set} Name it with {option}.", choose_set=choose_set(run), option=option)
        )
    reference = load_reference(path)
    require_same_reference(run, reference)
    return reference
