"""A stand-in of the hub on the loopback interface, with every way it can refuse."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GOOD_TOKEN = "hf_good"


@dataclass
class Hub:
    """What it serves, how it refuses, and what it was asked."""

    content: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)  # of a data set, by name
    refusal: str = ""  # see _REFUSALS
    cut_after: int | None = None  # bytes of the next answer, then the line goes dead
    slow: threading.Event | None = None  # holds the rest of an answer back until it is set
    ranges: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


# refusal: status, error code, error message
_REFUSALS = {
    "sign-in": (401, "GatedRepo", "Access to model a/b is restricted. You must have access"),
    "terms": (403, "GatedRepo", "Access to model a/b is restricted and you are not in the list."),
    "waiting": (403, "GatedRepo", "Your request to access a/b is awaiting a review from the repo"),
    "declined": (403, "GatedRepo", "Your request to access a/b has been rejected by the repo's"),
    "token": (401, "", "Invalid credentials in Authorization header"),
    "gone": (404, "RepoNotFound", "Repository not found"),
    "gone-signed-out": (401, "RepoNotFound", "Repository not found"),
    "file": (404, "EntryNotFound", "Entry not found"),
    "revision": (404, "RevisionNotFound", "Invalid rev id"),
    "disabled": (403, "", "Access to this resource is disabled."),
    "busy": (429, "", "Too many requests"),
    "broken": (503, "", "Service unavailable"),
}


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        hub = self.hub
        hub.tokens.append(self.headers.get("Authorization", ""))
        if hub.refusal:
            status, code, message = _REFUSALS[hub.refusal]
            text = b'{"error": "%s"}' % message.encode()
            self.send_response(status)
            if code:
                self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", message)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if body:
                self.wfile.write(text)
            return
        if self.path.startswith("/api/datasets/"):
            self._listing(body)
            return
        if self.path.startswith("/api/"):
            signed_in = self.headers.get("Authorization") == f"Bearer {GOOD_TOKEN}"
            text = b'{"name": "ada", "type": "user", "auth": {"accessToken": {"role": "read", '
            text += b'"displayName": "t"}}}'
            if self.path.endswith("/whoami-v2") and not signed_in:
                hub.refusal, before = "token", hub.refusal
                self._answer(body)
                hub.refusal = before
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text)
            return
        self._file(body)

    def _listing(self, body: bool) -> None:
        """What the hub says of a data set and its files; it knows the SHA-256 of large ones."""
        siblings = [
            {"rfilename": name, "size": len(content), "blobId": "0" * 40,
             "lfs": {"size": len(content), "sha256": hashlib.sha256(content).hexdigest(),
                     "pointerSize": 130}}
            for name, content in self.hub.files.items()
        ]  # fmt: skip
        text = json.dumps(
            {"id": "a/b", "sha": COMMIT, "private": False, "gated": False, "disabled": False,
             "downloads": 0, "likes": 0, "tags": [], "siblings": siblings}
        ).encode()  # fmt: skip
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if body:
            self.wfile.write(text)

    def _file(self, body: bool) -> None:
        hub = self.hub
        name = unquote(self.path.partition(f"/resolve/{COMMIT}/")[2])
        content = hub.files.get(name, hub.content)
        sha256 = hashlib.sha256(content).hexdigest()
        start = 0
        if body and (span := self.headers.get("Range")):
            hub.ranges.append(span)
            start = int(span.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{sha256}"')
        self.send_header("X-Linked-Etag", f'"{sha256}"')
        self.send_header("X-Linked-Size", str(len(content)))
        if start:
            total = len(content)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if not body:
            return
        rest = content[start:]
        if hub.cut_after is not None:
            self.wfile.write(rest[: hub.cut_after])
            hub.cut_after = None
            self.close_connection = True
            return
        if hub.slow is not None:
            half = len(rest) // 2
            self.wfile.write(rest[:half])
            self.wfile.flush()
            hub.slow.wait(30)
            rest = rest[half:]
        with suppress(ConnectionError):  # it was cancelled
            self.wfile.write(rest)


@contextmanager
def serving(content: bytes = b"") -> Iterator[Hub]:
    """A stand-in that serves ``content`` as every file of every repository."""
    hub = Hub(content)
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        if hub.slow is not None:
            hub.slow.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def in_place_of_the_hub(
    monkeypatch: pytest.MonkeyPatch, folder: Path, content: bytes
) -> Iterator[Hub]:
    """The stand-in is the hub; cache and account lie in ``folder``, and nobody is signed in."""
    for name in ("HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_CACHE", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.setenv("HF_HOME", str(folder / "hf"))
    with serving(content) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub
