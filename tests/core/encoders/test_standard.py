"""The encoders that pathgui comes with, and what the user adds to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pathgui.core.encoders import standard
from pathgui.core.encoders.bundled import BUNDLED
from pathgui.core.encoders.standard import listed_encoders, standard_encoders
from tests.core.encoders.test_own_encoders import DESCRIPTION
from tests.core.stand_ins import spec_of
from tests.known import add_own_encoders, encoder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "our-fine-tune.toml").write_text(DESCRIPTION)
    return tmp_path


def test_what_needs_no_download_stands_before_the_published_encoders() -> None:
    names = [spec.name for spec in standard_encoders().encoders()]
    assert names[: len(BUNDLED)] == [spec.name for spec in BUNDLED]
    assert {"uni", "virchow2", "phikon"} <= set(names[len(BUNDLED) :])


def test_what_is_only_listed_cannot_be_chosen() -> None:
    known = {spec.name for spec in standard_encoders().encoders()}
    assert listed_encoders()
    assert not known & {row.name for row in listed_encoders()}


def test_what_cannot_run_says_why_and_which_way_is_left() -> None:
    for row in listed_encoders():
        assert row.reason.endswith("Embeddings computed elsewhere can be imported.")
        assert len(row.reason) > len("Embeddings computed elsewhere can be imported.") + 15
    reasons = {row.name: row.reason for row in listed_encoders()}
    assert reasons["atlas"].startswith("Its weights are not public.")
    assert reasons["titan"].startswith("It embeds whole slides, not tiles.")
    assert reasons["pixcell"].startswith("It is not a tile encoder.")


def test_a_name_that_is_taken_is_not_taken_over(folder: Path) -> None:
    (folder / "uni.toml").write_text(DESCRIPTION)
    (fault,) = add_own_encoders(folder)
    assert "the name 'uni' is taken" in fault
    assert encoder("uni").origin == ""


def test_encoders_of_installed_packages_are_added_beside_those_of_the_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = replace(spec_of(), origin="a package")
    monkeypatch.setattr(standard, "packaged_encoders", lambda: ((brought,), ("One is wrong.",)))
    assert add_own_encoders(folder) == ("One is wrong.",)
    assert encoder("mean-color").title == "Mean color"
    assert encoder("our-fine-tune").origin.startswith("described in")
    (folder / "wrong.toml").write_text("dim = ")
    fault, other = add_own_encoders(folder)  # again: those that are there stay
    assert "wrong.toml" in fault
    assert other == "One is wrong."
