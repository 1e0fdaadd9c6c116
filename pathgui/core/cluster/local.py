"""Calls in processes of this machine, some at a time."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from pathgui.core.cluster.call import Call, Ended, ended, environment_of, last_lines
from pathgui.core.cluster.engine import State
from pathgui.core.errors import ClusterError, os_errors_as
from pathgui.core.language.texts import say


class LocalEngine:
    """``workers`` processes at a time, of which each gets one of ``gpus`` GPUs, if there are any.

    What a call tells goes into a file of its own in ``folder``.
    """

    def __init__(self, workers: int, folder: Path, gpus: int = 0) -> None:
        self._workers = workers
        self._folder = folder
        self._gpus = gpus
        self._slots: list[_Process | None] = [None] * workers
        self._waiting: list[_Process] = []
        self._count = 0

    @property
    def title(self) -> str:
        """The engine in words."""
        return say("{workers} processes of this machine", workers=self._workers)

    def submit(self, calls: Sequence[Call]) -> list[_Process]:
        """Hand calls over. Raises ClusterError."""
        with _as_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        made = []
        for call in calls:
            self._count += 1
            made.append(_Process(self, call, self._folder / f"{self._count}.log"))
        self._waiting += made
        self.fill()
        return made

    def fill(self) -> None:
        """Begin what waits, as far as there is room."""
        for slot, process in enumerate(self._slots):
            if process is not None and not process.over:
                continue
            self._slots[slot] = None
            if self._waiting:
                self._slots[slot] = self._waiting.pop(0)
                devices = {"CUDA_VISIBLE_DEVICES": str(slot % self._gpus)} if self._gpus else {}
                self._slots[slot].begin(devices)  # type: ignore[union-attr]

    def forget(self, process: _Process) -> None:
        """Do not begin it any more."""
        if process in self._waiting:
            self._waiting.remove(process)


class _Process:
    """A call of a :class:`LocalEngine`."""

    def __init__(self, engine: LocalEngine, call: Call, log: Path) -> None:
        self._engine = engine
        self._call = call
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._process is not None and self._process.poll() is not None

    def begin(self, environment: dict[str, str]) -> None:
        """Start it. Raises ClusterError."""
        with _as_errors(self._log.parent), self._log.open("wb") as log:
            self._process = subprocess.Popen(
                self._call.words,
                cwd=self._call.folder,
                env={**environment_of(self._call), **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def look(self) -> Ended | State:
        """How it ended, or whether it runs yet."""
        self._engine.fill()
        if self._process is None:
            return "waiting"
        code = self._process.poll()
        if code is None:
            return "running"
        return ended(code, last_lines(self._log.read_text(encoding="utf-8", errors="replace")))

    def stop(self) -> None:
        """End it, if it has not ended."""
        self._engine.forget(self)
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def _as_errors(folder: Path) -> AbstractContextManager[None]:
    refused = say("Processes cannot be started, with logs in {folder}", folder=folder)
    return os_errors_as(ClusterError, refused, say("Make room there."))
