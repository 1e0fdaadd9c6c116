"""Weights on the Hugging Face hub: what is in its cache, what is missing, and how to fetch it.

Asking what is here needs neither the network nor the hub's library. Everything that does runs in
a child process: it can be stopped at any moment (the library's own retries cannot), and it reads
the library's environment variables afresh. Tokens stay in the library's own store.
"""

from __future__ import annotations

import multiprocessing
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from pathgui.core.encoders.facts.registry import EncoderSpec, HubFile, Readiness
from pathgui.core.errors import WeightsError
from pathgui.core.language.texts import say
from pathgui.core.progress import Progress, ProgressFn, ignore_progress

if TYPE_CHECKING:
    from pathgui.core.encoders.facts.entry import Entry

_BEAT_S = 0.2  # how often the callback is called, and so how soon a download is cancelled


class HubError(WeightsError):
    """The hub did not give what was asked for. ``reason`` is one word, the text the sentence."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class Access:
    """What the hub says of an account and a model."""

    granted: bool
    detail: str
    reason: str = ""  # as in HubError


def hub_cache() -> Path:
    """The folder where the hub's library keeps files."""
    if folder := os.environ.get("HF_HUB_CACHE"):
        return Path(folder).expanduser()
    return _home() / "hub"


def _home() -> Path:
    if folder := os.environ.get("HF_HOME"):
        return Path(folder).expanduser()
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser() / "huggingface"


def is_offline() -> bool:
    """Whether network use is forbidden."""
    return os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}


def has_token() -> bool:
    """Whether somebody is signed in to the hub. The token itself is not looked at."""
    if os.environ.get("HF_TOKEN"):
        return True
    path = Path(os.environ.get("HF_TOKEN_PATH") or _home() / "token").expanduser()
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def cached_file(hub: HubFile) -> Path | None:
    """The file in the hub's cache, of the pinned revision where there is one; None if absent."""
    folder = hub_cache() / f"models--{hub.repository.replace('/', '--')}"
    revision = hub.revision
    if not revision:
        try:
            revision = (folder / "refs" / "main").read_text().strip()
        except OSError:
            return None
    path = folder / "snapshots" / revision / hub.file
    return path if path.is_file() else None


def cached_sha256(path: Path) -> str:
    """SHA-256 of a cached file: its blob is named by it, or it is computed."""
    from pathgui.core.encoders.weights.weights_files import sha256_of

    name = path.resolve().name
    return name if re.fullmatch(r"[0-9a-f]{64}", name) else sha256_of(path)


def hub_readiness(entry: Entry) -> Readiness:
    """Whether the encoder of ``entry`` could run from the hub's cache, and if not, what to do.

    Asks nobody: whether terms were accepted only the hub knows, see :func:`check_access`.
    """
    weights = entry.weights
    if not weights.repository or not weights.file:
        what = weights.file or say("a file with its weights")
        where = (
            say("Get {what} from {page}", what=what, page=entry.page)
            if entry.page
            else say("Get {what} from its authors", what=what)
        )
        return Readiness(False, say("{where} and point to it.", where=where), state="file")
    path = cached_file(weights)
    if path is not None:
        return Readiness(True, "downloaded", cached_sha256(path), path=path)
    if is_offline():
        return Readiness(
            False, say("Not downloaded yet, and network use is switched off."), state="offline"
        )
    if entry.gated == "no":
        text = say("The weights are not downloaded yet. Anyone may download them.")
        return Readiness(False, text, state="download")
    if entry.gated == "unknown":
        text = say(
            "The weights are not downloaded yet. Whether they need an account the hub will say."
        )
        return Readiness(False, text, state="download")
    if not has_token():
        text = say(
            "For accounts that accepted its terms: ask on {page}, then sign in.", page=entry.page
        )
        return Readiness(False, text, state="sign-in")
    return Readiness(
        False,
        say(
            "Not downloaded yet. Your account must have accepted the terms on {page}.",
            page=entry.page,
        ),
        state="terms",
    )


def download(spec: EncoderSpec, report: ProgressFn = ignore_progress) -> Path:
    """Fetch the weights of ``spec`` into the hub's cache, and return where they are.

    A download that was stopped goes on where it was. The file gets its final name only after its
    SHA-256 was found to be the pinned one (or, where none is pinned, the hub's).

    Raises
    ------
    HubError
        Says what the hub, the network or the disk refused, and what to do.
    Cancelled
        If ``report`` raised it.
    """
    task = {"task": "download", **_target(spec)}
    answer = _in_child(task, say("Downloading {spec_title}", spec_title=spec.title), report)
    return Path(answer["path"])


@dataclass(frozen=True)
class HubFolder:
    """Files of a repository on the hub, as they were at one commit."""

    title: str
    page: str
    repository: str
    kind: Literal["model", "dataset"]
    commit: str
    files: tuple[tuple[str, int, str], ...]  # name, bytes, SHA-256 or "" where the hub has none

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size, _ in self.files)

    @property
    def missing(self) -> int:
        """Bytes of the files that are not in the hub's cache; parts of files count as missing."""
        here = _snapshots(self.kind, self.repository) / self.commit
        return sum(size for name, size, _ in self.files if not (here / name).is_file())


def _snapshots(kind: str, repository: str) -> Path:
    return hub_cache() / f"{kind}s--{repository.replace('/', '--')}" / "snapshots"


def cached_folder(repository: str, kind: Literal["model", "dataset"] = "dataset") -> Path | None:
    """Where files of a repository lie that were downloaded last; None if there are none."""
    try:
        found = [each for each in _snapshots(kind, repository).iterdir() if each.is_dir()]
    except OSError:
        return None
    return max(found, key=lambda each: each.stat().st_mtime, default=None)


def look_up(
    repository: str,
    patterns: Sequence[str],
    *,
    kind: Literal["model", "dataset"] = "dataset",
    title: str,
    page: str,
    report: ProgressFn = ignore_progress,
) -> HubFolder:
    """Ask the hub which files of a repository there are, and how large they are.

    ``patterns``: names as the shell writes them, ``data/*.parquet``.

    Raises
    ------
    HubError
        Says what the hub or the network refused; and if no file has such a name.
    Cancelled
        If ``report`` raised it.
    """
    task = {
        "task": "list", "title": title, "page": page, "repository": repository, "kind": kind,
        "revision": "",
    }  # fmt: skip
    answer = _in_child(task, say("Asking for {title}", title=title), report)
    files = tuple(
        (name, size, sha256)
        for name, size, sha256 in answer["files"]
        if any(fnmatchcase(name, pattern) for pattern in patterns)
    )
    if not files:
        raise HubError(
            "file",
            say(
                "{repository} has no file {patterns} any more: it was changed. "
                "Look on {page}; files that you have can be imported.",
                repository=repository,
                patterns=say(" or ").join(patterns),
                page=page,
            ),
        )
    return HubFolder(title, page, repository, kind, answer["commit"], files)


def download_folder(folder: HubFolder, report: ProgressFn = ignore_progress) -> Path:
    """Fetch the files of ``folder`` into the hub's cache, and return the folder where they are.

    As :func:`download`: what was stopped goes on where it was, and each file is checked by its
    SHA-256 where the hub has one. Raises as it does.
    """
    task = {
        "task": "download-all", "title": folder.title, "page": folder.page,
        "repository": folder.repository, "kind": folder.kind, "revision": folder.commit,
        "files": folder.files, "cache": str(hub_cache()),
    }  # fmt: skip
    return Path(_in_child(task, say("Downloading {title}", title=folder.title), report)["path"])


def check_access(spec: EncoderSpec, report: ProgressFn = ignore_progress) -> Access:
    """Ask the hub whether the account that is signed in may have the weights of ``spec``.

    Raises HubError where the hub cannot be asked.
    """
    task = {"task": "access", **_target(spec)}
    try:
        _in_child(task, say("Asking for access to {spec_title}", spec_title=spec.title), report)
    except HubError as error:
        if error.reason in {"sign-in", "terms", "waiting", "declined", "token"}:
            return Access(False, str(error), error.reason)
        raise
    return Access(True, say("You have access to {spec_title}.", spec_title=spec.title))


def sign_in(token: str, report: ProgressFn = ignore_progress) -> str:
    """Check ``token`` with the hub and leave it to the hub library's own store.

    Returns the name of the account. Raises HubError if the hub does not accept the token.
    """
    task = {"task": "sign-in", "token": token.strip(), "title": say("the hub"), "page": ""}
    return str(_in_child(task, say("Signing in"), report)["name"])


def sign_out() -> None:
    """Remove the token from the hub library's store."""
    _in_child(
        {"task": "sign-out", "title": say("the hub"), "page": ""},
        say("Signing out"),
        ignore_progress,
    )


def _target(spec: EncoderSpec) -> dict[str, Any]:
    if spec.hub is None:
        raise WeightsError(
            say(
                "The weights of {spec_title} are not on the hub. {detail}",
                spec_title=spec.title,
                detail=spec.readiness().detail,
            )
        )
    return {
        "title": spec.title,
        "page": spec.page,
        **msgspec.structs.asdict(spec.hub),
        "cache": str(hub_cache()),
    }


def _in_child(task: dict[str, Any], stage: str, report: ProgressFn) -> dict[str, Any]:
    """Run a task of :mod:`pathgui.core.encoders.weights.hub_worker` in a process of its own."""
    from pathgui.core.encoders.weights.hub_worker import work

    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=work, args=(there, task), daemon=True)
    child.start()
    there.close()  # so that the pipe ends when the child does
    done, total = 0, 0
    try:
        while True:
            report(Progress(stage, done, total))
            if not here.poll(_BEAT_S):
                continue
            try:
                kind, content = here.recv()
            except EOFError:
                raise HubError(
                    "stopped",
                    say("{stage} stopped without an answer. Start it again.", stage=stage),
                ) from None
            if kind == "progress":
                done, total = content
            elif kind == "failed":
                raise HubError(*content)
            else:
                report(Progress(stage, total, total))
                answer: dict[str, Any] = content
                return answer
    finally:
        if child.is_alive():
            child.terminate()
        child.join()
        child.close()
        here.close()
