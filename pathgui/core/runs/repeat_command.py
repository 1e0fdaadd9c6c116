"""The command that repeats a run, as records and reports hold it: with no path of this computer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pathgui.core.language.texts import in_english
from pathgui.core.runs import options
from pathgui.core.runs.options import Option
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.slides.region_choice import ClassChoice

# Options whose value is text, where "/" is a letter like any.
_FREE = (
    "--center", "--tissue", "--center-column", "--tissue-column", "--slide-id", "--region-class",
    "--leave-out",
)  # fmt: skip


@dataclass(frozen=True)
class AskedAs:
    """What a command says beside the request: names of files, and the scale that was given."""

    out: str  # the run's folder, by its name
    slide: str | None = None  # by its file's name; None: the reference set alone is measured
    mpp: float | None = None  # µm per pixel, if the user gave it
    weights: Mapping[str, str] = field(default_factory=dict)  # by encoder, by their file's names
    # Files of criteria, intended use and region by option. What is not here is repeated from the
    # run itself, which holds all three.
    files: Mapping[str, str] = field(default_factory=dict)
    cohort: str | None = None  # by its folder's name, in place of a slide
    slide_ids: Sequence[str] = ()  # of the cohort, as the run calls them; empty: all


@dataclass(frozen=True)
class _Words:
    """An option of ``pathgui evaluate``, and the words that ask for what a request says of it."""

    flag: str
    words: Callable[[EvaluationRequest, AskedAs], list[str]]
    of_slide: bool = False  # refused where no slide is given


def _value(
    flag: str, value: Callable[[EvaluationRequest, AskedAs], object], default: object = None
) -> _Words:
    def words(request: EvaluationRequest, asked: AskedAs) -> list[str]:
        found = value(request, asked)
        return [] if found == default else [flag] if found is True else [flag, str(found)]

    return _Words(flag, words, of_slide=True)


def _file(flag: str, holds: Callable[[EvaluationRequest], object], of_slide: bool) -> _Words:
    def words(request: EvaluationRequest, asked: AskedAs) -> list[str]:
        return [flag, asked.files.get(flag, asked.out)] if holds(request) else []

    return _Words(flag, words, of_slide)


def _setting(option: Option) -> _Words:
    def value(request: EvaluationRequest) -> object:
        return getattr(request.settings, option.name)

    if option.from_file:
        return _file(option.flag, value, option.of_slide)
    return _Words(option.flag, lambda request, _: option.words(value(request)), option.of_slide)


def _classes(flag: str, of: Callable[[ClassChoice], tuple[str, ...]]) -> _Words:
    """An option on the regions of a file or of a cohort; of a run the region is cut already."""

    def words(request: EvaluationRequest, asked: AskedAs) -> list[str]:
        if asked.cohort is None and (asked.slide is None or "--region" not in asked.files):
            return []
        return [word for kind in of(request.region_choice) for word in (flag, kind)]

    return _Words(flag, words, of_slide=True)


# The one table between a request and the words that ask for it; tests hold that it is whole.
OPTIONS = (
    _value("--mpp", lambda _, asked: asked.mpp),
    _value("--center", lambda request, _: request.center),
    _value("--new-center", lambda request, _: request.new_center, False),
    _value("--tissue", lambda request, _: request.tissue),
    *(_setting(option) for option in options.OPTIONS),
    _classes("--region-class", lambda choice: choice.wanted),
    _classes("--leave-out", lambda choice: choice.left_out),
    _file("--criteria", lambda request: request.criteria, of_slide=False),
    _file("--intended-use", lambda request: request.intended_use, of_slide=False),
)


def repeat_command(request: EvaluationRequest, asked: AskedAs) -> str:
    """The command that asks for ``request`` again, in one line; every record has it from here."""
    return names_only(command_words(request, asked))


@in_english()
def command_words(request: EvaluationRequest, asked: AskedAs) -> list[str]:
    """The words of a command that asks for ``request``, with folders where ``asked`` has them."""
    words, last = ["pathgui", "evaluate"], []
    if asked.slide is not None and asked.slide.startswith("-"):
        last = ["--", asked.slide]  # else it would be taken for an option
    elif asked.slide is not None:
        words.append(asked.slide)
    if asked.cohort is not None:
        words += ["--cohort", asked.cohort]
        for slide_id in asked.slide_ids:
            words += ["--slide-id", slide_id]
    words += ["--reference", str(request.reference.folder)]
    for name in request.encoders:
        words += ["--encoder", name]
        encoder = name.partition("@")[0]
        if encoder in asked.weights:
            words += ["--weights", f"{encoder}={asked.weights[encoder]}"]
    for option in OPTIONS:
        if not option.of_slide or asked.slide is not None or asked.cohort is not None:
            words += option.words(request, asked)
    return [*words, "--out", asked.out, *last]


def names_only(words: Sequence[str]) -> str:
    """The words of a command in one line, paths without their folders.

    >>> names_only(["pathgui", "evaluate", "/data/Smith, J/a b.svs", "--center", "North/East"])
    "pathgui evaluate 'a b.svs' --center North/East"
    >>> names_only(["pathgui", "evaluate", "--weights", "uni=/home/me/uni.pt", "--out=b/a.pgrun"])
    'pathgui evaluate --weights uni=uni.pt --out=a.pgrun'
    """
    shown = []
    for before, word in zip(("", *words), words, strict=False):
        name, equals, value = word.partition("=")
        if before in _FREE or name in _FREE:
            shown.append(word)
        elif equals and not re.search(r"[\\/]", name):
            shown.append(f"{name}={_last(value)}")
        else:
            shown.append(_last(word))
    return shlex.join(shown)


def without_folders(command: str) -> str:
    """A command that was kept with folders, without them."""
    try:
        return names_only(shlex.split(command))
    except ValueError:  # quotes that do not close: not ours
        return command


def _last(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1] or path
