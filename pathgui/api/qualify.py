"""``pathgui.qualify``: does the program work on this machine as it should?"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from pathgui.api.progress import told
from pathgui.core.progress import Event, Notice
from pathgui.core.runs.qualification import Qualification, keep_qualification
from pathgui.core.runs.run_files import load_run
from pathgui.folders import add_users_encoders


def qualify(
    run: str | PathLike[str],
    *,
    reference: str | PathLike[str] | None = None,
    progress: bool | Callable[[Event], None] = False,
) -> Qualification:
    """Try whether the program works here as it should, and keep what is found beside a run.

    A self-test is run, a center effect of known size is sought in drawn tissue, and checksums of
    program, weights and reference set are compared. As ``pathgui qualify`` does, in about a minute.

    Parameters
    ----------
    run : path
        The folder ``NAME.pgrun``. The next report of the run has a section on what was found.
    reference : path, optional
        The reference set of the run, if it does not lie near it.
    progress : bool or function
        True draws a bar; a function gets each event, and may raise to end the work.

    Returns
    -------
    Qualification
        ``passed`` is True where nothing failed and nothing differs; ``steps``, ``phantom`` and
        ``checksums`` say what was tried.

    Raises
    ------
    PathguiError
        If the folder is no finished run, or what was found cannot be kept there.
    """
    from pathgui.core.encoders.standard import standard_encoders
    from pathgui.core.phantom.qualifying import qualified

    folder = Path(run)
    record = load_run(folder)
    places = [folder.absolute().parent, Path.cwd()]
    if reference is not None:
        places.insert(0, Path(reference))
    with told(progress) as report:
        known = standard_encoders()
        for fault in add_users_encoders(known):
            report(Notice(fault))
        found = qualified(record, places, known, report)
    keep_qualification(found, folder)
    return found
