"""Downloads, access and their failures, against a stand-in of the hub on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pathgui.core.encoders.facts.registry import EncoderSpec, HubFile
from pathgui.core.encoders.weights.hub import (
    HubError,
    cached_file,
    check_access,
    download,
    has_token,
    hub_cache,
    sign_in,
    sign_out,
)
from pathgui.core.errors import WeightsError
from pathgui.core.progress import Cancelled, Event, Progress
from tests.core.encoders.hub_stand_in import COMMIT, GOOD_TOKEN, Hub, in_place_of_the_hub
from tests.known import encoder

CONTENT = bytes(range(256)) * 20_000  # 5 MB
SPEC = encoder("uni")
PAGE = SPEC.page


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with in_place_of_the_hub(monkeypatch, tmp_path, CONTENT) as stand_in:
        yield stand_in


def spec_of(hub: Hub, *, revision: str = COMMIT, sha256: str | None = None) -> EncoderSpec:
    """UNI, pinned to what the stand-in serves."""
    return replace(SPEC, hub=HubFile("a/b", "model.bin", revision, sha256 or hub.sha256))


def signed_in(token: str = GOOD_TOKEN) -> None:
    path = hub_cache().parent / "token"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(token)


def failure(spec: EncoderSpec) -> HubError:
    with pytest.raises(HubError) as caught:
        download(spec)
    return caught.value


def parts() -> list[Path]:
    return list(hub_cache().rglob("*.part"))


def test_a_download_ends_up_in_the_hubs_cache_as_its_own_library_has_it(hub: Hub) -> None:
    spec = spec_of(hub)
    events: list[Event] = []
    path = download(spec, events.append)
    assert path.read_bytes() == CONTENT
    assert spec.hub is not None
    assert cached_file(spec.hub) == path
    from huggingface_hub import try_to_load_from_cache

    assert try_to_load_from_cache("a/b", "model.bin", hub_cache(), COMMIT) == str(path)
    steps = [event for event in events if isinstance(event, Progress)]
    assert steps[-1] == Progress("Downloading UNI", len(CONTENT), len(CONTENT))
    assert parts() == []
    assert download(spec) == path  # the second time there is nothing to do
    assert hub.ranges == []


def test_an_unpinned_file_is_found_again_without_the_hub(hub: Hub) -> None:
    spec = spec_of(hub, revision="", sha256=hub.sha256)
    assert spec.hub is not None
    assert cached_file(spec.hub) is None
    path = download(spec)
    assert cached_file(spec.hub) == path


def test_a_broken_connection_says_so_and_the_next_download_goes_on(hub: Hub) -> None:
    hub.cut_after = 2_000_000
    error = failure(spec_of(hub))
    assert error.reason == "connection"
    (part,) = parts()
    have = part.stat().st_size
    assert 0 < have < len(CONTENT)
    assert download(spec_of(hub)).read_bytes() == CONTENT
    assert hub.ranges == [f"bytes={have}-"]


def test_a_download_can_be_cancelled_at_once_and_resumed(hub: Hub) -> None:
    hub.slow = threading.Event()
    seen: list[int] = []

    def stop_in_the_middle(event: Event) -> None:
        assert isinstance(event, Progress)
        seen.append(event.done)
        if event.done:
            raise Cancelled

    with pytest.raises(Cancelled):
        download(spec_of(hub), stop_in_the_middle)
    assert 0 < seen[-1] < len(CONTENT)
    (part,) = parts()
    assert seen[-1] <= part.stat().st_size < len(CONTENT)
    hub.slow.set()
    hub.slow = None
    assert download(spec_of(hub)).read_bytes() == CONTENT
    assert len(hub.ranges) == 1


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


def test_offline_is_respected_even_by_a_download(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = failure(spec_of(hub))
    assert error.reason == "offline"
    assert "network use is switched off" in str(error)
    assert hub.tokens == []  # nobody was asked


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


def test_access_is_asked_without_downloading(hub: Hub) -> None:
    signed_in()
    assert check_access(spec_of(hub)).granted
    hub.refusal = "waiting"
    access = check_access(spec_of(hub))
    assert (access.granted, access.reason) == (False, "waiting")
    hub.refusal = "broken"
    with pytest.raises(HubError):
        check_access(spec_of(hub))
    assert hub_cache().exists() is False or not list(hub_cache().rglob("*.bin"))


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


def test_what_is_not_on_the_hub_is_not_asked_for() -> None:
    with pytest.raises(WeightsError, match=r"are not on the hub\. Get bt_rn50_ep200\.torch from"):
        download(encoder("lunit-bt"))
