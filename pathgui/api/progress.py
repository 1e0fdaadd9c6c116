"""How a call tells how far it is: silent, with a bar, or to a function of the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import Event, Notice, Progress, ProgressFn, ignore_progress


@contextmanager
def told(progress: bool | Callable[[Event], None]) -> Iterator[ProgressFn]:
    """The callback for core: True draws a bar, in a terminal or a notebook."""
    if callable(progress):
        yield progress
    elif progress:
        with _bar() as show:
            yield show
    else:
        yield ignore_progress


@contextmanager
def _bar() -> Iterator[ProgressFn]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True, highlight=False, markup=False, emoji=False),
    )
    tasks: dict[object, TaskID] = {}

    def show(event: Event) -> None:
        if isinstance(event, Notice):
            bar.console.print(
                say("Note: {event_text}", event_text=retold(event.text)), soft_wrap=True
            )
        elif isinstance(event, Progress):
            key: object = event.step
            shown, done, total = retold(event.stage), event.done, event.total
            if event.run is not None:  # one bar for all slides
                key, done, total = "run", event.run.over, event.run.total
                shown = f"{event.run.slide or say('Reference set')}: {shown}"
            if key not in tasks:
                tasks[key] = bar.add_task(shown)
            bar.update(tasks[key], description=shown, completed=done, total=total)

    with bar:
        yield show
