"""Whether the file of a slide is still the one that a run measured."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import say
from pathgui.core.runs.record import SlideFacts
from pathgui.core.slides.identity import FileStamp
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_file import SlideFile

ID_DIGITS = 16  # of a content id, as reports print it


def find_slide(facts: SlideFacts, folders: Iterable[Path]) -> Path | None:
    """The first file or folder of the slide's name in ``folders``."""
    for folder in folders:
        path = folder / facts.file_name
        if facts.file_name and path.exists():
            return path
    return None


def changed_since(facts: SlideFacts, path: Path) -> str:
    """What has changed of the slide at ``path`` since the run measured it; "" if nothing has.

    Where size and time are those of the run, the file is not read.
    """
    try:
        if path.is_file() and FileStamp.of([path]).text == facts.file_stamp:
            return ""
        with SlideFile(path, facts.mpp, direct=False).open() as slide:
            return change_of(facts, slide)
    except (OSError, PathguiError) as error:
        return say(
            "{file_name} cannot be compared with what this run measured: {error}",
            file_name=facts.file_name,
            error=error,
        )


def change_of(facts: SlideFacts, slide: Slide) -> str:
    """The same, of a slide that is open."""
    measured = say("content id {content_id}", content_id=facts.content_id[:ID_DIGITS])
    if slide.content_id != facts.content_id:
        return say(
            "{path_name} is not the file that this run measured "
            "({measured}): it has changed since, or is another (content id "
            "{content_id}).",
            path_name=slide.path.name,
            measured=measured,
            content_id=slide.content_id[:ID_DIGITS],
        )
    if facts.file_stamp and slide.stamp.text != facts.file_stamp:
        return say(
            "{path_name} was written again since this run measured it "
            "({measured}). The parts of it that the id is made of are the "
            "same; to compare every tile, evaluate it again: what is the "
            "same is not embedded anew.",
            path_name=slide.path.name,
            measured=measured,
        )
    return ""
