#!/usr/bin/env python3
"""Tile reading in ratios: the direct reader against a bare decoder and against OpenSlide.

Every round runs all methods in turn, each ratio is taken within its round, and medians are
printed, so that a noisy machine moves all methods alike. The targets go by processor time, which
other work on the machine does not add to; the tables by the clock. Each method gets a fresh handle
every round, opened before the clock starts; the file is in the page cache. Exit status 1 if pixels
differ, or with --strict if a target is missed.

    python -m tests.benchmarks.reader                    # makes its own slide
    python -m tests.benchmarks.reader SLIDE.svs --tiles 400 --rounds 9
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import openslide
import simplejpeg
import tifffile

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from pathgui.core.slides.slide import open_slide  # noqa: E402

Place = tuple[int, int]  # x, y of a tile on level 0; also a width and height
ReadAll = Callable[[list[Place]], None]
Method = Callable[[], AbstractContextManager[ReadAll]]
Seconds = dict[str, list[float]]  # of each method, by round


class Times(NamedTuple):
    """What the rounds took."""

    clock: Seconds
    processor: Seconds  # of this process; says nothing of a method that reads in another one


NATIVE, GRID = 256, 224
BARE, DIRECT = "bare libjpeg-turbo, each tile once", "Slide, direct"
OPENSLIDE = "openslide-python convert('RGB')"
TARGETS = {  # ../shared/design/performance.md §7
    "native tile, direct / bare libjpeg-turbo": 0.9,
    "native tile, direct / openslide-python convert('RGB')": 6.0,
    "224 px grid, direct / each native tile decoded once": 0.9,
}


def make_slide(path: Path, side: int = 6144, seed: int = 0) -> Path:
    """A one-level slide of 256 px JPEG tiles with the detail of stained tissue."""
    rng = np.random.default_rng(seed)
    patch = 1024
    y, x = np.mgrid[:patch, :patch]
    tissue = np.empty((patch, patch, 3), np.float32)
    waves = sum(
        np.sin((x * np.cos(angle) + y * np.sin(angle)) / length + phase)
        for angle, length, phase in zip(
            rng.uniform(0, 3.2, 24), rng.uniform(5, 60, 24), rng.uniform(0, 6.3, 24), strict=True
        )
    )
    density = 0.5 + 0.5 * np.tanh(waves / 4)
    tissue[:] = (225, 170, 205) - density[..., None] * np.array((20, 60, 30))
    for cx, cy, radius in zip(
        rng.integers(0, patch, 3500), rng.integers(0, patch, 3500), rng.uniform(3, 7, 3500),
        strict=True,
    ):  # fmt: skip
        box = np.s_[max(cy - 8, 0) : cy + 9, max(cx - 8, 0) : cx + 9]
        inside = (x[box] - cx) ** 2 + (y[box] - cy) ** 2 < radius**2
        tissue[box][inside] = (95, 60, 140)
    tissue += rng.normal(0, 5, tissue.shape)
    block = np.clip(tissue, 0, 255).astype(np.uint8)
    picture = np.full((side, side, 3), 242, np.uint8)
    for top in range(0, side, patch):
        for left in range(0, side, patch):
            if rng.random() < 0.8:
                turned = np.rot90(block, int(rng.integers(4)))
                # Shifted, so that no tile is the picture of another: a reference set takes each
                # picture once.
                shifted = np.roll(turned, rng.integers(0, patch, 2).tolist(), (0, 1))
                picture[top : top + patch, left : left + patch] = shifted
    with tifffile.TiffWriter(path) as tif:
        tif.write(
            picture,
            tile=(NATIVE, NATIVE),
            photometric="rgb",
            compression="jpeg",
            compressionargs={"level": 80},
            resolution=(2e4, 2e4),
            resolutionunit="CENTIMETER",
            metadata=None,
        )
    return path


class Compressed:
    """The bare limit: the compressed native tiles of level 0 and libjpeg-turbo, nothing else."""

    def __init__(self, path: Path) -> None:
        with tifffile.TiffFile(path) as tif:
            page = tif.pages[0]
            assert isinstance(page, tifffile.TiffPage)
            if not page.is_tiled or page.compression != 7:
                raise SystemExit(f"{path} has no JPEG tiles; this benchmark needs them.")
            marker = bytes.fromhex("ffee000e41646f626500640000000000")
            tables = (page.jpegtables or b"")[2:-2]
            self.head = b"\xff\xd8" + (marker if page.photometric == 2 else b"") + tables
            self.offsets, self.counts = page.dataoffsets, page.databytecounts
            self.tile = (page.tilewidth, page.tilelength)
            self.size = (page.imagewidth, page.imagelength)
        self.across = -(-self.size[0] // self.tile[0])
        self.data = path.read_bytes()

    def decode(self, column: int, row: int) -> np.ndarray:
        index = row * self.across + column
        start = self.offsets[index] + 2
        end = self.offsets[index] + self.counts[index]
        return np.asarray(simplejpeg.decode_jpeg(self.head + self.data[start:end], "RGB"))


def block_of(size: Place, tile: Place, count: int) -> list[Place]:
    """About ``count`` whole tiles in row order, in a block in the slide's middle."""
    across, down = size[0] // tile[0], size[1] // tile[1]
    columns = min(across, int(np.ceil(np.sqrt(count * 1.5))))
    rows = min(down, max(1, count // columns))
    left, top = (across - columns) // 2 * tile[0], (down - rows) // 2 * tile[1]
    return [
        (left + column * tile[0], top + row * tile[1])
        for row in range(rows)
        for column in range(columns)
    ]


def rounds(methods: dict[str, Method], places: list[Place], count: int) -> Times:
    """Times of each method in each round; the first round warms up and is dropped."""
    times = Times({name: [] for name in methods}, {name: [] for name in methods})
    for turn in range(count + 1):
        for name, method in methods.items():
            with method() as read_all:
                start, own = time.perf_counter(), time.process_time()
                read_all(places)
                if turn:
                    times.clock[name].append(time.perf_counter() - start)
                    times.processor[name].append(time.process_time() - own)
    return times


def speed(seconds: Seconds, method: str, against: str) -> float:
    """How many times as fast ``method`` is as ``against``: median of the rounds' ratios."""
    pairs = zip(seconds[method], seconds[against], strict=True)
    return statistics.median(other / own for own, other in pairs)


def through_slide(path: Path, size: Place, *, direct: bool, threads: int = 1) -> Method:
    """Our own Slide."""

    @contextmanager
    def method() -> Iterator[ReadAll]:
        with open_slide(path, direct=direct) as slide, ThreadPoolExecutor(threads) as pool:

            def read_all(places: list[Place]) -> None:
                if threads == 1:
                    for place in places:
                        slide.read(place, 0, size)
                else:
                    list(pool.map(lambda place: slide.read(place, 0, size).shape, places))

            yield read_all

    return method


def through_openslide(path: Path, size: Place) -> Method:
    """What programs usually do: openslide-python and PIL."""

    @contextmanager
    def method() -> Iterator[ReadAll]:
        with openslide.OpenSlide(path) as slide:

            def read_all(places: list[Place]) -> None:
                for place in places:
                    np.asarray(slide.read_region(place, 0, size).convert("RGB"))

            yield read_all

    return method


def bare_decoding(bare: Compressed, size: Place) -> Method:
    """Each native tile that the places touch, decoded once, and nothing else."""

    @contextmanager
    def method() -> Iterator[ReadAll]:
        def read_all(places: list[Place]) -> None:
            for column, row in native_under(places, size, bare.tile):
                bare.decode(column, row)

        yield read_all

    return method


def native_under(places: list[Place], size: Place, tile: Place) -> list[Place]:
    """Columns and rows of the native tiles under some regions, each once, row by row."""
    under = {
        (row, column)
        for x, y in places
        for row in range(y // tile[1], (y + size[1] - 1) // tile[1] + 1)
        for column in range(x // tile[0], (x + size[0] - 1) // tile[0] + 1)
    }
    return [(column, row) for row, column in sorted(under)]


def native_tiles(path: Path, bare: Compressed, count: int, turns: int) -> Times:
    """Whole native tiles, one after another and in two threads."""
    places = block_of(bare.size, bare.tile, count)
    methods = {
        BARE: bare_decoding(bare, bare.tile),
        DIRECT: through_slide(path, bare.tile, direct=True),
        f"{DIRECT}, 2 threads": through_slide(path, bare.tile, direct=True, threads=2),
        "Slide, OpenSlide": through_slide(path, bare.tile, direct=False),
        OPENSLIDE: through_openslide(path, bare.tile),
    }
    times = rounds(methods, places, turns)
    print(f"\n{len(places)} native tiles of {bare.tile[0]} x {bare.tile[1]} px")
    show(times.clock, len(places))
    return times


def grid_tiles(path: Path, bare: Compressed, count: int, turns: int) -> Times:
    """A 224 px grid, whose tiles cut across native ones."""
    size = (GRID, GRID)
    places = block_of(bare.size, size, count)
    methods = {
        BARE: bare_decoding(bare, size),
        DIRECT: through_slide(path, size, direct=True),
        f"{DIRECT}, 2 threads": through_slide(path, size, direct=True, threads=2),
        OPENSLIDE: through_openslide(path, size),
    }
    times = rounds(methods, places, turns)
    native = len(native_under(places, size, bare.tile))
    print(f"\n{len(places)} tiles of a {GRID} px grid over {native} native tiles")
    show(times.clock, len(places))
    return times


def show(seconds: Seconds, count: int) -> None:
    for name, values in seconds.items():
        per_tile = statistics.median(values) / count * 1e3
        ratio = speed(seconds, name, BARE)
        print(f"  {name:36s} {per_tile:7.3f} ms a tile   {ratio:5.2f} of the bare speed")


def unequal(path: Path, bare: Compressed, count: int) -> int:
    """How many regions differ between the direct reader and openslide-python, level 0."""
    rng = np.random.default_rng(1)

    def places() -> Iterator[tuple[Place, Place]]:
        for place in block_of(bare.size, bare.tile, count):
            yield place, bare.tile
        for _ in range(count):
            x, y = (int(rng.integers(0, side)) for side in bare.size)
            yield (x, y), (GRID, GRID)  # some reach over the border

    different = 0
    with open_slide(path) as slide, openslide.OpenSlide(path) as reference:
        for place, size in places():
            rgba = np.asarray(reference.read_region(place, 0, size))
            inside = rgba[..., 3] == 255
            region = slide.read(place, 0, size)
            same = np.array_equal(region[inside], rgba[inside][:, :3])
            different += not (same and (region[~inside] == slide.background).all())
    return different


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("slide", nargs="?", type=Path, help="a slide of JPEG tiles (TIFF, SVS)")
    parser.add_argument("--tiles", type=int, default=200, help="tiles a round (200)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--strict", action="store_true", help="fail where a target is missed")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = args.slide or make_slide(Path(folder) / "slide.tif")
        bare = Compressed(path)
        with open_slide(path) as slide:
            print(f"{path.name}: {slide.size_l0[0]} x {slide.size_l0[1]} px, {slide.reader}")
            if not slide.reader.startswith("direct"):
                raise SystemExit("This slide is not read directly; there is nothing to compare.")
        start = time.perf_counter()
        open_slide(path).close()
        direct_open = time.perf_counter() - start
        native = native_tiles(path, bare, args.tiles, args.rounds)
        grid = grid_tiles(path, bare, args.tiles, args.rounds)
        different = unequal(path, bare, args.tiles)
    ratios = [
        speed(native.processor, DIRECT, BARE),
        speed(native.processor, DIRECT, OPENSLIDE),
        speed(grid.processor, DIRECT, BARE),
    ]
    print(f"\nopening a slide, comparison of pixels included: {direct_open * 1e3:.0f} ms")
    missed = 0
    for (name, target), ratio in zip(TARGETS.items(), ratios, strict=True):
        missed += ratio < target
        verdict = "reached" if ratio >= target else "missed"
        print(f"{name:56s} {ratio:5.2f}   target {target:4.2f} {verdict}")
    print(
        f"regions whose pixels differ from OpenSlide's on level 0: {different} of {2 * args.tiles}"
    )
    return int(different > 0 or (args.strict and missed > 0))


if __name__ == "__main__":
    sys.exit(main())
