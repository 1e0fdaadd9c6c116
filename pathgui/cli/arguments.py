"""What several commands make of their arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer

from pathgui.cli.kept import tidy
from pathgui.core.errors import PathguiError
from pathgui.core.metrics.neighbors.k_rule import KRule, is_k_rule, k_choices
from pathgui.core.reference.pseudonyms import KEY_FILE, load_key
from pathgui.core.runs.k_words import k_of_run, ks_of
from pathgui.core.runs.name_book import BOOK_FILE, NameBook
from pathgui.core.runs.run_files import load_run
from pathgui.core.runs.targets import require_target
from pathgui.core.system.endings import RUN_ENDING
from pathgui.core.system.files import Stamp
from pathgui.folders import cache_dir, config_dir

DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]
SweepChoice = Literal["none", "quick", "full"]
SWEEP_HELP = "The shortcut sweep: quick, full (PathoROB's procedure, minutes an encoder) or none."
MAX_SEED = 2**32 - 1  # of scikit-learn
OVERWRITE_HINT = "Choose another name, or replace it with --overwrite."
ALLOW_MISSING = "Go on though more than a tenth of the tiles, or all of a center, cannot be used."
K_HELP = (
    f"Neighbors that count, for all encoders: {k_choices()}; or an earlier run (NAME.pgrun), for "
    "the k that it had."
)


def parse_k(text: str) -> tuple[KRule, str]:
    """A number, ``auto`` or the name of a preset; and where it is from, if from an earlier run.

    Raises
    ------
    PathguiError
        If the run cannot be read, or its encoders share no k.

    >>> parse_k("auto"), parse_k("11"), parse_k("de-jong-2025")
    (('auto', ''), (11, ''), ('de-jong-2025', ''))
    """
    if text.rstrip("/\\").endswith(RUN_ENDING):
        return _k_in(Path(text))
    rule: KRule = int(text) if text.isdecimal() else text
    if not is_k_rule(rule):
        raise typer.BadParameter(
            f"k is {k_choices()}, or an earlier run, not {text!r}", param_hint="--k"
        )
    return rule, ""


def _k_in(folder: Path) -> tuple[int, str]:
    run = load_run(folder)
    k = k_of_run(run)
    if k is None:
        several = ", ".join(str(each) for each in ks_of(run.encoders)) or "none is recorded"
        raise PathguiError(
            f"The run {folder} has no k that all its encoders share ({several}). Give a number."
        )
    return k, f"as in an earlier run, finished {run.finished[:16].replace('T', ' ')}"


def pseudonym_key() -> bytes:
    """The user's key for pseudonyms in runs."""
    return load_key(config_dir() / KEY_FILE)


def name_book() -> NameBook:
    """What only the user knows of slides that runs hold pseudonyms of."""
    return NameBook(config_dir() / BOOK_FILE)


def embeddings_dir() -> Path:
    """Where embeddings are kept between runs."""
    return cache_dir() / "embeddings"


def check_run_target(folder: Path, overwrite: bool) -> Stamp | None:
    """Refuse before the work, not after it, to write where no run may or can go.

    Returns what the run may replace; says what lies there and could be recovered.
    """
    if folder.suffix != RUN_ENDING:
        raise PathguiError(f"A run is a folder whose name ends in .pgrun; {folder} does not.")
    before = require_target(folder, "run", replace=overwrite, how=OVERWRITE_HINT)
    tidy(folder.parent)
    return before
