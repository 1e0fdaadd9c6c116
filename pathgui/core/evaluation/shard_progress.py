"""How far the shards of a run are, seen from outside: by what lies in their folder."""

from __future__ import annotations

import time
from pathlib import Path

from pathgui.core.cluster.follow import Counts
from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.core.progress import Part, Progress, RunProgress
from pathgui.core.runs.slide_records import over_in
from pathgui.core.runs.unfinished import unfinished_folder


class ShardProgress:
    """Makes of what shards have done so far the progress of the whole run."""

    def __init__(self, target: Path, slides: int, shards: int) -> None:
        self._folder = unfinished_folder(target)
        self._slides = slides
        self._shards = shards
        self._began = time.monotonic()
        self._at_first: int | None = None
        self._states: dict[str, str] = {}  # by folder of the slide

    def __call__(self, counts: Counts) -> Progress:
        """How far all is; ``counts`` are of shards."""
        self._states |= over_in(self._folder, self._states)
        over = len(self._states)
        if self._at_first is None:
            self._at_first = over
        here, left = over - self._at_first, None
        if here:
            left = (time.monotonic() - self._began) / here * (self._slides - over)
        run = RunProgress(
            plural(self._shards, "shard"),
            over,
            list(self._states.values()).count("failed"),
            self._slides,
            over / max(1, self._slides),
            left,
        )
        stage = say(
            "{running} running, {waiting} waiting, {good} complete",
            running=counts.running,
            waiting=counts.waiting,
            good=counts.good,
        )
        return Progress(stage, over, self._slides, part=Part.SLIDE, run=run)
