"""An engine whose calls end as a test says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pathgui.core.cluster.call import Call, Ended

KILLED = Ended(-9, killed=True)


class StandIn:
    """Each call ends, try after try, as ``ends`` says by its title; "running" never ends."""

    title = "nowhere"

    def __init__(self, ends: dict[str, list[Ended | str]]) -> None:
        self.ends = ends
        self.tried: list[str] = []
        self.stopped: list[str] = []

    def submit(self, calls: Sequence[Call]) -> list[_Running]:
        """Take calls."""
        self.tried += [call.title for call in calls]
        return [_Running(self, call.title) for call in calls]


class _Running:
    def __init__(self, engine: StandIn, title: str) -> None:
        self._engine, self._title = engine, title

    def look(self) -> Ended | str:
        ends = self._engine.ends[self._title]
        return ends[0] if isinstance(ends[0], str) else ends.pop(0)

    def stop(self) -> None:
        self._engine.stopped.append(self._title)


class InProcess:
    """Carries calls of pathgui out in this very process, one after the other."""

    refuses = ""  # the shard whose disk is full
    title = "this process"

    def __init__(self, workers: int, folder: Path, gpus: int = 0) -> None:
        pass

    def submit(self, calls: Sequence[Call]) -> list[_Done]:
        """Carry calls out."""
        return [_Done(self._carried_out(call)) for call in calls]

    def _carried_out(self, call: Call) -> Ended:
        from pathgui.cli.main import run

        if call.words[-1] == self.refuses:
            return Ended(2, "Error: No space left on device")
        return Ended(run(list(call.words[3:])))


class _Done:
    def __init__(self, ended: Ended) -> None:
        self._ended = ended

    def look(self) -> Ended:
        return self._ended

    def stop(self) -> None:
        """It has ended."""
