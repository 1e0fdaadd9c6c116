"""How the command line shows progress, notices, results and errors.

Results go to stdout; everything else goes to stderr, so that output can be piped.
"""

from __future__ import annotations

import json
import math
import signal
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from types import FrameType
from typing import Self

import msgspec
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.progress import ProgressColumn as RichColumn
from rich.text import Text

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import filled, say
from pathgui.core.progress import (
    Cancelled,
    Event,
    Notice,
    Progress,
    ProgressFn,
    RunProgress,
)
from pathgui.core.system.times import in_words

PLAIN_INTERVAL_S = 5.0
LIVE_INTERVAL_S = 15.0  # between two lines of numbers so far, where lines cannot be rewritten
_WHOLE = 1000  # of the bar of a run over many slides

PIPE_WIDTH = 160  # where output goes to a file there is no width to keep to

# Names of encoders, tissues, centers and files may have [brackets] and :colons: in them.
err = Console(stderr=True, highlight=False, markup=False, emoji=False)
out = Console(highlight=False, markup=False, emoji=False)
if not out.is_terminal:
    out = Console(highlight=False, markup=False, emoji=False, width=PIPE_WIDTH)


class _CountColumn(MofNCompleteColumn):
    """How many of how many; of a run over many slides how many slides."""

    def render(self, task: Task) -> Text:
        return Text(task.fields["count"]) if "count" in task.fields else super().render(task)


class _RateColumn(RichColumn):
    """Items per second."""

    def render(self, task: Task) -> Text:
        if "count" in task.fields:
            return Text("")
        return Text(filled("{speed:,.1f}/s", speed=task.speed) if task.speed else "", style="dim")


class _Bars(RichProgress):
    """Bars with lines below them that are rewritten in place."""

    def __init__(self, *columns: RichColumn, console: Console, disable: bool) -> None:
        self.lines: dict[str, Text] = {}
        super().__init__(*columns, console=console, disable=disable)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        yield from tuple(self.lines.values())  # a copy: work may be told of from other threads


class Watch:
    """The progress callback of a command: a bar on a terminal, plain lines otherwise.

    While it is entered, the first Ctrl-C asks the work to end at its next report, so that what is
    done is kept; the second ends the program at once.
    """

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bar = _Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            _CountColumn(),
            _RateColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=err,
            disable=quiet or not err.is_terminal,
        )
        self._step: object = None
        self._task: int | None = None
        self._said = 0.0
        self._started = 0.0
        self._ended = False
        self._cancelled = False
        self._previous: object = None
        self._live: dict[str, tuple[float, str]] = {}  # when each was said last, and what

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._interrupt)
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.lines.clear()  # what is found in the end is said at the end
        self._bar.stop()
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)  # type: ignore[arg-type]

    def __call__(self, event: Event) -> None:
        if self._cancelled:
            raise Cancelled
        if isinstance(event, Notice):
            self.say(say("Note: {event_text}", event_text=retold(event.text)))
        elif isinstance(event, Progress):
            if err.is_terminal and not self._quiet:
                self._move_bar(event)
            else:
                self._print_line(event)

    def say(self, text: str) -> None:
        """A line for the user, above the bar."""
        if not self._quiet:
            self._bar.console.print(text, soft_wrap=True)

    def live(self, of: str, text: str) -> None:
        """Numbers so far of one thing: a line that is rewritten, or now and then a plain one."""
        if self._quiet:
            return
        if err.is_terminal:
            self._bar.lines[of] = Text(text, style="dim", no_wrap=True, overflow="ellipsis")
            self._bar.refresh()
            return
        now, (last, said) = time.monotonic(), self._live.get(of, (-math.inf, ""))
        if text != said and now - last >= LIVE_INTERVAL_S:
            self._live[of] = now, text
            self.say(text)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._cancelled:
            raise KeyboardInterrupt
        self._cancelled = True
        err.print(say("Stopping after this step; Ctrl-C again ends at once."))

    def _move_bar(self, event: Progress) -> None:
        if event.run is not None:
            self._move_run_bar(event, event.run)
            return
        if event.step != self._step or self._task is None:
            self._step = event.step
            self._task = self._bar.add_task(retold(event.stage), total=event.total)
        self._bar.update(self._task, completed=event.done, total=event.total)  # type: ignore[arg-type]

    def _move_run_bar(self, event: Progress, run: RunProgress) -> None:
        """One bar for all slides, with what is worked on."""
        if self._task is None:
            self._task = self._bar.add_task("", total=_WHOLE, count="")
        self._bar.update(
            self._task,  # type: ignore[arg-type]
            description=_work_of(event, run),
            completed=round(_WHOLE * run.share),
            count=_counts_of(run),
        )

    def _print_run_line(self, event: Progress, run: RunProgress, now: float) -> None:
        """When another slide begins, and every few seconds."""
        if run.slide == self._step and now - self._said < PLAIN_INTERVAL_S:
            return
        self._step, self._said = run.slide, now
        left = (
            ""
            if run.seconds_left is None
            else say(", {in_words} left", in_words=in_words(run.seconds_left))
        )
        self.say(f"{_work_of(event, run)} ({_counts_of(run)}{left})")

    def _print_line(self, event: Progress) -> None:
        """At most every few seconds, and at the end of a stage."""
        now = time.monotonic()
        if event.run is not None:
            self._print_run_line(event, event.run, now)
            return
        if event.step != self._step:
            self._step, self._started = event.step, now
        elif self._ended or (event.done < event.total and now - self._said < PLAIN_INTERVAL_S):
            return
        self._said, self._ended = now, event.done >= event.total
        rate = event.done / (now - self._started) if now > self._started else 0.0
        left = say(", {total:.0f} s left", total=(event.total - event.done) / rate) if rate else ""
        eta = "" if self._ended else left
        self.say(
            say(
                "{stage}: {done} of {total}{eta}",
                stage=retold(event.stage),
                done=event.done,
                total=event.total,
                eta=eta,
            )
        )


def in_megabytes(watch: Watch) -> ProgressFn:
    """Of a download, whose progress is in bytes."""

    def report(event: Event) -> None:
        if isinstance(event, Progress):
            total = max(1, event.total // 10**6)  # not known yet, at first
            stage, done = f"{retold(event.stage)}, MB", event.done // 10**6
            event = replace(event, stage=stage, done=done, total=total)
        watch(event)

    return report


def _work_of(event: Progress, run: RunProgress) -> str:
    return f"{run.slide or say('Reference set')}: {retold(event.stage)}"


def _counts_of(run: RunProgress) -> str:
    failed = say(", {failed:,} failed", failed=run.failed) if run.failed else ""
    return say(
        "{over:,} of {total:,} slides{failed}", over=run.over, total=run.total, failed=failed
    )


def tell(text: str) -> None:
    """A sentence on stdout, in one line however long it is."""
    out.print(text, soft_wrap=True)


def print_json(value: object) -> None:
    """One JSON document on stdout, and nothing else."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # escapes of JSON's own, which any stream can take
        text = json.dumps(json.loads(text), indent=2) + "\n"
    sys.stdout.write(text)


def print_error(text: str) -> None:
    """An error a user can act on."""
    err.print(say("Error: {text}", text=retold(text)), style="bold red", soft_wrap=True)
