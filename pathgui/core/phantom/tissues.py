"""Tissues of a bowel wall, drawn as concentrations of hematoxylin and eosin at 0.5 µm/px.

Every painter fills a whole canvas with one tissue. What a patient's tissues have in common
(:class:`Patient`) is drawn once; the rest differs from field to field.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import cKDTree

from pathgui.core.phantom import nuclei as kinds
from pathgui.core.phantom.brushes import Fibres, Patient, _on, _strands, _vessel, _vessels, px
from pathgui.core.phantom.fields import (
    Cells,
    Field,
    Points,
    SizePx,
    blur,
    cells,
    noise,
    resample,
    sample,
    scatter,
    slope_angles,
    smoothstep,
)
from pathgui.core.phantom.nuclei import Canvas

GLAND = "glandular epithelium"
LYMPHOID = "lymphoid tissue"
STROMA = "collagenous stroma"
ADIPOSE = "adipose tissue"
MUSCLE = "smooth muscle"
TISSUES = (GLAND, LYMPHOID, STROMA, ADIPOSE, MUSCLE)


def paint(
    tissue: str,
    size_px: SizePx,
    patient: Patient,
    rng: np.random.Generator,
    grain: float | None = None,
) -> Canvas:
    """A field of ``tissue``, ``size_px`` (width, height) at 0.5 µm/px.

    ``grain`` is the direction that fibers keep to, radians from the x axis; None: any.

    Raises
    ------
    ValueError
        For a tissue that is not one of :data:`TISSUES`.
    """
    if tissue not in _PAINTERS:
        raise ValueError(f"no tissue {tissue!r}; there are {', '.join(TISSUES)}")
    canvas = Canvas(size_px, rng, patient.nuclear_size, patient.nuclear_stain, grain)
    _PAINTERS[tissue](canvas, patient)
    return canvas


def _infiltrate(canvas: Canvas, patient: Patient, amount: float) -> None:
    """Inflammatory cells, single everywhere and in crowds here and there."""
    rng, size = canvas.rng, canvas.size_px
    crowd = noise(rng, size, px(95), octaves=2)
    limit = 2.1 - 1.5 * patient.inflammation - amount
    points = scatter(rng, size, px(8.5), relax=2)
    dense = sample(smoothstep(crowd, limit, limit + 1.0), points)
    points = points[rng.random(len(points)) < 0.015 + 0.75 * dense]
    plasma = rng.random(len(points)) < 0.3
    canvas.nuclei(points[~plasma], kinds.LYMPHOCYTE)
    canvas.nuclei(points[plasma], kinds.PLASMA_CELL)


# ── Painters ──────────────────────────────────────────────────────────────────────────────────


def _stroma(canvas: Canvas, patient: Patient) -> None:
    """Collagen in wavy bundles with clefts between, few spindle nuclei, small vessels."""
    rng, size = canvas.rng, canvas.size_px
    fibres = Fibres(canvas, sway_um=20, wave_um=1.7 * patient.waviness)
    bundle = fibres.texture(95, 10, octaves=2)
    fibre = fibres.texture(55, 3.2)
    fibril = fibres.texture(24, 1.25)
    grain = noise(rng, size, 1.6)
    density = noise(rng, size, px(120), octaves=2)
    eosin = 0.60 + 0.15 * bundle + 0.13 * fibre + 0.09 * fibril + 0.04 * grain + 0.08 * density
    open_ = bundle + 0.45 * fibre + 0.35 * density
    cleft = smoothstep(open_ + 0.25 * fibril, -0.95 * patient.looseness, -1.45)
    slit = smoothstep(fibre + 0.5 * fibril, -1.5, -2.1)
    canvas.eosin[:] = np.clip(eosin, 0.12, None)
    canvas.hematoxylin[:] = 0.05 + 0.02 * fibre
    canvas.cover(0.6 * slit, 0.02, 0.10)
    canvas.cover(0.93 * cleft, 0.01, 0.05)
    spacing = px(25) / patient.cellularity**0.5
    points = scatter(rng, size, spacing, relax=1)
    points += rng.normal(0, spacing / 3, points.shape)
    points = points[sample(bundle, points) < rng.normal(0.6, 0.7, len(points))]
    angles = fibres.angles(points) + rng.normal(0, 0.12, len(points))
    plump = rng.random(len(points)) < 0.22
    canvas.nuclei(points[~plump], kinds.FIBROBLAST, angles=angles[~plump])
    canvas.nuclei(points[plump], kinds.ACTIVE_FIBROBLAST, angles=angles[plump])
    _vessels(canvas, 170, (3.0, 9.0))
    _infiltrate(canvas, patient, 0.25)


def _adipose(canvas: Canvas, patient: Patient) -> None:
    """Large empty vacuoles with thin walls, nuclei pressed to the wall, capillaries at corners."""
    rng, size = canvas.rng, canvas.size_px
    spacing = px(58) * patient.adipocyte_size
    sites = scatter(rng, size, spacing, relax=3)
    bend = (4.0 * noise(rng, size, px(28), 2), 4.0 * noise(rng, size, px(28), 2))
    fat = cells(sites, size, step=4, rounding_px=9.0, shift=bend)
    wall_px = np.float32(1.35) + 0.35 * noise(rng, size, px(25))
    wall = smoothstep(fat.border - wall_px, 1.0, -1.0)
    torn = smoothstep(noise(rng, size, px(34)), -1.9, -1.5)
    fill = noise(rng, size, px(6), octaves=2)
    canvas.hematoxylin[:] = 0.0
    canvas.eosin[:] = 0.012 + 0.008 * noise(rng, size, px(30))
    deep = smoothstep(fat.border, 0.0, -7.0)  # the wedges where three cells meet
    canvas.cover(wall * torn, 0.07 + 0.05 * deep, 0.62 + 0.12 * fill - 0.18 * deep)
    septum = _strands(rng, size, 420, 5.0)
    septum *= smoothstep(noise(rng, size, px(150)), 0.6, 1.2)
    canvas.cover(septum, 0.06, 0.62 + 0.12 * fill)
    near = scatter(rng, size, px(8), relax=0)
    near = near[_on(rng, fat.border, near, 0.5, 3.0)]
    near = near[rng.random(len(near)) < 0.13 * patient.cellularity]
    along = slope_angles(fat.border, near) + np.pi / 2
    canvas.nuclei(near, kinds.ADIPOCYTE, angles=along)
    wedge = scatter(rng, size, px(11), relax=0)
    wedge = wedge[sample(fat.border, wedge) < -5.0]
    pick = rng.random(len(wedge))
    for at in wedge[pick < 0.16]:
        _vessel(canvas, at, rng.uniform(2.2, 3.6))
    canvas.nuclei(wedge[pick > 0.72], kinds.ENDOTHELIUM)


def _muscle(canvas: Canvas, patient: Patient) -> None:
    """Bundles of smooth muscle cut along and across, thin septa between."""
    rng, size = canvas.rng, canvas.size_px
    fibres = Fibres(canvas, sway_um=18, wave_um=0.8)
    bundle = fibres.texture(160, 9, octaves=2)
    fibre = fibres.texture(80, 3.6)
    fibril = fibres.texture(30, 1.2)
    canvas.eosin[:] = 0.84 + 0.07 * bundle + 0.13 * fibre + 0.07 * fibril
    canvas.hematoxylin[:] = 0.15 + 0.03 * bundle + 0.02 * fibre
    canvas.cover(0.5 * smoothstep(fibre + 0.4 * fibril, -1.2, -2.0), 0.06, 0.34)
    canvas.cover(0.8 * smoothstep(bundle + 0.4 * fibre, -1.8, -2.2), 0.03, 0.12)

    bend = (9.0 * noise(rng, size, px(45), 2), 9.0 * noise(rng, size, px(45), 2))
    sites = scatter(rng, size, px(135), relax=3)
    fascicles = cells(sites, size, step=4, rounding_px=8.0, shift=bend)
    turned = rng.random(len(sites)) < patient.muscle_across
    across = _spread(turned[fascicles.site].astype(np.float32), fascicles, size)
    across = smoothstep(across, 0.4, 0.6)
    small = scatter(rng, size, px(5.6), relax=3)
    small_cells = cells(small, size, step=2, rounding_px=1.2)
    pale = smoothstep(small_cells.border, 2.2, 0.4)
    tone = noise(rng, size, px(5))
    canvas.cover(across, 0.13, 0.84 + 0.08 * tone - 0.34 * pale)

    spacing = px(17.5) / patient.cellularity**0.5
    points = scatter(rng, size, spacing, relax=2)
    lengthwise = sample(across, points) < 0.5
    here = points[lengthwise]
    angles = fibres.angles(here) + rng.normal(0, 0.05, len(here))
    canvas.nuclei(here, kinds.MUSCLE, angles=angles)
    crosswise = small[(sample(across, small) > 0.5) & (rng.random(len(small)) < 0.17)]
    canvas.nuclei(crosswise, kinds.MUSCLE_ACROSS)

    scar = px(6) * smoothstep(noise(rng, size, px(140)), 0.3, 1.8)
    septum = smoothstep(fascicles.border - scar + 1.5 * noise(rng, size, px(20)), 3.5, 0.5)
    web = noise(rng, size, px(5), octaves=3, gain=0.7)
    canvas.cover(0.9 * septum, 0.05, np.clip(0.36 + 0.1 * fibre + 0.16 * web, 0.04, None))
    gaps = smoothstep(noise(rng, size, px(30), 2), 0.5, 1.2)
    canvas.cover(0.9 * septum * gaps, 0.0, 0.04)
    edge = scatter(rng, size, px(14), relax=0)
    edge = edge[_on(rng, fascicles.border, edge, -4.0, 2.0)]
    flat = slope_angles(fascicles.border, edge) + np.pi / 2
    canvas.nuclei(edge, kinds.FIBROBLAST, angles=flat)
    _infiltrate(canvas, patient, -0.5)


def _lymphoid(canvas: Canvas, patient: Patient) -> None:
    """Packed small lymphocytes; paler germinal centers of larger cells; septa and vessels."""
    rng, size = canvas.rng, canvas.size_px
    follicle = _follicles(canvas, patient)
    center = smoothstep(follicle, 0.0, 0.12)
    haze = noise(rng, size, px(9), octaves=2)
    canvas.eosin[:] = 0.24 + 0.05 * haze + 0.06 * center
    canvas.hematoxylin[:] = 0.17 + 0.04 * haze
    light = smoothstep(noise(rng, size, px(4.5), octaves=2), 0.35, 1.3)
    canvas.cover(0.75 * light * (1 - 0.6 * center), 0.02, 0.05)
    sinus = _strands(rng, size, 210, 9.0) * (1 - center)
    sinus *= smoothstep(noise(rng, size, px(120)), 0.0, 0.7)
    canvas.cover(0.7 * sinus, 0.04, 0.10)
    strand = _strands(rng, size, 130, 2.6) * (1 - center)
    strand *= smoothstep(noise(rng, size, px(90)), -0.3, 0.5)
    canvas.cover(0.9 * strand, 0.06, 0.55 + 0.1 * haze)

    large = scatter(rng, size, px(8.3), relax=4)
    inside = sample(center, large)
    large = large[inside > rng.uniform(0.3, 0.7, len(large))]
    pale = noise(rng, size, px(14))  # macrophages: a germinal center's starry sky
    large = large[sample(pale, large) < 1.9]
    blue = rng.random(len(large)) < 0.25
    canvas.nuclei(large[~blue], kinds.CENTROBLAST)
    canvas.nuclei(large[blue], kinds.LYMPHOCYTE, scale=1.12, stain=0.8)

    spacing = px(6.6) / patient.cellularity**0.25
    crowd = scatter(rng, size, spacing, relax=4)
    mantle = np.exp(-(((sample(follicle, crowd) + 0.12) / 0.12) ** 2))
    keep = 0.93 + 0.07 * mantle - 0.72 * sample(sinus, crowd) - 0.75 * sample(strand, crowd)
    crowd = crowd[(rng.random(len(crowd)) < keep) & (sample(center, crowd) < 0.4)]
    other = rng.random(len(crowd))
    canvas.nuclei(crowd[other > 0.12], kinds.LYMPHOCYTE)
    canvas.nuclei(crowd[other < 0.07], kinds.CENTROBLAST, scale=0.82)
    rest = crowd[(other >= 0.07) & (other <= 0.12)]
    canvas.nuclei(rest, kinds.PLASMA_CELL)

    spindle = scatter(rng, size, px(13), relax=0)
    spindle = spindle[sample(strand, spindle) > 0.6]
    flat = slope_angles(strand, spindle) + np.pi / 2
    canvas.nuclei(spindle, kinds.ENDOTHELIUM, angles=flat)
    _vessels(canvas, 190, (3.0, 6.5))


def _follicles(canvas: Canvas, patient: Patient) -> Field:
    """Above 0 inside germinal centers, by depth in units of 100 px; below 0 outside."""
    rng, size = canvas.rng, canvas.size_px
    sites = scatter(rng, size, px(330), relax=3)
    sites += rng.normal(0, px(30), sites.shape)
    sites = sites[rng.random(len(sites)) < 0.25 + 0.65 * patient.follicles]
    width, height = size
    if len(sites) == 0:
        return np.full((height, width), -9.0, np.float32)
    radius = rng.uniform(px(60), px(105), len(sites))
    columns, rows = -(-width // 8) + 1, -(-height // 8) + 1
    x, y = np.meshgrid(np.arange(columns) * 8.0, np.arange(rows) * 8.0)
    distance, index = cKDTree(sites).query(np.stack([x, y], axis=-1))
    depth = ((radius[index] - distance) / 100).astype(np.float32)
    box = (0.5, 0.5, 0.5 + width / 8, 0.5 + height / 8)
    field: Field = resample(depth, size, box) + 0.12 * noise(rng, size, px(45), octaves=2)
    return field


def _gland(canvas: Canvas, patient: Patient) -> None:
    """Crypts: a lumen, columnar cells with nuclei at their base, mucin; loose stroma between."""
    rng, size = canvas.rng, canvas.size_px
    sites = scatter(rng, size, px(78) * patient.gland_size, relax=2)
    bend = (11.0 * noise(rng, size, px(48), 2), 11.0 * noise(rng, size, px(48), 2))
    crypts = cells(sites, size, step=2, rounding_px=13.0, shift=bend)
    between = px(5.5) + px(2.5) * noise(rng, size, px(60))
    depth = crypts.border - between  # > 0: epithelium or lumen
    tall = px(20) * (1 + 0.10 * noise(rng, size, px(26), 2))

    _lamina_propria(canvas, patient, depth)

    inside = smoothstep(depth, -1.0, 1.0)
    grain = noise(rng, size, px(2.5), octaves=2)
    part = np.clip(depth / tall, 0, 1)
    eosin = 0.52 - 0.12 * part + 0.05 * grain
    hematoxylin = 0.34 - 0.14 * part + 0.04 * grain
    canvas.cover(inside, hematoxylin, eosin)
    base: Field = np.exp(-((depth / 1.8) ** 2))
    canvas.cover(0.5 * base, 0.10, 0.70)

    seats = _basal_row(rng, size, depth, px(6.8))
    if len(seats) > 4:
        walls = cells(seats, size, step=2, rounding_px=1.0)
        line = np.exp(-((walls.border / 1.3) ** 2)) * smoothstep(part, 0.25, 0.5)
        canvas.cover(0.32 * line * inside, 0.25, 0.75)

    upward = slope_angles(depth, seats)
    goblet = rng.random(len(seats)) < patient.mucin
    goblet &= sample(depth, seats) < px(9)
    step = np.stack([np.cos(upward), np.sin(upward)], axis=1)
    cups = seats + step * px(9.0)
    cups = cups + step * rng.normal(0, px(1.2), (len(cups), 1))
    full = goblet & canvas.inside(cups, 30)
    n = int(full.sum())
    canvas.bodies(
        cups[full],
        rng.normal(11.5, 1.2, n),
        rng.normal(7.0, 0.8, n),
        upward[full],
        hematoxylin=0.17,
        eosin=0.07,
        opacity=0.9,
        pale_center=0.45,
        soft_px=2.0,
    )
    canvas.nuclei(seats, kinds.EPITHELIAL, angles=upward + rng.normal(0, 0.15, len(seats)))

    rim = np.exp(-(((depth - tall) / 1.7) ** 2))
    canvas.cover(0.45 * rim, 0.16, 0.75)
    lumen = smoothstep(depth - tall, 0.0, 2.5)
    wisps = smoothstep(noise(rng, size, px(14), octaves=3), 0.5, 1.8)
    canvas.cover(lumen, 0.01 + 0.10 * wisps, 0.01 + 0.16 * wisps)


def _lamina_propria(canvas: Canvas, patient: Patient, depth: Field) -> None:
    """Loose tissue between crypts, with lymphocytes, plasma cells and capillaries."""
    rng, size = canvas.rng, canvas.size_px
    web = noise(rng, size, px(5), octaves=3, gain=0.7)
    canvas.eosin[:] = np.clip(0.40 + 0.17 * web, 0.03, None)
    canvas.hematoxylin[:] = np.clip(0.09 + 0.04 * web, 0.0, None)
    gaps = smoothstep(noise(rng, size, px(7), octaves=2), 0.7, 1.4)
    canvas.cover(0.85 * gaps, 0.01, 0.04)
    points = scatter(rng, size, px(9.5) / patient.cellularity**0.5, relax=2)
    points = points[sample(depth, points) < -3.0]
    what = rng.random(len(points))
    points, what = points[what < 0.75], what[what < 0.75]
    angles = slope_angles(depth, points) + np.pi / 2
    for kind, low, high in (
        (kinds.LYMPHOCYTE, 0.0, 0.26),
        (kinds.PLASMA_CELL, 0.26, 0.45),
        (kinds.ENDOTHELIUM, 0.45, 0.60),
        (kinds.ACTIVE_FIBROBLAST, 0.60, 0.75),
    ):
        some = (what >= low) & (what < high)
        canvas.nuclei(points[some], kind, angles=angles[some], scale=0.9)
    rare = scatter(rng, size, px(70), relax=0)
    for at in rare[_on(rng, depth, rare, -40.0, -9.0)]:
        if canvas.inside(at[None], 20)[0]:
            _vessel(canvas, at, rng.uniform(2.4, 3.6))


def _basal_row(rng: np.random.Generator, size_px: SizePx, depth: Field, at_px: float) -> Points:
    """Points in a row about ``at_px`` deep, so far apart as epithelial cells are wide."""
    points = scatter(rng, size_px, 15.0, relax=2)
    points = points[_on(rng, depth, points, at_px - 9, at_px + 9)]
    level = at_px + rng.normal(0, 2.2, len(points))
    for _ in range(3):
        if len(points) < 4:
            return points
        distance, index = cKDTree(points).query(points, k=3)
        gap = np.maximum(distance[:, 1:, None], 1e-6)
        away = points[:, None] - points[index[:, 1:]]
        points = points + 0.4 * (away * np.clip(10.5 - gap, 0, None) / gap).sum(axis=1)
        angle = slope_angles(depth, points)
        off = np.clip(level - sample(depth, points), -8, 8)
        points = points + off[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    kept: Points = points[np.abs(sample(depth, points) - at_px) < 8]
    return kept


def _spread(coarse: Field, grid: Cells, size_px: SizePx) -> Field:
    """A field on the coarse grid of ``grid``, brought to the canvas and softened."""
    width, height = size_px
    box = (1.0, 1.0, 1.0 + width / grid.step, 1.0 + height / grid.step)
    return blur(resample(coarse, size_px, box), 1.5)


_PAINTERS: dict[str, Callable[[Canvas, Patient], None]] = {
    GLAND: _gland,
    LYMPHOID: _lymphoid,
    STROMA: _stroma,
    ADIPOSE: _adipose,
    MUSCLE: _muscle,
}
