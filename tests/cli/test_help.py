"""What the terminal says of its commands and options, read as its user reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from pathgui.cli.main import EXIT_DONE, app, run
from pathgui.version import __version__
from tests.words import retired, too_long

# What a help text may begin with that is no capital: names of formats, units and values.
BEGINNINGS = ("µm", "csv", "direct", "pathgui", "`")


def helps(command: Any, name: str) -> Iterator[tuple[str, str]]:
    """Each command and each of its options, with its help text."""
    yield name, command.help or ""
    for parameter in command.params:
        shown = parameter.opts[0] if parameter.opts else parameter.name
        yield f"{name} {shown}", getattr(parameter, "help", None) or ""
    for child, each in getattr(command, "commands", {}).items():
        yield from helps(each, f"{name} {child}")


HELPS = [
    (name, text)
    for name, text in helps(typer.main.get_command(app), "pathgui")
    if not name.endswith("-completion")
]
each_help = pytest.mark.parametrize(("name", "text"), HELPS, ids=[name for name, _ in HELPS])


def test_every_command_and_option_is_among_them():
    names = {name for name, _ in HELPS}
    assert len(names) > 100
    assert {"pathgui evaluate --seed", "pathgui reference build --licence"} <= names


@each_help
def test_a_help_text_is_one_or_more_whole_sentences(name, text):
    assert text.rstrip().endswith((".", "...")), text
    first = text.split()[0]
    assert first[0].isupper() or first.startswith(BEGINNINGS), text
    assert first != "Of", "a genitive without a noun: say what it is of"


@each_help
def test_a_help_text_has_no_sentence_of_more_than_25_words(name, text):
    assert too_long(" ".join(text.split())) == []


@each_help
def test_a_help_text_uses_no_word_that_was_given_up(name, text):
    assert retired(text) == []


def test_the_version_is_said_without_a_command(capsys):
    assert run(["--version"]) == EXIT_DONE
    assert capsys.readouterr().out.strip() == f"pathgui {__version__}"
