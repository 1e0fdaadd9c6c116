"""What several commands make of their arguments."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pathgui.cli.kept import tidy
from pathgui.core.corrections.registry import TILE_CORRECTIONS, TileCorrection
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import PathguiError, ReferenceSetError
from pathgui.core.language.texts import say
from pathgui.core.runs.targets import require_target
from pathgui.core.system.endings import REFERENCE_ENDING, RUN_ENDING
from pathgui.core.system.files import Stamp

OVERWRITE_HINT = say("Choose another name, or replace it with --overwrite.")
OverwriteSet = Annotated[
    bool,
    typer.Option("--overwrite", help=say("Replace a set of that name, and all files beside it.")),
]
OverwriteRun = Annotated[
    bool,
    typer.Option(
        "--overwrite", help=say("Replace a run of that name, its report and all files beside it.")
    ),
]
OverwriteFile = Annotated[
    bool, typer.Option("--overwrite", help=say("Replace a file that is there."))
]
RegionClasses = Annotated[
    list[str] | None,
    typer.Option(
        "--region-class",
        help=say(
            "Evaluate only areas of this class: of the file of --region, or "
            "of the labeled regions of each slide of a cohort. Repeat it for "
            "several."
        ),
    ),
]
LeftOutClasses = Annotated[
    list[str] | None,
    typer.Option(
        help=say(
            "Evaluate nothing in areas of this class, beside those that end "
            "in * (Ignore*): of the file of --region, or of the labeled "
            "regions of each slide of a cohort. Repeat it for several."
        ),
    ),
]
GivenWeights = Annotated[
    list[str] | None,
    typer.Option(
        help=say("Weights of an encoder, a file or folder: NAME=FILE. Repeat it for several.")
    ),
]
SetVersion = Annotated[str, typer.Option(help=say("Version of the set, as reports print it."))]
SetDescription = Annotated[str, typer.Option(help=say("Where the tiles come from."))]
SetLicence = Annotated[str, typer.Option(help=say("License of the tiles."))]
SetCitation = Annotated[str, typer.Option(help=say("What to cite for the set."))]
OF_TILES = ", ".join(each.name for each in TILE_CORRECTIONS)
ToCenter = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="CENTER",
        help=say(
            "Center to whose colors tiles are brought. By default that with most slides; of "
            "macenko its authors' reference."
        ),
    ),
]
ALLOW_MISSING = say(
    "Go on although more than a tenth of the tiles, or all of a center, cannot be used."
)


def known_encoders(context: typer.Context) -> Registry:
    """The encoders that ``main.run`` made known to the command."""
    assert isinstance(context.obj, Registry)
    return context.obj


def with_weights(encoders: Registry, given: Sequence[str]) -> tuple[Registry, dict[str, str]]:
    """The encoders with the weights of ``--weights NAME=FILE``, and these by name."""
    chosen: dict[str, str] = {}
    for each in given:
        name, _, path = each.partition("=")
        if not path:
            raise typer.BadParameter(
                say("NAME=FILE expected, not {given!r}", given=each), param_hint="--weights"
            )
        encoders.use_weights(name, Path(path))
        chosen[name] = path
    return encoders, chosen


def require_recoloring(to: str, recolorings: Sequence[TileCorrection]) -> None:
    """Refuse ``--to`` where no correction of tiles is asked for."""
    if to and not recolorings:
        raise typer.BadParameter(
            say("goes with a correction of tiles: {names}", names=OF_TILES), param_hint="--to"
        )


def agreed(question: str) -> bool:
    """Ask, where somebody can answer; elsewhere the answer is no."""
    return sys.stdin.isatty() and sys.stdout.isatty() and typer.confirm(question)


def named_pairs(given: Sequence[str] | None, option: str) -> dict[str, str]:
    """ "center=Klinik" as {"center": "Klinik"}.

    Raises PathguiError if one is no pair, or a name is there twice.
    """
    pairs: dict[str, str] = {}
    for text in given or ():
        name, sign, value = text.partition("=")
        if not (sign and name.strip() and value.strip()):
            raise PathguiError(say("{option} is NAME=VALUE, not {text}.", option=option, text=text))
        if name.strip() in pairs:
            raise PathguiError(
                say("{option} names {name} twice.", option=option, name=name.strip())
            )
        pairs[name.strip()] = value.strip()
    return pairs


def check_run_target(folder: Path, overwrite: bool, how: str = OVERWRITE_HINT) -> Stamp | None:
    """Refuse before the work, not after it, to write where no run may or can go.

    Returns what the run may replace; says what lies there and could be recovered.
    """
    if folder.suffix != RUN_ENDING:
        raise PathguiError(
            say("A run is a folder whose name ends in .pgrun; {folder} does not.", folder=folder)
        )
    before = require_target(folder, "run", replace=overwrite, how=how)
    tidy(folder.parent)
    return before


def check_set_target(folder: Path, overwrite: bool) -> Stamp | None:
    """The same for a reference set."""
    if folder.suffix != REFERENCE_ENDING:
        raise ReferenceSetError(
            say("A reference set's name ends in .pgref; {folder} does not.", folder=folder)
        )
    before = require_target(folder, "reference set", replace=overwrite, how=OVERWRITE_HINT)
    tidy(folder.parent)
    return before
