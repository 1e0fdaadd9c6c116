"""What an archive refuses, in sentences that say what to do."""

from __future__ import annotations

import logging
import socket
import ssl
import sys
import traceback

import pytest
import requests

from pathgui.core.archives.asking import asking, client_of, require_libraries
from pathgui.core.archives.logins import Login, logins
from pathgui.core.archives.search import Wanted, find_studies
from pathgui.core.errors import ArchiveError
from tests.dicomweb import NAME


def refusal(archive, login=None, base=""):
    with pytest.raises(ArchiveError) as error:
        find_studies(base or archive.base, Wanted(name=NAME), login)
    return error.value


def test_a_wrong_password_and_a_missing_one_are_told_apart(archive):
    assert "does not accept this user" in str(refusal(archive, Login("reader", "wrong")))
    logins.forget(archive.base)
    assert "asks for a login" in str(refusal(archive))


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "QIDO and WADO"), (404, "not as DICOMweb does"), (500, "status 500")],
)
def test_each_refusal_says_what_it_means(archive, status, words):
    archive.refuse = status
    assert words in str(refusal(archive))


def test_a_page_for_people_is_no_dicomweb(archive):
    archive.nonsense = True
    assert "dicom-web" in str(refusal(archive))


def test_an_archive_that_is_not_there_cannot_be_reached():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}/dicom-web"
        assert "cannot be reached (Connection refused)" in str(refusal(None, base=base)).replace(
            "[Errno 111] ", ""
        )


def test_a_certificate_that_is_not_trusted_says_where_to_put_the_authority():
    problem = ssl.SSLCertVerificationError(1, "CERTIFICATE_VERIFY_FAILED")
    problem.verify_message = "self-signed certificate"
    with pytest.raises(ArchiveError, match="self-signed") as error, asking("https://host", ""):
        raise requests.exceptions.SSLError(problem)
    assert "REQUESTS_CA_BUNDLE" in str(error.value)


def test_an_archive_that_does_not_answer_is_said_to_be_so():
    with pytest.raises(ArchiveError, match="does not answer"), asking("https://host", ""):
        raise requests.exceptions.ReadTimeout


def test_neither_a_search_nor_a_password_gets_into_a_log(archive, caplog):
    caplog.set_level(logging.INFO)
    error = refusal(archive, Login("reader", "secret"))
    told = "".join(traceback.format_exception(error)) + caplog.text
    assert "Doe" not in told
    assert "secret" not in told


def test_a_token_is_as_good_as_a_password(archive):
    assert len(find_studies(archive.base, Wanted(), Login(token="a-token"))) == 1
    assert archive.authorizations[-1] == "Bearer a-token"


def test_another_host_that_the_archive_names_gets_no_login(archive):
    session = client_of("https://host/dicom-web", Login("reader", "secret"))._session
    for url, signed in (("https://host/x", True), ("https://elsewhere/x", False)):
        request = session.prepare_request(requests.Request("GET", url))
        assert ("Authorization" in request.headers) is signed


def test_without_the_libraries_it_is_said_how_to_install_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "wsidicom", None)
    with pytest.raises(ArchiveError, match="-m pip install dicomweb-client"):
        require_libraries()
