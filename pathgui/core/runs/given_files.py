"""What a new evaluation takes from a file, or from an earlier run that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pathgui.core.errors import IntendedUseError, RecordError, RegionError
from pathgui.core.language.texts import say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.runs.intended_use import IntendedUse, load_intended_use
from pathgui.core.runs.k_words import k_of_run, ks_of
from pathgui.core.runs.run_files import load_run
from pathgui.core.slides.region import Region
from pathgui.core.slides.region_choice import ClassChoice
from pathgui.core.slides.region_files import CutRegion, read_region
from pathgui.core.system.endings import RUN_ENDING


def is_run(path: str | Path) -> bool:
    """Whether a path is called as a run.

    >>> is_run("a.pgrun/"), is_run("a.toml")
    (True, False)
    """
    return str(path).rstrip("/\\").endswith(RUN_ENDING)


def region_in(
    source: Path,
    bounds_l0: tuple[int, int, int, int],
    classes: Sequence[str] = (),
    report: ProgressFn = ignore_progress,
) -> Region:
    """The polygons that :func:`cut_region_in` gives for these classes."""
    return cut_region_in(source, bounds_l0, ClassChoice(tuple(classes)), report).polygons


def cut_region_in(
    source: Path,
    bounds_l0: tuple[int, int, int, int],
    choice: ClassChoice,
    report: ProgressFn = ignore_progress,
) -> CutRegion:
    """The region in a GeoJSON file, or that of an earlier run.

    The parameters are those of :func:`~pathgui.core.slides.region_files.read_region`, whose errors
    are raised; ``choice`` is of a file.

    Raises
    ------
    RegionError
        If classes are chosen of a run, or the run has no region.
    RecordError
        If the run cannot be read.
    """
    if not is_run(source):
        return read_region(source, bounds_l0, choice, report)
    if choice:
        raise RegionError(
            say("{source} is a run, whose region has no classes. Choose none.", source=source)
        )
    run = load_run(source)
    if not run.settings.region_l0:
        raise RegionError(
            say("The run {source} is of a whole slide, so there is no region in it.", source=source)
        )
    of_slide = None if run.slide is None else run.slide.region_classes
    return CutRegion(run.settings.region_l0, of_slide)


def use_in(source: Path, *, set_at: str) -> IntendedUse:
    """The intended use in a TOML file, or the one that an earlier run was made with.

    Raises
    ------
    IntendedUseError
        If the file says nothing or cannot be read, or the run has none.
    RecordError
        If the run cannot be read.
    """
    if not is_run(source):
        return load_intended_use(source, set_at=set_at)
    use = load_run(source).intended_use
    if use is None:
        raise IntendedUseError(
            say("{source} was made without an intended use. Give a TOML file.", source=source)
        )
    return use


def k_in(source: Path) -> tuple[int, str]:
    """The k of an earlier run, and where it is from, in words.

    Raises
    ------
    RecordError
        If the run cannot be read, or its encoders share no k.
    """
    run = load_run(source)
    k = k_of_run(run)
    if k is None:
        several = ", ".join(str(each) for each in ks_of(run.encoders)) or say("none is recorded")
        raise RecordError(
            say(
                "The run {source} has no k that all its encoders share ({several}). Give a number.",
                source=source,
                several=several,
            )
        )
    return k, say(
        "as in an earlier run, finished {replace}", replace=run.finished[:16].replace("T", " ")
    )
