"""What folders of pathgui end in, and what is said of one that is not there."""

from __future__ import annotations

from pathlib import Path

from pathgui.core.system import endings


def test_no_two_kinds_of_folders_share_an_ending():
    every = [endings.RUN_ENDING, endings.REFERENCE_ENDING, endings.COHORT_ENDING]
    assert len(set(every)) == 3
    assert all(Path(f"a{each}").suffix == each for each in every)  # one suffix: it is found by it


def test_a_folder_that_does_not_exist_is_named_with_what_its_name_should_end_in():
    said = endings.no_folder(Path("Größe 1.pgref"), endings.REFERENCE_ENDING)
    assert said == (
        "Größe 1.pgref does not exist. A reference set is a folder whose name ends in .pgref."
    )
