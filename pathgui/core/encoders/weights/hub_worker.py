"""What runs in the child process that talks to the hub.

Downloads are streamed here rather than by the hub's library, which starts a stopped download
from the beginning. They end up in the library's cache, in its layout.
"""

from __future__ import annotations

import http.client
import os
import shutil
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path, PurePosixPath
from typing import Any, Protocol
from urllib.parse import urlsplit

from pathgui.core.language.texts import say
from pathgui.core.system.plain_files import sha256_of_files

Task = dict[str, Any]

_BLOCK = 1 << 20
_SPARE_BYTES = 64 << 20  # left free on the disk
_TIMEOUT_S = 30


class Refused(Exception):
    """Ends a task: a reason in one word, and the sentence for the user."""


def work(connection: Connection, task: Task) -> None:
    """Do ``task`` and send what came of it: ``("done", answer)`` or ``("failed", (why, text))``."""
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    trust_the_system()
    tasks = {
        "download": download,
        "list": list_files,
        "download-all": download_all,
        "access": access,
        "sign-in": sign_in,
        "sign-out": sign_out,
    }
    try:
        answer = tasks[task["task"]](connection, task)
    except Refused as refusal:
        connection.send(("failed", refusal.args))
    except Exception as error:  # noqa: BLE001 - the process ends here; the other side needs a text
        connection.send(("failed", explain(error, task)))
    else:
        connection.send(("done", answer))


def trust_the_system() -> None:
    """Believe the certificates that this computer believes, a company's own among them.

    Windows and macOS keep them where Python does not look; ``SSL_CERT_FILE`` names others.
    """
    import truststore

    truststore.inject_into_ssl()


class _Listener(Protocol):
    """Who is told how far a download is."""

    def send(self, message: Any, /) -> None: ...


@dataclass(frozen=True)
class _InAll:
    """Tells of one of several files as part of all."""

    connection: _Listener
    before: int  # bytes of files that are here already
    total: int

    def send(self, message: Any, /) -> None:
        """Hand on a message of a single download."""
        kind, (done, _) = message
        self.connection.send((kind, (self.before + done, self.total)))


def download(connection: Connection, task: Task) -> dict[str, Any]:
    """Fetch one file into the hub's cache."""
    return {"path": str(_fetch(connection, task))}


def list_files(connection: Connection, task: Task) -> dict[str, Any]:
    """The files of a repository: name, bytes, and SHA-256 where the hub knows it."""
    from huggingface_hub import HfApi

    info = HfApi().repo_info(
        task["repository"],
        repo_type=task["kind"],
        revision=task["revision"] or None,
        files_metadata=True,
        timeout=_TIMEOUT_S,
    )
    files = [
        (each.rfilename, each.size or 0, each.lfs.sha256 if each.lfs else "")
        for each in getattr(info, "siblings", None) or ()
    ]
    return {"commit": info.sha, "files": files}


def download_all(connection: Connection, task: Task) -> dict[str, Any]:
    """Fetch several files of a repository; those that are here are not asked for again."""
    snapshot = _folder(task) / "snapshots" / task["revision"]
    total, done = sum(size for _, size, _ in task["files"]), 0
    missing = 0
    for name, size, _ in task["files"]:
        if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
            raise Refused(
                "file",
                say(
                    "{repository} has a file of a forbidden name: {name}.",
                    repository=task["repository"],
                    name=name,
                ),
            )
        missing += 0 if (snapshot / name).is_file() else size
    _folder(task).mkdir(parents=True, exist_ok=True)
    kept = sum(part.stat().st_size for part in (_folder(task) / "blobs").glob("*.part"))
    _require_space(_folder(task), missing - kept, task)
    for name, size, sha256 in task["files"]:
        if not (snapshot / name).is_file():
            _fetch(_InAll(connection, done, total), {**task, "file": name, "sha256": sha256})
        done += size
        connection.send(("progress", (done, total)))
    return {"path": str(snapshot)}


def _folder(task: Task) -> Path:
    """Where the hub's library keeps a repository."""
    kind = task.get("kind", "model")
    return Path(task["cache"]) / f"{kind}s--{task['repository'].replace('/', '--')}"


def _fetch(connection: _Listener, task: Task) -> Path:
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    revision = task["revision"] or "main"
    kind = task.get("kind", "model")
    url = hf_hub_url(task["repository"], task["file"], repo_type=kind, revision=revision)
    facts = get_hf_file_metadata(url, timeout=_TIMEOUT_S)
    if facts.etag is None or facts.commit_hash is None or facts.size is None:
        raise Refused(
            "connection",
            say("{host} did not answer as the hub does. Try again later.", host=_host(url)),
        )
    folder = _folder(task)
    blob = folder / "blobs" / facts.etag
    blob.parent.mkdir(parents=True, exist_ok=True)
    if not blob.exists():
        part = blob.with_name(f"{blob.name}.part")
        _check_space(part, facts.size, task)
        _stream(connection, facts.location, url, part, facts.size, task)
        _check_hash(connection, part, facts.etag, facts.size, task)
        part.replace(blob)
    return _place(blob, folder, facts.commit_hash, task)


def _check_space(part: Path, size: int, task: Task) -> None:
    _require_space(part.parent, size - (part.stat().st_size if part.exists() else 0), task)


def _require_space(folder: Path, missing: int, task: Task) -> None:
    free = shutil.disk_usage(folder).free
    if free < missing + _SPARE_BYTES:
        raise Refused(
            "disk",
            say(
                "{title} needs {missing:.1f} GB more, and {folder} has {free:.1f} GB free. Free "
                "some space, or set HF_HOME to another disk.",
                title=task["title"],
                missing=missing / 1e9,
                folder=folder,
                free=free / 1e9,
            ),
        )


class _Redirect(urllib.request.HTTPRedirectHandler):
    """Follows redirects, and tells the token to nobody but the hub."""

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: Any
    ) -> Any:
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and urlsplit(new.full_url).netloc != urlsplit(req.full_url).netloc:
            new.remove_header("Authorization")
        return new


def _stream(
    connection: _Listener, location: str, url: str, part: Path, size: int, task: Task
) -> None:
    """Append to ``part`` what it lacks."""
    from huggingface_hub import get_token

    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        return
    request = urllib.request.Request(location, headers={"User-Agent": "pathgui"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    if (token := get_token()) and urlsplit(location).netloc == urlsplit(url).netloc:
        request.add_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener(_Redirect)
    with opener.open(request, timeout=_TIMEOUT_S) as answer:
        if have and answer.status != 206:  # the server begins anew
            have = 0
        with part.open("ab" if have else "wb") as file:
            while block := answer.read(_BLOCK):
                file.write(block)
                have += len(block)
                connection.send(("progress", (have, size)))
    if have != size:
        raise Refused(
            "connection",
            say(
                "The connection was lost after {have:.0f} of {size:.0f} MB. Start the download "
                "again: it goes on from there.",
                have=have / 1e6,
                size=size / 1e6,
            ),
        )


def _check_hash(connection: _Listener, part: Path, etag: str, size: int, task: Task) -> None:
    def tell(_: int) -> None:  # so that it can be cancelled here too
        connection.send(("progress", (size, size)))

    found = sha256_of_files([part], tell)
    wanted = task["sha256"] or (etag if len(etag) == 64 else "")
    if wanted and found != wanted:
        part.unlink()
        raise Refused(
            "damaged",
            say(
                "What was downloaded for {title} is not the published file (its SHA-256 differs "
                "from {wanted}…) and was deleted. Download it again; if it happens twice, the file "
                "on the hub was changed.",
                title=task["title"],
                wanted=wanted[:12],
            ),
        )


def _place(blob: Path, folder: Path, commit: str, task: Task) -> Path:
    """Let the snapshot's name point to the blob, as the hub's library does."""
    path: Path = folder / "snapshots" / commit / task["file"]
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        try:
            path.symlink_to(os.path.relpath(blob, path.parent))
        except OSError:  # Windows without developer mode
            shutil.move(blob, path)
    if not task["revision"]:
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / "main").write_text(commit)
    return path


def access(connection: Connection, task: Task) -> dict[str, Any]:
    """Ask whether the account may read the repository."""
    from huggingface_hub import HfApi

    HfApi().auth_check(task["repository"])
    return {}


def sign_in(connection: Connection, task: Task) -> dict[str, Any]:
    """Check a token and keep it where the hub's library keeps tokens."""
    from huggingface_hub import HfApi, login

    name = HfApi().whoami(token=task["token"])["name"]
    login(token=task["token"], add_to_git_credential=False)
    return {"name": name}


def sign_out(connection: Connection, task: Task) -> dict[str, Any]:
    """Remove the token from the hub library's store."""
    from huggingface_hub import logout

    logout()
    return {}


def explain(error: Exception, task: Task) -> tuple[str, str]:
    """A reason in one word and a sentence for the user, for what the hub's library raised."""
    from huggingface_hub import errors

    title, page = task["title"], task.get("page", "")
    repository, file = task.get("repository", ""), task.get("file", "")
    if isinstance(error, errors.LocalEntryNotFoundError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    status = _status(error)
    # GatedRepoError is a RepositoryNotFoundError, and all of them are HfHubHTTPErrors
    if isinstance(error, errors.GatedRepoError):
        return _explain_gate(error, status, title, page)
    if isinstance(error, errors.RevisionNotFoundError):
        return "revision", say(
            "The pinned revision {revision} of {repository} no longer exists. If you have its "
            "file, point to it; else update pathgui.",
            revision=task["revision"][:12],
            repository=repository,
        )
    if isinstance(error, errors.EntryNotFoundError):
        return "file", say(
            "{repository} has no file {file}, so it is another kind of repository than expected. "
            "Look on {page}, and point to the file with the weights if you have it.",
            repository=repository,
            file=file,
            page=page,
        )
    if isinstance(error, errors.DisabledRepoError):
        return "disabled", say(
            "{title} is no longer offered: the hub has disabled {repository}.",
            title=title,
            repository=repository,
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "offline", say(
            "{title} is not downloaded yet, and network use is switched off.", title=title
        )
    asked_who = "token" in task
    missing = isinstance(error, errors.RepositoryNotFoundError)
    if status == 401 and (asked_who or (_token() and not missing)):
        return "token", say(
            "The hub does not accept the token: it has expired or was mistyped. Sign in again with "
            "a new one from https://huggingface.co/settings/tokens."
        )
    if status in {401, 404} or missing:
        return "gone", say(
            "{repository} is not on the hub, or is private. Look on {page}.",
            repository=repository,
            page=page,
        )
    if status == 403:
        return "terms", _terms(title, page)
    if status == 429 or (status or 0) >= 500:
        return "busy", say(
            "The hub is busy or out of order (HTTP {status}). Try again later.", status=str(status)
        )
    if isinstance(error, OSError) and error.errno == 28:  # no space left on device
        return "disk", say(
            "The disk is full: {cache}. Free some space and go on.", cache=task.get("cache", "")
        )
    if _is_untrusted(error):
        return "certificate", say(
            "{hub} shows a certificate that this computer does not trust. If the company opens the "
            "traffic, ask IT to install its certificate, or set SSL_CERT_FILE to the file with it.",
            hub=_endpoint(),
        )
    if _is_network(error):
        return "connection", say(
            "{hub} cannot be reached. Check the connection (and the proxy, if there is one), and "
            "start again.",
            hub=_endpoint(),
        )
    return "unknown", say(
        "The hub gave an unexpected answer for {title}: {error}", title=title, error=error
    )


def _terms(title: str, page: str) -> str:
    return say(
        "Your account has no access to {title} yet. Accept its terms, or ask for access, on "
        "{page}; then try again.",
        title=title,
        page=page,
    )


def _explain_gate(error: Exception, status: int | None, title: str, page: str) -> tuple[str, str]:
    text = str(error).lower()
    if "awaiting a review" in text:
        return "waiting", say(
            "Your request for access to {title} waits for its authors. Try again when they have "
            "granted it.",
            title=title,
        )
    if "rejected" in text:
        return "declined", say(
            "The authors of {title} declined your request for access ({page}).",
            title=title,
            page=page,
        )
    if status == 401:
        return "sign-in", say(
            "{title} is given only to accounts that have access. Sign in, and ask for access on "
            "{page}.",
            title=title,
            page=page,
        )
    return "terms", _terms(title, page)


def _status(error: Exception) -> int | None:
    if isinstance(error, urllib.error.HTTPError):
        return error.code
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _is_network(error: Exception) -> bool:
    # which HTTP library the hub's uses has changed three times
    theirs = type(error).__module__.partition(".")[0]
    return theirs.startswith(("httpx", "httpcore", "requests", "urllib3")) or isinstance(
        error, ConnectionError | TimeoutError | urllib.error.URLError | http.client.HTTPException
    )


def _is_untrusted(error: BaseException | None) -> bool:
    """Whether a certificate was refused: the HTTP libraries wrap what ssl raises."""
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        seen.add(id(error))
        error = getattr(error, "reason", None) or error.__cause__ or error.__context__
    return False


def _token() -> bool:
    from huggingface_hub import get_token

    return get_token() is not None


def _endpoint() -> str:
    from huggingface_hub import constants

    return _host(constants.ENDPOINT)


def _host(url: str) -> str:
    return urlsplit(url).netloc
