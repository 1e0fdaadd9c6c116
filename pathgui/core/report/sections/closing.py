"""Failure analysis, limits, events, environment, reproduction, checklist, approval."""

from __future__ import annotations

from pathgui.core.reference.roles import CENTER
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
from pathgui.core.report.sections.references import cite
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.runs.tile_columns import FAR
from pathgui.core.system.times import duration

_WITH_A_CENTER = "scanner, stain, section thickness, period and patients"
_WITH_A_VALUE = "patients, and whatever other columns of the set go together with it"
# {center} and {tissue} stand for the words of the run's columns.
_LIMITS = [
    "A tile is compared with the {centers} of the reference set only. Neither the {center} probe "
    "nor the nearest reference tile says where a slide is from.",
    "Few slides of one {tissue} and one {center} say little, however many tiles they have.",
    "The robustness index describes how embeddings lie to each other. It does not measure "
    "diagnostic accuracy.",
    "{A_center} stands for all that goes with it: ALONG. This report does not say which of them "
    "an encoder follows.",
    "A slide has one {center}, so it has no robustness index of its own. The index belongs to an "
    "encoder and a reference set together.",
    "The results hold for this field of view, this scale, this tissue mask and these versions.",
]


def failures(subject: Subject) -> list[Block]:
    """What did not work, in numbers."""
    run, slide = subject.run, subject.slide
    rows = [
        [Cell(failure.title), Cell("did not run", "warning"), Cell(subject.private(failure.reason))]
        for failure in run.failures
    ]
    rows += [
        [
            Cell(f"Slide {subject.name_of(each)}"),
            Cell("not evaluated", "warning"),
            Cell(subject.private(each.reason) or "it was not reached"),
        ]
        for each in run.slides
        if each.state != "done"
    ]
    rows += [
        [
            Cell(f"Slide {subject.name_of(each)}"),
            Cell(f"{failure.title} did not run", "warning"),
            Cell(subject.private(failure.reason)),
        ]
        for each in run.slides
        for failure in each.failures
    ]
    if unreadable := sum(each.slide.tiles_unreadable for each in run.slides if each.slide):
        rows.append(
            [
                Cell("Slides"),
                Cell(fmt.plural(unreadable, "tile") + " unreadable", "warning"),
                Cell("left out for every encoder, and marked in the file tiles.parquet of a slide"),
            ]
        )
    if slide is not None and slide.tiles_unreadable:
        rows.append(
            [
                Cell("Slide"),
                Cell(fmt.plural(slide.tiles_unreadable, "tile") + " unreadable", "warning"),
                Cell("left out for every encoder, and marked in the file tiles.parquet of the run"),
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
    text = "The program does not detect blur, pen, folds, necrosis and foreign scanners."
    if slide is not None or run.cohort is not None:
        text += f" Look for them among the tiles {FAR} ({at('slide')})."
    blocks.append(Note(text, tone="absent", title="Not examined"))
    return blocks


def limits(subject: Subject) -> list[Block]:
    """Always printed."""
    columns = subject.columns
    along = _WITH_A_CENTER if columns.center == CENTER else _WITH_A_VALUE
    return [Bullets([columns.say(text.replace("ALONG", along)) for text in _LIMITS])]


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
            "These are checksums (SHA-256) of the reference set’s table, of this run’s record and "
            "of each encoder’s weights. Equal checksums mean equal files.",
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
        (
            f"Source of data, clusters ({subject.centers})",
            "TRIPOD-Cluster, CLAIM",
            at("materials"),
        ),
        (
            "Participants, eligibility, dates",
            "TRIPOD+AI, CLAIM",
            "to be filled by the laboratory",
        ),
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
            "words are ours and do not replace the published lists: TRIPOD+AI "
            f"{cite('tripod_ai')}, TRIPOD-Cluster {cite('tripod_cluster')}, CLAIM "
            f"{cite('claim')}, MI-CLAIM {cite('mi_claim')}, DECIDE-AI {cite('decide_ai')} and "
            f"model cards {cite('model_card')}. A person judges whether an item is met.",
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


def approval(subject: Subject) -> list[Block]:
    """To be filled in by hand."""
    due = subject.evidence.due
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
                *subject.evidence.plan.triggers,
                "a new scanner, or a change of its settings",
                "a new stain batch or protocol",
                "new weights of an encoder, or a new major version of the program",
                f"a new {subject.center}, or tissue that the reference set does not hold",
            ]
        ),
        Facts([("Next review", Cell(due) if due else Cell("____________________", "muted"))]),
    ]
