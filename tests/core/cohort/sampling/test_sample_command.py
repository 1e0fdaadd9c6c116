"""The command that the window copies."""

from __future__ import annotations

import shlex
from pathlib import Path

from pathgui.core.cohort.sampling.sample_command import sample_command
from pathgui.core.reference.sampling_plan import PROPOSED, SamplingPlan
from pathgui.core.reference.set_writing import Described


def words(plan, described=Described()):
    return shlex.split(sample_command(Path("C d.pgcohort"), plan, described, Path("R.pgref")))


def test_what_is_usual_is_not_said():
    usual = ["pathgui", "reference", "sample", "C d.pgcohort", "--out", "R.pgref"]
    assert words(PROPOSED) == usual


def test_everything_else_is_said_as_it_is():
    plan = SamplingPlan(
        edge_um=32.5, mpp=0.2501, source="slides", tiles_a_slide=7, tiles_a_pair=9,
        equal_pairs=True, min_tissue=0.1, whole=False, distance_um=3.0, left_out=("Fold", "Ink x"),
        seed=4, quality=False, kept_anyway=("A 1 2",), dropped_tiles=("B 3 4",),
        dropped_slides=("süd",),
    )  # fmt: skip
    told = words(plan, Described("our's", "2", "where", "CC", "cite"))
    assert told[6:] == [
        "--from", "slides", "--edge-um", "32.5", "--mpp", "0.2501", "--tiles-a-slide", "7",
        "--tiles-a-pair", "9", "--min-tissue", "0.1", "--distance-um", "3.0", "--seed", "4",
        "--name", "our's", "--version", "2", "--description", "where", "--licence", "CC",
        "--citation", "cite", "--equal-pairs", "--by-tile-center", "--no-quality",
        "--leave-out", "Fold", "--leave-out", "Ink x", "--keep-anyway", "A 1 2",
        "--drop", "süd", "--drop", "B 3 4",
    ]  # fmt: skip
