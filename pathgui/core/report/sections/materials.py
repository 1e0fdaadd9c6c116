"""Materials, encoders, methods."""

from __future__ import annotations

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import counted, filled, say
from pathgui.core.measurement.measurable import Measurable, state_words
from pathgui.core.reference.same_slide import REASON_WORDS
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Facts,
    Heading,
    Note,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections import cohort
from pathgui.core.report.sections.appraisal import appraisal
from pathgui.core.report.sections.methods import _numbers
from pathgui.core.report.sections.references import cite
from pathgui.core.report.sections.region_facts import region_facts
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.findings import scale_is_off
from pathgui.core.results.published import Source, published
from pathgui.core.results.resolution import resolution_sentence
from pathgui.core.runs.k_words import ks_of
from pathgui.core.runs.record import EncoderFacts, EncoderResult, SlideFacts

_COLUMNS = 9  # tissues that fit side by side in the table of tissue-center pairs


def materials(subject: Subject) -> list[Block]:
    """The slide and the reference set."""
    slide, reference = subject.slide, subject.run.reference
    blocks: list[Block]
    if subject.run.cohort is not None:
        blocks = cohort.materials(subject)
    elif slide is None:
        alone = say("The run measured the reference set alone; no slide was evaluated.")
        blocks = [Heading(say("Slide")), Note(alone, tone="absent")]
    else:
        blocks = [Heading(say("Slide")), Facts(_slide_facts(subject, slide), columns=2)]
    blocks += [
        Heading(say("Reference set")),
        Facts(
            [
                (
                    say("Name"),
                    Cell(
                        say(
                            "{reference_name}, version {version}",
                            reference_name=reference.name,
                            version=reference.version,
                        )
                    ),
                ),
                (say("Description"), Cell(reference.description or say("none"))),
                (say("License"), Cell(reference.licence or say("not stated"))),
                (say("Citation"), Cell(reference.citation or say("none"))),
                (say("SHA-256"), Cell(reference.sha256, "mono")),
                (say("Tiles, slides"), Cell(_sizes(subject))),
                (
                    say("Field of view"),
                    Cell(
                        say("not recorded")
                        if reference.edge_um is None
                        else say("{length_um} a side", length_um=fmt.length_um(reference.edge_um))
                    ),
                ),
                (say("Rows refused"), Cell(fmt.count(reference.refused))),
                (say("Cramér’s V"), _association(subject)),
            ]
        ),
        Heading(say("Tiles of each tissue at each {center}", center=subject.center)),
        Paragraph(
            say(
                "Each field is a tissue-{center} pair: one tissue at one "
                "{center}. Pairs with no or few slides weaken every number.",
                center=subject.center,
            ),
            sticky=True,
        ),
        *_pair_tables(subject),
        *_measurable(reference.measurable),
        *([Paragraph(found)] if (found := resolution_sentence(subject.run)) else []),
        *appraisal(subject),
        Note(
            say(
                "Which slides an encoder saw during its own training is known in "
                "part at most. Public collections such as TCGA are part of many "
                "training sets. Numbers measured on them may flatter an encoder."
            ),
            tone="warning",
            title=say("Overlap with training data"),
        ),
    ]
    return blocks


def _slide_facts(subject: Subject, slide: SlideFacts) -> list[tuple[str, Cell]]:
    width, height = slide.size_l0
    columns, rows = slide.lattice
    grid = counted(
        columns * rows,
        "{columns} × {rows} square",
        "{columns} × {rows} squares",
        columns=columns,
        rows=rows,
    )
    source = {"file": say("from the file"), "user": say("given by the user")}[slide.mpp_source]
    objective = (
        say("not in the file")
        if slide.objective is None
        else filled("{objective:g}×", objective=slide.objective)
    )
    return [
        (say("Slide"), Cell(subject.slide_name)),
        (say("Content ID"), Cell(slide.content_id[:16], "mono")),
        (say("Format"), Cell(f"{slide.format}, {fmt.plural(slide.levels, 'level')}")),
        (say("Vendor"), Cell(slide.vendor or say("not in the file"))),
        (
            say("Size"),
            Cell(say("{width} × {height} px", width=fmt.count(width), height=fmt.count(height))),
        ),
        (say("Scale"), Cell(f"{fmt.mpp(slide.mpp)}, {source}")),
        *((say("Values"), Cell(subject.told(remark))) for remark in slide.remarks),
        (say("Objective"), Cell(objective)),
        (say("Read with"), Cell(slide.reader)),
        (
            say("ICC profile"),
            Cell(say("present, not applied") if slide.has_icc_profile else say("none in the file")),
        ),
        (say("Tissue"), Cell(fmt.area_mm2(slide.tissue_area_mm2))),
        (
            say("Tile"),
            Cell(
                say(
                    "{length_um}, {tile_size_l0} px of level 0",
                    length_um=fmt.length_um(slide.tile_edge_um),
                    tile_size_l0=slide.tile_size_l0,
                )
            ),
        ),
        (
            say("Grid"),
            Cell(
                say(
                    "{grid}, every {tile_stride_l0} px",
                    grid=grid,
                    tile_stride_l0=slide.tile_stride_l0,
                )
            ),
        ),
        *region_facts(slide),
        (say("Tiles with tissue"), Cell(fmt.count(slide.tiles_tissue))),
        (say("Tiles evaluated"), Cell(fmt.count(slide.tiles_used))),
        (say("Tiles unreadable"), Cell(fmt.count(slide.tiles_unreadable))),
        (say("{Center} as given", Center=subject.Center), Cell(_given_center(slide))),
        (say("Reference tiles left out"), Cell(_left_out(slide))),
        (say("Tissue as given"), Cell(slide.given_tissue or say("not given"))),
    ]


def _left_out(slide: SlideFacts) -> str:
    """Slides of the reference set that did not judge, by reason."""
    if slide.left_out is None:
        return say("tiles of a slide of exactly this name, and of its patient")
    if not slide.left_out:
        return say(
            "nothing: no tile of the set was found to be of this slide or "
            "its patient; a copy under another name, cut on a shifted grid, "
            "may be missed"
        )
    parts = []
    for reason, words in REASON_WORDS.items():
        found = [each for each in slide.left_out if each.reason == reason]
        if found:
            tiles = sum(each.tiles for each in found)
            parts.append(
                say(
                    "{tiles} of {slides}: {words}",
                    tiles=fmt.plural(tiles, "tile"),
                    slides=fmt.plural(len(found), "slide"),
                    words=words,
                )
            )
    return "; ".join(parts)


def _given_center(slide: SlideFacts) -> str:
    if slide.given_center is None:
        return say("not given")
    return f"{slide.given_center}{(say(', not in the reference set') if slide.new_center else '')}"


def _sizes(subject: Subject) -> str:
    reference = subject.run.reference
    text = say(
        "{tiles} of {slides}",
        tiles=fmt.plural(reference.n_tiles, "tile"),
        slides=fmt.plural(reference.n_slides, "slide"),
    )
    if reference.n_patients is None:
        return text + say("; patients not stated")
    return text + say(" of {patients}", patients=fmt.plural(reference.n_patients, "patient"))


def _association(subject: Subject) -> Cell:
    """How much tissue and center go together in the set."""
    values = {
        result.reference.cramers_v
        for result in subject.run.encoders
        if result.reference.cramers_v is not None
    }
    if not values:
        return Cell(say("not measured"), "muted")
    words = say(" to ").join(fmt.index(value) for value in sorted({min(values), max(values)}))
    return Cell(words)


def _measurable(found: Measurable | None) -> list[Block]:
    """What the labels allowed to be measured, and what would have allowed more."""
    if found is None:
        return []
    words = state_words()
    rows = [
        [
            Cell(retold(each.what)),
            Cell(words[each.state], "plain" if each.state == "yes" else "warning"),
            Cell(" ".join(retold(part) for part in (each.detail, each.remedy) if part) or "–"),
        ]
        for each in found.abilities
    ]
    return [
        Heading(say("What this set can measure")),
        *(Paragraph(retold(text), sticky=True) for text in found.left_out),
        Table(
            header=[say("What"), "", say("Why, and what would help")],
            rows=rows,
            align=["left", "left", "left"],
            widths=[1.6, 1.0, 3.4],
            caption=say("Known from the labels alone, before any encoder ran."),
            small=True,
        ),
    ]


def _pair_tables(subject: Subject) -> list[Block]:
    """Centers as rows, so that forty of them run on over pages; tissues side by side."""
    reference = subject.run.reference
    most = max((n for row in reference.tissue_by_center for n in row), default=0) or 1
    blocks: list[Block] = []
    for start in range(0, len(reference.tissues), _COLUMNS):
        shown = range(start, min(start + _COLUMNS, len(reference.tissues)))
        rows = []
        for c in range(len(reference.centers)):
            row = [subject.center_cell(c)]
            for t in shown:
                tiles = reference.tissue_by_center[t][c]
                slides = reference.slides_by_cell[t][c]
                if tiles:
                    detail = fmt.plural(slides, "slide")
                    row.append(Cell(fmt.count(tiles), shade=tiles / most, detail=detail))
                else:
                    row.append(Cell(say("none"), "warning"))
            rows.append(row)
        blocks.append(
            Table(
                header=[subject.Center, *(reference.tissues[t] for t in shown)],
                rows=rows,
                align=name_and_numbers(len(shown)),
                widths=[2.4, *[1.0 for _ in shown]],
                caption=say("Tiles, and the slides they come from; darker where there are more."),
                small=True,
            )
        )
    return blocks


def encoders(subject: Subject) -> list[Block]:
    """One card each."""
    blocks: list[Block] = []
    for result in subject.run.encoders:
        blocks += [Heading(result.encoder.title), Facts(_encoder_facts(subject, result), columns=2)]
        for warning in result.warnings:
            blocks.append(Note(subject.told(warning), tone="warning"))
    if not blocks:
        blocks.append(Note(say("No encoder could be run."), tone="absent"))
    return blocks + _published(subject)


_PUBLISHED = (
    ("ri", say("Index")),
    ("support", say("Support")),
    ("croma", say("CRoMa,\nmedian")),
    ("croma_tail", say("Worst\ntenth")),
    ("apd_in", say("APD,\nsame")),
    ("apd_out", say("APD,\nother")),
    ("tissue_accuracy", say("Tissue\naccuracy")),
    ("center_accuracy", say("Center\naccuracy")),
)


def _published(subject: Subject) -> list[Block]:
    """What others have measured of these encoders, with the sources; never mixed with ours."""
    known = {
        result.encoder.title: published(result.encoder.name) for result in subject.run.encoders
    }
    every = [each for found in known.values() for each in found]
    if not every:
        return []
    shown = [
        (name, title) for name, title in _PUBLISHED if any(name in each.values for each in every)
    ]
    rows = [
        [
            Cell(title),
            Cell(each.data, detail=each.source.title),
            *(
                Cell(
                    fmt.signed(each.values[name])
                    if name in _SIGNED
                    else fmt.index(each.values[name])
                )
                if name in each.values
                else Cell("–", "muted")
                for name, _ in shown
            ),
        ]
        for title, found in known.items()
        for each in found
    ]
    sources = {each.source.title: each.source for each in every}
    return [
        Heading(say("Published figures")),
        Paragraph(
            say(
                "What others have published of these encoders, on their own "
                "tiles and slides and with their own k. Here k is {numbers}. "
                "These numbers were not measured in this run. Do not compare "
                "them digit by digit.",
                numbers=_numbers(ks_of(subject.run.encoders)),
            ),
            sticky=True,
        ),
        Table(
            header=[say("Encoder"), say("Tiles, source"), *(title for _, title in shown)],
            rows=rows,
            align=["left", *name_and_numbers(len(shown))],
            widths=[1.5, 1.5, *(0.8 for _ in shown)],
            small=True,
        ),
        *(
            Paragraph(f"{source.title}: {source.where} {_cited(source)}.", "small")
            for source in sources.values()
        ),
    ]


_SIGNED = frozenset({"croma", "croma_tail", "apd_in", "apd_out"})
_WORKS = {"PathoROB": "pathorob", "croma": "croma", "de Jong et al.": "dejong"}


def _cited(source: Source) -> str:
    """The work that published values are from; in full where the references do not have it."""
    work = _WORKS.get(source.title)
    return cite(work) if work else f"({source.citation})"


def _encoder_facts(subject: Subject, result: EncoderResult) -> list[tuple[str, Cell]]:
    facts = result.encoder
    weights = Cell(facts.weights_sha256[:32] + "…", "mono") if facts.weights_sha256 else None
    speed = result.tiles_per_second
    return [
        (say("Name"), Cell(facts.name, "mono")),
        (say("License"), Cell(facts.licence)),
        (say("Source"), Cell(subject.private(facts.source))),
        (
            say("Parameters"),
            Cell(
                say("{params_m:,.1f} million", params_m=facts.params_m)
                if facts.params_m
                else say("none")
            ),
        ),
        (say("Embedding"), Cell(say("{dim} numbers", dim=fmt.count(facts.dim)))),
        (say("Pooling"), Cell(facts.pooling)),
        (say("Input"), Cell(say("{input_px} × {input_px} px", input_px=facts.input_px))),
        (say("Scale"), _scale(facts)),
        (say("Precision"), _precision(facts)),
        (say("Device"), _device(facts)),
        (say("Batch"), Cell(_batch(facts))),
        (say("Transform"), Cell(facts.transform)),
        (
            say("Speed"),
            Cell(
                say("not measured")
                if speed is None
                else say("{speed:.1f} tiles per second", speed=speed)
            ),
        ),
        (say("Weights SHA-256"), weights or Cell(say("none: the encoder has no weights"))),
    ]


def _batch(facts: EncoderFacts) -> str:
    own = fmt.plural(facts.batch_size, "tile")
    if facts.slide_batch_size in (None, facts.batch_size):
        return own
    return say(
        "{own}; of the slide, {tiles}", own=own, tiles=fmt.plural(facts.slide_batch_size, "tile")
    )


def _precision(facts: EncoderFacts) -> Cell:
    """With how far embeddings lie from those in full precision."""
    check = facts.precision_check
    if check is None:
        return Cell(facts.precision)
    return Cell(
        facts.precision,
        detail=say(
            "cosine with fp32 at least {cosine_min:.4f}, mean {cosine_mean:.4f}, on {tiles}",
            cosine_min=check.cosine_min,
            cosine_mean=check.cosine_mean,
            tiles=fmt.plural(check.n_tiles, "tile"),
        ),
    )


def _device(facts: EncoderFacts) -> Cell:
    """With how far its embeddings lie from those of the CPU, the worst of several devices."""
    if not facts.device_checks:
        return Cell(facts.device)
    worst = min(facts.device_checks, key=lambda each: each.cosine_min)
    agrees = all(each.agrees for each in facts.device_checks)
    return Cell(
        facts.device if agrees else f"{facts.device} ▲",
        "plain" if agrees else "warning",
        detail=say(
            "cosine with the CPU at least {cosine_min:.5f} ({device}); tolerated {tolerance}",
            cosine_min=worst.cosine_min,
            device=worst.device,
            tolerance=worst.tolerance,
        ),
    )


def _scale(facts: EncoderFacts) -> Cell:
    expected = fmt.mpp(facts.mpp_expected)
    if facts.mpp_used is None:
        return Cell(say("expects {expected}; used: not known", expected=expected), "warning")
    if scale_is_off(facts):
        return Cell(
            say("{mpp} ▲ expects {expected}", mpp=fmt.mpp(facts.mpp_used), expected=expected),
            "warning",
        )
    return Cell(say("{mpp}, as expected", mpp=fmt.mpp(facts.mpp_used)))
