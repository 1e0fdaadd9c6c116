"""Writing so that nothing half-written ever bears a final name, and nothing is lost on the way.

A draft lies beside its target under a name that says whose it is, so that what a killed process
left can be told from what a living one writes (:mod:`pathgui.core.runs.leftovers`).
"""

from __future__ import annotations

import os
import shutil
import socket
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, Literal

from pathgui.core.language.texts import say
from pathgui.core.system.background import BEAT_SECONDS, Outcome, Workers
from pathgui.core.system.exchange import exchange, rename_new, sync_disk, sync_folder

ANYTHING: Final = "anything"
_MANY_FILES = 500  # beyond, one call for the disk is faster than one for each file

Stamp = tuple[int, int, int, int]  # of a file: device, number, size, time of the last change
Replaceable = Stamp | Literal["anything"] | None


class NotInPlace(OSError):
    """A complete folder could not take its place.

    ``path`` is as it was; the new folder is at ``kept``.
    """

    def __init__(self, path: Path, kept: Path, why: str) -> None:
        super().__init__(say("{why} The new one is kept as {kept}.", why=why, kept=kept))
        self.path = path
        self.kept = kept
        self.why = why


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
    draft = beside(path, "draft")
    try:
        yield draft
        _sync(draft)
        draft.replace(path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def stamp(record: Path) -> Stamp | None:
    """What tells a file from a later one of its name; None where there is none."""
    try:
        found = record.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


@contextmanager
def draft_folder(
    path: Path, *, record: str = "", replacing: Replaceable = ANYTHING
) -> Iterator[Path]:
    """A folder to fill, which takes the place of ``path`` at the end, and only then.

    What was at ``path`` is there until its successor is: the two change places in one step where
    the system can do that; elsewhere the old one is called "... (replaced)" for a moment. If the
    block raises, the draft is removed and ``path`` is as it was. Of a link, the folder that it
    leads to is replaced.

    Parameters
    ----------
    record
        The file that makes the folder what it is; the block should write it last. With one, a
        complete draft is never removed: if it cannot take its place, it gets a name beside it.
    replacing
        :func:`stamp` of the record that may be replaced, None if nothing may be. Whatever else is
        there at the end stays.

    Raises
    ------
    NotInPlace
        If something is at ``path`` that is not to be replaced, or the renames failed, and the
        folder has a record.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = beside(path, "draft")
    draft.mkdir()
    try:
        yield draft
        _sync_tree(draft)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    if record:
        place_folder(draft, path, record, replacing)
        return
    try:
        _place(draft, path, record, replacing)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    sync_folder(path.parent)


@contextmanager
def flushing(folder: Path) -> Iterator[Callable[[], None]]:
    """Gives what to call after each file that is put into a draft with many files.

    The disk then takes them while others are made. Without it all of them wait in memory until the
    draft is complete, and nothing else is left to be done while they are written. If the disk
    cannot take them, the OSError is raised by one of the next calls or at the end: it is told
    once, and who opens the folder later does not learn of it.
    """
    written = 0
    flush: Outcome[bool] | None = None
    with Workers(1, "flushing") as thread:

        def one_more() -> None:
            nonlocal written, flush
            written += 1
            if written % _MANY_FILES == 0 and (flush is None or flush.wait(0)):
                if flush is not None:
                    flush.result()
                flush = thread.submit(partial(sync_disk, folder))

        yield one_more
        if flush is not None:
            while not flush.wait(BEAT_SECONDS):
                pass
            flush.result()


def place_folder(draft: Path, path: Path, record: str, replacing: Replaceable) -> None:
    """Give a complete folder its name, in the place of what was there; see :func:`draft_folder`.

    Raises
    ------
    NotInPlace
        If something is at ``path`` that is not to be replaced, or the renames failed; the folder
        has a name beside it.
    """
    try:
        _place(draft, path, record, replacing)
    except OSError as error:
        kept = _renamed_free(draft, path) if draft.exists() else path
        why = say(
            "{path} cannot be replaced: {strerror}.", path=path, strerror=error.strerror or error
        )
        if isinstance(error, FileExistsError):
            why = say("{path} appeared, or was changed, in the meantime; it stays.", path=path)
        raise NotInPlace(path, kept, why) from error
    sync_folder(path.parent)


def _place(draft: Path, path: Path, record: str, replacing: Replaceable) -> None:
    """Give a complete draft its name. FileExistsError: something is there that is to stay."""

    def may_go(folder: Path) -> bool:
        if replacing == ANYTHING:
            return True
        return replacing is not None and stamp(folder / record) == replacing

    with suppress(OSError):  # an empty folder is nothing; one that holds anything stays
        path.rmdir()
    try:
        rename_new(draft, path)
        return
    except FileExistsError:
        if not may_go(path):
            raise
    if not exchange(draft, path):
        _replace_slowly(draft, path)
    elif may_go(draft):
        _remove_replaced(draft, path)
    else:  # it came between the look and the exchange: back with it
        exchange(draft, path)
        raise FileExistsError(path)


def _replace_slowly(draft: Path, path: Path) -> None:
    """Without an exchange: at every moment the old one or the new one has a name to be found by."""
    old = _renamed_free(path, path, "replaced")
    try:
        rename_new(draft, path)
    except BaseException:
        rename_new(old, path)
        raise
    _remove_replaced(old, path)


def _remove_replaced(old: Path, path: Path) -> None:
    """Rename first: a removal that is cut short leaves nothing that looks like a run."""
    doomed = beside(path, "replaced")
    old.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)  # the new one is there all the same


def _renamed_free(source: Path, path: Path, word: str = "") -> Path:
    """Rename ``source`` to a free name after ``path``: "a (2).pgrun", "a (replaced).pgrun"."""
    for target in free_names(path, word):
        try:
            rename_new(source, target)
        except FileExistsError:
            continue
        return target
    raise AssertionError("names do not end")


def free_names(path: Path, word: str = "") -> Iterator[Path]:
    """Names after that of ``path`` to be tried in turn: "a (word).pgrun", "a (word 2).pgrun"."""
    number = 1 if word else 2
    while True:
        inside = " ".join(part for part in (word, "" if number == 1 else str(number)) if part)
        yield path.with_name(f"{path.stem} ({inside}){path.suffix}")
        number += 1


def owner_mark() -> str:
    """Of this process, in the names of its drafts: 8 hex digits for the computer, and its id."""
    return f"{zlib.crc32(socket.gethostname().encode()):08x}-{os.getpid()}"


def beside(path: Path, kind: Literal["draft", "replaced", "deleted"]) -> Path:
    """A hidden name beside ``path`` for what is not yet, or no longer, to be seen."""
    return path.with_name(f".{path.name}.{owner_mark()}-{uuid.uuid4().hex[:8]}.{kind}")


def _sync_tree(folder: Path) -> None:
    inside = list(folder.rglob("*"))
    if len(inside) > _MANY_FILES and sync_disk(folder):
        return
    for each in inside:
        if each.is_file():
            _sync(each)
        elif each.is_dir():
            sync_folder(each)
    sync_folder(folder)


def _sync(file: Path) -> None:
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())
