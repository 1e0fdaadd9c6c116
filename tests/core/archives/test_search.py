"""Searching an archive."""

from __future__ import annotations

import pytest

from pathgui.core.archives.search import Wanted, date_range, find_studies, list_series
from pathgui.core.errors import ArchiveError
from pathgui.core.progress import Cancelled
from tests.dicomweb import ACCESSION, PATIENT, SERIES, STUDY


def test_a_study_is_found_by_patient_and_date_with_what_a_user_knows_it_by(archive):
    (study,) = find_studies(archive.base, Wanted(patient="P*", date="2024-03"))
    assert (study.uid, study.date, study.patient) == (STUDY, "2024-03-05", PATIENT)
    assert (study.name, study.accession, study.series) == ("Doe Jane", ACCESSION, 1)
    assert find_studies(archive.base, Wanted(patient="Q")) == ()
    assert find_studies(archive.base, Wanted(date="2023")) == ()
    assert all("ModalitiesInStudy=SM" in each for each in archive.asked)


def test_the_slides_of_a_study_have_addresses_and_titles_without_the_patient(archive):
    (series,) = list_series(archive.base, STUDY)
    assert series.address.url == archive.url
    assert series.address.series == SERIES
    assert (series.title, series.instances) == ("HE 3", 2)


def test_a_study_that_is_not_there_is_named(archive):
    with pytest.raises(ArchiveError, match=r"no study 9\.9 with slides"):
        list_series(archive.base, "9.9")


def test_a_search_can_be_stopped(archive):
    def stop(_):
        raise Cancelled

    with pytest.raises(Cancelled):
        find_studies(archive.base, Wanted(), report=stop)


@pytest.mark.parametrize(
    ("text", "dicom"),
    [
        ("2024", "20240101-20241231"),
        ("202402", "20240201-20240229"),
        ("2024-02-03", "20240203"),
        ("2023..", "20230101-"),
        ("..2024-03-05", "-20240305"),
    ],
)
def test_dates_are_written_as_dicom_writes_them(text, dicom):
    assert date_range(text) == dicom


@pytest.mark.parametrize("text", ["yesterday", "2024-13", "2024-02-30", "24"])
def test_what_is_no_date_says_how_to_write_one(text):
    with pytest.raises(ArchiveError, match="2024-03-05"):
        date_range(text)
