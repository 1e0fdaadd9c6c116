"""Fetching a published set from the hub, once its license was accepted."""

from __future__ import annotations

from pathlib import Path

from pathgui.core.encoders.weights.hub import (
    HubError,
    HubFolder,
    cached_folder,
    download_folder,
    look_up,
)
from pathgui.core.errors import ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.public_sets.catalog import PublicSet
from pathgui.core.public_sets.import_set import ImportedSet, import_tiles
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.reference.set_writing import Described
from pathgui.core.system.files import ANYTHING, Replaceable


def ask(wanted: PublicSet, report: ProgressFn = ignore_progress) -> HubFolder:
    """Which files the set has on the hub today, and how large they are.

    Raises
    ------
    ReferenceSetError
        If the set is not on the hub, or refused.
    HubError
        If the hub cannot be asked. Where files of the set were downloaded before, the text says
        where they are.
    Cancelled
        If ``report`` raised it.
    """
    if not wanted.can_be_fetched:
        raise ReferenceSetError(
            say(
                "{wanted_title} is not downloaded. {why_not} {page}",
                wanted_title=wanted.title,
                why_not=wanted.why_not,
                page=wanted.page,
            )
        )
    try:
        return look_up(
            wanted.repository, wanted.files, title=wanted.title, page=wanted.page, report=report
        )
    except HubError as error:
        raise _with_what_is_here(error, wanted) from error


def fetch(
    wanted: PublicSet, files: HubFolder, *, accepted: bool, report: ProgressFn = ignore_progress
) -> Path:
    """Download the files that :func:`ask` found, and return their folder.

    What was stopped goes on where it was.

    Raises
    ------
    ReferenceSetError
        If the license was not accepted. Nothing is downloaded then.
    HubError
        If the hub, the network or the disk refuses.
    Cancelled
        If ``report`` raised it.
    """
    if not accepted:
        raise ReferenceSetError(
            say(
                "{wanted_title} was not downloaded: its license ({licence}) was "
                "not accepted. Read it on {page}, and accept it with "
                "--accept-licence.",
                wanted_title=wanted.title,
                licence=wanted.licence,
                page=wanted.page,
            )
        )
    try:
        return download_folder(files, report)
    except HubError as error:
        raise _with_what_is_here(error, wanted) from error


def _with_what_is_here(error: HubError, wanted: PublicSet) -> HubError:
    """Offline, what was downloaded before may be all that is needed."""
    if error.reason not in ("offline", "connection"):
        return error
    here = cached_folder(wanted.repository)
    if here is None:
        return error
    why = say("Network use is switched off.") if error.reason == "offline" else str(error)
    return HubError(
        error.reason,
        say(
            "{why} Files of {wanted_title} that were downloaded before lie in "
            "{here}: pathgui reference import takes them.",
            why=why,
            wanted_title=wanted.title,
            here=here,
        ),
    )


def make_public_set(
    wanted: PublicSet,
    out: Path,
    *,
    accepted: bool,
    replacing: Replaceable = ANYTHING,
    report: ProgressFn = ignore_progress,
) -> ImportedSet:
    """Download a set and write it as a reference set, which keeps its license and citation.

    Raises what :func:`ask`, :func:`fetch` and
    :func:`~pathgui.core.public_sets.import_set.import_tiles` raise. What was downloaded by then
    stays, and the next call goes on from there.
    """
    files = ask(wanted, report)
    here = fetch(wanted, files, accepted=accepted, report=report)
    found, where = read_tiles([here], wanted.layout)
    described = Described(
        wanted.title, files.commit[:12], licence=wanted.licence, citation=wanted.citation
    )
    return import_tiles(found, where, out, described=described, replacing=replacing, report=report)
