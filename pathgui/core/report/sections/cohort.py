"""The slides of a run on a cohort: together, in a table, and one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pathgui.core.language.texts import say
from pathgui.core.measurement.over_slides import OverSlides, ShareOverSlides
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Facts,
    Heading,
    Note,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections.options import SLIDES_TABLE, at
from pathgui.core.report.sections.region_facts import of_cohort, region_facts
from pathgui.core.report.sections.results import jpeg, slide_in_brief
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import interval_detail
from pathgui.core.results import formatting as fmt
from pathgui.core.results.cohort_summary import (
    own_center_meaning,
    own_center_sentence,
    reading,
    slides_sentence,
)
from pathgui.core.results.unlike_slides import unlike_sentence, unlike_slides, why_by_encoder
from pathgui.core.runs.record import Evaluation, SlideByEncoder, SlideFacts, SlideOfRun

_ENCODERS = 4  # side by side in the table of slides
_CENTERS = 10  # of the reference set side by side in a table


def slides(subject: Subject, each: Iterable[Evaluation] = ()) -> list[Block]:
    """What the slides show together, then every slide in a row; ``each`` slide on its own page."""
    run = subject.run
    if not any(slide.state == "done" for slide in run.slides):
        return [Note(slides_sentence(run), tone="absent")]
    titles = {result.encoder.name: result.encoder.title for result in run.encoders}
    said = [(titles.get(found.encoder, found.encoder), found) for found in run.over_slides]
    blocks: list[Block] = [Paragraph(slides_sentence(run), "lead")]
    blocks += _own_centers(subject, said)
    blocks += _tissues(said)
    blocks += _outlying(subject, titles)
    blocks += _agreement(subject, titles)
    blocks += _table(subject, titles)
    for number, evaluation in enumerate(each):
        blocks += _page(subject, evaluation, number)
    return blocks


def _own_centers(subject: Subject, said: Sequence[tuple[str, OverSlides]]) -> list[Block]:
    if not said:
        return []
    blocks: list[Block] = [
        Heading(say("{Centers} as encoders see them", Centers=subject.Centers)),
        Paragraph(f"{own_center_meaning(subject.columns)}.", sticky=True),
        Bullets(
            [f"{title} {own_center_sentence(found, subject.columns)}" for title, found in said]
        ),
    ]
    centers = subject.run.reference.centers
    lacking = [name for _, found in said[:1] for name in found.known if name not in centers]
    for title, found in said:
        rows_of = [
            *zip(found.known, found.placed, strict=True),
            *([(say("not known"), found.unknown)] if any(found.unknown) else []),
        ]
        shown = [i for i in range(len(centers)) if any(counts[i] for _, counts in rows_of)]
        for start in range(0, len(shown), _CENTERS):
            part = shown[start : start + _CENTERS]
            rows = []
            for name, counts in rows_of:
                total = sum(counts) or 1
                known = (
                    subject.center_cell(centers.index(name))
                    if name in centers
                    else Cell(
                        name, detail="" if name == say("not known") else say("not in the set")
                    )
                )
                rows.append(
                    [known, *(Cell(fmt.count(counts[i]), shade=counts[i] / total) for i in part)]
                )
            blocks.append(
                Table(
                    header=[
                        say("Known {center}", center=subject.center),
                        *(centers[i] for i in part),
                    ],
                    rows=rows,
                    align=name_and_numbers(len(part)),
                    widths=[2.0, *(1.0 for _ in part)],
                    caption=say(
                        "{title}: slides by their known {center} (rows) and the "
                        "{center} where they are placed (columns).{left_out}",
                        title=title,
                        center=subject.center,
                        left_out=_left_out(len(centers) - len(shown), subject.columns),
                    ),
                    small=True,
                )
            )
    if lacking:
        blocks.append(
            Note(
                say(
                    "The reference set has no {lacking}. Slides of such "
                    "{a_center} are placed at another one, and do not count in "
                    "the shares.",
                    lacking=fmt.listing(lacking),
                    a_center=subject.a_center,
                ),
                tone="warning",
            )
        )
    return blocks


def _left_out(n: int, columns: RoleColumns) -> str:
    return (
        say(" No slide is placed at {count} more.", count=columns.of_center.counted(n)) if n else ""
    )


def _tissues(said: Sequence[tuple[str, OverSlides]]) -> list[Block]:
    known = [(title, found.tissue) for title, found in said]
    if not any(isinstance(found, ShareOverSlides) for _, found in known):
        return []
    rows = []
    for title, found in known:
        if isinstance(found, NotAssessable):
            rows.append([Cell(title), Cell(fmt.NOT_ASSESSABLE, "muted"), Cell("–"), Cell("–")])
            continue
        rows.append(
            [
                Cell(title),
                Cell(fmt.index(found.value), detail=interval_detail(found.interval, fmt.index)),
                Cell(fmt.count(found.n_slides)),
                Cell(fmt.count(found.n_patients)),
            ]
        )
    return [
        Heading(say("Tissue where it is known")),
        Paragraph(
            say(
                "The share of tiles to which the probe gives the tissue that the "
                "cohort says, by labeled regions or for the whole slide. It is "
                "the mean over slides, each counting once. Slides of a patient "
                "are alike, so the 95 % interval leaves out patients."
            ),
            sticky=True,
        ),
        Table(
            header=[say("Encoder"), say("Tissue right"), say("Slides"), say("Patients")],
            rows=rows,
            align=name_and_numbers(3),
            widths=[2.4, 1.4, 1, 1],
            small=True,
        ),
    ]


def _outlying(subject: Subject, titles: dict[str, str]) -> list[Block]:
    found = unlike_slides(subject.run)
    blocks: list[Block] = [
        Heading(say("Slides outside the reference set")),
        Paragraph(unlike_sentence(subject.run), sticky=bool(found)),
    ]
    if found:
        blocks.append(
            Table(
                header=[
                    say("Slide"),
                    say("Known {center}", center=subject.center),
                    say("As these encoders find"),
                ],
                rows=[
                    [
                        Cell(subject.name_of(slide)),
                        Cell(slide.center or say("not known")),
                        Cell(why_by_encoder(slide, titles, subject.columns)),
                    ]
                    for slide, _ in found
                ],
                align=["left", "left", "left"],
                widths=[1.6, 1.2, 2.4],
                small=True,
            )
        )
    return blocks


def _agreement(subject: Subject, titles: dict[str, str]) -> list[Block]:
    """Pairs of encoders: on how many tiles they answer alike, from slide to slide."""
    shares: dict[tuple[str, str], tuple[list[float], list[float]]] = {}
    for slide in subject.run.slides:
        for pair in slide.agreement:
            tissue, center = shares.setdefault((pair.one, pair.other), ([], []))
            if pair.tissue is not None:
                tissue.append(pair.tissue.share)
            if pair.center is not None:
                center.append(pair.center.share)
    if not shares:
        return []
    return [
        Heading(say("Agreement of encoders")),
        Paragraph(
            say(
                "The share of a slide’s tiles on which the probes of two "
                "encoders answer alike: the middle slide, and below the lowest "
                "and the highest."
            ),
            sticky=True,
        ),
        Table(
            header=[say("Encoders"), "", say("Tissue"), subject.Center],
            rows=[
                [
                    Cell(titles.get(one, one)),
                    Cell(titles.get(other, other)),
                    _spread(tissue),
                    _spread(center),
                ]
                for (one, other), (tissue, center) in shares.items()
            ],
            align=["left", "left", "right", "right"],
            widths=[1.6, 1.6, 1, 1],
            small=True,
        ),
    ]


def _spread(shares: list[float]) -> Cell:
    if not shares:
        return Cell("–", "muted")
    middle = sorted(shares)[len(shares) // 2]
    return Cell(
        fmt.percent(middle),
        detail=say(
            "{shares} to {shares2}",
            shares=fmt.percent(min(shares)),
            shares2=fmt.percent(max(shares)),
        ),
    )


def _table(subject: Subject, titles: dict[str, str]) -> list[Block]:
    """One row a slide, encoders side by side."""
    names, attached = list(titles), ""
    if SLIDES_TABLE in subject.options.attached:
        attached = say(
            "The attached file {SLIDES_TABLE} has these and further numbers.",
            SLIDES_TABLE=SLIDES_TABLE,
        )
    blocks: list[Block] = [
        Heading(say("Slide by slide")),
        Paragraph(
            say(
                "For each encoder the {center} where it places the slide, in "
                "bold where this is the slide’s own. Below, the share of the "
                "slide’s tiles with their nearest reference tile there, and the "
                "share of its tiles that are far from the reference set.",
                center=subject.center,
            ),
            sticky=True,
        ),
    ]
    for start in range(0, len(names), _ENCODERS):
        part = names[start : start + _ENCODERS]
        rows = []
        for slide in subject.run.slides:
            if slide.state != "done":
                continue
            said = {each.encoder: each for each in slide.encoders}
            rows.append(
                [
                    Cell(subject.name_of(slide), detail=slide.tissue or ""),
                    Cell(slide.center or say("not known"), "plain" if slide.center else "muted"),
                    *(_placed(subject, slide, said.get(name)) for name in part),
                ]
            )
        blocks.append(
            Table(
                header=[
                    say("Slide"),
                    say("Known\n{center}", center=subject.center),
                    *(titles[name] for name in part),
                ],
                rows=rows,
                align=["left"] * (2 + len(part)),
                widths=[1.5, 1.2, *(1.5 for _ in part)],
                caption=attached,
                small=True,
            )
        )
    return blocks


def _placed(subject: Subject, slide: SlideOfRun, said: SlideByEncoder | None) -> Cell:
    if said is None:
        return Cell(say("did not run"), "muted")
    found = reading(said)
    details = []
    if found.place_share is not None:
        details.append(fmt.percent(found.place_share))
    if found.far_share is not None:
        details.append(say("{far_share} far", far_share=fmt.percent(found.far_share)))
    if found.no_known_center:
        details.append(say("no known {center}", center=subject.center))
    if found.place is None:
        return Cell(say("nowhere"), "muted", detail="; ".join(details))
    cell = subject.center_cell(subject.run.reference.centers.index(found.place))
    own = found.place == slide.center
    return replace(cell, tone="strong" if own else "plain", detail="; ".join(details))


def _page(subject: Subject, evaluation: Evaluation, number: int) -> list[Block]:
    """One slide: what is known of it, and what the encoders say, as pictures and words."""
    facts = evaluation.run.slide
    assert facts is not None
    own = Subject(evaluation, subject.options, subject.files, prefix=f"slide-{number}-")
    if evaluation.thumbnail is not None:
        subject.files[own.base] = jpeg(evaluation.thumbnail)
    row = next(
        slide
        for slide in subject.run.slides
        if slide.slide is not None and slide.slide.content_id == facts.content_id
    )
    return [
        Heading(subject.name_of(row)),
        Facts(
            [
                (
                    say("Known {center}", center=subject.center),
                    Cell(row.center or say("not known")),
                ),
                (say("Known tissue"), Cell(row.tissue or say("not known"))),
                (say("Scale"), Cell(fmt.mpp(facts.mpp))),
                (say("Tiles evaluated"), Cell(fmt.count(facts.tiles_used))),
                *region_facts(facts),
            ],
            columns=2,
        ),
        *slide_in_brief(own),
    ]


def _own_tiles(done: Sequence[SlideFacts]) -> str:
    """Of how many slides the set has tiles, which judge neither them nor their patients."""
    own = sum(bool(facts.left_out) for facts in done)
    if not own:
        return say("none: no tile of the set was found to be of one of the slides or its patient")
    return say(
        "where a slide is judged, those of the slide itself and of its "
        "patient; the set has such tiles of {slides}",
        slides=fmt.plural(own, "slide"),
    )


def materials(subject: Subject) -> list[Block]:
    """The cohort, and what its slides are."""
    run = subject.run
    cohort = run.cohort
    assert cohort is not None
    done = [slide.slide for slide in run.slides if slide.slide is not None]
    known = Counter(slide.center for slide in run.slides if slide.center)
    patients = {slide.patient for slide in run.slides if slide.patient}
    centers = fmt.listing(
        [f"{name} ({fmt.count(n)})" for name, n in sorted(known.items(), key=lambda item: item[0])]
    )
    scales = sorted({round(facts.mpp, 4) for facts in done})
    scale = "–"
    if scales:
        scale = fmt.mpp(scales[0])
        scale += say(" to {mpp}", mpp=fmt.mpp(scales[-1])) if len(scales) > 1 else ""
    masks = Counter(facts.tissue_mask_method for facts in done)
    facts = [
        (say("Cohort"), Cell(cohort.name)),
        (say("Slides"), Cell(slides_sentence(run))),
        (say("Patients"), Cell(fmt.count(len(patients)) if patients else say("not known"))),
        (say("Known {centers} (slides)", centers=subject.centers), Cell(centers or say("none"))),
        (
            say("Columns of the cohort"),
            Cell(
                say(
                    "center: {center_column}; tissue: {tissue_column}; patient: {patient_column}",
                    center_column=cohort.center_column,
                    tissue_column=cohort.tissue_column,
                    patient_column=cohort.patient_column,
                )
            ),
        ),
        (say("Tiles evaluated"), Cell(fmt.count(sum(facts.tiles_used for facts in done)))),
        (say("Tiles unreadable"), Cell(fmt.count(sum(facts.tiles_unreadable for facts in done)))),
        (say("Reference tiles left out"), Cell(_own_tiles(done))),
        (say("Scale"), Cell(scale)),
        (
            say("Tissue mask (slides)"),
            Cell("; ".join(f"{how} ({n})" for how, n in masks.items()) or "–"),
        ),
    ]
    facts += of_cohort(cohort, done)
    if any(slide.state == "failed" for slide in run.slides):
        facts.append((say("Failed"), Cell(say("{at} says which, and why", at=at("failures")))))
    return [Heading(say("Slides")), Facts(facts)]
