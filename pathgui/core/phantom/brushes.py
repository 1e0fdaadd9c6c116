"""Strokes that several virtual tissues are drawn with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.phantom import nuclei as kinds
from pathgui.core.phantom.fields import (
    Field,
    Points,
    SizePx,
    look_up,
    noise,
    sample,
    scatter,
    slope_angles,
)
from pathgui.core.phantom.nuclei import MPP, Canvas


@dataclass(frozen=True)
class Patient:
    """What differs between people: factors about 1, and shares of 0..1."""

    nuclear_size: float
    nuclear_stain: float
    cellularity: float
    gland_size: float
    waviness: float
    looseness: float
    adipocyte_size: float
    mucin: float
    follicles: float
    muscle_across: float
    inflammation: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Patient:
        """A person; the same distribution at every center."""
        # In the order of the fields. The last factor is of none: the demo's tiles follow from it.
        factors = np.exp(rng.standard_normal(8) * (0.06, 0.08, 0.15, 0.12, 0.25, 0.2, 0.1, 0.0))
        shares = rng.beta(2, 2, 4) * (0.75, 1, 0.7, 1)
        return cls(*factors[:7].tolist(), *shares.tolist())


def px(um: float) -> float:
    """Micrometers in pixels."""
    return um / MPP


# ── Fibers ────────────────────────────────────────────────────────────────────────────────────


class Fibres:
    """A field of wavy fibers: coordinates along and across them, in pixels."""

    def __init__(self, canvas: Canvas, *, sway_um: float, wave_um: float) -> None:
        rng, size_px = canvas.rng, canvas.size_px
        width, height = size_px
        angle = rng.uniform(0, np.pi) if canvas.grain is None else canvas.grain
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        x = np.arange(width, dtype=np.float32)[None, :]
        y = np.arange(height, dtype=np.float32)[:, None]
        self.rng = rng
        self.along: Field = x * cos + y * sin
        self.across: Field = y * cos - x * sin
        # Slopes stay well below 1, or the streaks would smear.
        self.across += np.float32(px(4 * sway_um)) * noise(rng, size_px, px(700))
        self.across += np.float32(px(sway_um)) * noise(rng, size_px, px(180))
        self.along -= self.along.min()
        self.across -= self.across.min()
        # Neighboring bundles wave out of step, so they part and meet.
        step = self.texture(170, 16) + noise(rng, size_px, px(60))
        phase = self.along * np.float32(2 * np.pi / px(30)) + 1.3 * step
        height_px = np.float32(px(wave_um)) * (1 + 0.6 * noise(rng, size_px, px(70)))
        self.across += height_px * np.sin(phase)

    def texture(self, long_um: float, wide_um: float, octaves: int = 1) -> Field:
        """Streaks about ``wide_um`` wide and ``long_um`` long, mean 0, deviation about 1."""
        # No larger than needed, for small canvases; no larger than enough, for large ones.
        size = min(768, int(self.along.max()) + 2), min(1024, int(self.across.max()) + 2)
        streaks = noise(self.rng, size, (px(long_um), px(wide_um)), octaves, gain=0.6)
        return look_up(streaks, self.along, self.across)

    def angles(self, points: Points) -> NDArray[np.float64]:
        """Direction of the fibers at ``points``."""
        return slope_angles(self.across, points) + np.pi / 2


def _strands(rng: np.random.Generator, size_px: SizePx, apart_um: float, wide_um: float) -> Field:
    """A net of thin lines, 1 on a line and 0 off it: septa, capillaries."""
    field = noise(rng, size_px, px(apart_um), octaves=2, gain=0.35)
    steep = 1.6 / px(apart_um)  # typical slope of the noise, per px
    wide = px(wide_um) * steep * (0.7 + 0.6 * rng.random())
    lines: Field = np.exp(-((field / np.float32(wide)) ** 2))
    return lines


def _on(
    rng: np.random.Generator, field: Field, points: Points, low: float, high: float
) -> NDArray[np.bool_]:
    values = sample(field, points)
    return np.asarray((values > low) & (values < high))


# ── Vessels ───────────────────────────────────────────────────────────────────────────────────


def _red_cells(canvas: Canvas, points: Points) -> None:
    n = len(points)
    size = canvas.rng.normal(6.2, 0.5, n)
    canvas.bodies(
        points,
        size,
        size * canvas.rng.uniform(0.7, 1.0, n),
        canvas.rng.uniform(0, np.pi, n),
        hematoxylin=0.02,
        eosin=1.15,
        pale_center=0.3,
        soft_px=1.2,
    )


def _vessel(canvas: Canvas, at: NDArray[np.float64], radius_um: float) -> None:
    """A small vessel cut across: wall, flat nuclei on its inside, a few red cells."""
    rng = canvas.rng
    long, short = radius_um * rng.uniform(1.0, 1.7), radius_um
    angle = rng.uniform(0, np.pi)
    one = at[None, :]
    wall = px(2.0 + 0.12 * radius_um) * MPP
    for grow, eosin, opacity in ((2 * wall, 0.62, 0.9), (0.0, 0.0, 1.0)):
        canvas.bodies(
            one,
            np.array([2 * long + grow]),
            np.array([2 * short + grow]),
            np.array([angle]),
            hematoxylin=0.05 if eosin else 0.0,
            eosin=eosin,
            opacity=opacity,
            soft_px=2.0,
        )
    n = max(1, round(np.pi * (long + short) / 15))
    turn = rng.uniform(0, 2 * np.pi) + np.arange(n) * 2 * np.pi / n + rng.normal(0, 0.25, n)
    ring = np.stack([(long + 0.5) * np.cos(turn), (short + 0.5) * np.sin(turn)], axis=1)
    tangent = np.arctan2(short * np.cos(turn), -long * np.sin(turn)) + angle
    turned = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    canvas.nuclei(at + ring @ turned / MPP, kinds.ENDOTHELIUM, angles=tangent, scale=0.8)
    full = rng.random() < 0.7
    if full and radius_um > 3.5:
        m = int(0.5 * long * short / 9.0) + 1
        reach = np.sqrt(rng.random(m)) * 0.62
        turn = rng.uniform(0, 2 * np.pi, m)
        inside = np.stack([long * reach * np.cos(turn), short * reach * np.sin(turn)], axis=1)
        _red_cells(canvas, at + inside @ turned / MPP)


def _vessels(canvas: Canvas, apart_um: float, radius_um: tuple[float, float]) -> None:
    points = scatter(canvas.rng, canvas.size_px, px(apart_um), relax=2)
    points += canvas.rng.normal(0, px(apart_um) / 4, points.shape)
    for at in points[canvas.inside(points, px(20))]:
        _vessel(canvas, at, canvas.rng.uniform(*radius_um))
