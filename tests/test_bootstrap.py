"""The set-up script, short of the download itself."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "installer" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The script as a module that would set up ``tmp_path``."""
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", str(tmp_path / ".venv"))
    return module


def test_it_parses_on_pythons_long_out_of_date():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_it_imports_nothing_that_python_does_not_bring_but_its_neighbor():
    for node in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names} - {"offline"}  # tests/test_offline.py
            assert names <= sys.stdlib_module_names
        assert not isinstance(node, ast.ImportFrom)


def test_with_all_in_place_it_does_nothing(bootstrap, tmp_path, monkeypatch):
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pathgui-test.stamp").write_text(bootstrap.fingerprint("test"))
    monkeypatch.setattr(bootstrap, "pip", lambda *_: pytest.fail("pip was called"))
    started = time.monotonic()
    bootstrap.install("test")
    bootstrap.install("run")  # what the tests need holds all that the program needs
    bootstrap.install("docs")
    assert time.monotonic() - started < 3


def test_a_changed_constraint_means_a_new_set_up(bootstrap, tmp_path, monkeypatch):
    before = bootstrap.fingerprint("run")
    changed = tmp_path / "constraints.txt"
    changed.write_text("numpy==0.0.1\n")
    monkeypatch.setattr(bootstrap, "CONSTRAINTS", str(changed))
    assert bootstrap.fingerprint("run") != before


def test_too_little_disk_is_said_with_what_is_needed(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "NEEDED_GB", {"run": 10**9})
    with pytest.raises(bootstrap.Stop, match="GB free"):
        bootstrap.check_disk("run")


def test_a_python_too_old_is_said_with_how_to_get_one(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "OLDEST", (99, 0))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.Stop, match=r"sudo apt install python3\.11"):
        bootstrap.change_python([])


def test_a_missing_system_library_is_named_with_its_package(bootstrap):
    assert bootstrap.missing_libraries([("libnowhere.so.9", "libnowhere9")]) == ["libnowhere9"]


def test_the_tests_install_what_the_documentation_is_built_with(bootstrap):
    assert bootstrap.EXTRAS["test"] == "[test,docs]"


def test_only_the_service_tests_install_what_clusters_need(bootstrap, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path))
    monkeypatch.setattr(bootstrap, "check_disk", lambda kind: None)
    monkeypatch.setattr(bootstrap, "make_venv", lambda: None)
    monkeypatch.setattr(bootstrap, "pip", lambda words, environment: asked.append(words[-1]))
    monkeypatch.setattr(bootstrap, "test", lambda words: 0)
    for words, extra in ((["test"], "[test,docs]"), (["test", "--services"], "cluster]")):
        asked.clear()
        assert bootstrap.main(words) == 0
        assert asked[0].endswith(extra)
    asked.clear()
    for words in (["test"], ["test", "--services"], ["install"]):  # each is in what is there
        bootstrap.main(words)
    assert not asked


def test_a_missing_program_of_the_service_tests_is_named_with_its_package(
    bootstrap, monkeypatch, capsys
):
    monkeypatch.setattr(bootstrap, "SERVICE_PROGRAMS", [("no-browser", "no-browser-package")])
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    bootstrap.provide_service_programs()
    told = capsys.readouterr().out
    assert "the tests of services" in told
    assert "sudo apt install no-browser-package" in told


def test_as_root_on_debian_what_is_missing_is_installed(bootstrap, monkeypatch):
    there, called = set(), []

    def call(command, **_):
        called.append(command)
        there.update(command[4:] if command[1] == "install" else [])
        return 0

    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name == "apt-get" or None)
    monkeypatch.setattr(bootstrap.subprocess, "call", call)
    assert bootstrap.provide("the tests", lambda: sorted({"chromium"} - there), "programs")
    assert called[-1] == ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]


def test_the_plain_tests_install_no_system_package_and_say_what_they_leave_out(
    bootstrap, monkeypatch, capsys
):
    called, steps = [], []
    monkeypatch.setattr(bootstrap, "QT_LIBRARIES", [("libnowhere.so.9", "libnowhere9")])
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: name)
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda command, **_: called.append(command))
    monkeypatch.setattr(bootstrap, "run_steps", lambda asked, _: steps.extend(asked) or [])
    assert bootstrap.test([]) == 0
    assert called == []
    told = capsys.readouterr().out
    assert "SKIPPED: the window tests" in told
    assert "sudo apt install libnowhere9" in told
    assert "--ignore=tests/gui" in steps[-1][1]
    bootstrap.test(["--services"])
    assert any("libnowhere9" in command for command in called)


def test_a_failing_pip_ends_with_what_to_do(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "venv_file", lambda name: sys.executable)
    monkeypatch.setattr(bootstrap.subprocess, "call", lambda *_, **__: 1)
    with pytest.raises(bootstrap.Stop, match="Start the same command again"):
        bootstrap.pip(["install", "nothing"], {})


@pytest.mark.parametrize(
    ("version", "words"),
    [("23.2.1", []), ("23.3", ["--use-feature=truststore"]), ("24.2", []), ("26.0.1", [])],
)
def test_pip_is_told_to_trust_the_systems_certificates_where_it_must_be(
    bootstrap, monkeypatch, version, words
):
    told = subprocess.CompletedProcess([], 0, stdout=f"{version}\n".encode())
    monkeypatch.setattr(bootstrap.offline.subprocess, "run", lambda *_, **__: told)
    assert bootstrap.offline.trust("python") == words


def test_docs_builds_the_site_into_the_folder_and_says_where_it_begins(
    bootstrap, tmp_path, monkeypatch, capsys
):
    pytest.importorskip("material", reason="mkdocs-material is not installed")
    monkeypatch.setattr(bootstrap, "venv_file", lambda name: sys.executable)
    monkeypatch.setattr(bootstrap, "install", lambda kind: None)
    assert bootstrap.main(["docs", str(tmp_path / "pages")]) == 0
    begin = tmp_path / "pages" / "index.html"
    assert begin.is_file()
    assert str(begin) in capsys.readouterr().out


def test_a_wrong_command_is_exit_2_and_none_prints_the_help():
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "dance"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "none of demo, run, test, docs, install" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["docs", "--help"], 0, "docs [FOLDER]"),
        (["install", "-h"], 0, "install only"),
        (["docs", "--strict"], 2, "docs does not know the option --strict."),
        (["docs", "site", "pages"], 2, "docs does not know what to do with 'pages'."),
        (["install", "--force"], 2, "install does not know the option --force."),
        (["install", "here"], 2, "install does not know what to do with 'here'."),
    ],
)
def test_an_option_is_never_taken_as_a_folder_or_passed_over(
    bootstrap, monkeypatch, capsys, words, code, said
):
    monkeypatch.setattr(bootstrap, "install", lambda kind: pytest.fail("it installed"))
    monkeypatch.setattr(bootstrap, "docs", lambda words: pytest.fail("it built"))
    assert bootstrap.main(words) == code
    told = capsys.readouterr()
    assert said in (told.err if code else told.out)


def test_options_of_the_demo_and_of_a_run_go_to_the_program(bootstrap, monkeypatch):
    asked = []
    monkeypatch.setattr(bootstrap, "install", lambda kind: None)
    monkeypatch.setattr(bootstrap, "warn_of_missing_libraries", lambda words: None)
    monkeypatch.setattr(bootstrap, "call_pathgui", lambda words: asked.append(words) or 0)
    assert bootstrap.main(["demo", "--help"]) == bootstrap.main(["run", "runs", "--help"]) == 0
    assert asked == [["demo", "--help"], ["runs", "--help"]]
