"""Where the slide, cohort and reference set of a run lie now: found again by what is in them.

A run names no folder. Files are sought where files lay before: those used lately, folders around
them and around the run. A name alone proves nothing, so a file counts only if its content does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from pathgui.core.cohort.opened import find_cohort
from pathgui.core.cohort.places import is_there
from pathgui.core.cohort.slide_search import content_of, slides_in
from pathgui.core.errors import CohortError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.reference_pictures import find_reference
from pathgui.core.runs.record import SlideFacts
from pathgui.core.slides.content_id import files_in
from pathgui.core.system.endings import COHORT_ENDING, REFERENCE_ENDING


def slide_of_run(
    facts: SlideFacts,
    files: Iterable[Path],
    folders: Iterable[Path],
    *,
    name: str = "",
    report: ProgressFn = ignore_progress,
) -> Path | None:
    """The file, or DICOM folder, of the slide that a run evaluated; None where it is not found.

    Parameters
    ----------
    facts
        The slide as the run has it. Its content id decides.
    files
        Slides that are known, likeliest first.
    folders
        Folders that may hold the slide; those below them are not looked into.
    name
        The slide's own file name, where ``facts`` hold a pseudonym.
    """
    called = {each for each in (name, facts.file_name) if each}
    folders = list(dict.fromkeys(folders))
    likely = [*files, *(folder / each for folder in folders for each in sorted(called))]
    likely.sort(key=lambda path: path.name not in called)  # stable: likeliest first within each
    looked: set[Path] = set()
    for path in likely:
        if path not in looked and is_there(path) and is_slide_of_run(facts, path, name=name):
            return path
        looked.add(path)
    others = [path for path in _all_in(folders) if path not in looked]
    for done, path in enumerate(others):
        report(Progress(say("Looking for the slide"), done, len(others)))
        if is_slide_of_run(facts, path, name=name):
            return path
    return None


def is_slide_of_run(facts: SlideFacts, path: Path, *, name: str = "") -> bool:
    """Whether the slide at ``path`` is the one that a run evaluated, by what is in it.

    A file of another size than the run's is not read. Of a run of an earlier version, which does
    not hold the size, only files of the slide's name are.
    """
    if not _may_be(facts, path, name):
        return False
    with suppress(CohortError):
        return content_of(path) == facts.content_id
    return False


def reference_of_run(sha256: str, known: Iterable[Path], folders: Iterable[Path]) -> Path | None:
    """The reference set that a run was made with, among ``known`` ones and those in ``folders``.

    ``sha256`` is that of the set's table, as the run holds it.
    """
    known = list(known)
    beside = [path.parent for path in known]
    below = _with_ending((*folders, *beside), REFERENCE_ENDING)
    return find_reference(known, sha256) or find_reference(below, sha256)


def cohort_of_run(identity: str, known: Iterable[Path], folders: Iterable[Path]) -> Path | None:
    """The cohort whose slides a run evaluated, among ``known`` ones and those in ``folders``.

    ``identity`` is the id of the cohort, as the run holds it: its name and place may be others now.
    """
    known = list(known)
    beside = [path.parent for path in known]
    below = _with_ending((*folders, *beside), COHORT_ENDING)
    return find_cohort(known, identity) or find_cohort(below, identity)


def _may_be(facts: SlideFacts, path: Path, name: str) -> bool:
    if not facts.file_stamp:
        return path.name in (name, facts.file_name)
    sizes = {pair.partition("@")[0] for pair in facts.file_stamp.split()}
    try:
        files = files_in(path) if path.is_dir() else [path]
        return any(str(file.stat().st_size) in sizes for file in files)
    except OSError:
        return False


def _all_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        with suppress(CohortError):
            yield from slides_in(folder, below=False)


def _with_ending(folders: Iterable[Path], ending: str) -> Iterator[Path]:
    for folder in dict.fromkeys(folders):
        with suppress(OSError):
            yield from sorted(each for each in folder.iterdir() if each.suffix == ending)
