"""Addresses, whole and in pieces."""

from __future__ import annotations

import pytest

from pathgui.core.archives.addresses import archive_address, series_address, without_login
from pathgui.core.archives.logins import Login, logins
from pathgui.core.errors import ArchiveError

SLIDE = "https://host:8042/dicom-web/studies/1.2/series/1.3"


def test_an_address_says_archive_study_and_series_and_is_made_of_them_again():
    found = series_address(f"{SLIDE}/")
    assert (found.base, found.study, found.series) == ("https://host:8042/dicom-web", "1.2", "1.3")
    assert found.url == SLIDE


def test_an_address_that_was_a_path_for_a_while_lost_a_slash_and_is_the_same():
    assert series_address(SLIDE.replace("//", "/")).url == SLIDE
    assert series_address(SLIDE.replace("/", "\\")).base.startswith("https://")


def test_a_login_leaves_the_address_and_is_known_to_its_archive_alone():
    given = SLIDE.replace("host", "Jos%C3%A9:a%40b@host") + "?token=secret#part"
    assert series_address(given).url == SLIDE
    assert logins.of("https://host:8042/dicom-web") == Login("José", "a@b")
    assert logins.of("https://host:8042") is None
    logins.forget("https://host:8042/dicom-web")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("pacs.example.org/rs/", "https://pacs.example.org/rs"),
        ("http://127.0.0.1:8042/dicom-web/studies/1.2/series/3", "http://127.0.0.1:8042/dicom-web"),
        (" https://host/dicom-web?x=1 ", "https://host/dicom-web"),
    ],
)
def test_whatever_of_an_archive_is_pasted_its_service_is_found(typed, address):
    assert archive_address(typed) == address


@pytest.mark.parametrize("typed", ["https://", "ftp://host/x", "https://[::1", ""])
def test_what_is_no_address_of_an_archive_is_refused_with_an_example(typed):
    with pytest.raises(ArchiveError, match="https://"):
        archive_address(typed)


def test_an_address_without_a_series_is_no_slide():
    with pytest.raises(ArchiveError, match="pathgui archive find"):
        series_address("https://host/dicom-web/studies/1.2")


def test_the_sentence_on_a_wrong_address_does_not_repeat_a_password():
    with pytest.raises(ArchiveError) as error:
        without_login("https://reader:pass@")
    assert "pass" not in str(error.value)
