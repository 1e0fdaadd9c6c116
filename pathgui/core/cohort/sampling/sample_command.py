"""The command that draws a sample again and writes it: what the window does, for the terminal."""

from __future__ import annotations

import shlex
from pathlib import Path

from pathgui.core.reference.sampling_plan import PROPOSED, SamplingPlan
from pathgui.core.reference.set_writing import Described


def sample_command(cohort: Path, plan: SamplingPlan, described: Described, out: Path) -> str:
    """``pathgui reference sample`` in one line, as a shell reads it; what is usual is not said."""
    words = ["pathgui", "reference", "sample", str(cohort), "--out", str(out)]
    for flag, value, usual in (
        ("--from", plan.source, PROPOSED.source),
        ("--edge-um", plan.edge_um, PROPOSED.edge_um),
        ("--mpp", plan.mpp, PROPOSED.mpp),
        ("--tiles-a-slide", plan.tiles_a_slide, PROPOSED.tiles_a_slide),
        ("--tiles-a-pair", plan.tiles_a_pair, PROPOSED.tiles_a_pair),
        ("--min-tissue", plan.min_tissue, PROPOSED.min_tissue),
        ("--distance-um", plan.distance_um, PROPOSED.distance_um),
        ("--seed", plan.seed, PROPOSED.seed),
        ("--name", described.name, ""),
        ("--version", described.version, Described().version),
        ("--description", described.description, ""),
        ("--licence", described.licence, ""),
        ("--citation", described.citation, ""),
    ):
        if value != usual:
            words += [flag, str(value)]
    for flag, said in (
        ("--equal-pairs", plan.equal_pairs),
        ("--by-tile-center", not plan.whole),
        ("--no-quality", not plan.quality),
    ):
        if said:
            words.append(flag)
    for flag, names in (
        ("--leave-out", plan.left_out),
        ("--keep-anyway", plan.kept_anyway),
        ("--drop", (*plan.dropped_slides, *plan.dropped_tiles)),
    ):
        for name in names:
            words += [flag, name]
    return shlex.join(words)
