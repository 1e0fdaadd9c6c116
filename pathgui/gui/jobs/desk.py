"""What every control of the window works with: core's functions, job runners, the messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pathgui.core.errors import PathguiError
from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
from pathgui.core.progress import Notice, Progress
from pathgui.core.runs.options import RunSettings, new_settings
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile
from pathgui.gui.jobs.jobs import Job, JobRunner
from pathgui.gui.jobs.message_bar import MessageArea, Offer
from pathgui.gui.jobs.services import Services
from pathgui.gui.kit.dialogs import open_file


@dataclass(frozen=True)
class Desk:
    """Handed to each control, so that none needs to know the window."""

    services: Services
    messages: MessageArea
    runner: JobRunner  # evaluation, import, report: one after the other
    quick: JobRunner  # opening and looking things up; never waits for the other
    estimates: JobRunner  # what an evaluation will cost; gives way to everything
    show_error: Callable[[Exception], None]
    settings: Callable[[], RunSettings] = new_settings  # as they are now

    def slide_file(self, path: Path, mpp: float | None = None, content_id: str = "") -> SlideFile:
        """The slide at ``path`` for a request, to be opened as the settings say."""
        return SlideFile(path, mpp, self.settings().reader == "direct", content_id)

    def open_slide(self, path: Path, mpp: float | None = None, **options: Any) -> Slide:
        """Open the slide at ``path``, as the settings say. For any thread."""
        if self.settings().reader != "direct":
            options["direct"] = False
        slide: Slide = self.services.open_slide(path, mpp, **options)
        return slide

    def watch(self, job: Job, text: str, key: str, said: Callable[[Progress], str]) -> None:
        """Show ``text`` with a way to stop while a job runs, then what ``said`` makes of progress.

        Where that is empty, the bar stays as it is. The bar of the outcome takes its place.
        """
        bar = self.messages.show_message(
            "info", text, key=key, closable=False, offers=(Offer(say("Cancel"), job.cancel),)
        )

        def show(events: list[object]) -> None:
            for event in events:
                if isinstance(event, Notice):
                    self.messages.show_message("info", event.text)
                elif isinstance(event, Progress) and self.messages.bar(key) is bar:
                    bar.text.setText(retold(said(event)) or bar.text.text())

        job.reported.connect(show)
        job.cancelled.connect(lambda: self.messages.clear(key))

    def show_written(
        self, text: str, path: Path, key: str, *others: Offer, way: str = say("Show folder")
    ) -> None:
        """Say that there is a file or folder at ``path`` now, with a ``way`` to it."""
        folder = Offer(way, lambda: open_file(path.parent))
        offers = (*others, folder)
        self.messages.show_message("info", f"{text}: {path}", key=key, offers=offers, passing=True)

    def show_failure(self, error: Exception, key: str = "", offers: tuple[Offer, ...] = ()) -> None:
        """Say why a job failed: in a bar that ``key`` replaces, or, if it is a bug, as one."""
        self.messages.clear(key)
        if isinstance(error, PathguiError):
            self.messages.show_message("error", str(error), key=key, offers=offers)
        else:
            self.show_error(error)
