"""The reference set that a finished run was made with."""

from __future__ import annotations

from pathlib import Path

from pathgui.core.errors import RecordError
from pathgui.core.language.texts import say
from pathgui.core.reference.reference_set import ReferenceSet, load_reference
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_places import reference_of_run


def set_of_run(run: Run, folder: Path, given: Path | None) -> ReferenceSet:
    """The reference set that a run was made with: the one given, or one beside the run."""
    from pathgui.core.evaluation.measure_again import choose_set, require_same_reference

    path = given or reference_of_run(
        run.reference.sha256, [], [folder.absolute().parent, Path.cwd()]
    )
    if path is None:
        raise RecordError(say("{choose_set} Name it with --reference.", choose_set=choose_set(run)))
    reference = load_reference(path)
    require_same_reference(run, reference)
    return reference
