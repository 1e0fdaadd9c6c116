"""Writing so that nothing half-written ever bears a final name."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_file(path: Path, content: bytes) -> None:
    """Write a file: a draft beside the target, fsync, rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with draft_file(path) as draft:
        draft.write_bytes(content)


@contextmanager
def draft_file(path: Path) -> Iterator[Path]:
    """The name of a file to write, which takes the place of ``path`` at the end, and only then.

    If the block raises, the draft is removed and ``path`` is as it was. Its folder must be there.
    """
    draft = _draft(path)
    try:
        yield draft
        _sync(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def draft_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of ``path`` at the end, and only then.

    What was at ``path`` is kept until its successor is in its place. If the block raises, or the
    successor cannot take its place, the draft is removed and ``path`` is as it was. Of a link, the
    folder that it leads to is replaced.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path)
    draft.mkdir()
    try:
        yield draft
        for file in draft.rglob("*"):
            if file.is_file():
                _sync(file)
        if path.exists():
            old = _draft(path)
            path.rename(old)
            try:
                draft.rename(path)
            except BaseException:
                old.rename(path)
                raise
            shutil.rmtree(old, ignore_errors=True)  # the new one is there all the same
        else:
            draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.draft")


def _sync(file: Path) -> None:
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())
