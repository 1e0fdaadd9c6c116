"""The demo material on disk: a reference set with its manifest, a slide, and the truth about it.

::

    FOLDER/
        demo.json               what it was made with, and the size of every file; written last
        reference/manifest.csv  path, slide_id, patient_id, center, tissue, mpp, x, y
        reference/images/       JPEG tiles
        demo-slide.tiff         pyramidal, JPEG-tiled, with mpp in its resolution tags
        truth.npz               SlideTruth
"""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import PathguiError, os_errors_as
from pathgui.core.language.texts import say
from pathgui.core.phantom.demo_slide import SLIDE_NAME, STAMP
from pathgui.core.phantom.nuclei import MPP
from pathgui.core.phantom.optics import CENTER_NAMES, centers
from pathgui.core.phantom.reference import Piece, draw, in_parallel, pieces
from pathgui.core.phantom.slide import SIZE_PX, draw_slide
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.system.files import draft_folder

VERSION = 3  # of the pictures: raise it when they change, so that old material is made anew
# Here good encoders lie above their chance value with the whole interval. Color alone lies below,
# but the interval of so few slides holds the chance value: the demo says that it can be chance.
DEFAULT_CENTER_EFFECT = 0.8

_COLUMNS = ("path", "slide_id", "patient_id", "center", "tissue", "mpp", "x", "y")
_LEVELS = 5  # of the slide's pyramid, each half as large as the one before
_TILE_PX = 256


@dataclass(frozen=True)
class Demo:
    """Where the demo material lies, and what it is."""

    folder: Path
    slide: Path
    manifest: Path
    truth: Path  # see SlideTruth.load
    center: str  # of the slide; one of the reference set's
    center_effect: float
    seed: int
    version: str  # changes whenever the pictures would


def make_demo(
    folder: Path,
    *,
    center_effect: float = DEFAULT_CENTER_EFFECT,
    seed: int = 0,
    center: str = CENTER_NAMES[0],
    n_slides: int = 4,
    n_tiles: int = 12,
    slide_size_px: tuple[int, int] = SIZE_PX,
    report: ProgressFn = ignore_progress,
) -> Demo:
    """Make the demo material in ``folder``, unless the same is there already.

    All is drawn by this program, from ``seed``: virtual patients at virtual hospitals. It appears
    under its name only when complete; material made otherwise is replaced.

    Parameters
    ----------
    center_effect
        How much the virtual centers differ: 0 not at all, 1 strongly.
    center
        Where the slide comes from.
    n_slides, n_tiles
        Slides of each tissue at each center, tiles of each tissue on each of its slides.
    slide_size_px
        Width and height of the slide at 0.5 µm/px.

    Raises
    ------
    PathguiError
        If ``folder`` holds something else, or cannot be written.
    ValueError
        If ``center_effect`` is not in 0..1 or ``center`` is not a virtual center.
    """
    folder = Path(folder)
    if center not in CENTER_NAMES:
        raise ValueError(f"no center {center!r}; there are {', '.join(CENTER_NAMES)}")
    recipe = {
        "version": VERSION,
        "center_effect": center_effect,
        "seed": seed,
        "center": center,
        "n_slides": n_slides,
        "n_tiles": n_tiles,
        "slide_size_px": list(slide_size_px),
    }
    demo = Demo(
        folder,
        slide=folder / SLIDE_NAME,
        manifest=folder / "reference" / "manifest.csv",
        truth=folder / "truth.npz",
        center=center,
        center_effect=center_effect,
        seed=seed,
        version=say(
            "{VERSION}, center effect {center_effect:g}, seed {seed}",
            VERSION=VERSION,
            center_effect=center_effect,
            seed=seed,
        ),
    )
    if _is_complete(folder, recipe):
        return demo
    _refuse_foreign(folder)
    plan = pieces(center_effect, n_slides, seed)
    refused = say("The demo material cannot be written to {folder}", folder=folder)
    advice = say("Free some space (80 MB are needed) or choose another folder.")
    with os_errors_as(PathguiError, refused, advice), draft_folder(folder) as draft:
        _write_reference(draft / "reference", plan, n_tiles, report)
        _write_slide(draft, center, center_effect, seed, slide_size_px, report)
        _write_stamp(draft, recipe)
    return demo


def _write_reference(folder: Path, plan: list[Piece], n_tiles: int, report: ProgressFn) -> None:
    (folder / "images").mkdir(parents=True)

    def write(piece: Piece) -> list[tuple[str | int | float, ...]]:
        (folder / "images" / piece.slide).mkdir(exist_ok=True)
        rows: list[tuple[str | int | float, ...]] = []
        for tile in draw(piece, n_tiles, 224):
            x, y = tile.origin_px
            path = f"images/{piece.slide}/{piece.tissue.replace(' ', '-')}_x{x:04}_y{y:04}.jpg"
            (folder / path).write_bytes(tile.data)
            rows.append(
                (path, piece.slide, piece.patient, piece.center.name, piece.tissue, MPP, x, y)
            )
        return rows

    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_COLUMNS)
        for i, rows in enumerate(in_parallel(write, plan)):
            table.writerows(rows)
            report(Progress(say("Drawing the demo reference set"), i + 1, len(plan)))


def _write_slide(
    folder: Path,
    center: str,
    center_effect: float,
    seed: int,
    size_px: tuple[int, int],
    report: ProgressFn,
) -> None:
    where = centers(center_effect)[CENTER_NAMES.index(center)]
    picture, truth = draw_slide(where, seed=seed, size_px=size_px, report=report)
    write_pyramid(folder / SLIDE_NAME, picture, where.jpeg_quality, report)
    truth.save(folder / "truth.npz")


def write_pyramid(
    path: Path,
    picture: NDArray[np.uint8],
    jpeg_quality: int,
    report: ProgressFn = ignore_progress,
) -> None:
    """Write a picture at 0.5 µm/px as a slide: a tiled TIFF of JPEG levels that OpenSlide opens."""
    import tifffile

    per_cm = 10_000 / MPP
    with tifffile.TiffWriter(path) as file:
        for level in range(_LEVELS):
            file.write(
                picture,
                tile=(_TILE_PX, _TILE_PX),
                photometric="rgb",
                compression="jpeg",
                compressionargs={"level": jpeg_quality},
                subsampling=(2, 2),
                subfiletype=1 if level else 0,
                resolution=(per_cm / 2**level, per_cm / 2**level),
                resolutionunit="CENTIMETER",
                software="pathgui phantom",
                description="Drawn by pathgui; not a patient" if not level else None,
                metadata=None,
                maxworkers=2,
            )
            report(Progress(say("Writing the demo slide"), level + 1, _LEVELS))
            picture = _halved(picture)


def _halved(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[0] // 2 * 2, picture.shape[1] // 2 * 2
    sums = picture[:height:2, :width:2].astype(np.uint16)
    for dy, dx in ((0, 1), (1, 0), (1, 1)):
        sums += picture[dy:height:2, dx:width:2]
    return ((sums + 2) // 4).astype(np.uint8)


def _files(folder: Path) -> dict[str, int]:
    """Every file but the stamp, and its size."""
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != STAMP
    }


def _write_stamp(folder: Path, recipe: dict[str, object]) -> None:
    stamp = {"recipe": recipe, "files": _files(folder)}
    with (folder / STAMP).open("w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _is_complete(folder: Path, recipe: dict[str, object]) -> bool:
    """Whether ``folder`` holds what ``recipe`` makes, with no file missing or cut short.

    Files that others put beside (a reference set built from the manifest, say) do no harm.
    """
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        if stamp["recipe"] != recipe:
            return False
        return all((folder / p).stat().st_size == n for p, n in stamp["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _refuse_foreign(folder: Path) -> None:
    if folder.is_dir() and not (folder / STAMP).is_file() and any(folder.iterdir()):
        raise PathguiError(
            say(
                "The folder {folder} holds something other than demo material. "
                "Choose an empty or a new folder.",
                folder=folder,
            )
        )
    if folder.exists() and not folder.is_dir():
        raise PathguiError(
            say("{folder} is a file. Choose a folder for the demo material.", folder=folder)
        )
