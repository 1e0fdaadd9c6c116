"""What a run made in the window is called, and the command that repeats it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pathgui.core.errors import RecordError
from pathgui.core.evaluation.evaluate import EvaluationRequest
from pathgui.core.language.texts import say
from pathgui.core.runs.repeat_command import AskedAs, repeat_command
from pathgui.core.system.endings import RUN_ENDING


def command_line(
    request: EvaluationRequest, folder: Path, weights: Mapping[str, str] | None = None
) -> str:
    """The command that repeats a run made in the window.

    ``weights``: files chosen for encoders, by name; those of encoders not in the run are not told.
    """
    slide = request.slide
    asked = AskedAs(
        out=folder.name,
        slide=None if slide is None else slide.path.name,
        mpp=None if slide is None else slide.mpp,
        weights={name: Path(file).name for name, file in (weights or {}).items() if file},
    )
    return repeat_command(request, asked)


def new_folder(runs: Path, subject: str) -> Path:
    """A folder for a new run, of subject and time, that is free.

    Raises
    ------
    RecordError
        If the folder for runs cannot be made.
    """
    try:
        runs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(
            say("The folder for runs, {runs}, cannot be made: {error}.", runs=runs, error=error)
        ) from error
    name = re.sub(r"[^\w.-]+", "-", subject)[:60].strip("-.") or "run"
    stamp = datetime.now().strftime("%Y-%m-%d %H%M%S")
    folder = runs / f"{name} {stamp}{RUN_ENDING}"
    count = 2
    while folder.exists():
        folder = runs / f"{name} {stamp} ({count}){RUN_ENDING}"
        count += 1
    return folder
