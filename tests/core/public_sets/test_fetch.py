"""A public set comes from the hub: its license first, whole at the end, in as many tries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pathgui.core.encoders.weights.hub import HubError
from pathgui.core.errors import ReferenceSetError
from pathgui.core.progress import Cancelled, Progress
from pathgui.core.public_sets.catalog import public_set
from pathgui.core.public_sets.fetch import ask, fetch
from tests.core.encoders.hub_stand_in import Hub, in_place_of_the_hub

CAMELYON = public_set("pathorob-camelyon")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with in_place_of_the_hub(monkeypatch, tmp_path, b"") as stand_in:
        stand_in.files = {
            "data/train-00000.parquet": bytes(range(256)) * 12_000,
            "data/train-00001 ü.parquet": b"second" * 1000,
            "README.md": b"hello",
        }
        yield stand_in


def test_size_is_known_before_and_nothing_comes_without_the_license(hub: Hub) -> None:
    files = ask(CAMELYON)
    assert files.size == files.missing == 256 * 12_000 + 6000
    asked = len(hub.tokens)
    with pytest.raises(ReferenceSetError, match=r"license \(CC0-1\.0\) was not accepted"):
        fetch(CAMELYON, files, accepted=False)
    assert len(hub.tokens) == asked


def test_all_files_of_the_set_come_and_come_once(hub: Hub) -> None:
    files = ask(CAMELYON)
    steps: list[Progress] = []
    here = fetch(
        CAMELYON,
        files,
        accepted=True,
        report=lambda each: steps.append(each) if isinstance(each, Progress) else None,
    )
    names = {str(path.relative_to(here)) for path in here.rglob("*") if path.is_file()}
    assert names == {"data/train-00000.parquet", "data/train-00001 ü.parquet"}
    assert (here / "data/train-00001 ü.parquet").read_bytes() == b"second" * 1000
    assert (steps[-1].done, steps[-1].total) == (files.size, files.size)
    assert [each.done for each in steps] == sorted(each.done for each in steps)
    assert files.missing == 0
    asked = len(hub.tokens)
    assert fetch(CAMELYON, files, accepted=True) == here
    assert len(hub.tokens) == asked


def test_a_broken_connection_says_so_and_the_next_one_goes_on(hub: Hub) -> None:
    files = ask(CAMELYON)
    hub.cut_after = 2_000_000
    with pytest.raises(HubError, match="connection was lost after 2 of 3 MB"):
        fetch(CAMELYON, files, accepted=True)
    here = fetch(CAMELYON, files, accepted=True)
    assert hub.ranges == ["bytes=2000000-"]
    assert (here / "data/train-00000.parquet").stat().st_size == 256 * 12_000


def test_cancelling_ends_it(hub: Hub) -> None:
    files = ask(CAMELYON)

    def stop(event: object) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        fetch(CAMELYON, files, accepted=True, report=stop)


def test_offline_says_what_is_here(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubError, match="is not downloaded yet, and network use is switched off"):
        ask(CAMELYON)
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    here = fetch(CAMELYON, ask(CAMELYON), accepted=True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubError, match="downloaded before lie in") as caught:
        ask(CAMELYON)
    assert str(here) in str(caught.value)


def test_a_file_that_was_changed_on_the_way_is_deleted(hub: Hub) -> None:
    files = ask(CAMELYON)
    hub.files["data/train-00000.parquet"] = bytes(256 * 12_000)
    with pytest.raises(HubError, match="is not the published file"):
        fetch(CAMELYON, files, accepted=True)


def test_a_repository_that_was_changed_is_said(hub: Hub) -> None:
    hub.files = {"other.parquet": b"x"}
    with pytest.raises(HubError, match=r"has no file data/\*\.parquet any more"):
        ask(CAMELYON)


def test_what_is_not_on_the_hub_says_where_it_is() -> None:
    with pytest.raises(ReferenceSetError, match="It is on Zenodo"):
        ask(public_set("scorpion"))
    with pytest.raises(ReferenceSetError, match="states no institution"):
        ask(public_set("histai"))
