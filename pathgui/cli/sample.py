"""``pathgui reference sample``: a reference set of the slides of a cohort."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Optional

import typer

from pathgui.cli.arguments import (
    OverwriteSet,
    SetCitation,
    SetDescription,
    SetLicence,
    SetVersion,
    check_set_target,
)
from pathgui.cli.cohort import reading, with_ending
from pathgui.cli.references import print_measurable, print_pairs, print_reference
from pathgui.cli.terminal import Watch, tell
from pathgui.core.cohort.check import Fault
from pathgui.core.cohort.quality.flaws import SAID
from pathgui.core.cohort.sampling.contact_sheets import write_contact_sheets
from pathgui.core.cohort.sampling.inspection import ThrownOut
from pathgui.core.cohort.sampling.preview import preview_of
from pathgui.core.cohort.sampling.sample import Sample, plan_sample
from pathgui.core.cohort.sampling.sampled_set import write_sample
from pathgui.core.cohort.sampling.tiles_given import dropped_given, tiles_given
from pathgui.core.errors import ReferenceSetError
from pathgui.core.evaluation.slide_regions import require_classes
from pathgui.core.language.texts import filled, say
from pathgui.core.measurement.measurable import measurable
from pathgui.core.progress import Part, Progress
from pathgui.core.reference.sampling_plan import PROPOSED, SamplingPlan
from pathgui.core.reference.set_writing import Described
from pathgui.core.slides.region_choice import ClassChoice

_DEFAULT = PROPOSED


def sample(
    folder: Annotated[
        Path, typer.Argument(metavar="COHORT", help=say("A cohort (NAME.pgcohort)."))
    ],
    out_folder: Annotated[
        Optional[Path],  # noqa: UP045  typer before 0.15 reads no "X | None" here
        typer.Option("--out", help=say("The folder of the new set (NAME.pgref).")),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=say("Print what would be taken, and write nothing."))
    ] = False,
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help=say(
                "Take labeled regions alone (regions), or whole slides of the "
                "tissue of their row (slides). With both, a whole slide is taken "
                "where it has no regions."
            ),
        ),
    ] = _DEFAULT.source,
    edge_um: Annotated[
        float, typer.Option(help=say("Field of view: the side of a tile in µm."))
    ] = _DEFAULT.edge_um,
    mpp: Annotated[
        float, typer.Option(help=say("µm per pixel of the stored tiles."))
    ] = _DEFAULT.mpp,
    tiles_a_slide: Annotated[
        int, typer.Option(help=say("Most tiles of a slide."))
    ] = _DEFAULT.tiles_a_slide,
    tiles_a_pair: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help=say("Most tiles of a tissue-center pair.")),
    ] = None,
    equal_pairs: Annotated[
        bool,
        typer.Option(
            "--equal-pairs",
            help=say("Every tissue-center pair gets as many tiles as the smallest."),
        ),
    ] = False,
    min_tissue: Annotated[
        float, typer.Option(help=say("Least share of tissue in a tile; with 0 none is looked for."))
    ] = _DEFAULT.min_tissue,
    by_center: Annotated[
        bool,
        typer.Option(
            "--by-tile-center", help=say("A tile has its center in its region, not all of itself.")
        ),
    ] = False,
    distance_um: Annotated[
        float, typer.Option(help=say("Least distance between two tiles of a slide in µm."))
    ] = _DEFAULT.distance_um,
    leave_out: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help=say("A class of regions in which no tile is taken. Repeatable.")),
    ] = None,
    seed: Annotated[
        int, typer.Option(help=say("Another number draws other tiles."))
    ] = _DEFAULT.seed,
    quality: Annotated[
        bool,
        typer.Option(
            "--quality/--no-quality",
            help=say(
                "Throw out tiles that are blurred, under ink, folded, at a "
                "bubble or an edge of the glass, empty, or black, and draw others."
            ),
        ),
    ] = _DEFAULT.quality,
    keep_anyway: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="TILE|FILE",
            help=say(
                "Take this tile back, or those in rows of thrown_out.csv of a "
                "set or of --pictures. Repeatable."
            ),
        ),
    ] = None,
    drop: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="TILE|SLIDE|FILE",
            help=say(
                "Take this tile or slide out of what is drawn, or those in a "
                "table with the column tile or slide_id. None is drawn in its "
                "place. Repeatable."
            ),
        ),
    ] = None,
    pictures: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            metavar="FOLDER",
            help=say(
                "With --dry-run: write sheets of tiles of each tissue-center "
                "pair, and of what is thrown out."
            ),
        ),
    ] = None,
    name: Annotated[
        str, typer.Option(help=say("The name that reports print; by default that of the folder."))
    ] = "",
    version: SetVersion = "1",
    description: SetDescription = "",
    licence: SetLicence = "",
    citation: SetCitation = "",
    overwrite: OverwriteSet = False,
) -> None:
    """Draw tiles from the slides of a cohort and make a reference set of them."""
    plan = SamplingPlan(
        edge_um=edge_um,
        mpp=mpp,
        source=source,
        tiles_a_slide=tiles_a_slide,
        tiles_a_pair=tiles_a_pair,
        equal_pairs=equal_pairs,
        min_tissue=min_tissue,
        whole=not by_center,
        distance_um=distance_um,
        left_out=tuple(sorted(set(leave_out or ()))),
        seed=seed,
        quality=quality,
        kept_anyway=tiles_given(keep_anyway or ()),
    )
    plan.check()
    if pictures is not None and not dry_run:
        raise ReferenceSetError(
            say("--pictures goes with --dry-run; a set has pictures of its own.")
        )
    if out_folder is None and not dry_run:
        raise ReferenceSetError(say("Name the new set with --out, or look first with --dry-run."))
    before = None if out_folder is None or dry_run else check_set_target(out_folder, overwrite)
    with reading(with_ending(folder)) as opened, Watch() as watch:
        require_classes(opened, ClassChoice(left_out=plan.left_out))
        tiles, slides = dropped_given(drop or (), opened.cohort.slides.slide_ids)
        plan = replace(plan, dropped_tiles=tiles, dropped_slides=slides)
        found = plan_sample(opened, plan, watch)
        _print_faults(found.faults)
        _print_thrown_out(found.thrown_out)
        if out_folder is None or dry_run:
            _print_sample(found, pictures)
            if pictures is not None:
                _write_pictures(found, pictures, watch)
            return
        described = Described(name, version, description, licence, citation)
        made = write_sample(found, out_folder, described, replacing=before, report=watch)
    _print_faults(made.faults)
    print_reference(made.reference)


def _print_faults(faults: Sequence[Fault]) -> None:
    for fault in faults:
        tell(str(fault))


def _print_thrown_out(tiles: Sequence[ThrownOut]) -> None:
    if not tiles:
        return
    counts = Counter(each.flaw.kind for each in tiles)
    why = ", ".join(
        filled("{kind} {counts:,}", kind=kind, counts=counts[kind]) for kind in SAID if counts[kind]
    )
    tell(
        say(
            "Thrown out as spoiled, and others drawn where there are any: {n_tiles:,} ({why}).",
            n_tiles=len(tiles),
            why=why,
        )
    )


def _write_pictures(found: Sample, folder: Path, watch: Watch) -> None:
    reading = Progress(say("Reading pictures"), 0, 1, part=Part.READING)
    files = write_contact_sheets(found, preview_of(found), folder, lambda: watch(reading))
    tell(
        say(
            "{n_files:,} sheets of pictures and {name} are in {folder}.",
            n_files=len(files) - 1,
            name=files[-1].name,
            folder=folder,
        )
    )


def _print_sample(found: Sample, pictures: Path | None) -> None:
    """What would be taken, as ``reference show`` prints what a set holds."""
    plan = found.plan
    empty = len(found.cohort.slides) - len(found.slides)
    tell(
        say(
            "{n_found:,} tiles of {n_slides:,} slides, {edge_um:g} µm a side, "
            "{side_px} px; slides that give nothing: {empty:,}. {no_set} was "
            "written.",
            n_found=len(found),
            n_slides=len(found.slides),
            edge_um=plan.edge_um,
            side_px=plan.side_px,
            empty=empty,
            no_set=say("No set") if pictures else say("Nothing"),
        )
    )
    print_pairs(
        found.tissues,
        found.centers,
        [[found.of_pair(tissue, center) for center in found.centers] for tissue in found.tissues],
        found.columns,
    )
    print_measurable(measurable(found.labels, edge_um=plan.edge_um))
