"""What files say of scanner and day, in the words of each vendor; a broken file says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.cohort.slide_facts import SlideFacts, facts_of, facts_of_all
from pathgui.core.progress import Cancelled, Progress
from tests.core.cohort.making import slide
from tests.shared_data import shared


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"aperio.ScannerType": "GT450", "aperio.ScanScope ID": "SS1", "aperio.Date": "12/29/09"},
         ("GT450", "SS1", "2009-12-29")),
        ({"aperio.ScanScope ID": "CPAPERIOCS", "aperio.Date": "2019-07-03"},
         ("CPAPERIOCS", "CPAPERIOCS", "2019-07-03")),
        ({"hamamatsu.Product": "C13210", "hamamatsu.NDP.S/N": "0211",
          "hamamatsu.Created": "2018/05/24", "tiff.Model": "x"}, ("C13210", "0211", "2018-05-24")),
        ({"leica.device-model": "Leica SCN400;Leica SCN", "leica.creation-date":
          "2011-06-14T11:43:19.39Z"}, ("Leica SCN400;Leica SCN", "", "2011-06-14")),
        ({"ventana.ScannerModel": "VENTANA DP 200", "ventana.UnitNumber": "2000515"},
         ("VENTANA DP 200", "2000515", "")),
        ({"mirax.GENERAL.SLIDE_CREATIONDATETIME": "30/01/2009 12:05:26"}, ("", "", "2009-01-30")),
        ({"dicom.Manufacturer": "Leica  Biosystems", "dicom.ManufacturerModelName": "GT450",
          "dicom.StationName": "PATH3", "dicom.AcquisitionDateTime": "20240229101112.0+0100"},
         ("Leica Biosystems GT450", "PATH3", "2024-02-29")),
        ({"dicom.Manufacturer": "aperio", "dicom.ManufacturerModelName": "Unknown",
          "dicom.AcquisitionDateTime": "19700101000000"}, ("", "", "")),
        ({"aperio.Date": "31/31/20"}, ("", "", "")),
        ({}, ("", "", "")),
    ],
)  # fmt: skip
def test_each_vendor_says_scanner_and_day_in_its_own_words(properties, expected):
    facts = SlideFacts(Path("a"), properties=properties)
    assert (facts.scanner, facts.scanner_serial, facts.scan_date) == expected


def test_real_files_say_what_they_are_from():
    facts = facts_of(shared("slides", "hamamatsu-dapi-fluorescence.ndpi"))
    assert (facts.scanner, facts.scanner_serial, facts.scan_date) == (
        "C9600-12",
        "950291",
        "2011-05-23",
    )
    assert facts.objective == 40
    facts = facts_of(shared("slides", "CMU-1-Small-Region.svs"))
    assert (facts.scanner, facts.mpp, facts.fault) == ("CPAPERIOCS", 0.499, "")


def test_a_good_file_has_scale_size_and_content(tmp_path):
    facts = facts_of(slide(tmp_path / "a.tif", mpp=0.25))
    assert facts.mpp == pytest.approx(0.25)
    assert facts.size_l0 == (256, 256)
    assert facts.bounds_l0 == (0, 0, 256, 256)
    assert len(facts.content_id) == 64
    assert facts_of(slide(tmp_path / "b.tif", mpp=None)).mpp is None


def test_a_file_that_does_not_open_says_why(tmp_path):
    (tmp_path / "a.svs").write_text("no slide")
    for path, text in (
        (tmp_path / "a.svs", "is a text file"),
        (tmp_path / "b", "There is no file"),
    ):
        facts = facts_of(path)
        assert text in facts.fault
        assert facts.content_id == ""


def test_many_slides_are_opened_with_a_count_and_can_be_stopped(tmp_path):
    path, told = slide(tmp_path / "a.tif"), []
    found = facts_of_all([path, None, path], told.append)
    assert [row for row, facts in found.items() if not facts.fault] == [0, 2]
    assert {event.stage for event in told} == {"Opening slides"}
    assert told[-1] == Progress("Opening slides", 3, 3)

    def stop(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        facts_of_all([path], stop)
