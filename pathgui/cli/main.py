"""The command ``pathgui``: without a subcommand the window, with one the terminal."""

from __future__ import annotations

import contextlib
import difflib
import errno
import functools
import logging
import logging.handlers
import multiprocessing
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from pathgui.cli.archive import app as archive_app
from pathgui.cli.baselines import baseline_command, check_command
from pathgui.cli.check_set import check
from pathgui.cli.classifier import classifier_command
from pathgui.cli.cohort import app as cohort_app
from pathgui.cli.correct import correct_command
from pathgui.cli.doctor import doctor
from pathgui.cli.documents import prints_json
from pathgui.cli.edit_set import edit
from pathgui.cli.encoders import app as encoders_app
from pathgui.cli.evaluate import demo, evaluate_command
from pathgui.cli.export import export_command
from pathgui.cli.kept import runs_command
from pathgui.cli.metrics import metrics_command
from pathgui.cli.perturb import perturb_command
from pathgui.cli.public_sets import download as download_reference
from pathgui.cli.public_sets import import_ as import_reference
from pathgui.cli.qualify import qualify_command
from pathgui.cli.references import build, embeddings, pack, show
from pathgui.cli.remeasure import remeasure_command
from pathgui.cli.runs import EXIT_CRITERIA as EXIT_CRITERIA
from pathgui.cli.runs import compare_command, judge_command, report_command
from pathgui.cli.sample import sample
from pathgui.cli.spoken import Commands, speak
from pathgui.cli.spread import merge_command
from pathgui.cli.store import clear_cache, show_cache
from pathgui.cli.streams import end_process, forgive_output
from pathgui.cli.terminal import print_error, print_json
from pathgui.cli.window import open_window
from pathgui.core.archives.links import is_slide_address
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import PathguiError
from pathgui.core.language.texts import in_english, say
from pathgui.core.progress import Cancelled
from pathgui.core.slides.reading.slide_pool import CHILD_ARGUMENT, warm_up
from pathgui.folders import add_users_encoders, log_dir, named_slide
from pathgui.version import __version__

log = logging.getLogger(__name__)

EXIT_DONE, EXIT_BUG, EXIT_INPUT, EXIT_CANCELLED = 0, 1, 2, 130  # 3: criteria not met, or outside
_FULL = (errno.ENOSPC, errno.EDQUOT)

app = Commands(
    help=say(
        "Does a pathology encoder follow the tissue, or the center (hospital or "
        "laboratory) that made the slide?\n\npathgui, alone or with slides, opens "
        "the window; the commands below work without one."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
reference_app = Commands(
    help=say("Make, show, check, change and pack reference sets."), no_args_is_help=True
)
cache_app = Commands(help=say("Show or clear the kept embeddings."), no_args_is_help=True)

app.command("demo")(demo)
app.command("evaluate")(evaluate_command)
app.add_typer(cohort_app, name="cohort")
app.add_typer(reference_app, name="reference")
reference_app.command("build")(build)
reference_app.command("sample")(sample)
reference_app.command("import")(import_reference)
reference_app.command("download")(download_reference)
reference_app.command("show")(show)
reference_app.command("check")(check)
reference_app.command("edit")(edit)
reference_app.command("pack")(pack)
reference_app.command("embeddings")(embeddings)
app.add_typer(archive_app, name="archive")
app.add_typer(encoders_app, name="encoders")
app.command("metrics")(metrics_command)
app.command("correct")(correct_command)
app.command("perturb")(perturb_command)
app.command("classifier")(classifier_command)
app.command("runs")(runs_command)
app.command("merge")(merge_command)
app.command("report")(report_command)
app.command("export")(export_command)
app.command("remeasure")(remeasure_command)
app.command("judge")(judge_command)
app.command("compare")(compare_command)
app.command("baseline")(baseline_command)
app.command("check")(check_command)
app.command("qualify")(qualify_command)
app.add_typer(cache_app, name="cache")
cache_app.command("show")(show_cache)
cache_app.command("clear")(clear_cache)
app.command("doctor")(doctor)

COMMANDS = (
    "demo", "evaluate", "cohort", "reference", "archive", "encoders", "metrics", "correct",
    "perturb", "classifier", "runs", "merge", "report", "export", "remeasure", "judge", "compare",
    "baseline", "check", "qualify", "cache", "doctor",
)  # fmt: skip


def _with_link(argument: str) -> str:
    """The argument with a link in place of the address of a slide, so that it is a path."""
    flag, equals, address = argument.partition("=") if argument.startswith("--") else ("", "", "")
    given = address if equals else argument
    if not is_slide_address(given):
        return argument
    return f"{flag}{equals}{named_slide(given)}"


def _print_version(asked: bool) -> None:
    """As a callback of the option: the options themselves are looked at with a command only."""
    if asked:
        typer.echo(say("pathgui {version}", version=__version__))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help=say("Print the version."), is_eager=True, callback=_print_version
        ),
    ] = False,
    language: Annotated[  # start.py has taken it out of the arguments by now
        str | None,
        typer.Option(
            "--language",
            help=say(
                "Speak English (en), German (de) or French (fr) this once. German and French "
                "are not reviewed by a native pathologist."
            ),
        ),
    ] = None,
) -> None:
    """Options that stand before a command."""


@functools.cache
def _command() -> Callable[..., object]:
    """What reads a command line; it takes a while to make, and is the same each time."""
    speak()
    return typer.main.get_command(app)


def main(arguments: list[str] | None = None, known: Registry | None = None) -> None:
    """Run the program and exit with its code. ``known``: encoders in place of pathgui's own."""
    multiprocessing.freeze_support()  # a child of the installed program is this program again
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments == [CHILD_ARGUMENT]:
        from pathgui.core.slides.reading.slide_child import main as read_slides  # loads OpenSlide

        read_slides()
    forgive_output()
    end_process(run(arguments, known))


def run(arguments: list[str], known: Registry | None = None) -> int:
    """Run the program; returns the exit code of architecture.md's list.

    What prints one JSON document for a program is English, whatever the user's language.
    """
    with in_english() if prints_json(arguments) else contextlib.nullcontext():
        return _run(arguments, known)


def _run(arguments: list[str], known: Registry | None) -> int:
    if "--offline" in arguments:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's library is imported
    as_json = "--json" in arguments
    _log_to_file()
    try:
        arguments = [_with_link(each) for each in arguments]
        if wants_window(arguments):
            require_slide(arguments)
            if arguments:
                warm_up()  # it starts while Qt is loaded
            return open_window([Path(name) for name in arguments])
        known = known or standard_encoders()
        for fault in add_users_encoders(known):
            print_error(fault)
        _command()(arguments, prog_name="pathgui", obj=known)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_DONE if stop.code is None else 1
    except PathguiError as error:
        if as_json:
            print_json({"error": {"kind": type(error).__name__, "text": str(error)}})
        print_error(str(error))
        return EXIT_INPUT
    except (Cancelled, KeyboardInterrupt):
        again = shlex.join(["pathgui", *arguments])
        print_error(say("Cancelled. What is done is kept; go on with: {again}", again=again))
        return EXIT_CANCELLED
    except BrokenPipeError:
        # The reader of stdout went away (head, less): not our error, and nothing left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except Exception as error:  # the program's edge: a bug, said as such
        if isinstance(error, OSError) and error.errno in _FULL:
            with contextlib.suppress(OSError):  # the errors may go to the same disk
                print_error(
                    say("The disk is full{where}. Make room, and ask again.", where=_where(error))
                )
            return EXIT_INPUT
        log.exception("bug")
        if as_json:
            print_json({"error": {"kind": type(error).__name__, "text": str(error)}})
        print_error(
            say(
                "Something went wrong that should not have: {name}: {error}\nThe "
                "details are in {log_dir}.",
                name=type(error).__name__,
                error=error,
                log_dir=log_dir() / "pathgui.log",
            )
        )
        return EXIT_BUG
    return EXIT_DONE


def _where(error: OSError) -> str:
    """The file that could not be written; none where it was the output itself."""
    return say(" ({filename} cannot be written)", filename=error.filename) if error.filename else ""


def wants_window(arguments: list[str]) -> bool:
    """Whether these arguments name slides to open rather than a command.

    >>> wants_window([]), wants_window(["a.svs"]), wants_window(["demo"]), wants_window(["-h"])
    (True, True, False, False)
    """
    return not arguments or (arguments[0] not in COMMANDS and not arguments[0].startswith("-"))


def require_slide(arguments: list[str]) -> None:
    """Refuse a first word that is no command, but nothing that could be opened either.

    Raises
    ------
    PathguiError
        With the command that was probably meant.
    """
    if not arguments or os.path.lexists(arguments[0]):
        return
    word = arguments[0]
    near = difflib.get_close_matches(word.lower(), COMMANDS, n=1, cutoff=0.5)
    if near:
        meant = shlex.join(["pathgui", near[0], *arguments[1:]])
        raise PathguiError(
            say(
                "There is neither a command nor a file called {word}. Did you mean: {meant}",
                word=word,
                meant=meant,
            )
        )
    raise PathguiError(
        say(
            "There is neither a command nor a file called {word}. The commands "
            "are {COMMANDS}; a slide is opened by its path.",
            word=word,
            COMMANDS=", ".join(COMMANDS),
        )
    )


def _log_to_file() -> None:
    """Details of bugs go to a rotating file; the terminal keeps to what the user needs."""
    try:
        log_dir().mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            log_dir() / "pathgui.log", maxBytes=1_000_000, backupCount=3, encoding="utf-8"
        )
    except OSError:
        return  # a read-only home is no reason not to work
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    if not any(isinstance(h, logging.handlers.RotatingFileHandler) for h in root.handlers):
        root.addHandler(handler)
        root.setLevel(logging.INFO)
    else:
        handler.close()
