"""A slide that is not open: which file it is, and how it is to be opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pathgui.core.errors import SlideError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.slides.slide import Slide, open_slide


@dataclass(frozen=True)
class SlideFile:
    """All that opening a slide depends on; plain data, which can go to another process."""

    path: Path
    mpp: float | None = None  # µm per level-0 pixel, where the user gave it
    direct: bool = True  # whether tiles may be decoded without OpenSlide
    content_id: str = ""  # of the slide that is meant; "": whatever lies at ``path``

    @classmethod
    def of(cls, slide: Slide) -> SlideFile:
        """What opens this very slide again."""
        mpp = slide.mpp if slide.mpp_source == "user" else None
        return cls(slide.path.absolute(), mpp, slide.direct, slide.content_id)

    def open(self, report: ProgressFn = ignore_progress) -> Slide:
        """Open the slide.

        Raises
        ------
        SlideError, ScaleError
            What :func:`~pathgui.core.slides.slide.open_slide` raises; and SlideError if the file
            is not the slide that is meant.
        """
        slide = open_slide(self.path, self.mpp, direct=self.direct, report=report)
        if self.content_id and slide.content_id != self.content_id:
            slide.close()
            raise SlideError(
                say(
                    "{path_name} is not the slide that is meant: its content is "
                    "another. It was changed or replaced; choose the slide again.",
                    path_name=self.path.name,
                )
            )
        return slide
