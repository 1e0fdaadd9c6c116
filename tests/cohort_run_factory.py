"""A finished run on a cohort, made up for tests: slides at several centers, one that failed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pathgui.core.runs.record import (
    CohortFacts,
    EncoderResult,
    Evaluation,
    SlideByEncoder,
    SlideMeasurement,
    SlideOfRun,
    TissueRight,
)
from pathgui.core.runs.run_files import save_evaluation
from pathgui.core.runs.slides_of_run import SLIDES_FOLDER, write_slide_files
from pathgui.core.slides.region_choice import ClassChoice
from tests.run_factory import make_evaluation


def make_cohort_run(n_slides: int = 6, n_encoders: int = 2) -> tuple[Evaluation, Evaluation]:
    """A run on a cohort, and the evaluation whose tiles each of its slides has.

    Slide i is of center ``i % 4``. The first encoder places every slide at its own center, each
    further one shifts one slide more to the next center. The last slide of the cohort failed.
    """
    one = make_evaluation(n_encoders, in_depth=True)
    run = one.run
    facts = run.slide
    assert facts is not None
    centers, tissues = run.reference.centers, run.reference.tissues
    slides = []
    for i in range(n_slides):
        center = centers[i % len(centers)]
        content = f"{i:08x}" + facts.content_id[8:]
        slides.append(
            SlideOfRun(
                slide_id=f"S-{i + 1:02d}",
                folder=f"slide-{i:08x}",
                state="done",
                center=center,
                tissue=tissues[0],
                patient=f"P-{i // 2 + 1}",
                columns={"scanner": ("Aperio", "Hamamatsu")[i % 2]},
                slide=replace(
                    facts,
                    content_id=content,
                    pseudonym=f"slide-{content[:8]}",
                    given_center=center,
                    given_tissue=tissues[0],
                ),
                encoders=[
                    _said(result, (i + (i < n)) % len(centers), 900 - 100 * n)
                    for n, result in enumerate(run.encoders)
                ],
                agreement=run.agreement,
                seconds=12.5 + i,
            )
        )
    slides.append(
        SlideOfRun(
            slide_id=f"S-{n_slides + 1:02d}",
            folder=f"slide-{n_slides:08x}",
            state="failed",
            reason="S-07.svs does not say how large its pixels are.",
            center=centers[0],
        )
    )
    cohort = replace(
        run,
        slide=None,
        agreement=[],
        encoders=[replace(result, slide=None) for result in run.encoders],
        cohort=CohortFacts(
            "colon 2026", "0f" * 16, "center", "tissue", "patient_id", region_choice=ClassChoice()
        ),
        slides=slides,
    )
    return replace(one, run=cohort, tiles=None, thumbnail=None), one


def save_cohort_run(folder: Path, n_slides: int = 6, n_encoders: int = 2) -> Evaluation:
    """The run on disk, its slides' files included; returns the evaluation that was saved."""
    cohort, one = make_cohort_run(n_slides, n_encoders)
    save_evaluation(cohort, folder)
    for slide in cohort.run.slides:
        if slide.state == "done":
            files = folder / SLIDES_FOLDER / slide.folder
            files.mkdir(parents=True)
            write_slide_files(one, files)
    return cohort


def _said(result: EncoderResult, center: int, right: int) -> SlideByEncoder:
    measured = result.slide
    assert measured is not None
    return SlideByEncoder(
        encoder=result.encoder.name,
        slide=_nearest_to(measured, center),
        seconds={"embed slide": 3.25},
        tiles_per_second=80.0,
        batch_size=32,
        tissue_right=TissueRight(1000, right, "slide"),
    )


def _nearest_to(measured: SlideMeasurement, center: int) -> SlideMeasurement:
    """The same, with most tiles nearest to one center."""
    nearest = measured.nearest_center
    assert nearest is not None
    counts = [round(measured.n_tiles * 0.1)] * len(nearest.names)
    counts[center] = measured.n_tiles - sum(counts) + counts[center]
    return replace(measured, nearest_center=replace(nearest, counts=counts))
