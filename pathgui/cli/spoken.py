"""The commands of the terminal in the reader's language: their help, and Typer's own words.

What a command is for stands in its docstring, which the catalogs have like any other text. Typer's
words (Usage, Options, Missing argument) stand here as ``noted`` texts and are looked up where
Typer says them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import typer
import typer.core
from typer import rich_utils
from typer.core import TyperCommand, TyperGroup

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import CHOSEN, noted, say

_HELP = noted("Show this message and exit.")
_OF_COMPLETION = (
    noted("Install completion for the current shell."),
    noted("Show completion for the current shell, to copy it or customize the installation."),
)
# Of the panels, by the names of Typer's constants.
_PANELS = {
    "DEPRECATED_STRING": noted("(deprecated) "),
    "DEFAULT_STRING": noted("[default: {}]"),
    "ENVVAR_STRING": noted("[env var: {}]"),
    "REQUIRED_LONG_STRING": noted("[required]"),
    "ARGUMENTS_PANEL_TITLE": noted("Arguments"),
    "OPTIONS_PANEL_TITLE": noted("Options"),
    "COMMANDS_PANEL_TITLE": noted("Commands"),
    "ERRORS_PANEL_TITLE": noted("Error"),
    "ABORTED_TEXT": noted("Aborted."),
    "RICH_HELP": noted("Try [blue]'{command_path} {help_option}'[/] for help."),
}
# What is wrong with a command line.
_FAULTS = (
    noted("Missing command."),
    noted("Missing argument {hint}."),
    noted("Missing option {hint}."),
    noted("Missing parameter {hint}."),
    noted("No such option: {name}"),
    noted("No such option: {name} (Possible options: {names})"),
    noted("No such option: {name} Did you mean {names}?"),
    noted("No such command {name!r}."),
    noted("No such command {name!r}. Did you mean {names}?"),
    noted("Got unexpected extra argument ({args})"),
    noted("Got unexpected extra arguments ({args})"),
    noted("Option {name!r} does not take a value."),
    noted("Option {name!r} requires an argument."),
    noted("Option {name!r} requires {nargs} arguments."),
    noted("Invalid value: {message}"),
    noted("Invalid value for {hint}: {message}"),
    noted("{value!r} is not one of {choices}."),
    noted("{value!r} is not a valid integer."),
    noted("{value!r} is not a valid float."),
    noted("{value} is not in the range {range}."),
    noted("File {name!r} does not exist."),
    noted("File {name!r} is a directory."),
    noted("Directory {name!r} does not exist."),
    noted("Directory {name!r} is a file."),
    noted("Path {name!r} does not exist."),
)
USAGE = "Usage: "

Command = TypeVar("Command", bound=Callable[..., Any])
if TYPE_CHECKING:
    _Base = TyperCommand
else:
    _Base = object


def speak() -> None:
    """Let Typer say its own words in the reader's language."""
    if CHOSEN.is_translated:
        for name, text in _PANELS.items():
            setattr(rich_utils, name, CHOSEN.translated(text))


def _in_words(option: Any) -> Any:
    """An option that Typer adds, such as ``--help``."""
    if option is not None and option.help in (_HELP, *_OF_COMPLETION):
        option.help = CHOSEN.translated(option.help)
    return option


class _Spoken(_Base):
    """What a command and a group of them share; stands before Typer's class of either."""

    help: str | None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # A docstring is looked up; what was given as help was said where it was given.
        if self.help and self.callback is not None and self.callback.__doc__:
            text = inspect.cleandoc(self.callback.__doc__)
            if inspect.cleandoc(self.help) == text:
                self.help = CHOSEN.translated(text)

    def get_usage(self, ctx: Any) -> str:
        """The line that begins with Usage."""
        usage: str = super().get_usage(ctx)
        return usage.replace(USAGE, say("Usage: "), 1)

    def get_help_option(self, ctx: Any) -> Any:
        """``--help``."""
        return _in_words(super().get_help_option(ctx))


class SpokenCommand(_Spoken, TyperCommand):
    """A command in the reader's language."""


class SpokenGroup(_Spoken, TyperGroup):
    """A group of commands in the reader's language; it also says what is wrong with a line."""

    def get_params(self, ctx: Any) -> Any:
        """The options, Typer's own among them."""
        return [
            _in_words(each) if hasattr(each, "help") else each for each in super().get_params(ctx)
        ]

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read the command line."""
        return _telling(super().make_context, *args, **options)

    def invoke(self, ctx: Any) -> Any:
        """Do what the command line says."""
        return _telling(super().invoke, ctx)


def _telling(act: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Do something; what Typer says of a faulty command line is in the reader's language."""
    try:
        return act(*args, **options)
    except Exception as error:
        if (told := getattr(error, "format_message", None)) is not None:
            text = retold(told())
            error.format_message = lambda: text  # type: ignore[attr-defined]
        raise


class Commands(typer.Typer):
    """Commands whose help is in the reader's language."""

    def __init__(self, **options: Any) -> None:
        super().__init__(cls=SpokenGroup, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[Command], Command]:
        """As Typer's."""
        return super().command(name, **{"cls": SpokenCommand, **options})
