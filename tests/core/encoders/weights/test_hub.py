"""Downloads, access and their failures, against a stand-in of the hub on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.encoders.facts.registry import EncoderSpec, HubFile
from pathgui.core.encoders.weights.hub import (
    HubError,
    cached_file,
    check_access,
    download,
    hub_cache,
)
from pathgui.core.errors import WeightsError
from pathgui.core.progress import Cancelled, Event, Progress
from tests.core.encoders.hub_stand_in import COMMIT, GOOD_TOKEN, Hub, in_place_of_the_hub
from tests.known import encoder

CONTENT = bytes(range(256)) * 20_000  # 5 MB
SPEC = encoder("uni")


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


def test_offline_is_respected_even_by_a_download(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = failure(spec_of(hub))
    assert error.reason == "offline"
    assert "network use is switched off" in str(error)
    assert hub.tokens == []  # nobody was asked


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


def test_what_is_not_on_the_hub_is_not_asked_for() -> None:
    with pytest.raises(WeightsError, match=r"are not on the hub\. Get bt_rn50_ep200\.torch from"):
        download(encoder("lunit-bt"))
