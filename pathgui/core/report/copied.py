"""What the window is about to do, as a command for the terminal or as lines of Python.

The one place that makes what *Copy as command* and *Copy as Python* put into the clipboard. It is
for the user's own terminal, so files have their folders; a record holds names alone, and has its
command from :func:`~pathgui.core.runs.repeat_command.repeat_command`. Commands are quoted as a
POSIX shell reads them.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from pathgui.core.corrections.registry import TILE_CORRECTIONS
from pathgui.core.crossfit.cross_fit import HALVINGS
from pathgui.core.report.sections.options import ATTACHMENTS, ReportOptions
from pathgui.core.results.export_choice import RunExport
from pathgui.core.runs.monitoring import MonitoringPlan
from pathgui.core.runs.options import OPTIONS
from pathgui.core.runs.record import Run
from pathgui.core.runs.repeat_command import AskedAs, command_words
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.what_if.alterations import CURVES

_NUMBERS = ("--mpp", "--k", "--max-tiles", "--seed", "--tissue-threshold")  # never a name
_SEVERAL = ("--center-column", "--slide-id", "--region-class", "--leave-out", "--encoder")
_SWITCHES = ("--new-center", *(each.flag for each in OPTIONS if each.switch is not None))
_SWITCHED_OFF = tuple(each.no_flag for each in OPTIONS if each.switch is not None)
_CURVES = tuple(kind.name for kind in CURVES)
_NAMES = {"--encoder": "encoders"}  # in Python, where it is not as the flag is


def evaluate_command(request: EvaluationRequest, asked: AskedAs) -> str:
    """``pathgui evaluate``, in one line."""
    return shlex.join(command_words(request, asked))


def evaluate_python(request: EvaluationRequest, asked: AskedAs) -> str:
    """The same as a call of ``pathgui.evaluate``."""
    words = command_words(request, asked)[2:]
    given: dict[str, object] = {}
    weights: dict[str, str] = {}
    slide, rest = asked.slide, words
    while rest and rest[0] != "--":  # behind it is the slide
        word = rest.pop(0)
        if not word.startswith("--"):
            continue  # the slide, too
        name = _NAMES.get(word, word.removeprefix("--").replace("-", "_"))
        if word in _SWITCHES:
            given[name] = True
            continue
        if word in _SWITCHED_OFF:
            given[name.removeprefix("no_")] = False
            continue
        value = rest.pop(0)
        if word == "--weights":
            encoder, _, file = value.partition("=")
            weights[encoder] = file
        elif word in _SEVERAL:
            several = given.setdefault(name, [])
            assert isinstance(several, list)
            several.append(value)
        else:
            given[name] = _number(value) if word in _NUMBERS else value
    if weights:
        given["weights"] = weights
    lines = [f"    {slide!r},"] if slide is not None else []
    lines += [f"    {name}={value!r}," for name, value in given.items()]
    return "\n".join(["import pathgui", "", "run = pathgui.evaluate(", *lines, ")", ""])


def remeasure_command(run: Path, reference: Path, out: Path, slide: Path | None = None) -> str:
    """``pathgui remeasure``."""
    words = ["remeasure", str(run), "--reference", str(reference), "--out", str(out)]
    return _command(*words, *(() if slide is None else ("--slide", str(slide))))


def compare_command(before: Path, after: Path) -> str:
    """``pathgui compare``."""
    return _command("compare", str(before), str(after))


def build_command(manifest: Path, out: Path, *, allow_missing: bool = False) -> str:
    """``pathgui reference build``."""
    more = ("--allow-missing",) if allow_missing else ()
    return _command("reference", "build", str(manifest), "--out", str(out), *more)


def download_command(name: str, out: Path, *, accepted: bool) -> str:
    """``pathgui reference download``; the license is accepted only where the user did."""
    more = ("--accept-licence",) if accepted else ()
    return _command("reference", "download", name, "--out", str(out), *more)


def edit_command(reference: Path, out: Path, files: Mapping[str, Path]) -> str:
    """``pathgui reference edit``; ``files``: tables by the options that take them."""
    words = ["reference", "edit", str(reference), "--out", str(out)]
    return _command(*words, *(word for flag, file in files.items() for word in (flag, str(file))))


def export_command(
    run: Path,
    out: Path,
    wanted: RunExport,
    *,
    slide: Path | None = None,
    opacity: float | None = None,
) -> str:
    """``pathgui export`` of a layer. ``slide`` and ``opacity``: of a png."""
    words = ["export", str(run), "--format", wanted.format, "--out", str(out)]
    words += ["--layer", wanted.layer]
    words += ["--encoder", wanted.encoder] if wanted.encoder else []
    words += ["--slide", str(slide)] if slide is not None else []
    words += ["--size", "{}x{}".format(*wanted.size_px)] if wanted.size_px is not None else []
    words += ["--view", wanted.view] if wanted.view else []
    words += ["--opacity", f"{opacity:.2f}"] if opacity is not None else []
    return _command(*words)


def baseline_command(
    run: Path, plan: MonitoringPlan, *, own: MonitoringPlan, tolerance: Path | None, who: str
) -> str:
    """``pathgui baseline``. ``own``: the plan of the run, which the terminal takes by default."""
    words = ["baseline", str(run)]
    words += ["--tolerance", str(tolerance)] if tolerance is not None else []
    if plan.every_months != own.every_months:
        words += ["--every", str(plan.every_months or 0)]
    if plan.triggers != own.triggers:
        words += [f"--trigger={each}" for each in plan.triggers or ("",)]
    words += [f"--who={who}"] if who else []
    return _command(*words)


def check_command(
    reference: Path, encoders: Sequence[str], centers: Sequence[str] = (), tissue: str = ""
) -> str:
    """``pathgui reference check``; ``centers`` and ``tissue``: columns in these roles."""
    words = [word for name in encoders for word in ("--encoder", name)]
    words += [word for name in centers for word in ("--center-column", name)]
    words += ["--tissue-column", tissue] if tissue else []
    return _command("reference", "check", str(reference), *words)


def correct_command(
    run: Path,
    encoders: Sequence[str],
    corrections: Sequence[str],
    *,
    halvings: int = HALVINGS,
    reference: Path | None = None,
) -> str:
    """``pathgui correct`` of a run; ``reference``: its set, where it need not be sought."""
    words = ["correct", str(run)]
    words += [word for name in encoders for word in ("--encoder", name)]
    words += [word for name in corrections for word in ("--with", name)]
    words += ["--halvings", str(halvings)] if halvings != HALVINGS else []
    words += [] if reference is None else ["--reference", str(reference)]
    return _command(*words)


def qualify_command(run: Path) -> str:
    """``pathgui qualify``."""
    return _command("qualify", str(run))


def perturb_command(
    run: Path,
    encoders: Sequence[str],
    curves: Sequence[str],
    *,
    colors: bool = True,
    slide: Path | None = None,
    reference: Path | None = None,
) -> str:
    """``pathgui perturb`` of a run; ``slide`` and ``reference``: where they need not be sought."""
    words = ["perturb", str(run)]
    words += [word for name in encoders for word in ("--encoder", name)]
    words += [] if colors else ["--centers", "0"]
    if tuple(curves) != _CURVES:
        words += [word for name in curves or ("none",) for word in ("--curve", name)]
    words += [] if slide is None else ["--slide", str(slide)]
    words += [] if reference is None else ["--against", str(reference)]
    return _command(*words)


def perturb_python(
    run: Run,
    slide: Path,
    reference: Path,
    encoders: Sequence[str],
    curves: Sequence[str],
    *,
    colors: bool = True,
) -> str:
    """The same as a call of ``pathgui.perturb``, with the columns, the center and seed of a run."""
    settings = run.settings
    center = "" if run.slide is None else run.slide.given_center or ""
    mpp = None if run.slide is None else run.slide.mpp
    given = {
        "reference": str(reference),
        "encoders": list(encoders),
        "curves": list(curves),
        "mpp": mpp,
        **({} if colors else {"centers": 0}),
        **({"center": center} if center else {}),
        **({"center_column": list(settings.center_columns)} if settings.center_columns else {}),
        **({"tissue_column": settings.tissue_column} if settings.tissue_column else {}),
        **({"precision": settings.precision} if settings.precision != "fp32" else {}),
        "seed": settings.seed,
    }
    return "\n".join(
        [
            "import pathgui",
            "",
            "found = pathgui.perturb(",
            f"    {str(slide)!r},",
            *(f"    {name}={value!r}," for name, value in given.items()),
            ")",
            "for name, one in found.items():",
            "    print(name, one.moved, one.flipped, one.followed)",
            "",
        ]
    )


def classifier_command(
    run: Path,
    file: Path,
    *,
    linear: bool,
    columns: Sequence[str] = (),
    classes: Sequence[str] = (),
    encoder: str = "",
    reference: Path | None = None,
) -> str:
    """``pathgui classifier`` of a run; ``linear``: the file is no table; "": all its encoders."""
    words = ["classifier", str(run), "--head" if linear else "--predictions", str(file)]
    words += [word for name in columns for word in ("--column", name)]
    words += [word for each in classes for word in ("--class", each)]
    words += ["--encoder", encoder] if encoder else []
    words += [] if reference is None else ["--reference", str(reference)]
    return _command(*words)


def correct_python(
    reference: Path,
    encoders: Sequence[str],
    corrections: Sequence[str],
    *,
    k: int | None,
    seed: int,
    halvings: int = HALVINGS,
) -> str:
    """The same as calls of ``pathgui.correct``, on embeddings that a command writes first.

    It corrects embeddings in memory; corrections of tiles, which are embedded again, are left out,
    and a comment says so.
    """
    of_tiles = [each.name for each in TILE_CORRECTIONS if each.name in corrections]
    corrections = [each for each in corrections if each not in of_tiles]
    left_out = f"# Only in the terminal, since tiles are embedded again: {', '.join(of_tiles)}."
    if of_tiles and not corrections:  # a call without any would try all
        return left_out + "\n"
    export = [
        _command(
            "reference", "embeddings", str(reference), "--encoder", name, "--out", f"{name}.npz"
        )
        for name in encoders
    ]
    return "\n".join(
        [
            "import numpy as np",
            "import pathgui",
            "",
            *([left_out] if of_tiles else []),
            "# First, in a terminal:",
            *(f"# {line}" for command in export for line in command.splitlines()),
            f"for encoder in {list(encoders)!r}:",
            '    with np.load(f"{encoder}.npz") as file:',
            "        tiles = dict(file)",
            "    found = pathgui.correct(",
            '        tiles["embeddings"],',
            '        tissue=tiles["tissue"],',
            '        center=tiles["center"],',
            '        slide=tiles["slide"],',
            '        patient=tiles.get("patient"),',
            f"        corrections={list(corrections)!r},",
            f"        k={('auto' if k is None else k)!r},",
            f"        halvings={halvings!r},",
            f"        seed={seed!r},",
            "    )",
            "    for effect in found.effects:",
            "        print(encoder, effect.name, effect.index, effect.better)",
            "",
        ]
    )


def report_command(run: Path, out: Path, options: ReportOptions) -> str:
    """``pathgui report``, which writes the same bytes."""
    words = ["report", str(run), "--out", str(out)]
    if options.paper != ReportOptions().paper:
        words += ["--paper", options.paper]
    for key in sorted(options.left_out):
        words += ["--leave-out", key]
    for name, _ in ATTACHMENTS:
        if name not in options.attached:
            words += ["--without", name]
    words += ["--file-names"] if options.show_file_names else []
    words += ["--each-slide"] if options.each_slide else []
    for flag, text in (
        ("--operator", options.operator),
        ("--site", options.site),
        ("--intended-use", options.intended_use),
        ("--question", options.question),
        ("--out-of-scope", options.out_of_scope),
    ):
        if text:
            words.append(f"{flag}={text}")  # one word: a text may begin with a dash
    return _command(*words)


def report_python(run: Path, out: Path, options: ReportOptions) -> str:
    """The same in Python, whose report has the usual pages; a comment says what differs."""
    lines = ["import pathgui", "", f"run = pathgui.open_run({str(run)!r})"]
    if options != ReportOptions():
        lines.append("# The report of pathgui.Run has the usual pages; what you chose needs:")
        command = report_command(run, out, options)
        lines += [f"# {line}" for line in command.splitlines()]
    return "\n".join([*lines, f"run.report({str(out)!r})", ""])


def _command(*words: str) -> str:
    return shlex.join(["pathgui", *words])


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text  # "auto", or an earlier run
