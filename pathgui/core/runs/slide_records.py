"""The record of each slide of a run over many, until the run is finished: one small file a slide.

A slide's folder gets its name in one step, when all its files are there. So whatever ends the
program, each slide is done or is not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from pathgui.core.runs.record import Run, SlideOfRun
from pathgui.core.system.json_records import from_json, to_json

SLIDES_FOLDER = "slides"
SLIDE_FILE = "slide.json"


def write_record(slide: SlideOfRun, folder: Path) -> None:
    """Write the record of a slide into the folder of its files. Raises OSError."""
    (folder / SLIDE_FILE).write_bytes(to_json(slide))


def written(run_folder: Path) -> dict[str, SlideOfRun]:
    """The records of slides that wait for their run to be finished, by the name of their folder.

    Raises
    ------
    OSError, InvalidRecord
        If one is there and cannot be read, or is damaged.
    """
    files = (run_folder / SLIDES_FOLDER).glob(f"[!.]*/{SLIDE_FILE}")
    return {file.parent.name: from_json(SlideOfRun, file.read_bytes()) for file in sorted(files)}


@dataclass(frozen=True)
class _State:
    """Of a record, what its progress is counted by."""

    state: str


def over_in(run_folder: Path, known: Collection[str] = ()) -> dict[str, str]:
    """The state of slides whose record is written, by their folder, without those ``known``.

    Meanwhile others may write, and merge: what cannot be read is left out.
    """
    found = {}
    for file in (run_folder / SLIDES_FOLDER).glob(f"[!.]*/{SLIDE_FILE}"):
        folder = file.parent.name
        if folder not in known:
            with contextlib.suppress(OSError, msgspec.DecodeError):
                found[folder] = msgspec.json.decode(file.read_bytes(), type=_State).state
    return found


def with_written(run: Run, run_folder: Path) -> Run:
    """The run with the slides that are done by now; the same run if it is finished.

    Raises as :func:`written`.
    """
    if all(slide.state != "waiting" for slide in run.slides):
        return run
    found = written(run_folder)
    return replace(run, slides=[found.get(slide.folder, slide) for slide in run.slides])
