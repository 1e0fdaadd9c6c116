"""Nuclei and other small bodies, each drawn anew: no two alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.phantom.fields import Field, Points, SizePx, noise

MPP = 0.5  # µm per pixel of everything in this package
_BATCH = 512  # nuclei drawn at once: bounds memory
_TEXTURE_PX = 512


@dataclass(frozen=True)
class NucleusKind:
    """How nuclei of one kind look. Lengths in µm, stain in units of concentration."""

    long_um: float  # diameters
    short_um: float
    spread: float  # coefficient of variation of the size
    irregular: float  # departure of the outline from an ellipse, share of the radius
    stain: float  # hematoxylin of the body
    clumps: float  # how much the chromatin varies about it
    membrane: float  # hematoxylin on top at the rim
    nucleoli: float  # hematoxylin on top at the nucleoli; 0: none
    grain_px: float = 2.2  # size of chromatin clumps


LYMPHOCYTE = NucleusKind(6.1, 5.4, 0.10, 0.05, 1.45, 0.38, 0.30, 0.0, 2.6)
CENTROBLAST = NucleusKind(8.8, 7.6, 0.14, 0.07, 0.72, 0.34, 0.75, 0.65, 2.6)
EPITHELIAL = NucleusKind(9.6, 6.0, 0.13, 0.05, 0.98, 0.36, 0.55, 0.45, 2.6)
FIBROBLAST = NucleusKind(15.0, 2.9, 0.25, 0.10, 1.45, 0.25, 0.15, 0.0)
ACTIVE_FIBROBLAST = NucleusKind(13.0, 4.8, 0.20, 0.08, 0.85, 0.30, 0.50, 0.25)
MUSCLE = NucleusKind(14.5, 3.1, 0.22, 0.06, 1.05, 0.28, 0.35, 0.15)
MUSCLE_ACROSS = NucleusKind(4.4, 4.0, 0.18, 0.08, 1.10, 0.25, 0.35, 0.0)
ADIPOCYTE = NucleusKind(10.5, 2.6, 0.20, 0.08, 1.55, 0.20, 0.10, 0.0)
ENDOTHELIUM = NucleusKind(9.5, 3.2, 0.18, 0.08, 1.30, 0.25, 0.25, 0.0)
PLASMA_CELL = NucleusKind(6.6, 5.9, 0.10, 0.06, 1.45, 0.50, 0.35, 0.0, 3.2)


class Canvas:
    """Concentration of hematoxylin and eosin on a growing picture of tissue.

    ``hematoxylin`` and ``eosin`` are (h, w) float32, 0 for glass and about 1 for a well stained
    nucleus or a bundle of collagen.
    """

    def __init__(
        self,
        size_px: SizePx,
        rng: np.random.Generator,
        nuclear_size: float = 1.0,
        nuclear_stain: float = 1.0,
        grain: float | None = None,
    ) -> None:
        width, height = size_px
        self.size_px = size_px
        self.rng = rng
        self.nuclear_size = nuclear_size
        self.nuclear_stain = nuclear_stain
        self.grain = grain  # the direction that fibers keep to, radians; None: any
        self.hematoxylin: Field = np.zeros((height, width), np.float32)
        self.eosin: Field = np.zeros((height, width), np.float32)
        self._texture: Field | None = None

    def cover(self, alpha: Field, hematoxylin: Field | float, eosin: Field | float) -> None:
        """Lay a layer of the given concentrations over the picture, opaque where ``alpha`` is 1."""
        for field, value in ((self.hematoxylin, hematoxylin), (self.eosin, eosin)):
            field += (value - field) * alpha

    def inside(self, points: Points, margin_px: float = 0) -> NDArray[np.bool_]:
        """Which of ``points`` lie on the canvas or at most ``margin_px`` beside it."""
        size = np.array(self.size_px) + margin_px
        return np.asarray(((points > -margin_px) & (points < size)).all(axis=1))

    def nuclei(
        self,
        points: Points,
        kind: NucleusKind,
        *,
        angles: NDArray[np.float64] | None = None,
        scale: float = 1.0,
        stain: float = 1.0,
    ) -> None:
        """Draw a nucleus of ``kind`` at each of ``points``, its long axis along ``angles``.

        ``scale`` and ``stain`` are factors beside those of the canvas.
        """
        scale, stain = scale * self.nuclear_size, stain * self.nuclear_stain
        if angles is None:
            angles = self.rng.uniform(0, np.pi, len(points))
        near = self.inside(points, kind.long_um / MPP)
        points, angles = points[near], angles[near]
        for start in range(0, len(points), _BATCH):
            part = slice(start, start + _BATCH)
            self._draw_nuclei(points[part], angles[part], kind, scale, stain)

    def bodies(
        self,
        points: Points,
        long_um: NDArray[np.float64],
        short_um: NDArray[np.float64],
        angles: NDArray[np.float64],
        *,
        hematoxylin: float,
        eosin: float,
        opacity: float = 1.0,
        pale_center: float = 0.0,
        soft_px: float = 1.0,
    ) -> None:
        """Draw plain ellipses: red cells, droplets of mucin, small lumina."""
        if len(points) == 0:
            return
        half = int(np.ceil(long_um.max() / MPP / 2 * 1.3)) + 2
        for start in range(0, len(points), _BATCH):
            part = slice(start, start + _BATCH)
            shape = _Outlines(
                self.rng, points[part], angles[part], long_um[part], short_um[part], 0.06, half
            )
            alpha = shape.alpha(soft_px) * np.float32(opacity)
            level = 1 - np.float32(pale_center) * np.clip(1 - shape.depth**2, 0, 1)
            self._stamp(shape.corners, alpha, hematoxylin * level, eosin * level)

    def _draw_nuclei(
        self,
        points: Points,
        angles: NDArray[np.float64],
        kind: NucleusKind,
        scale: float,
        stain: float,
    ) -> None:
        n = len(points)
        rng = self.rng
        size = scale * np.exp(kind.spread * rng.standard_normal(n))
        long = kind.long_um * size * np.exp(0.08 * rng.standard_normal(n))
        short = kind.short_um * size * np.exp(0.08 * rng.standard_normal(n))
        half = int(np.ceil(long.max() / MPP / 2 * 1.25)) + 2
        shape = _Outlines(rng, points, angles, long, short, kind.irregular, half)
        side = 2 * half + 1
        dark = (stain * np.exp(0.14 * rng.standard_normal((n, 1, 1)))).astype(np.float32)
        body = kind.stain + kind.clumps * self._chromatin(n, side, kind.grain_px)
        body += kind.membrane * np.exp(-(((shape.depth - 0.88) / 0.16) ** 2))
        if kind.nucleoli:
            for _ in range(2):
                where = rng.normal(0, 0.28, (2, n, 1, 1)).astype(np.float32)
                apart = (shape.along - where[0]) ** 2 + (shape.across - where[1]) ** 2
                there = kind.nucleoli * rng.random((n, 1, 1), dtype=np.float32)
                body += there * np.exp(-apart / 0.035)
        eosin = np.full_like(body, 0.16)
        self._stamp(shape.corners, shape.alpha(1.1), np.maximum(body, 0.15) * dark, eosin)

    def _chromatin(self, n: int, side: int, grain_px: float) -> Field:
        if self._texture is None:
            size = (_TEXTURE_PX, _TEXTURE_PX)
            self._texture = noise(self.rng, size, 2.4, octaves=2, gain=0.6)
        at = self.rng.integers(0, _TEXTURE_PX - side, (2, n, 1, 1))
        steps = np.arange(side)
        patches: Field = self._texture[at[0] + steps[:, None], at[1] + steps]
        return patches

    def _stamp(
        self, corners: NDArray[np.intp], alpha: Field, hematoxylin: Field, eosin: Field
    ) -> None:
        """Lay patches over the picture, one after the other, clipped at its edges."""
        width, height = self.size_px
        side = alpha.shape[1]
        for i, (x, y) in enumerate(corners.tolist()):
            left, top = max(x, 0), max(y, 0)
            right, bottom = min(x + side, width), min(y + side, height)
            if left >= right or top >= bottom:
                continue
            patch = (i, slice(top - y, bottom - y), slice(left - x, right - x))
            place = (slice(top, bottom), slice(left, right))
            a = alpha[patch]
            below = self.hematoxylin[place]
            below += (hematoxylin[patch] - below) * a
            below = self.eosin[place]
            below += (eosin[patch] - below) * a


class _Outlines:
    """n closed outlines near ellipses, each on a square patch of 2 half + 1 pixels."""

    def __init__(
        self,
        rng: np.random.Generator,
        points: Points,
        angles: NDArray[np.float64],
        long_um: NDArray[np.float64],
        short_um: NDArray[np.float64],
        irregular: float,
        half: int,
    ) -> None:
        n = len(points)
        whole = np.floor(points)
        self.corners = whole.astype(np.intp) - half
        steps = np.arange(-half, half + 1, dtype=np.float32)
        part = (points - whole).astype(np.float32)
        dx = steps[None, None, :] - part[:, 0, None, None]
        dy = steps[None, :, None] - part[:, 1, None, None]
        cos = np.cos(angles).astype(np.float32)[:, None, None]
        sin = np.sin(angles).astype(np.float32)[:, None, None]
        long = (long_um / MPP / 2).astype(np.float32)[:, None, None]
        short = (short_um / MPP / 2).astype(np.float32)[:, None, None]
        # Bending the long axis a little makes beans and commas of ellipses.
        bend = rng.normal(0, irregular, (n, 1, 1)).astype(np.float32)
        self.along = (dx * cos + dy * sin) / long
        self.across = (dy * cos - dx * sin) / short + bend * (self.along**2) * 2
        theta: Field = np.arctan2(self.across, self.along)
        outline: Field = np.ones_like(theta)
        for wave in (2, 3, 5):
            height = rng.normal(0, irregular / wave**0.5, (n, 1, 1)).astype(np.float32)
            phase = rng.uniform(0, 2 * np.pi, (n, 1, 1)).astype(np.float32)
            outline += height * np.cos(wave * theta + phase)
        # 0 at the center, 1 on the outline
        radius: Field = np.hypot(self.along, self.across)
        np.maximum(outline, 0.3, out=outline)
        radius /= outline
        self.depth = radius
        self._edge_px = np.sqrt(long * short)

    def alpha(self, soft_px: float) -> Field:
        """Coverage, 0 outside and 1 inside, over an edge about ``soft_px`` wide."""
        a: Field = np.clip((1 - self.depth) * (self._edge_px / soft_px) + 0.5, 0, 1)
        return a
