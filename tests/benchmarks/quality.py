"""How many sound tiles the quality filter throws out, and how many spoiled ones it finds.

Sound tiles are real ones, if a folder of tile sets is given (each with a manifest.csv of path,
slide_id and mpp), and phantom ones, 12 of each of two tissues of a slide. They are called sound
although nobody has looked at each. Faults are made in some of them: the rest of the slide says
what is usual. Each share is printed with its standard error, as if tiles were independent; those
of one slide are not, so it is rather too small.

  python -m tests.benchmarks.quality [--tiles FOLDER] [--slides 4]
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pathgui.core.cohort.quality.flaws import SAID, find_flaw, is_telling
from pathgui.core.cohort.quality.look import Look, look_at, typical
from pathgui.core.phantom.reference import reference_tiles

MPP = 0.5
EVERY = 5  # one in so many tiles is spoiled
Tile = NDArray[np.uint8]
Slides = dict[str, list[Tile]]
Fault = Callable[[Tile, np.random.Generator], Tile]


def blurred(sigma: float) -> Fault:
    """Out of focus by so many µm (standard deviation), with the noise of a scanner."""

    def spoil(tile: Tile, rng: np.random.Generator) -> Tile:
        soft = ndimage.gaussian_filter(tile.astype(np.float32), (sigma / MPP, sigma / MPP, 0))
        return to_uint8(soft + rng.normal(0, 1, tile.shape))

    return spoil


def covered(share: float, ink: tuple[int, int, int]) -> Fault:
    """A stroke of a felt pen over a share of the tile; light passes through both."""

    def spoil(tile: Tile, rng: np.random.Generator) -> Tile:
        return to_uint8(np.where(stroke(tile, share, rng), tile * (np.array(ink) / 255.0), tile))

    return spoil


def folded(times: float, share: float) -> Fault:
    """Tissue that lies several times over itself in a stripe."""

    def spoil(tile: Tile, rng: np.random.Generator) -> Tile:
        thick = 245.0 * (np.minimum(tile, 245) / 245.0) ** times
        return to_uint8(np.where(stroke(tile, share, rng), thick, tile))

    return spoil


def shaded(share: float, light: float) -> Fault:
    """The rim of a bubble or of the cover glass: gray, without tissue."""

    def spoil(tile: Tile, rng: np.random.Generator) -> Tile:
        rim = 235.0 * light + rng.normal(0, 3, tile.shape[:2])[..., None]
        return to_uint8(np.where(stroke(tile, share, rng), rim, tile))

    return spoil


def empty(tile: Tile, rng: np.random.Generator) -> Tile:
    """Glass."""
    return to_uint8(242 + rng.normal(0, 1.5, tile.shape))


def black(tile: Tile, rng: np.random.Generator) -> Tile:
    """What the scanner filled in, or an opaque marker."""
    return to_uint8(np.abs(rng.normal(4, 2, tile.shape)))


def stroke(tile: Tile, share: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """A stripe in any direction through the middle that covers about ``share`` of the tile."""
    height, width = tile.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, np.pi)
    away = np.abs(x * np.cos(angle) + y * np.sin(angle))
    covered_part: NDArray[np.bool_] = (away <= np.quantile(away, share))[..., None]
    return covered_part


def to_uint8(values: NDArray[np.floating]) -> Tile:
    return np.clip(values + 0.5, 0, 255).astype(np.uint8)


FAULTS: dict[str, tuple[str, Fault]] = {
    "blur, sigma 0.5 µm": ("blur", blurred(0.5)),
    "blur, sigma 1 µm": ("blur", blurred(1.0)),
    "blur, sigma 2 µm": ("blur", blurred(2.0)),
    "blue ink over 30 %": ("pen", covered(0.3, (70, 90, 220))),
    "green ink over 30 %": ("pen", covered(0.3, (60, 190, 110))),
    "red ink over 30 %": ("pen", covered(0.3, (225, 40, 50))),
    "fold, twice as thick, 30 %": ("fold", folded(2, 0.3)),
    "fold, three times as thick, 30 %": ("fold", folded(3, 0.3)),
    "fold, five times as thick, 30 %": ("fold", folded(5, 0.3)),
    "rim of a bubble over 30 %": ("bubble", shaded(0.3, 0.6)),
    "no tissue": ("tissue", empty),
    "black": ("black", black),
}


def real_tiles(folder: Path) -> Iterator[tuple[str, Slides]]:
    """Each set of tiles at 0.5 µm per pixel, by slide."""
    for manifest in sorted(folder.glob("*/manifest.csv")):
        slides: Slides = defaultdict(list)
        with manifest.open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                with Image.open(manifest.parent / row["path"]) as picture:
                    side = round(picture.width * float(row.get("mpp") or 0.25) / MPP)
                    small = picture.convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
                    slides[row["slide_id"]].append(np.asarray(small))
        yield manifest.parent.name, slides


def phantom_tiles(slides: int) -> Slides:
    """Two tissues a slide, five centers."""
    tiles, labels = reference_tiles(0.8, n_slides=slides, n_tiles=12)
    found: Slides = defaultdict(list)
    for tile, name in zip(tiles, labels.slide, strict=True):
        found[str(name)].append(tile)
    return found


def share(hits: int, n: int) -> str:
    """With its standard error; where none or all hit, the 95 % limit by the rule of three."""
    if hits in (0, n):
        return f"{hits / n:6.1%} (95 % within {3 / n:.1%})"
    p = hits / n
    return f"{p:6.1%} ± {(p * (1 - p) / n) ** 0.5:.1%}"


def usual_of(looks: list[Look]) -> tuple[Look, int]:
    """What is usual on a slide, and of how many tiles that is known."""
    telling = [look for look in looks if is_telling(look)]
    return typical(telling or looks), len(telling)


def measure(name: str, slides: Slides) -> None:
    """Print the rates of a set."""
    looks = {slide: [look_at(tile, MPP) for tile in tiles] for slide, tiles in slides.items()}
    n = sum(map(len, slides.values()))
    flaws: Counter[str] = Counter()
    for found in looks.values():
        for look in found:
            flaw = find_flaw(look, *usual_of(found))
            flaws[flaw.kind if flaw else ""] += 1
    removed = n - flaws[""]
    print(f"\n{name}: {n:,} tiles of {len(slides)} slides; thrown out {share(removed, n)}")
    print("   ", ", ".join(f"{kind} {flaws[kind]}" for kind in SAID))
    rng = np.random.default_rng(0)
    for fault, (kind, spoil) in FAULTS.items():
        found_any = found_kind = tried = 0
        for slide, tiles in slides.items():
            some = range(0, len(tiles), EVERY)
            spoiled = {at: look_at(spoil(tiles[at], rng), MPP) for at in some}
            usual = usual_of([spoiled.get(at, look) for at, look in enumerate(looks[slide])])
            for look in spoiled.values():
                flaw = find_flaw(look, *usual)
                tried += 1
                found_any += flaw is not None
                found_kind += flaw is not None and flaw.kind == kind
        print(f"  {fault:34s} {share(found_any, tried)}, called {kind}: {found_kind / tried:.0%}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiles", type=Path, help="a folder of tile sets")
    parser.add_argument("--slides", type=int, default=4, help="phantom slides, a tissue and center")
    args = parser.parse_args()
    if args.tiles is not None:
        for name, slides in real_tiles(args.tiles):
            measure(name, slides)
    measure("phantom", phantom_tiles(args.slides))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
