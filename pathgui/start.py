"""The way into the program: the language is chosen before the first text is read.

Texts are read when modules are imported (:mod:`pathgui.core.language.texts`), so this module
imports none that has any until ``PATHGUI_LANGUAGE`` is set.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pathgui.cli.documents import prints_json
from pathgui.core.language.languages import (
    ENGLISH,
    LANGUAGES,
    VARIABLE,
    is_known,
    language_of,
)
from pathgui.folders import settings_file

OPTION = "--language"
UNUSABLE = 2  # exit code, as for any input that cannot be used


def main() -> None:
    """Choose the language, run the program, exit with its code."""
    code, arguments, fault = choose(sys.argv[1:], os.environ, settings_file())
    if fault:
        sys.stderr.write(f"Error: {fault}\n")
        sys.exit(UNUSABLE)
    os.environ[VARIABLE] = code
    from pathgui.cli.main import main as run  # its modules have texts

    run(arguments)


def choose(
    arguments: list[str], environment: Mapping[str, str], settings: Path
) -> tuple[str, list[str], str]:
    """The code of the language, the other arguments, and what is wrong with the choice.

    The option is asked first, then ``PATHGUI_LANGUAGE``, then the settings. What prints one JSON
    document for a program speaks English.
    """
    option, rest = _taken_out(arguments)
    named = {OPTION: option, VARIABLE: environment.get(VARIABLE) or None}
    for source, code in named.items():
        if code is not None and not is_known(code):
            codes = ", ".join(LANGUAGES)
            return "", rest, f'{source}: "{code}" is no language of pathgui. It has {codes}.'
    code = next((code for code in named.values() if code is not None), None) or _kept(settings)
    return (ENGLISH.code if prints_json(rest) else language_of(code).code), rest, ""


def _taken_out(arguments: list[str]) -> tuple[str | None, list[str]]:
    """The value of ``--language``, the last one, and the arguments without it."""
    code: str | None = None
    rest: list[str] = []
    left = [*arguments]
    while left:
        word = left.pop(0)
        if word == "--":  # names of files follow
            return code, [*rest, word, *left]
        if word == OPTION:
            code = left.pop(0) if left else ""
        elif word.startswith(f"{OPTION}="):
            code = word.removeprefix(f"{OPTION}=")
        else:
            rest.append(word)
    return code, rest


def _kept(settings: Path) -> str:
    """What the settings say. A file that cannot be used is English: the program tells of it."""
    try:
        code = json.loads(settings.read_bytes())["language"]
    except (OSError, ValueError, KeyError, TypeError):
        return ENGLISH.code
    return code if isinstance(code, str) else ENGLISH.code
