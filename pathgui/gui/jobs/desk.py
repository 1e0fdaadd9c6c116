"""What every control of the window works with: core's functions, job runners, the messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pathgui.core.errors import PathguiError
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile
from pathgui.gui.jobs.jobs import JobRunner
from pathgui.gui.jobs.message_bar import MessageArea
from pathgui.gui.jobs.services import Services


@dataclass(frozen=True)
class Desk:
    """Handed to each control, so that none needs to know the window."""

    services: Services
    messages: MessageArea
    runner: JobRunner  # evaluation, import, report: one after the other
    quick: JobRunner  # opening and looking things up; never waits for the other
    estimates: JobRunner  # what an evaluation will cost; gives way to everything
    show_error: Callable[[Exception], None]
    direct_reader: Callable[[], bool] = lambda: True  # the setting, as it is now

    def slide_file(self, path: Path, mpp: float | None = None, content_id: str = "") -> SlideFile:
        """The slide at ``path`` for a request, to be opened as the settings say."""
        return SlideFile(path, mpp, self.direct_reader(), content_id)

    def open_slide(self, path: Path, mpp: float | None = None, **options: Any) -> Slide:
        """Open the slide at ``path``, as the settings say. For any thread."""
        if not self.direct_reader():
            options["direct"] = False
        slide: Slide = self.services.open_slide(path, mpp, **options)
        return slide

    def show_failure(self, error: Exception, key: str = "") -> None:
        """Say why a job failed: in a bar that ``key`` replaces, or, if it is a bug, as one."""
        if isinstance(error, PathguiError):
            self.messages.show_message("error", str(error), key=key)
        else:
            self.show_error(error)
