"""What was read of a cohort, and what the control of cohorts stands among."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pathgui.core.cohort.opened import Cohort, OpenCohort
from pathgui.core.cohort.places import files_of
from pathgui.core.cohort.record import Roles
from pathgui.core.cohort.slide_table import SlideTable
from pathgui.gui.cohort.content import Content
from pathgui.gui.jobs.recent import Recent
from pathgui.gui.slides.slide_control import SlideControl
from pathgui.gui.slides.slide_panel import SlidePanel


@dataclass(frozen=True)
class Surroundings:
    """What the cohort shares with the rest of the window."""

    slides: SlideControl
    slide_panel: SlidePanel
    recent: Recent
    places: Callable[[], Path]  # the folder in which this computer remembers where slides lie
    drafts: Callable[[], Path]  # the folder of tables that are no cohorts yet


@dataclass(frozen=True)
class Read:
    """A cohort that was opened, or a table that core made of one."""

    opened: OpenCohort
    content: Content
    notes: tuple[str, ...] = ()


def content_of(opened: OpenCohort, slides: SlideTable, roles: Roles) -> Content:
    return Content(slides, roles, tuple(files_of(opened.folder, slides, opened.places)))


def leave(opened: OpenCohort, pending: Cohort | None) -> None:
    """Write what is left of the changes, and let others change it."""
    try:
        if pending is not None:
            opened.save(pending)
    finally:
        opened.close()
