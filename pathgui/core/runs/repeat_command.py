"""The command that repeats a run, as records and reports hold it: with no path of this computer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pathgui.core.runs.request import EvaluationRequest

_FREE = ("--center", "--tissue")  # options whose value is text, where "/" is a letter like any


@dataclass(frozen=True)
class AskedAs:
    """What a command says beside the request: names, and how the slide is read."""

    out: str  # the run's folder, by its name
    slide: str | None = None  # by its file's name; None: the reference set alone is measured
    mpp: float | None = None  # µm per pixel, if the user gave it
    reader: Literal["direct", "openslide"] = "direct"
    weights: Mapping[str, str] = field(default_factory=dict)  # by encoder, by their file's names
    # Files of criteria, intended use and region by option. What is not here is repeated from the
    # run itself, which holds all three.
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Option:
    """An option of ``pathgui evaluate``, and what a request says of it."""

    flag: str
    value: Callable[[EvaluationRequest, AskedAs], object]
    default: object = None  # which need not be said
    of_slide: bool = False  # refused where no slide is given


def _kept(flag: str, value: Callable[[EvaluationRequest], object]) -> _Option:
    def file(request: EvaluationRequest, asked: AskedAs) -> object:
        return asked.files.get(flag, asked.out) if value(request) else None

    return _Option(flag, file, of_slide=flag == "--region")


# The one table between a request and the words that ask for it; tests hold that it is whole.
OPTIONS = (
    _Option("--mpp", lambda _, asked: asked.mpp, of_slide=True),
    _Option("--center", lambda request, _: request.center, of_slide=True),
    _Option("--new-center", lambda request, _: request.new_center, False, of_slide=True),
    _Option("--tissue", lambda request, _: request.tissue, of_slide=True),
    _Option("--k", lambda request, _: request.k, "auto"),
    _Option("--keep-single", lambda request, _: request.single_cells == "keep", False),
    _Option("--max-tiles", lambda request, _: request.max_tiles, of_slide=True),
    _Option("--device", lambda request, _: request.device, "auto"),
    _Option("--precision", lambda request, _: request.precision, "fp32"),
    _Option("--preparation", lambda request, _: request.preparation, "exact"),
    _Option("--reader", lambda _, asked: asked.reader, "direct", of_slide=True),
    _Option("--seed", lambda request, _: request.seed, 0),
    _Option("--sweep", lambda request, _: request.shortcut, "quick"),
    _kept("--region", lambda request: request.region_l0),
    _kept("--criteria", lambda request: request.criteria),
    _kept("--intended-use", lambda request: request.intended_use),
    _Option("--no-maps", lambda request, _: not request.maps, False),
    _Option("--offline", lambda request, _: request.offline, False),
    _Option("--keep-names", lambda request, _: request.keep_names, False),
)


def repeat_command(request: EvaluationRequest, asked: AskedAs) -> str:
    """The command that asks for ``request`` again, in one line; every record has it from here."""
    words, last = ["pathgui", "evaluate"], []
    if asked.slide is not None and asked.slide.startswith("-"):
        last = ["--", asked.slide]  # else it would be taken for an option
    elif asked.slide is not None:
        words.append(asked.slide)
    words += ["--reference", request.reference.folder.name]
    for name in request.encoders:
        words += ["--encoder", name]
        encoder = name.partition("@")[0]
        if encoder in asked.weights:
            words += ["--weights", f"{encoder}={asked.weights[encoder]}"]
    for option in OPTIONS:
        value: Any = option.value(request, asked)
        if value == option.default or (option.of_slide and asked.slide is None):
            continue
        words += [option.flag] if value is True else [option.flag, str(value)]
    return names_only([*words, "--out", asked.out, *last])


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
