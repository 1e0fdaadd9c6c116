"""The runs that are kept in a folder: list, rename, delete, pack."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from pathgui.core.errors import RecordError
from pathgui.core.measurement.measure import NotAssessable
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.results.summary import index_text
from pathgui.core.runs.k_words import k_caution, ks_of
from pathgui.core.runs.leftovers import finished_drafts, is_hidden_work, name_of
from pathgui.core.runs.record import RUN_FILE, Run, SlideFacts
from pathgui.core.system.exchange import rename_new
from pathgui.core.system.files import beside, draft_file
from pathgui.core.system.json_records import InvalidRecord, from_json

SUFFIX = ".pgrun"


@dataclass(frozen=True)
class RunEntry:
    """What a list says of one run. Of a damaged one, only ``folder`` and ``problem``."""

    folder: Path
    finished: str = ""  # ISO 8601
    slide: str = ""  # file name; "" where the reference set alone was measured
    reference: str = ""
    encoders: tuple[str, ...] = ()  # titles
    headline: str = ""
    problem: str = ""
    slide_facts: SlideFacts | None = None
    unplaced: bool = False  # finished, but pathgui was killed before the folder got its name

    @property
    def name(self) -> str:
        """The name of the folder, without its ending."""
        name = name_of(self.folder) if self.unplaced else self.folder.name
        return name.removesuffix(SUFFIX)


def list_runs(folder: Path) -> list[RunEntry]:
    """The runs in ``folder``, newest first, damaged ones last. No folder: no runs.

    Among them are those that are finished but were never given their name, see
    :func:`pathgui.core.runs.leftovers.give_name`.
    """
    if not folder.is_dir():
        return []
    entries = [_entry(path) for path in folder.iterdir() if path.suffix == SUFFIX]
    unplaced = [path for path in finished_drafts(folder) if name_of(path).endswith(SUFFIX)]
    entries += [replace(_entry(path), unplaced=True) for path in unplaced]
    good = [entry for entry in entries if not entry.problem]
    bad = [entry for entry in entries if entry.problem]
    return [
        *sorted(good, key=lambda entry: (entry.finished, entry.name), reverse=True),
        *sorted(bad, key=lambda entry: entry.name),
    ]


def rename_run(folder: Path, name: str) -> Path:
    """Give a run another name; returns its new folder.

    Raises
    ------
    RecordError
        If the name cannot be one of a folder, or is taken.
    """
    name = name.strip().removesuffix(SUFFIX)
    if not name or name.startswith(".") or re.search(r'[<>:"/\\|?*\x00-\x1f]', name):
        raise RecordError(
            f"A run cannot be called {name!r}. Use letters, digits, spaces, dots and dashes."
        )
    target = folder.with_name(name + SUFFIX)
    if target == folder:
        return folder
    try:
        rename_new(folder, target)
    except FileExistsError:
        raise RecordError(f"There is a run called {name} already. Choose another name.") from None
    except OSError as error:
        raise RecordError(f"{folder} could not be renamed: {error.strerror}.") from error
    return target


def delete_run(folder: Path) -> None:
    """Delete a run for good.

    Raises
    ------
    RecordError
        If the folder is no run (then nothing is touched), or cannot be deleted.
    """
    if folder.suffix != SUFFIX or not (folder / RUN_FILE).is_file():
        raise RecordError(f"{folder} is no run, so it is not deleted.")
    try:
        # Renamed first: a deletion that is cut short leaves nothing that looks like a run.
        doomed = beside(folder, "deleted")
        folder.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise RecordError(f"{folder} could not be deleted: {error.strerror}.") from error


def pack_run(folder: Path, out: Path, report: ProgressFn = ignore_progress) -> Path:
    """Write all files of a run into one zip; returns ``out``.

    Raises
    ------
    RecordError
        If the folder is no run, or the zip cannot be written.
    """
    if not (folder / RUN_FILE).is_file():
        raise RecordError(f"{folder} is no finished run, so there is nothing to pack.")
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and not is_hidden_work(path.name)
    )
    try:
        # A zip knows no time before 1980, but files have such times, from a broken clock say.
        made = partial(zipfile.ZipFile, compression=zipfile.ZIP_DEFLATED, strict_timestamps=False)
        with draft_file(out) as draft, made(draft, "x") as packed:
            for done, path in enumerate(files):
                report(Progress("Packing the run", done, len(files)))
                packed.write(path, Path(folder.name) / path.relative_to(folder))
    except OSError as error:
        raise RecordError(
            f"The run could not be packed into {out}: {error.strerror or error}. "
            "Choose another folder, or make room."
        ) from error
    return out


def _entry(folder: Path) -> RunEntry:
    try:
        run = from_json(Run, (folder / RUN_FILE).read_bytes())
    except OSError as error:
        return RunEntry(folder, problem=f"{RUN_FILE} cannot be read: {error.strerror}")
    except InvalidRecord as error:
        return RunEntry(folder, problem=f"{RUN_FILE} is damaged: {error}")
    return RunEntry(
        folder,
        finished=run.finished,
        slide="" if run.slide is None else run.slide.file_name,
        slide_facts=run.slide,
        reference=run.reference.name,
        encoders=tuple(result.encoder.title for result in run.encoders),
        headline=_headline(run),
    )


def _headline(run: Run) -> str:
    """The encoder with the highest index, and that index with its k: runs stand side by side."""
    if k_caution(run.encoders):
        return f"Encoders at different k: {', '.join(str(k) for k in ks_of(run.encoders))}"
    best = None
    for result in run.encoders:
        index = result.reference.robustness_index
        if not isinstance(index, NotAssessable) and (best is None or index.value > best[0]):
            best = (index.value, f"{result.encoder.title}: RI {index_text(index)} at k = {index.k}")
    return "Robustness index not assessable" if best is None else best[1]
