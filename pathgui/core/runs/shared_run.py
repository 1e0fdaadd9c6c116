"""The folder of a run that is not finished, on which several processes work, each on its shard."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from pathgui.core.errors import RecordError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Part, Progress, ProgressFn
from pathgui.core.runs.record import Evaluation, Run, ShardOfRun, SlideOfRun
from pathgui.core.runs.run_files import RUN_FILE, load_evaluation
from pathgui.core.runs.shards import Shard, ShardRecord
from pathgui.core.runs.slide_records import SLIDES_FOLDER
from pathgui.core.runs.unfinished import UnfinishedRun, shard_lock
from pathgui.core.system.file_lock import FileLock
from pathgui.core.system.files import stamp

_LOOK_SECONDS = 0.5  # between two looks at a lock


class SharedRun(UnfinishedRun):
    """The folder of a run on its way, for one shard. A context manager.

    Nobody else works on the same shard meanwhile. Until the reference set is measured, which
    :meth:`begin` or :meth:`go_on` ends, nobody works on the others either: they wait for it.
    """

    def __init__(self, target: Path, shard: Shard, report: ProgressFn) -> None:
        super().__init__(target)
        self._shard = shard
        self._report = report
        self._own = FileLock(shard_lock(self.folder, shard.file_stem))
        self._record: ShardRecord | None = None
        self.tried: ShardOfRun | None = None  # what is kept of this try, from the moment it is set

    def __enter__(self) -> SharedRun:
        found = stamp(self.target / RUN_FILE)
        with os_errors_as(
            RecordError,
            say("{target} cannot be written", target=self.target),
            say("Choose another."),
        ):
            self.target.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._wait(self._own, say("Waiting for another pathgui on the same shard"))
                self._wait(self._lock, say("Waiting for the reference set to be measured"))
            except BaseException:
                self.__exit__()
                raise
        try:
            if (self.folder / RUN_FILE).exists():
                self.before = load_evaluation(self.folder)
            elif stamp(self.target / RUN_FILE) != found:
                raise RecordError(say("{name} was merged in the meantime.", name=self.target.name))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        self._own.release()

    def _wait(self, lock: FileLock, stage: str) -> None:
        told = False
        while not lock.acquire():
            if not told:
                self._report(
                    Notice(say("{owner} is at work: {stage}.", owner=lock.owner(), stage=stage))
                )
                told = True
            self._report(Progress(stage, 0, 1, part=Part.READING))
            time.sleep(_LOOK_SECONDS)

    def tidy(self, folders: Sequence[str]) -> None:
        """Remove what a killed try has left of slides of this shard."""
        for folder in folders:
            for left in (self.folder / SLIDES_FOLDER).glob(f".{folder}.*.draft"):
                shutil.rmtree(left, ignore_errors=True)

    def begin(self, evaluation: Evaluation) -> None:
        """Keep what is known of the reference set, and let the other shards begin."""
        super().begin(evaluation)
        self._let_others_begin()

    def go_on(self, run: Run) -> None:
        """Let the other shards begin; the record stays as it is until all are merged."""
        self._let_others_begin()

    def _let_others_begin(self) -> None:
        self._lock.release()
        if self.tried is not None:
            self._record = ShardRecord(self.folder, self.tried)

    def end(self, tried: ShardOfRun) -> None:
        """Keep that the shard is complete. Raises RecordError."""
        if self._record is not None:
            self._record.end(tried)

    def discard(self) -> None:
        """Refuse: other shards may be at work. Raises RecordError."""
        raise RecordError(
            say(
                "{folder} holds what other shards have done. Remove it by hand to begin anew.",
                folder=self.folder,
            )
        )

    def write_slide(self, run: Run, slide: SlideOfRun, evaluation: Evaluation | None) -> None:
        """Keep a slide that is over. Raises RecordError, also if the run is no longer there."""
        if not (self.folder / RUN_FILE).exists():
            raise RecordError(
                say(
                    "{folder} is gone: the run was merged or removed in the meantime.",
                    folder=self.folder,
                )
            )
        super().write_slide(run, slide, evaluation)
