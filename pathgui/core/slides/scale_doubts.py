"""What speaks against the scale of a slide: it decides what every tile shows.

A scale that is doubted is asked about, never taken silently: whoever evaluates gives it, and then
it counts, the file's own one too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from pathgui.core.errors import ScaleError
from pathgui.core.language.texts import say
from pathgui.core.slides.reading.properties import pixel_um
from pathgui.core.slides.slide import Slide
from pathgui.core.slides.slide_scale import require_mpp

PLAUSIBLE_MPP = (0.08, 2.0)  # from a 100x objective's to that of a 5x scan
TILE_PX = (
    60,
    4_000,
)  # in a smaller tile no encoder sees a nucleus; a larger one is a field of view
_OBJECTIVE_MPP = 10.0  # µm per pixel times power: 0.25 at 40x, 0.5 at 20x
_OFF = 1.25  # times: scanners of one power differ by up to a fifth, as 0.20 and 0.25 at 40x
_FAR_OFF = 1.7  # times: between neighboring objectives lie two
_SLACK = 1 + 1e-6  # 0.4 at 20x is a quarter off, and not more
# Scanners with an adapter before the camera: 0.24 µm at 20x (MIRAX), 0.22 (Axio Scan) is right.
_ADAPTED = {"mirax", "zeiss"}


class Scaled(Protocol):
    """What a scale is doubted by: :class:`~pathgui.core.slides.slide.Slide` has it."""

    @property
    def path(self) -> Path: ...
    @property
    def mpp(self) -> float | None: ...
    @property
    def mpp_source(self) -> str | None: ...
    @property
    def objective(self) -> float | None: ...
    @property
    def vendor(self) -> str: ...
    @property
    def properties(self) -> Any: ...  # of the file, by name


def scale_doubts(
    slide: Scaled, edge_um: float | None = None, given: float | None = None
) -> tuple[str, ...]:
    """Sentences for the user, each a reason to doubt the slide's mpp; empty where there is none.

    A scale is doubted that no scanner has (outside :data:`PLAUSIBLE_MPP`), that makes a tile of
    ``edge_um`` µm smaller or larger than :data:`TILE_PX`, that the objective contradicts by more
    than a quarter, that differs from what the file says, or where pixels are not square.

    Parameters
    ----------
    slide : Scaled
    edge_um : float, optional
        Edge of the tiles that are to be cut, in µm.
    given : float, optional
        Doubt this mpp as if the user had given it, instead of the slide's.
    """
    mpp = slide.mpp if given is None else given
    if mpp is None:
        return ()
    name = slide.path.name
    doubts = []
    lowest, highest = PLAUSIBLE_MPP
    tile_px = None if edge_um is None else edge_um / mpp
    if not lowest <= mpp <= highest:
        doubts.append(
            say(
                "{name} has {mpp:.3g} µm per pixel, and slides have {lowest:g} "
                "to {highest:g}: about 0.25 at 40×, 0.5 at 20×. If that is ten "
                "times off, give the right one.",
                name=name,
                mpp=mpp,
                lowest=lowest,
                highest=highest,
            )
        )
    elif tile_px is not None and not TILE_PX[0] <= tile_px <= TILE_PX[1]:
        doubts.append(
            say(
                "A tile of {edge_um:g} µm would be {tile_px:,.0f} pixels wide on "
                "{name}, whose pixels are {mpp:.3g} µm; tiles have {TILE_PX} to "
                "{TILE_PX2:,}.",
                edge_um=edge_um,
                tile_px=tile_px,
                name=name,
                mpp=mpp,
                TILE_PX=TILE_PX[0],
                TILE_PX2=TILE_PX[1],
            )
        )
    elif slide.objective is not None and contradicts(mpp, slide.objective, slide.vendor):
        doubts.append(
            say(
                "{name} has {mpp:.3g} µm per pixel and was scanned at "
                "{objective:g}×, which gives about {OBJECTIVE_MPP:.2g}. One of "
                "the two is wrong; tiles follow the first.",
                name=name,
                mpp=mpp,
                objective=slide.objective,
                OBJECTIVE_MPP=_OBJECTIVE_MPP / slide.objective,
            )
        )
    across, down = pixel_um(slide.properties)
    if across is not None and down is not None:
        if max(across, down) > 1.02 * min(across, down):
            if given is not None:
                return tuple(doubts)  # no one number is right, which was said when it was asked for
            doubts.append(
                say(
                    "{name} has pixels of {across:.4g} × {down:.4g} µm in its "
                    "file, which are not square; its tiles are cut as if they "
                    "were of {mpp:.3g} µm.",
                    name=name,
                    across=across,
                    down=down,
                    mpp=mpp,
                )
            )
        elif given is not None or slide.mpp_source == "user":
            said = (across + down) / 2
            if not 1 / _FAR_OFF <= mpp / said <= _FAR_OFF:
                doubts.append(
                    say(
                        "The file of {name} says {said:.3g} µm per pixel, and {mpp:.3g} was given.",
                        name=name,
                        said=said,
                        mpp=mpp,
                    )
                )
    return tuple(doubts)


def contradicts(mpp: float, objective: float, vendor: str) -> bool:
    """Whether an objective gives more than a quarter more or less µm per pixel than ``mpp``."""
    off = mpp * objective / _OBJECTIVE_MPP
    return vendor not in _ADAPTED and not 1 / (_OFF * _SLACK) <= off <= _OFF * _SLACK


def sure_mpp(slide: Slide, edge_um: float | None = None) -> float:
    """The slide's µm per level-0 pixel, where the user gave it or nothing speaks against it.

    Raises
    ------
    ScaleError
        If the file does not say, or what it says is doubted. The text says why, and where it is
        given; given there, the same number counts.
    """
    mpp = require_mpp(slide)
    if slide.mpp_source != "user" and (doubts := scale_doubts(slide, edge_um)):
        raise ScaleError(
            say(
                "{doubts} Say which µm per pixel is right, if it is {mpp:.4g} "
                "too: --mpp {mpp:.4g} in the terminal, mpp= in Python, the "
                "column mpp of a cohort, and in the window above the slide.",
                doubts=" ".join(doubts),
                mpp=mpp,
            )
        )
    return mpp
