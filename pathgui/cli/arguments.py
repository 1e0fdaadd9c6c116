"""What several commands make of their arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import typer

from pathgui.cli.kept import tidy
from pathgui.core.errors import PathguiError
from pathgui.core.files import Stamp
from pathgui.core.k_rule import KRule, is_k_rule, k_choices
from pathgui.core.targets import require_target
from pathgui.folders import cache_dir

DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]
SweepChoice = Literal["none", "quick", "full"]
SWEEP_HELP = "The shortcut sweep: quick, full (PathoROB's procedure, minutes an encoder) or none."
MAX_SEED = 2**32 - 1  # of scikit-learn
OVERWRITE_HINT = "Choose another name, or replace it with --overwrite."
ALLOW_MISSING = "Go on though more than a tenth of the tiles, or all of a center, cannot be used."
K_HELP = f"Neighbours that count: {k_choices()}."


def parse_k(text: str) -> KRule:
    """A number, ``auto`` or the name of a preset.

    >>> parse_k("auto"), parse_k("11"), parse_k("de-jong-2025")
    ('auto', 11, 'de-jong-2025')
    """
    rule: KRule = int(text) if text.isdecimal() else text
    if not is_k_rule(rule):
        raise typer.BadParameter(f"k is {k_choices()}, not {text!r}", param_hint="--k")
    return rule


def embeddings_dir() -> Path:
    """Where embeddings are kept between runs."""
    return cache_dir() / "embeddings"


def check_run_target(folder: Path, overwrite: bool) -> Stamp | None:
    """Refuse before the work, not after it, to write where no run may or can go.

    Returns what the run may replace; says what lies there and could be recovered.
    """
    if folder.suffix != ".pgrun":
        raise PathguiError(f"A run is a folder whose name ends in .pgrun; {folder} does not.")
    before = require_target(folder, "run", replace=overwrite, how=OVERWRITE_HINT)
    tidy(folder.parent)
    return before
