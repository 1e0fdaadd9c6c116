"""The chart of perturbations, as SVG: how far embeddings move and how many answers flip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pathgui.core.language.texts import localized, say
from pathgui.core.report.render.figures import (
    ACCENT,
    COLUMN_MM,
    DASHES,
    INK,
    MUTED,
    RULE,
    WIDTH_MM,
    mark_of,
    new_figure,
    plain_axes,
)
from pathgui.core.results import formatting as fmt
from pathgui.core.results.what_if import CurvePanel

_LEFT_MM, _RIGHT_MM, _APART_MM, _ROW_MM, _FOOT_MM, _LINE_MM = 11.0, 3.0, 3.5, 34.0, 8.0, 4.6


def what_if_chart(
    moved: Sequence[CurvePanel], flipped: Sequence[CurvePanel], width_mm: float = WIDTH_MM
) -> bytes:
    """Two rows of panels, a column for each perturbation; lines differ in dashes and mark.

    The bars are 95 % intervals. The lowest line of a panel is 0: no change.
    """
    titles = [line.title for line in max(moved, key=lambda panel: len(panel.lines)).lines]
    foot = _FOOT_MM + _LINE_MM * len(titles)
    height = 2 * _ROW_MM + foot
    across = (width_mm - _LEFT_MM - _RIGHT_MM + _APART_MM) / max(len(moved), 4) - _APART_MM
    with new_figure(width_mm, height) as (figure, result):
        for row, (panels, words) in enumerate(
            ((moved, say("embedding moved")), (flipped, say("tissue flipped")))
        ):
            most = max(high for panel in panels for line in panel.lines for high in line.high)
            bottom = (foot + (1 - row) * _ROW_MM + 4) / height
            for column, panel in enumerate(panels):
                left = (_LEFT_MM + column * (across + _APART_MM)) / width_mm
                axes = figure.add_axes((left, bottom, across / width_mm, (_ROW_MM - 10) / height))
                _draw(axes, panel, max(most, 0.1) * 1.05, last=row == 1)
                if column == 0:
                    axes.set_ylabel(words, color=MUTED, fontsize=7)
                    axes.tick_params(axis="y", labelleft=True)
        for number, title in enumerate(titles):
            y = (foot - _FOOT_MM - _LINE_MM * (number + 0.6)) / height
            key = figure.add_axes((0, y - 1 / height, 12 / width_mm, 2 / height))
            key.set_axis_off()
            key.plot([0, 2], [0, 0], color=ACCENT, linewidth=1.1, linestyle=_dashes(number))
            key.plot([1], [0], **mark_of(number, "white"))
            room = round((width_mm - 16) / COLUMN_MM)
            figure.text(14 / width_mm, y, fmt.shortened(title, room), color=INK, va="center")
    return result.svg


def _dashes(number: int) -> Any:
    return DASHES[number % len(DASHES)]


def _draw(axes: Any, panel: CurvePanel, most: float, last: bool) -> None:
    plain_axes(axes)
    axes.set_ylim(0, most)
    axes.yaxis.set_major_locator(_few_ticks())
    axes.yaxis.set_major_formatter(lambda value, _: localized(value, "g"))
    axes.tick_params(axis="y", length=0, labelleft=False, labelsize=6.5)
    axes.yaxis.grid(True, color=RULE, linewidth=0.5)
    axes.axvline(panel.none, color=RULE, linewidth=0.6)
    strengths = panel.lines[0].strength
    ends = sorted({strengths[0], panel.none, strengths[-1]})
    axes.set_xticks(ends, [localized(each, "g").replace("-", "−") for each in ends], fontsize=6.5)
    for number, line in enumerate(panel.lines):
        axes.plot(line.strength, line.value, color=ACCENT, linewidth=1, linestyle=_dashes(number))
        axes.vlines(line.strength, line.low, line.high, color=ACCENT, linewidth=0.6)
        axes.plot(line.strength, line.value, **mark_of(number, "white"))
    if last:
        axes.set_xlabel(panel.unit, color=MUTED, fontsize=7, labelpad=2)
    else:
        axes.set_title(panel.title, color=INK, fontsize=8, pad=4)
        axes.tick_params(axis="x", labelbottom=False)


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(3)
