"""The charts of the report, as SVG. They read the record's numbers and compute none.

Drawn with matplotlib's ``Figure``, without pyplot and so without a global figure. Text stays text
(searchable in the PDF), and equal input gives equal bytes.
"""

from __future__ import annotations

import io
import math
import re
import threading
import warnings
from collections.abc import Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pathgui.core.language.texts import say
from pathgui.core.pictures.palette import KIND_COLORS, ink_on, to_hex
from pathgui.core.reference.roles import USUAL, RoleColumns
from pathgui.core.report.render.fonts import SYMBOLS, TEXT, east_asian_file
from pathgui.core.results import formatting as fmt
from pathgui.core.results.charts import (
    CHANCE_DASHES,
    AccuracyPoint,
    IndexBar,
    IndexCurve,
    NeighborKinds,
    ShortcutCurve,
)
from pathgui.core.results.kind_words import kind_titles

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH_MM = 168.0  # of the text on A4
COLUMN_MM = 1.55  # a Latin letter of a title, on average
INK = "#1d2b36"
MUTED = "#64727d"
RULE = "#c9d1d6"
ACCENT = "#1f4e6b"

_MM = 1 / 25.4
_QUARTERS = ([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.50", "0.75", "1"])
_CHANCE: dict[str, Any] = {"linewidth": 0.9, "linestyle": (0, CHANCE_DASHES)}
_styling = threading.Lock()  # matplotlib's settings are global: one report at a time


def index_chart(
    rows: Sequence[IndexBar], width_mm: float = WIDTH_MM, columns: RoleColumns = USUAL
) -> bytes:
    """Robustness index per encoder: value, 95 % interval, and chance value (dashed line)."""
    row_mm = 6.6 if len(rows) <= 8 else 3.6  # of twelve, the summary still fits on its page
    with new_figure(width_mm, 13 + row_mm * len(rows)) as (figure, result):
        axes, labels = _rows_of_shares(figure, rows, width_mm, (9.5, 3.5, 17))
        axes.set_xticks(*_QUARTERS)
        axes.xaxis.grid(True, color=RULE, linewidth=0.5)
        for y, row in enumerate(rows):
            axes.axhline(y, color=RULE, linewidth=0.35, zorder=0)
            _label(axes, y, row.title, labels)
            if row.value is None:
                _not_assessable(axes, y, backgroundcolor="white")
                continue
            if row.low is not None and row.high is not None:
                axes.plot(
                    [row.low, row.high], [y, y], color=ACCENT, linewidth=2.2, solid_capstyle="butt"
                )
                for end in (row.low, row.high):
                    axes.plot([end, end], [y - 0.17, y + 0.17], color=ACCENT, linewidth=1)
            if row.null is not None:
                axes.plot([row.null] * 2, [y - 0.42, y + 0.42], color=INK, **_CHANCE, clip_on=False)
            axes.plot(
                [row.value],
                [y],
                marker="o",
                markersize=5.2,
                color=ACCENT,
                linestyle="none",
                clip_on=False,
            )
            axes.text(1.02, y, fmt.index(row.value), va="center", ha="left", color=INK)
        axes.set_xlabel(
            columns.say(
                say("follows the {center}    ←    robustness index    →    follows {tissue}")
            ),
            color=MUTED,
            labelpad=3,
        )
    return result.svg


def kinds_chart(rows: Sequence[NeighborKinds], width_mm: float = WIDTH_MM) -> bytes:
    """Neighbors by kind, per encoder, as shares of one."""
    with new_figure(width_mm, 4 + 7.2 * len(rows)) as (figure, result):
        axes, labels = _rows_of_shares(figure, rows, width_mm, (1.5, 1.5, 1.5))
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
        for y, row in enumerate(rows):
            _label(axes, y, row.title, labels)
            if row.shares is None:
                _not_assessable(axes, y)
                continue
            left = 0.0
            for kind, share in row.shares.items():
                _bar(axes, left, y, share, to_hex(KIND_COLORS[kind]))
                if share >= 0.065:
                    axes.text(
                        left + share / 2,
                        y,
                        f"{kind} {fmt.percent(share)}",
                        ha="center",
                        va="center",
                        fontsize=7.5,
                        color=to_hex(ink_on(KIND_COLORS[kind])),
                        bbox={
                            "facecolor": to_hex(KIND_COLORS[kind]),
                            "linewidth": 0,
                            "boxstyle": "square,pad=0.12",
                        },
                    )
                left += share
    return result.svg


def accuracy_chart(rows: Sequence[AccuracyPoint], width_mm: float = WIDTH_MM) -> bytes:
    """Balanced accuracy of tissue (square) and center (triangle), with their chance values.

    The chance value of tissue has an open square at its upper end, that of center an open triangle
    at its lower end: both are dashed, and their colors are lost in a print in gray.
    """
    with new_figure(width_mm, 13 + 6.6 * len(rows)) as (figure, result):
        axes, labels = _rows_of_shares(figure, rows, width_mm, (9.5, 3.5, 17))
        axes.set_xticks(*_QUARTERS)
        axes.xaxis.grid(True, color=RULE, linewidth=0.5)
        for chance, end, marker, color in (
            (rows[0].tissue_chance, 1, "s", TISSUE),
            (rows[0].center_chance, 0, "^", CENTER),
        ):
            axes.axvline(chance, color=color, **_CHANCE)
            axes.plot(
                [chance],
                [end],
                transform=axes.get_xaxis_transform(),
                marker=marker,
                markersize=4.2,
                markerfacecolor="white",
                markeredgecolor=color,
                markeredgewidth=0.8,
                linestyle="none",
                clip_on=False,
            )
        for y, row in enumerate(rows):
            axes.axhline(y, color=RULE, linewidth=0.35, zorder=0)
            _label(axes, y, row.title, labels)
            if row.tissue is not None and row.center is not None:
                axes.plot([row.tissue, row.center], [y, y], color=MUTED, linewidth=0.9)
            for value, marker, color in ((row.tissue, "s", TISSUE), (row.center, "^", CENTER)):
                if value is not None:
                    axes.plot(
                        [value],
                        [y],
                        marker=marker,
                        markersize=5.4,
                        color=color,
                        linestyle="none",
                        clip_on=False,
                    )
            if row.tissue is None and row.center is None:
                _not_assessable(axes, y, backgroundcolor="white")
        axes.set_xlabel(say("balanced accuracy"), color=MUTED, labelpad=3)
    return result.svg


def curve_chart(lines: Sequence[IndexCurve], width_mm: float = WIDTH_MM) -> bytes:
    """Robustness index over k, and support below it.

    Lines differ in dashes and mark; titles stand at the right end.
    """
    tall = max(62, 14 + 4.2 * len(lines))
    low = 22 if any(line.support for line in lines) else 0  # mm of the support
    with new_figure(width_mm, tall + low) as (figure, result):
        room = _end_share(lines, width_mm)
        foot = 0.16 * tall / (tall + low)  # below the lowest axes
        axes = figure.add_axes(
            (0.055, foot + low / (tall + low), 0.945 - room, 0.81 * tall / (tall + low))
        )
        most = max(line.k[-1] for line in lines)
        least = min(line.k[0] for line in lines)
        _over_k(axes, least, most)
        axes.set_yticks(*_QUARTERS)
        for null in sorted({line.null for line in lines if line.null is not None}):
            axes.axhline(null, color=INK, **_CHANCE)
        lowest = axes
        if low:
            lowest = figure.add_axes((0.055, foot, 0.945 - room, (low - 6) / (tall + low)))
            _over_k(lowest, least, most)
            lowest.set_yticks([0, 1], ["0", "1"])
            axes.tick_params(axis="x", labelbottom=False)
            lowest.text(1.01, 0.5, "support", transform=lowest.transAxes, color=MUTED, va="center")
        lowest.set_xlabel(say("k, nearest neighbors of each tile"), color=MUTED, labelpad=3)
        used = {line.chosen for line in lines if line.chosen is not None}
        if len(used) == 1:
            for each in {axes, lowest}:
                each.axvline(used.copy().pop(), color=MUTED, linewidth=0.6)
        ends = []
        for number, line in enumerate(lines):
            known = _known(line.k, line.value)
            style = {"linewidth": 1.1, "linestyle": DASHES[number % len(DASHES)]}
            axes.plot(*zip(*known, strict=True), color=ACCENT, **style)
            if line.support:
                lowest.plot(line.k, line.support, color=ACCENT, **{**style, "linewidth": 0.8})
            for k, fill in ((line.own, "white"), (line.chosen, ACCENT)):
                value = dict(known).get(k or -1)
                if value is not None:
                    axes.plot([k], [value], **mark_of(number, fill))
            ends.append((known[-1][1], line.title))
        _end_labels(axes, ends, most, room, ACCENT)
    return result.svg


def _over_k(axes: Any, least: int, most: int) -> None:
    """Shares from 0 to 1 over k on a logarithmic scale."""
    plain_axes(axes)
    axes.set_xscale("log")
    axes.set_xlim(least, most)
    axes.set_ylim(0, 1)
    ticks = [k for k in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000) if k <= most]
    axes.set_xticks(ticks, [str(k) for k in ticks])
    axes.minorticks_off()
    axes.tick_params(axis="y", length=0)
    axes.yaxis.grid(True, color=RULE, linewidth=0.5)


def shortcut_chart(
    lines: Sequence[ShortcutCurve], width_mm: float = WIDTH_MM, columns: RoleColumns = USUAL
) -> bytes:
    """Accuracy for tissue over Cramér's V; dashes, marks, titles as in :func:`curve_chart`."""
    with new_figure(width_mm, max(62, 14 + 4.2 * len(lines))) as (figure, result):
        room = _end_share(lines, width_mm)
        axes = figure.add_axes((0.055, 0.16, 0.945 - room, 0.81))
        plain_axes(axes)
        most = max(max(line.v) for line in lines)
        axes.set_xlim(0, most)
        axes.set_ylim(0, 1)
        axes.set_xticks(*_QUARTERS)
        axes.set_yticks(*_QUARTERS)
        axes.set_xlim(0, most)
        axes.tick_params(axis="y", length=0)
        axes.yaxis.grid(True, color=RULE, linewidth=0.5)
        title = columns.say(say("Cramér’s V of {tissue} and {center} in training"))
        axes.set_xlabel(title, color=MUTED, labelpad=3)
        axes.axhline(lines[0].chance, color=INK, **_CHANCE)
        ends = []
        for number, line in enumerate(lines):
            dashes = DASHES[number % len(DASHES)]
            axes.plot(line.v, line.inside, color=ACCENT, linewidth=1.1, linestyle=dashes)
            if others := _known(line.v, line.outside):
                axes.plot(*zip(*others, strict=True), **mark_of(number, "white"))
            ends.append((line.inside[-1], line.title))
        _end_labels(axes, ends, most, room, "white")
    return result.svg


def _known(x: Sequence[float], y: Sequence[float]) -> list[tuple[float, float]]:
    """Points of a line that are defined."""
    return [(at, value) for at, value in zip(x, y, strict=True) if math.isfinite(value)]


DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.5, 1.2)),
    (0, (6, 1.5, 1.5, 1.5)),
    (0, (3, 3)),
    (0, (6, 1.5, 1.5, 1.5, 1.5, 1.5)),
)
_MARKS = ("o", "s", "^", "D", "v", "P", "X")  # one more than dashes: no pair before 42 repeats


def mark_of(number: int, fill: str) -> dict[str, Any]:
    """The mark of the encoder of that number; whole also where it lies on the frame."""
    return {
        "marker": _MARKS[number % len(_MARKS)],
        "markersize": 3.8,
        "markerfacecolor": fill,
        "markeredgecolor": ACCENT,
        "markeredgewidth": 0.8,
        "linestyle": "none",
        "clip_on": False,
        "zorder": 4,  # above the lines to the titles
    }


def _end_share(lines: Sequence[IndexCurve | ShortcutCurve], width_mm: float) -> float:
    """Share of the width that titles at the right end take, at most some 35 letters."""
    longest = max(fmt.columns(line.title) for line in lines)
    return min(0.36, (longest * COLUMN_MM + 6) / width_mm)


def _end_labels(
    axes: Any, ends: list[tuple[float, str]], x: float, share: float, fill: str
) -> None:
    """Marks and titles at the right end of lines, pushed apart where lines end close together."""
    room = max(12, int((share * WIDTH_MM - 6) / COLUMN_MM))
    step = 0.062
    order = sorted(range(len(ends)), key=lambda i: ends[i][0])
    places = [ends[i][0] for i in order]
    for j in range(1, len(places)):
        places[j] = max(places[j], places[j - 1] + step)
    over = places[-1] - 1
    if over > 0:
        places[-1] -= over
        for j in range(len(places) - 2, -1, -1):
            places[j] = min(places[j], places[j + 1] - step)
    for place, i in zip(places, order, strict=True):
        axes.plot([1.042], [place], transform=axes.transAxes, **mark_of(i, fill))
        axes.annotate(
            fmt.shortened(ends[i][1], room),
            (x, ends[i][0]),
            xytext=(1.062, place),
            textcoords="axes fraction",
            va="center",
            ha="left",
            color=INK,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": MUTED,
                "linewidth": 0.4,
                "shrinkA": 1,
                "shrinkB": 1,
            },
        )


TISSUE = "#0072b2"
CENTER = "#d55e00"


class _Result:
    svg: bytes = b""


@contextmanager
def new_figure(width_mm: float, height_mm: float) -> Iterator[tuple[Any, _Result]]:
    """A figure to draw on, and what holds its SVG once the block is left."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "pathgui",
        # Metrics of a font that is there; the SVG then names the report's own, which is narrower.
        "font.family": _families(),
        "font.size": 8.0,
        "axes.linewidth": 0.6,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
    }
    result = _Result()
    with _styling, matplotlib.rc_context(settings), warnings.catch_warnings():
        # Here letters are only measured; those that no font has are spelled out afterward.
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .*missing from font")
        figure = Figure(figsize=(width_mm * _MM, height_mm * _MM))
        FigureCanvasSVG(figure)
        figure.patch.set_alpha(0)
        yield figure, result
        draft = io.BytesIO()
        figure.savefig(draft, format="svg", transparent=True, metadata={"Date": None})
    result.svg = _with_report_fonts(draft.getvalue())


@lru_cache(maxsize=1)
def _families() -> list[str]:
    """Fonts to measure texts with, those of the report or as wide as they are."""
    from matplotlib import font_manager

    families = ["DejaVu Serif", SYMBOLS]
    path = east_asian_file()
    if path is not None:
        font_manager.fontManager.addfont(path)
        families.append(font_manager.get_font(path).family_name)
    return families


def _with_report_fonts(svg: bytes) -> bytes:
    families = f"font-family: '{TEXT}', '{SYMBOLS}', serif".encode()
    svg = re.sub(rb"font-family: [^;\"]+", families, svg)
    # The creator line would change the bytes with matplotlib's version, without need.
    return re.sub(rb"\s*<metadata>.*?</metadata>", b"", svg, flags=re.DOTALL)


def _rows_of_shares(
    figure: Any,
    rows: Sequence[IndexBar | NeighborKinds | AccuracyPoint],
    width_mm: float,
    room_mm: tuple[float, float, float],
) -> tuple[Any, float]:
    """Axes from 0 to 1 with a line for each row, and the share of the width that titles take.

    ``room_mm``: below, above and to the right of the axes.
    """
    labels = _label_share(rows, width_mm)
    width, height = (float(side) / _MM for side in figure.get_size_inches())
    bottom, top, right = room_mm[0] / height, room_mm[1] / height, room_mm[2] / width
    axes = figure.add_axes((labels, bottom, 1 - labels - right, 1 - bottom - top))
    plain_axes(axes)
    axes.set_xlim(0, 1)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    return axes, labels


def _not_assessable(axes: Any, y: float, **more: str) -> None:
    words = {"ha": "center", "va": "center", "color": MUTED, "style": "italic"}
    axes.text(0.5, y, fmt.NOT_ASSESSABLE, **words, **more)


def _label_share(
    rows: Sequence[IndexBar | NeighborKinds | AccuracyPoint], width_mm: float
) -> float:
    """Share of the width that titles take: as much as the longest needs, at most a third."""
    longest = max((fmt.columns(row.title) for row in rows), default=0)
    return min(0.34, (longest * COLUMN_MM + 5) / width_mm)


def _label(axes: Any, y: float, title: str, share: float) -> None:
    axes.annotate(
        fmt.shortened(title, max(12, round(share * WIDTH_MM / COLUMN_MM))),
        (0, y),
        xytext=(-6, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        color=INK,
        annotation_clip=False,
    )


def plain_axes(axes: Any) -> None:
    """Axes with a line below and nothing else."""
    axes.patch.set_alpha(0)
    axes.set_yticks([])
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(RULE)
    axes.tick_params(axis="x", length=0, pad=3)
    axes.set_axisbelow(True)


def _bar(axes: Any, left: float, y: float, width: float, color: str) -> None:
    from matplotlib.patches import Rectangle

    half = 0.36
    axes.add_patch(
        Rectangle(
            (left, y - half), width, 2 * half, facecolor=color, edgecolor="white", linewidth=0.8
        )
    )


def kind_legend(columns: RoleColumns) -> list[tuple[str, str]]:
    """Color and words of each kind of neighbor."""
    return [
        (to_hex(KIND_COLORS[kind]), f"{kind}: {title}")
        for kind, title in kind_titles(columns).items()
    ]
