"""``pathgui archive``, and slides named by their addresses."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from pathgui.cli.main import EXIT_DONE, EXIT_INPUT, run
from pathgui.core.archives import logins as module
from pathgui.core.archives.links import read_link
from pathgui.core.archives.logins import logins
from pathgui.folders import links_dir, log_dir
from tests.dicomweb import NAME, PASSWORD, PATIENT, SERIES, STUDY, USER, dicomweb_archive
from tests.material import make_reference

PAGE = Path(__file__).parents[2] / "docs" / "archives.md"


@pytest.fixture
def archive(monkeypatch, tmp_path):
    """Its login is in the environment; there is no keyring."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "_keyring", lambda: None)
    with dicomweb_archive() as found:
        monkeypatch.setenv("PATHGUI_ARCHIVE", found.base)
        monkeypatch.setenv("PATHGUI_ARCHIVE_USER", USER)
        monkeypatch.setenv("PATHGUI_ARCHIVE_PASSWORD", PASSWORD)
        yield found
        logins.forget(found.base)


def test_the_commands_of_the_page_run_and_a_run_of_an_archives_slide_holds_no_login(
    archive, tmp_path, capsys
):
    made = make_reference(tmp_path / "made")
    made.folder.rename("hospitals.pgref")
    text = PAGE.read_text(encoding="utf-8").replace("https://pacs.example.org/dicom-web", "BASE")
    lines = re.findall(
        r"^pathgui .*", "\n".join(re.findall(r"```dicomweb\n(.*?)```", text, re.S)), re.M
    )
    assert [line.split()[1] for line in lines] == ["archive", "evaluate", "archive", "cohort"]
    for line in lines:
        words = shlex.split(line.replace("BASE", archive.base))[1:]
        if words[0] == "evaluate":
            words += ["--sweep", "none", "--no-maps", "--device", "cpu"]
        assert run(words) == EXIT_DONE, line
    assert archive.url in capsys.readouterr().out
    assert [read_link(link).url for link in Path("links").iterdir()] == [archive.url]
    kept = [each for each in Path.cwd().rglob("*") if each.is_file()]
    kept += [each for each in log_dir().parent.rglob("*") if each.is_file()]
    for file in kept:
        content = file.read_bytes()
        for secret in (PASSWORD, NAME, PATIENT):
            assert secret.encode() not in content, file
    record = json.loads(Path("slide.pgrun/run.json").read_text(encoding="utf-8"))
    assert record["slide"]["mpp"] == 0.5
    assert record["slide"]["file_name"].endswith(".pgslide")


def test_what_is_found_is_one_document_for_a_program(archive, capsys):
    assert run(["archive", "find", archive.base, "--patient", "P*", "--json"]) == EXIT_DONE
    (slide,) = json.loads(capsys.readouterr().out)
    assert (slide["address"], slide["date"], slide["series"]) == (archive.url, "2024-03-05", "HE")


def test_a_wrong_login_ends_with_the_sentence_and_a_search_without_a_hit_with_advice(
    archive, capsys, monkeypatch
):
    assert run(["archive", "find", archive.base, "--patient", "Q"]) == EXIT_DONE
    assert "No study with slides matches" in capsys.readouterr().out
    logins.forget(archive.base)
    monkeypatch.setenv("PATHGUI_ARCHIVE_PASSWORD", "wrong")
    assert run(["archive", "find", archive.base]) == EXIT_INPUT
    assert "does not accept this user" in capsys.readouterr().err


def test_a_password_that_nobody_can_type_is_asked_of_the_environment(archive, capsys, monkeypatch):
    monkeypatch.delenv("PATHGUI_ARCHIVE")
    assert run(["archive", "find", archive.base, "--user", "a"]) == EXIT_INPUT
    assert "PATHGUI_ARCHIVE_PASSWORD" in capsys.readouterr().err


def test_a_login_in_the_address_of_a_slide_is_used_and_written_nowhere(archive, monkeypatch):
    monkeypatch.delenv("PATHGUI_ARCHIVE")
    signed = archive.base.replace("//", "//reader:pass%3Aw%C3%B6rd@")
    given = f"{signed}/studies/{STUDY}/series/{SERIES}"
    words = ["evaluate", given, "--reference", "none.pgref", "--encoder", "x", "--out", "a.pgrun"]
    assert run(words) == EXIT_INPUT  # there is no such set
    (link,) = links_dir().iterdir()
    assert "reader" not in link.read_text(encoding="utf-8")
    assert logins.of(archive.base).password == PASSWORD


def test_logout_says_what_the_keyring_has(archive, capsys):
    assert run(["archive", "logout", archive.base]) == EXIT_DONE
    assert "had no password" in capsys.readouterr().out
