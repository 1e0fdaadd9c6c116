"""The process that talks to the hub: refusals in plain words, and where tokens go."""

from __future__ import annotations

import multiprocessing
import socket
import ssl
import threading
import urllib.error
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pathgui.core.encoders.weights.hub import (
    HubError,
    cached_file,
    download,
    has_token,
    hub_cache,
    sign_in,
    sign_out,
)
from pathgui.core.encoders.weights.hub_worker import explain, work
from tests.core.encoders.hub_stand_in import COMMIT, GOOD_TOKEN, Hub, in_place_of_the_hub
from tests.core.encoders.weights.test_hub import CONTENT, SPEC, failure, parts, signed_in, spec_of

PAGE = SPEC.page


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with in_place_of_the_hub(monkeypatch, tmp_path, CONTENT) as stand_in:
        yield stand_in


def test_a_file_other_than_the_pinned_one_is_deleted_and_never_used(hub: Hub) -> None:
    spec = spec_of(hub, sha256="0" * 64)
    error = failure(spec)
    assert error.reason == "damaged"
    assert "is not the published file (its SHA-256 differs from 000000000000…)" in str(error)
    assert parts() == []
    assert spec.hub is not None
    assert cached_file(spec.hub) is None


def test_a_download_that_does_not_fit_on_the_disk_is_not_begun(hub: Hub, tmp_path: Path) -> None:
    """The worker asks the disk, which a test cannot fill; so it is told of a larger file."""
    from pathgui.core.encoders.weights.hub_worker import Refused, _check_space

    with pytest.raises(Refused) as refusal:
        _check_space(tmp_path / "x.part", 10**18, {"title": "UNI"})
    reason, text = refusal.value.args
    assert reason == "disk"
    assert text.startswith("UNI needs 1000000000.0 GB more, and ")
    assert text.endswith("Free some space, or set HF_HOME to another disk.")


@pytest.mark.parametrize(
    ("refusal", "token", "reason", "sentence"),
    [
        ("sign-in", "", "sign-in", f"Sign in, and ask for access on {PAGE}."),
        ("terms", GOOD_TOKEN, "terms", f"Accept its terms, or ask for access, on {PAGE};"),
        ("waiting", GOOD_TOKEN, "waiting", "Your request for access to UNI waits for its authors."),
        ("declined", GOOD_TOKEN, "declined", "The authors of UNI declined your request"),
        ("token", "hf_old", "token", "The hub does not accept the token: it has expired"),
        ("gone", GOOD_TOKEN, "gone", f"a/b is not on the hub, or is private. Look on {PAGE}."),
        ("gone-signed-out", "", "gone", "a/b is not on the hub, or is private."),
        ("file", GOOD_TOKEN, "file", "a/b has no file model.bin, so it is another kind"),
        ("revision", GOOD_TOKEN, "revision", f"The pinned revision {COMMIT[:12]} of a/b no longer"),
        ("disabled", GOOD_TOKEN, "disabled", "UNI is no longer offered: the hub has disabled a/b."),
        ("busy", "", "busy", "The hub is busy or out of order (HTTP 429). Try again later."),
        ("broken", "", "busy", "The hub is busy or out of order (HTTP 503). Try again later."),
    ],
)
def test_each_refusal_has_its_own_plain_sentence(
    hub: Hub, refusal: str, token: str, reason: str, sentence: str
) -> None:
    if token:
        signed_in(token)
    hub.refusal = refusal
    error = failure(spec_of(hub))
    assert (error.reason, sentence in str(error)) == (reason, True), str(error)
    assert "\n" not in str(error)


def test_a_hub_that_cannot_be_reached_is_said_without_trying_on(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its library would try five times, for 23 s."""
    tries = 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def hang_up() -> None:
            nonlocal tries
            with suppress(OSError):  # closed at the end of the test
                while True:
                    server.accept()[0].close()
                    tries += 1

        threading.Thread(target=hang_up, daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
        error = failure(spec_of(hub))
        server.shutdown(socket.SHUT_RDWR)
    assert error.reason == "connection"
    assert str(error).startswith(f"127.0.0.1:{port} cannot be reached. Check the connection")
    assert 1 <= tries <= 2


def test_a_token_is_checked_and_left_to_the_hubs_own_store(
    hub: Hub, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(HubError, match="does not accept the token"):
        sign_in("hf_wrong")
    assert not has_token()
    assert sign_in(f"  {GOOD_TOKEN}\n") == "ada"
    assert has_token()
    kept = [p for p in hub_cache().parent.rglob("*") if p.is_file() and GOOD_TOKEN in p.read_text()]
    assert {path.name for path in kept} <= {"token", "stored_tokens"}
    sign_out()
    assert not has_token()
    said = capfd.readouterr()
    assert GOOD_TOKEN not in said.out + said.err


def test_the_token_is_sent_to_the_hub_and_to_nobody_else(hub: Hub) -> None:
    from pathgui.core.encoders.weights.hub_worker import _Redirect

    signed_in()
    download(spec_of(hub))
    assert set(hub.tokens) == {f"Bearer {GOOD_TOKEN}"}

    import urllib.request

    request = urllib.request.Request(hub.url, headers={"Authorization": "Bearer x"})
    handler, nothing = _Redirect(), None
    for there, told in (("http://elsewhere.example/x", False), (f"{hub.url}/x", True)):
        again: Any = handler.redirect_request(request, nothing, 302, "Found", {}, there)
        assert again.has_header("Authorization") is told


@pytest.mark.parametrize("wrapped", ["reason", "cause", "bare"])
def test_a_certificate_that_is_not_trusted_is_told_apart_from_no_connection(
    hub: Hub, wrapped: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Read once in a process, from the environment of that time.
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", hub.url)
    refused = ssl.SSLCertVerificationError("self-signed certificate in certificate chain")
    error: Exception = refused if wrapped == "bare" else urllib.error.URLError(refused)
    if wrapped == "cause":  # as the hub's library hands it on
        error = ConnectionError("cannot connect")
        error.__cause__ = refused
    reason, text = explain(error, {"title": "UNI"})
    assert reason == "certificate"
    assert text.startswith("127.0.0.1:")
    assert "ask IT to install its certificate, or set SSL_CERT_FILE" in text
    assert explain(ConnectionError("no route"), {"title": "UNI"})[0] == "connection"


def test_what_talks_to_the_hub_trusts_the_certificates_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[str] = []
    monkeypatch.setattr("truststore.inject_into_ssl", lambda: done.append("trusts"))
    here, there = multiprocessing.Pipe(duplex=False)
    work(there, {"task": "none", "title": "UNI"})  # type: ignore[arg-type]
    assert done == ["trusts"]
    here.close()
