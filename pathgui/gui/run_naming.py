"""What a run made in the window is called, and the command that repeats it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pathgui.core.errors import RecordError
from pathgui.core.evaluation import EvaluationRequest


def command_line(
    request: EvaluationRequest,
    slide: Path | None,
    mpp: float | None,
    folder: Path,
    weights: Mapping[str, str] | None = None,
) -> str:
    """The command that repeats a run. Names only: a record holds no paths of this computer.

    ``weights``: files chosen for encoders, by name; those of encoders not in the run are not told.
    """
    weights = weights or {}
    words = ["pathgui", "evaluate"]
    if slide is not None:
        words.append(slide.name)
    words += ["--reference", request.reference.folder.name]
    for name in request.encoders:
        words += ["--encoder", name]
        if chosen := weights.get(name.partition("@")[0]):
            words += ["--weights", f"{name.partition('@')[0]}={Path(chosen).name}"]
    options: tuple[tuple[str, object, object], ...] = (
        ("--mpp", mpp, None),
        ("--center", request.center, None),
        ("--tissue", request.tissue, None),
        ("--k", request.k, "auto"),
        ("--max-tiles", request.max_tiles, None),
        ("--device", request.device, "auto"),
        ("--precision", request.precision, "fp32"),
        ("--seed", request.seed, 0),
        ("--sweep", request.shortcut, "quick"),
        # the run itself holds region, criteria and use, so they can be taken from there
        ("--region", folder.name if request.region_l0 else None, None),
        ("--criteria", folder.name if request.criteria else None, None),
        ("--intended-use", folder.name if request.intended_use else None, None),
    )
    for option, value, default in options:
        if value != default:
            words += [option, str(value)]
    if not request.maps:
        words.append("--no-maps")
    if request.offline:
        words.append("--offline")
    return shlex.join([*words, "--out", folder.name])


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
        raise RecordError(f"The folder for runs, {runs}, cannot be made: {error}.") from error
    name = re.sub(r"[^\w.-]+", "-", subject)[:60].strip("-.") or "run"
    stamp = datetime.now().strftime("%Y-%m-%d %H%M%S")
    folder = runs / f"{name} {stamp}.pgrun"
    count = 2
    while folder.exists():
        folder = runs / f"{name} {stamp} ({count}).pgrun"
        count += 1
    return folder
