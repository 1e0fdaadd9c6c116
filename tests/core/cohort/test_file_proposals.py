"""Folders, names and files propose values; cells that hold something are kept."""

from __future__ import annotations

from pathlib import Path

from pathgui.core.cohort.file_proposals import accept, from_facts, from_paths
from pathgui.core.cohort.slide_facts import SlideFacts
from tests.core.cohort.making import table


def test_names_of_folders_are_proposed_level_by_level_without_a_meaning():
    files = [Path("/s/North/tumor/a.svs"), None, Path("/s/South/b.svs")]
    found = {each.source: each for each in from_paths(files)}
    assert found["folder 1"].values == {0: "North", 2: "South"}
    assert found["folder 2"].values == {0: "tumor"}
    assert found["folder 1"].column == ""
    assert found["folder 1"].different == ["North", "South"]


def test_barcodes_of_tcga_tell_site_and_patient():
    files = [Path("/s/TCGA-CR-7395-01A-01-TS1.svs"), Path("/s/tcga-3c-aali-01Z-00-DX1.F6.svs"),
             Path("/s/TCGA-XX.svs")]  # fmt: skip
    found = {each.source: each for each in from_paths(files)}
    assert found["TCGA site"].values == {0: "CR", 1: "3C"}
    assert found["TCGA patient"].values == {0: "TCGA-CR-7395", 1: "TCGA-3C-AALI"}
    assert (found["TCGA site"].column, found["TCGA patient"].column) == ("center", "patient_id")


def test_nothing_is_proposed_where_nothing_is_said():
    assert from_paths([]) == from_paths([None]) == from_paths([Path("/s/a.svs")]) == []
    assert from_facts({0: SlideFacts(Path("a"))}) == []


def test_files_tell_scanner_objective_and_day():
    facts = SlideFacts(
        Path("a"),
        objective=20.0,
        properties={"aperio.ScanScope ID": "S1", "aperio.Date": "01/02/20"},
    )
    found = {each.source: (each.column, each.values) for each in from_facts({4: facts})}
    assert found == {
        "scanner": ("scanner", {4: "S1"}), "serial number": ("scanner_serial", {4: "S1"}),
        "objective": ("objective", {4: "20"}), "date": ("scan_date", {4: "2020-01-02"}),
    }  # fmt: skip


def test_what_a_person_wrote_stands():
    slides = table({"slide_id": "A", "center": "mine"}, {"slide_id": "B"}, {"slide_id": "C"})
    (proposal, *_) = from_paths([Path("/s/N/a"), Path("/s/S/b"), None])
    filled, cells, kept = accept(slides, proposal, "center")
    assert filled.column("center") == ["mine", "S", ""]
    assert (cells, kept) == (1, 1)
