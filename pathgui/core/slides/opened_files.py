"""The files of an open slide: which they are, and whether they are still the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pathgui.core.errors import SlideError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.slides.content_id import content_of_files, slide_files
from pathgui.core.slides.identity import FileStamp


class OpenedFiles:
    """Files of the slide at ``path``, opened through ``file`` when it had the stamp ``opened``."""

    def __init__(
        self, path: Path, file: Path, vendor: str, series: str | None, opened: FileStamp
    ) -> None:
        self._path = path
        self._file = file
        self._vendor = vendor
        self._series = series  # of a DICOM slide
        self._opened = opened
        self._files: list[Path] | None = None
        self._identity: tuple[str, FileStamp] | None = None
        self._lock = threading.Lock()

    def identity(self) -> tuple[str, FileStamp]:
        """The content id, computed when first asked for, and the files' stamp at that time.

        Raises
        ------
        SlideError
            If the files have changed since they were opened, or are gone.
        """
        with self._lock:
            if self._identity is None:
                with self._naming() as files:
                    stamp = FileStamp.of(files)
                    content = content_of_files(self._file, files)
                    opened = FileStamp.of([self._file])
                    if stamp != FileStamp.of(files) or opened.text != self._opened.text:
                        raise self._changed()
                self._identity = (content, stamp)
            return self._identity

    def check_unchanged(self) -> None:
        """Make sure that the files are those that :meth:`identity` was computed from.

        Their sizes and times are compared; only where these are the same and the file system says
        all the same that something changed, the id is computed again.

        Raises
        ------
        SlideError
            If they are others, or gone.
        """
        content, stamp = self.identity()
        with self._naming() as files:
            now = FileStamp.of(files)
            if now == stamp:
                return
            if now.text == stamp.text and content_of_files(self._file, files) == content:
                return  # its rights or its name, say
        raise self._changed()

    @contextmanager
    def _naming(self) -> Iterator[list[Path]]:
        """The files of the slide; what the system finds wrong with them is a SlideError."""
        advice = say("Check that the disk or network folder is still there.")
        with os_errors_as(SlideError, say("{path} can no longer be read", path=self._path), advice):
            if self._files is None:
                self._files = slide_files(self._file, self._vendor, self._series)
            yield self._files

    def _changed(self) -> SlideError:
        return SlideError(
            say(
                "The file {path_name} was changed while it was open. Nothing "
                "that was read of it since is kept. When it is complete, open "
                "the slide again and repeat what you did.",
                path_name=self._path.name,
            )
        )
