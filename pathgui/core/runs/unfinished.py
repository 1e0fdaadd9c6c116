"""A run over many slides that is not finished yet: kept slide by slide, so that it can go on.

It lies beside its target as ``NAME.unfinished.pgrun`` and is a run like any other from the moment
that the reference set is measured: it can be opened, and holds the slides that are done so far.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import replace
from pathlib import Path

from pathgui.core.errors import RecordError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.runs.kept_classifiers import CLASSIFIERS_FILE
from pathgui.core.runs.kept_corrections import CORRECTIONS_FILE
from pathgui.core.runs.kept_what_if import WHAT_IF_FILE
from pathgui.core.runs.record import Evaluation, Run, SlideOfRun
from pathgui.core.runs.run_files import LATER_FILE, RUN_FILE, load_evaluation, save_evaluation
from pathgui.core.runs.shards import SHARDS_FOLDER
from pathgui.core.runs.slide_records import SLIDE_FILE, SLIDES_FOLDER, write_record
from pathgui.core.runs.slides_of_run import run_of_slide, write_slide_files
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.file_lock import FileLock
from pathgui.core.system.files import (
    NotInPlace,
    Replaceable,
    draft_folder,
    place_folder,
    stamp,
    write_file,
)
from pathgui.core.system.json_records import to_json

# Of the run as it was.
_NOT_CARRIED = (LATER_FILE, CORRECTIONS_FILE, WHAT_IF_FILE, CLASSIFIERS_FILE, "report.pdf")


def unfinished_folder(target: Path) -> Path:
    """Where a run lies until it is finished.

    >>> unfinished_folder(Path("/runs/night.pgrun")).name
    'night.unfinished.pgrun'
    """
    return target.with_name(f"{target.name.removesuffix(RUN_ENDING)}.unfinished{RUN_ENDING}")


def target_of(folder: Path) -> Path:
    """Where a run lies once it is finished; ``folder`` itself if it is.

    >>> target_of(Path("/runs/night.unfinished.pgrun")).name
    'night.pgrun'
    """
    ending = f".unfinished{RUN_ENDING}"
    name = folder.name
    return folder.with_name(
        name.removesuffix(ending) + RUN_ENDING if name.endswith(ending) else name
    )


def shard_lock(folder: Path, shard: str) -> Path:
    """The file that whoever works on a shard of an unfinished run holds locked."""
    return folder.with_name(f"{_shard_prefix(folder)}{shard}.lock")


def _shard_prefix(folder: Path) -> str:
    return f".{folder.name}.shard-"


class UnfinishedRun:
    """The folder of a run on its way. A context manager: no other process works on it meanwhile.

    Attributes
    ----------
    folder : Path
    before : Evaluation or None
        What an earlier process has left of it, slides that are done included; None: nothing.
    """

    def __init__(self, target: Path) -> None:
        self.target = target.resolve()
        self.folder = unfinished_folder(self.target)
        self.before: Evaluation | None = None
        self._lock = FileLock(self.folder.with_name(f".{self.folder.name}.lock"))
        self._of_shards: list[FileLock] = []

    def __enter__(self) -> UnfinishedRun:
        with os_errors_as(
            RecordError,
            say("{target} cannot be written", target=self.target),
            say("Choose another."),
        ):
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._hold(self._lock)
        try:
            self._hold_shards()
            self._tidy()
            if (self.folder / RUN_FILE).exists():
                self.before = load_evaluation(self.folder)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for lock in (*self._of_shards, self._lock):
            lock.forget()
            lock.release()
        self._of_shards = []

    def _hold(self, lock: FileLock) -> None:
        if not lock.acquire():
            raise RecordError(
                say(
                    "{owner} works on {target_name} just now. Wait for it, or choose another name.",
                    owner=lock.owner(),
                    target_name=self.target.name,
                )
            )

    def _hold_shards(self) -> None:
        """Let no shard be at work, or begin."""
        prefix = _shard_prefix(self.folder)
        for file in sorted(self.folder.parent.iterdir()):
            if file.name.startswith(prefix):
                lock = FileLock(file)
                self._hold(lock)
                self._of_shards.append(lock)

    def _tidy(self) -> None:
        """Remove what a process that was killed while it wrote a slide has left."""
        for left in (self.folder / SLIDES_FOLDER).glob(".*.draft"):
            shutil.rmtree(left, ignore_errors=True)

    def reopen(self) -> None:
        """Begin from the finished run at the target, which stays as it is until this one is.

        Raises
        ------
        RecordError
            If there is none, or its files cannot be copied.
        """
        load_evaluation(self.target)  # says what is wrong with it
        refused = say("The slides of {target} cannot be copied", target=self.target)
        with (
            os_errors_as(RecordError, refused, say("Make room.")),
            draft_folder(self.folder, record=RUN_FILE, replacing=None) as draft,
        ):
            for file in sorted(self.target.rglob("*")):
                there = draft / file.relative_to(self.target)
                if file.is_dir():
                    there.mkdir()
                elif file.name not in _NOT_CARRIED:
                    _copy(file, there)
        self.before = load_evaluation(self.folder)

    def begin(self, evaluation: Evaluation) -> None:
        """Keep what is known of the reference set; all slides wait. Raises RecordError."""
        save_evaluation(evaluation, self.folder, replacing=None)

    def discard(self) -> None:
        """Forget what an earlier process has left. Raises RecordError."""
        with os_errors_as(
            RecordError,
            say("{folder} cannot be removed", folder=self.folder),
            say("Remove it by hand."),
        ):
            shutil.rmtree(self.folder)
        self.before = None

    def write_slide(self, run: Run, slide: SlideOfRun, evaluation: Evaluation | None) -> None:
        """Keep a slide that is over.

        Parameters
        ----------
        run
            That of all slides, for the names of its encoders, tissues and centers.
        slide
            As it is to be kept.
        evaluation
            With the tiles, pictures and thumbnail of the slide; None if it failed.

        Raises
        ------
        RecordError
            If it cannot be written.
        """
        folder = self.folder / SLIDES_FOLDER / slide.folder
        refused = say(
            "The slide {slide_id} could not be kept in {folder}",
            slide_id=slide.slide_id,
            folder=self.folder,
        )
        advice = say("Make room, and give the same command again: it goes on there.")
        with os_errors_as(RecordError, refused, advice), draft_folder(folder) as draft:
            if evaluation is not None:
                write_slide_files(replace(evaluation, run=run_of_slide(run, slide)), draft)
            write_record(slide, draft)

    def go_on(self, run: Run) -> None:
        """Write which slides are over and which wait; what is left of those that wait goes.

        Raises RecordError.
        """
        self._write(run)
        for slide in run.slides:
            if slide.state == "waiting":
                shutil.rmtree(self.folder / SLIDES_FOLDER / slide.folder, ignore_errors=True)

    def _write(self, run: Run) -> None:
        with os_errors_as(
            RecordError, say("{folder} cannot be written", folder=self.folder), say("Make room.")
        ):
            write_file(self.folder / RUN_FILE, to_json(run))

    def finish(self, run: Run, replacing: Replaceable) -> None:
        """Write the record of all slides and give the folder the name of the target.

        Raises
        ------
        RecordError
            If it cannot be written, or something else is at the target by now: that stays, and
            the text says where the run is.
        """
        self._write(run)
        shutil.rmtree(self.folder / SHARDS_FOLDER, ignore_errors=True)  # run.json holds it
        for file in (self.folder / SLIDES_FOLDER).glob(f"*/{SLIDE_FILE}"):
            with contextlib.suppress(OSError):  # run.json holds it
                file.unlink()
                file.parent.rmdir()  # of a slide that failed
        if replacing is not None and stamp(self.target / RUN_FILE) is None:
            replacing = None
        try:
            place_folder(self.folder, self.target, RUN_FILE, replacing)
        except NotInPlace as error:
            raise RecordError(
                say("{why} This run is kept as {kept}.", why=error.why, kept=error.kept)
            ) from error


def _copy(file: Path, there: Path) -> None:
    """The same file under a second name where the file system can, else a copy."""
    try:
        os.link(file, there)
    except OSError:
        shutil.copyfile(file, there)
