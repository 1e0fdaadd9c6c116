"""The language is chosen before the program is read."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from pathgui.core.language.languages import VARIABLE
from pathgui.start import choose


@pytest.mark.parametrize(
    ("arguments", "variable", "kept", "code"),
    [
        ([], None, None, "en"),
        ([], None, "fr", "fr"),
        ([], "de_AT.UTF-8", "fr", "de"),
        ([], "", "fr", "fr"),
        (["--language", "fr"], "de", None, "fr"),
        (["evaluate", "--language=de", "a.svs"], None, "fr", "de"),
        ([], None, "tlh", "en"),
        (["doctor", "--json", "--language", "de"], "fr", "de", "en"),
        (["reference", "check", "s.pgref", "--json", "f.json"], "fr", None, "fr"),
    ],
)
def test_the_option_is_asked_then_the_variable_then_the_settings(
    tmp_path, arguments, variable, kept, code
):
    settings = tmp_path / "settings.json"
    if kept is not None:
        settings.write_text(json.dumps({"language": kept}))
    environment = {} if variable is None else {VARIABLE: variable}
    found, rest, fault = choose(arguments, environment, settings)
    assert (found, fault) == (code, "")
    assert not any(word.startswith("--language") for word in rest)


def test_behind_two_dashes_stand_names_of_files(tmp_path):
    _, rest, _ = choose(["evaluate", "--", "--language"], {}, tmp_path / "none")
    assert rest == ["evaluate", "--", "--language"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"language": 3}', b"\xff"])
def test_settings_that_cannot_be_read_are_told_of_by_the_program_and_not_here(tmp_path, content):
    (tmp_path / "s.json").write_bytes(content)
    assert choose([], {}, tmp_path / "s.json") == ("en", [], "")


@pytest.mark.parametrize(
    ("arguments", "variable", "names"),
    [
        (["--language", "tlh"], "", "--language"),
        (["demo", "--language"], "", "--language"),
        ([], "tlh", VARIABLE),
    ],
)
def test_a_language_that_there_is_not_is_said_in_one_sentence(tmp_path, arguments, variable, names):
    _, _, fault = choose(arguments, {VARIABLE: variable}, tmp_path / "none")
    assert fault.startswith(names)
    assert fault.endswith("It has en, de, fr.")


def test_the_program_says_it_without_a_traceback_and_ends():
    done = subprocess.run(
        [sys.executable, "-m", "pathgui", "--language", "tlh", "doctor"],
        env=os.environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith('Error: --language: "tlh" is no language of pathgui.')


def test_nothing_with_texts_is_read_before_the_language_is_chosen():
    code = "import sys, pathgui.start; print('pathgui.core.language.texts' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
