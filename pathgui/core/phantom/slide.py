"""The demo slide: a piece of bowel wall, a lymph node and a polyp on glass, with known tissues."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pathgui.core.language.texts import say
from pathgui.core.phantom.brushes import Patient
from pathgui.core.phantom.fields import Field, SizePx, noise, resample, smoothstep
from pathgui.core.phantom.nuclei import MPP
from pathgui.core.phantom.optics import Center, Preparation, scan
from pathgui.core.phantom.reference import in_parallel
from pathgui.core.phantom.tissues import ADIPOSE, GLAND, LYMPHOID, MUSCLE, STROMA, TISSUES, paint
from pathgui.core.progress import Progress, ProgressFn, ignore_progress

SIZE_PX: SizePx = (6000, 5000)
GLASS = -1
_STEP = 8  # the map of tissues is this much coarser than the slide
_STRIP_PX = 500
_MARGIN_PX = 8  # more than the optics reach


@dataclass(frozen=True)
class SlideTruth:
    """What is known of the demo slide.

    ``labels`` (rows, columns) holds for every square of ``downsample`` level-0 pixels the index
    into ``tissues``, or -1 for glass.
    """

    labels: NDArray[np.int8]
    tissues: tuple[str, ...]
    downsample: int
    center: str
    mpp: float

    def shares(self, origins_l0: NDArray[np.int64], size_l0: int) -> NDArray[np.float64]:
        """Share of each tissue in squares of the slide, shape (n, tissues); the rest is glass."""
        shares = np.zeros((len(origins_l0), len(self.tissues)))
        edge = size_l0 / self.downsample
        for row, (x, y) in enumerate(np.asarray(origins_l0) / self.downsample):
            left, right = round(x), max(round(x + edge), round(x) + 1)
            top, bottom = round(y), max(round(y + edge), round(y) + 1)
            part = self.labels[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
            counts = np.bincount(part[part >= 0], minlength=len(self.tissues))
            shares[row] = counts / ((right - left) * (bottom - top))
        return shares

    def save(self, path: Path) -> None:
        """Write to an ``.npz`` file."""
        np.savez_compressed(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> SlideTruth:
        """Read what :meth:`save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            return cls(
                file["labels"],
                tuple(str(name) for name in file["tissues"]),
                int(file["downsample"]),
                str(file["center"]),
                float(file["mpp"]),
            )


def draw_slide(
    center: Center,
    *,
    seed: int = 0,
    size_px: SizePx = SIZE_PX,
    report: ProgressFn = ignore_progress,
) -> tuple[NDArray[np.uint8], SlideTruth]:
    """Draw and scan the demo slide, as ``center`` would.

    Returns
    -------
    (h, w, 3) uint8 array, SlideTruth
        The slide at 0.5 µm/px, RGB, and which tissue lies where.
    """
    rng = np.random.default_rng((seed, 1000))
    # A lively lymph node shows its germinal centers.
    patient = replace(Patient.draw(rng), follicles=0.9)
    preparation = Preparation.draw(rng)
    labels = _layout(size_px, rng)
    hematoxylin, eosin = _stains(labels, size_px, patient, rng, report)
    picture = _scan_strips(hematoxylin, eosin, center, preparation, rng, report)
    return picture, SlideTruth(labels, TISSUES, _STEP, center.name, MPP)


def _layout(size_px: SizePx, rng: np.random.Generator) -> NDArray[np.int8]:
    """The map of tissues. Lengths in units of the slide's width and height."""
    columns, rows = -(-size_px[0] // _STEP), -(-size_px[1] // _STEP)
    size = (columns, rows)
    labels = np.full((rows, columns), GLASS, np.int8)
    x = np.broadcast_to((np.arange(columns) + 0.5) / columns, (rows, columns)).astype(np.float32)
    y = np.broadcast_to(((np.arange(rows) + 0.5) / rows)[:, None], (rows, columns))
    y = y.astype(np.float32)

    def rough(period: float, height: float, octaves: int = 2) -> Field:
        field: Field = height * noise(rng, size, period * columns, octaves)
        return field

    # A strip of bowel wall, bent, mucosa above.
    across = x + rough(0.08, 0.006)
    lift = _bend(x)
    surface = 0.11 + lift + 0.012 * np.abs(np.sin(x * 38 + rough(0.2, 1.2))) + rough(0.02, 0.004)
    depth = (y - surface) / 0.47
    wall = (across > 0.045) & (across < 0.955) & (depth > 0) & (depth < 1 + rough(0.06, 0.02))
    bands = depth + rough(0.07, 0.017)
    for tissue, top in ((GLAND, -1.0), (STROMA, 0.31), (MUSCLE, 0.52), (ADIPOSE, 0.83)):
        labels[wall & (bands > top)] = TISSUES.index(tissue)
    for cx, cy, wide, high in ((0.25, 0.325, 0.055, 0.062), (0.62, 0.315, 0.07, 0.058)):
        away = (y - cy - _bend(cx)) / high
        patch = ((x - cx) / wide) ** 2 + away**2 + rough(0.05, 0.18) < 1
        labels[patch & wall & (bands < 0.56)] = TISSUES.index(LYMPHOID)
    away = (y - 0.325 - _bend(0.84)) / 0.042
    fat = ((x - 0.84) / 0.075) ** 2 + away**2 + rough(0.05, 0.2) < 1
    labels[fat & wall & (bands > 0.31) & (bands < 0.52)] = TISSUES.index(ADIPOSE)

    # A lymph node: capsule, hilum, some fat around.
    node = np.hypot((x - 0.27) / 0.20, (y - 0.80) / 0.145) + rough(0.08, 0.05)
    around = np.hypot((x - 0.29) / 0.25, (y - 0.815) / 0.165) + rough(0.07, 0.07)
    labels[(around < 1) & (labels == GLASS) & (depth > 1.08)] = TISSUES.index(ADIPOSE)
    labels[node < 1] = TISSUES.index(STROMA)
    labels[node < 0.93] = TISSUES.index(LYMPHOID)
    hilum = np.hypot((x - 0.40) / 0.085, (y - 0.86) / 0.055) + rough(0.05, 0.12) < 1
    labels[hilum & (node < 1.05)] = TISSUES.index(STROMA)

    # A polyp: glands on a stalk of stroma with a little muscle.
    head = np.hypot((x - 0.75) / 0.155, (y - 0.775) / 0.115) + rough(0.06, 0.08)
    stalk = (np.abs(x - 0.755 + rough(0.1, 0.01)) < 0.06) & (y > 0.78) & (y < 0.945)
    labels[head < 1] = TISSUES.index(GLAND)
    core = np.hypot((x - 0.755) / 0.075, (y - 0.835) / 0.07) + rough(0.06, 0.15) < 1
    labels[stalk | core] = TISSUES.index(STROMA)
    foot = np.hypot((x - 0.76) / 0.11, (y - 0.945) / 0.032) + rough(0.05, 0.12) < 1
    labels[foot] = TISSUES.index(MUSCLE)
    return labels


def _bend(x: Field | float) -> Any:
    """How far down the bowel wall hangs at ``x``, like ``x`` a number or an array."""
    down = 0.04 * np.cos((x - 0.42) * 2.3 * np.pi) + 0.012 * np.sin(x * 11)
    return down


def _stains(
    labels: NDArray[np.int8],
    size_px: SizePx,
    patient: Patient,
    rng: np.random.Generator,
    report: ProgressFn,
) -> tuple[Field, Field]:
    """Concentrations of both stains on the whole slide."""
    width, height = size_px
    hematoxylin = np.zeros((height, width), np.float32)
    eosin = np.zeros((height, width), np.float32)
    weight = np.full((height, width), 1e-3, np.float32)
    regions = _regions(labels)
    seeds = [int(s) for s in rng.integers(0, 2**31, len(regions))]

    def draw(job: tuple[int, tuple[Any, Any], int]) -> tuple[slice, slice, list[Field]]:
        label, (rows, columns), seed = job
        own = np.random.default_rng(seed)
        there = (
            slice(rows.start * _STEP, min(rows.stop * _STEP, height)),
            slice(columns.start * _STEP, min(columns.stop * _STEP, width)),
        )
        size = (there[1].stop - there[1].start, there[0].stop - there[0].start)
        share = ndimage.gaussian_filter((labels == label).astype(np.float32), 0.8)[rows, columns]
        box = (0.0, 0.0, size[0] / _STEP, size[1] / _STEP)
        alpha = resample(share, size, box)
        alpha += 0.07 * noise(own, size, 14, octaves=2)
        alpha = smoothstep(alpha, 0.42, 0.58)
        if label == GLASS:
            return *there, [alpha]
        # The layers of the bowel wall run along it.
        grain = own.normal(0, 0.1) if size[0] > 2 * size[1] else None
        canvas = paint(TISSUES[label], size, patient, own, grain)
        return *there, [alpha, canvas.hematoxylin * alpha, canvas.eosin * alpha]

    jobs = [(label, box, seed) for (label, box), seed in zip(regions, seeds, strict=True)]
    for i, (rows, columns, fields) in enumerate(in_parallel(draw, jobs)):
        weight[rows, columns] += fields[0]
        if len(fields) == 3:
            hematoxylin[rows, columns] += fields[1]
            eosin[rows, columns] += fields[2]
        report(Progress(say("Drawing the demo slide"), i + 1, len(jobs)))
    hematoxylin /= weight
    eosin /= weight
    return hematoxylin, eosin


def _regions(labels: NDArray[np.int8]) -> list[tuple[int, tuple[slice, slice]]]:
    """Connected regions of one label with a box around each, the largest first."""
    found = []
    rows, columns = labels.shape
    for label in (GLASS, *range(len(TISSUES))):
        if label == GLASS:
            found.append((label, (slice(0, rows), slice(0, columns))))
            continue
        grown = ndimage.binary_dilation(labels == label, iterations=3)
        numbered, _ = ndimage.label(grown)
        found += [(label, box) for box in ndimage.find_objects(numbered)]
    found.sort(key=lambda region: -_area(region[1]))
    return found


def _area(box: tuple[slice, slice]) -> int:
    return int((box[0].stop - box[0].start) * (box[1].stop - box[1].start))


def _scan_strips(
    hematoxylin: Field,
    eosin: Field,
    center: Center,
    preparation: Preparation,
    rng: np.random.Generator,
    report: ProgressFn,
) -> NDArray[np.uint8]:
    height, width = hematoxylin.shape
    picture = np.empty((height, width, 3), np.uint8)
    tops = list(range(0, height, _STRIP_PX))
    seeds = rng.integers(0, 2**31, len(tops)).tolist()

    def strip(job: tuple[int, int]) -> None:
        top, seed = job
        low, high = max(top - _MARGIN_PX, 0), min(top + _STRIP_PX + _MARGIN_PX, height)
        part = scan(
            hematoxylin[low:high],
            eosin[low:high],
            center,
            preparation,
            np.random.default_rng(seed),
            origin_px=(0, low),
        )
        bottom = min(top + _STRIP_PX, height)
        picture[top:bottom] = part[top - low : bottom - low]

    for i, _ in enumerate(in_parallel(strip, list(zip(tops, seeds, strict=True)))):
        report(Progress(say("Scanning the demo slide"), i + 1, len(tops)))
    return picture
