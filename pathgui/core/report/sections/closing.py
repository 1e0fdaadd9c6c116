"""Failure analysis, limits, events, environment, reproduction, checklist, glossary, approval."""

from __future__ import annotations

from pathgui.core.report.render.document import (
    Block,
    Bullets,
    Cell,
    Facts,
    Heading,
    Note,
    Paragraph,
    Signatures,
    Table,
    cells,
    name_and_numbers,
)
from pathgui.core.report.sections.options import at
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.tile_columns import FAR
from pathgui.core.system.times import duration

_LIMITS = [
    "The centers are a closed set. A tile is compared with the centers of the reference set only; "
    "neither the center probe nor the nearest reference tile says where a slide is from.",
    "Cells of the reference set with few slides say little, whatever the number of their tiles.",
    "The robustness index describes how embeddings lie to each other. It is no measure of "
    "diagnostic accuracy.",
    "A center stands for all that goes with it: scanner, stain, section thickness, period and "
    "population. Which of them an encoder follows is not told apart here.",
    "One slide has one center, so a slide alone has no robustness index. It belongs to encoder "
    "and reference set together.",
    "The results hold for this field of view, this scale, this tissue mask and these versions.",
]


def failures(subject: Subject) -> list[Block]:
    """What did not work, in numbers."""
    run, slide = subject.run, subject.slide
    rows = [
        [Cell(failure.title), Cell("did not run", "warning"), Cell(subject.private(failure.reason))]
        for failure in run.failures
    ]
    if slide is not None and slide.tiles_unreadable:
        rows.append(
            [
                Cell("Slide"),
                Cell(fmt.plural(slide.tiles_unreadable, "tile") + " unreadable", "warning"),
                Cell("left out for every encoder; marked as unreadable in tiles.parquet"),
            ]
        )
    if run.reference.refused:
        rows.append(
            [
                Cell("Reference set"),
                Cell(fmt.plural(run.reference.refused, "row") + " refused", "warning"),
                Cell("not taken when the set was built"),
            ]
        )
    blocks: list[Block] = []
    if rows:
        blocks.append(
            Table(
                header=["What", "How much", "Why, and what was done"],
                rows=rows,
                align=["left", "left", "left"],
                widths=[1.2, 1, 2.4],
            )
        )
    else:
        blocks.append(Paragraph("Every encoder ran, and every tile could be read."))
    text = "Blur, pen, folds, necrosis and foreign scanners are not detected by the program."
    if slide is not None:
        text += f" Tiles {FAR} ({at('slide')}) are where to look for them."
    blocks.append(Note(text, tone="absent", title="Not examined"))
    return blocks


def limits(subject: Subject) -> list[Block]:
    """Always printed."""
    return [Bullets(_LIMITS)]


def events(subject: Subject) -> list[Block]:
    """What happened on the way."""
    happened = subject.run.events
    if not happened:
        return [Paragraph("Nothing out of the ordinary was recorded.")]
    return [
        Table(
            header=["Time", "Event"],
            rows=[
                [Cell(fmt.clock(e.time), "mono"), Cell(subject.private(e.text))] for e in happened
            ],
            align=["left", "left"],
            widths=[0, 1],
        )
    ]


def environment(subject: Subject) -> list[Block]:
    """Machine and versions, and the time each step took."""
    run = subject.run
    known = {"pathgui": run.pathgui, **run.environment}  # named there too, in runs of today
    facts = [(name, Cell(value)) for name, value in known.items()]
    stages = list(dict.fromkeys(stage for result in run.encoders for stage in result.seconds))
    blocks: list[Block] = [
        Facts(facts, columns=2),
        Facts(
            [
                ("Started", Cell(fmt.moment(run.started))),
                ("Finished", Cell(fmt.moment(run.finished))),
            ]
        ),
    ]
    if stages:
        blocks += [
            Heading("Time"),
            Table(
                header=["Encoder", *stages],
                rows=[
                    [
                        Cell(result.encoder.title),
                        *(
                            Cell(duration(result.seconds[s]) if s in result.seconds else "–")
                            for s in stages
                        ),
                    ]
                    for result in run.encoders
                ],
                align=name_and_numbers(len(stages)),
                widths=[2, *[1.0] * len(stages)],
                small=True,
            ),
        ]
    return blocks


def reproduction(subject: Subject, run_sha256: str, attached: list[tuple[str, str]]) -> list[Block]:
    """How to get the same numbers again."""
    run = subject.run
    rows = [[Cell(name, "mono"), Cell(words)] for name, words in attached]
    return [
        Facts(
            [
                ("Command", Cell(subject.command, "mono")),
                ("Seed", Cell(str(run.settings.seed))),
                ("Reference set", Cell(run.reference.sha256, "mono")),
                ("run.json", Cell(run_sha256, "mono")),
                *(
                    (
                        result.encoder.title,
                        Cell(result.encoder.weights_sha256 or "no weights", "mono"),
                    )
                    for result in run.encoders
                ),
            ]
        ),
        Paragraph(
            "Hashes are SHA-256: of the reference set’s table, of this run’s record, and of each "
            "encoder’s weights.",
            "small",
        ),
        Heading("Attached to this PDF"),
        Table(header=["File", "What it holds"], rows=rows, align=["left", "left"], widths=[0, 1])
        if rows
        else Note("No files are attached.", tone="absent"),
    ]


def checklist(subject: Subject) -> list[Block]:
    """Where reporting guidelines find what they ask for. Nothing is ticked."""
    rows = [
        ("Title and purpose", "TRIPOD+AI, TRIPOD-Cluster", f"cover, {at('use')}"),
        ("Intended use and setting", "TRIPOD+AI, DECIDE-AI, model card", at("use")),
        ("Source of data, clusters (centers)", "TRIPOD-Cluster, CLAIM", at("materials")),
        ("Participants, eligibility, dates", "TRIPOD+AI, CLAIM", "to be filled by the laboratory"),
        ("Reference standard for tissue labels", "CLAIM", "to be filled by the laboratory"),
        ("Sample size, by cluster", "TRIPOD-Cluster", at("materials")),
        ("Model description and version", "MI-CLAIM, CLAIM, model card", at("encoders")),
        ("Preparation of inputs", "MI-CLAIM, CLAIM", at("encoders", "methods")),
        ("Measures and their uncertainty", "TRIPOD+AI, CLAIM", at("methods", "results")),
        ("Heterogeneity across clusters", "TRIPOD-Cluster", at("results", "slide")),
        ("Robustness and failure analysis", "CLAIM, MI-CLAIM", at("slide", "failures")),
        ("Fairness across groups of patients", "TRIPOD+AI", "not measured; to be judged"),
        ("Limitations", "TRIPOD+AI, CLAIM", at("limits")),
        (
            "Reproducibility, code and data",
            "MI-CLAIM, TRIPOD+AI",
            at("environment", "reproduction"),
        ),
        ("Ethics, funding, conflicts", "TRIPOD+AI, CLAIM", "to be filled by the laboratory"),
    ]
    return [
        Paragraph(
            "Topics that reporting guidelines ask for, and where this report speaks of them. The "
            "topics are summed up in our words and do not replace the published lists; whether "
            "an item is met is for a person to judge.",
            sticky=True,
        ),
        Table(
            header=["Topic", "Asked for by", "Where", "Met (by hand)"],
            rows=[[*cells(row), Cell("")] for row in rows],
            align=["left", "left", "left", "left"],
            widths=[1.7, 1.5, 1.3, 0.7],
            small=True,
        ),
    ]


def glossary(subject: Subject) -> list[Block]:
    """Words and sources."""
    words = [
        ("center", "where a slide was prepared and scanned"),
        ("embedding", "the numbers an encoder turns a tile into"),
        ("encoder", "the model that turns a tile into an embedding"),
        ("k", "how many of the nearest tiles count; the same for all encoders of a run"),
        ("nearest reference tile’s center", "the center of the reference tile nearest to a tile"),
        ("calibrated", "of probabilities: as often right as they say, on slides of the set"),
        ("far", "farther from the reference set than 95 % of its own tiles are from the rest"),
        ("no known center", "a slide farther from every reference slide than those are apart"),
        ("probe", "a linear classifier on embeddings"),
        ("null", "the index that neighbors drawn at random from the admissible tiles would give"),
        ("reference set", "tiles whose tissue, center and slide are known"),
        ("robustness index", "SO / (SO + OS) among the nearest neighbors"),
        ("support", "share of tiles with at least one SO or OS neighbor"),
        ("tile", "a square cut from a slide for an encoder"),
        ("tissue", "the biological class of a tile"),
    ]
    references = [
        "de Jong ED, Marcus E, Teuwen J. Current pathology foundation models are unrobust to "
        "medical center differences. arXiv:2501.18055, 2025.",
        "Kömen J, de Jong ED, Hense J, et al. Towards robust foundation models for digital "
        "pathology (PathoROB). Nat Commun 2026;17:5218. arXiv:2507.17845.",
        "Debray TPA, Collins GS, Riley RD, et al. TRIPOD-Cluster. BMJ 2023;380:e071018.",
    ]
    return [
        Facts([(word, Cell(meaning)) for word, meaning in words]),
        Heading("References"),
        Bullets(references, numbered=True),
    ]


def approval(subject: Subject) -> list[Block]:
    """To be filled in by hand."""
    return [
        Signatures(["Prepared", "Reviewed", "Approved"]),
        Heading("Version history"),
        Table(
            header=["Version", "Date", "Change", "By"],
            rows=[[Cell(" ", detail=" ") for _ in range(4)] for _ in range(3)],
            align=["left", "left", "left", "left"],
            widths=[0.6, 0.9, 2.6, 1.2],
        ),
        Heading("When to run again"),
        Bullets(
            [
                "a new scanner, or a change of its settings",
                "a new stain batch or protocol",
                "new weights of an encoder, or a new major version of the program",
                "a new center, or tissue that the reference set does not hold",
            ]
        ),
        Facts([("Next review", Cell("____________________", "muted"))]),
    ]
