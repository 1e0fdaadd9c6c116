"""Failure analysis, limits, events, environment, reproduction, checklist, approval."""

from __future__ import annotations

from pathgui.core.language.retelling import retold
from pathgui.core.language.texts import say
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

_WITH_A_CENTER = say("scanner, stain, section thickness, period and patients")
_WITH_A_VALUE = say("patients, and whatever other columns of the set go together with it")
# {center} and {tissue} stand for the words of the run's columns.
_LIMITS = [
    say(
        "A tile is compared with the {centers} of the reference set only. "
        "Neither the {center} probe nor the nearest reference tile says where a "
        "slide is from."
    ),
    say("Few slides of one {tissue} and one {center} say little, however many tiles they have."),
    say(
        "The robustness index describes how embeddings lie to each other. It "
        "does not measure diagnostic accuracy."
    ),
    say(
        "{A_center} stands for all that goes with it: ALONG. This report does "
        "not say which of them an encoder follows."
    ),
    say(
        "A slide has one {center}, so it has no robustness index of its own. The "
        "index belongs to an encoder and a reference set together."
    ),
    say(
        "The results hold for this field of view, this scale, this tissue mask and these versions."
    ),
]


def failures(subject: Subject) -> list[Block]:
    """What did not work, in numbers."""
    run, slide = subject.run, subject.slide
    rows = [
        [
            Cell(failure.title),
            Cell(say("did not run"), "warning"),
            Cell(subject.told(failure.reason)),
        ]
        for failure in run.failures
    ]
    rows += [
        [
            Cell(say("Slide {name_of}", name_of=subject.name_of(each))),
            Cell(say("not evaluated"), "warning"),
            Cell(subject.told(each.reason) or say("it was not reached")),
        ]
        for each in run.slides
        if each.state != "done"
    ]
    rows += [
        [
            Cell(say("Slide {name_of}", name_of=subject.name_of(each))),
            Cell(say("{failure_title} did not run", failure_title=failure.title), "warning"),
            Cell(subject.told(failure.reason)),
        ]
        for each in run.slides
        for failure in each.failures
    ]
    if unreadable := sum(each.slide.tiles_unreadable for each in run.slides if each.slide):
        rows.append(
            [
                Cell(say("Slides")),
                Cell(fmt.plural(unreadable, "tile") + say(" unreadable"), "warning"),
                Cell(
                    say(
                        "left out for every encoder, and marked in the file "
                        "tiles.parquet of a slide"
                    )
                ),
            ]
        )
    if slide is not None and slide.tiles_unreadable:
        rows.append(
            [
                Cell(say("Slide")),
                Cell(fmt.plural(slide.tiles_unreadable, "tile") + say(" unreadable"), "warning"),
                Cell(
                    say(
                        "left out for every encoder, and marked in the file "
                        "tiles.parquet of the run"
                    )
                ),
            ]
        )
    if run.reference.refused:
        rows.append(
            [
                Cell(say("Reference set")),
                Cell(fmt.plural(run.reference.refused, "row") + say(" refused"), "warning"),
                Cell(say("not taken when the set was built")),
            ]
        )
    blocks: list[Block] = []
    if rows:
        blocks.append(
            Table(
                header=[say("What"), say("How much"), say("Why, and what was done")],
                rows=rows,
                align=["left", "left", "left"],
                widths=[1.2, 1, 2.4],
            )
        )
    else:
        blocks.append(Paragraph(say("Every encoder ran, and every tile could be read.")))
    text = say("The program does not detect blur, pen, folds, necrosis and foreign scanners.")
    if slide is not None or run.cohort is not None:
        text += say(" Look for them among the tiles {FAR} ({at}).", FAR=retold(FAR), at=at("slide"))
    blocks.append(Note(text, tone="absent", title=say("Not examined")))
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
        return [Paragraph(say("Nothing out of the ordinary was recorded."))]
    return [
        Table(
            header=[say("Time"), say("Event")],
            rows=[[Cell(fmt.clock(e.time), "mono"), Cell(subject.told(e.text))] for e in happened],
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
                (say("Started"), Cell(fmt.moment(run.started))),
                (say("Finished"), Cell(fmt.moment(run.finished))),
            ]
        ),
    ]
    if stages:
        blocks += [
            Heading(say("Time")),
            Table(
                header=[say("Encoder"), *map(fmt.stage, stages)],
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
                (say("Command"), Cell(subject.command, "mono")),
                (say("Seed"), Cell(str(run.settings.seed))),
                (say("Reference set"), Cell(run.reference.sha256, "mono")),
                ("run.json", Cell(run_sha256, "mono")),
                *(
                    (
                        result.encoder.title,
                        Cell(result.encoder.weights_sha256 or say("no weights"), "mono"),
                    )
                    for result in run.encoders
                ),
            ]
        ),
        Paragraph(
            say(
                "These are checksums (SHA-256) of the reference set’s table, of "
                "this run’s record and of each encoder’s weights. Equal "
                "checksums mean equal files."
            ),
            "small",
        ),
        Heading(say("Attached to this PDF")),
        Table(
            header=[say("File"), say("What it holds")],
            rows=rows,
            align=["left", "left"],
            widths=[0, 1],
        )
        if rows
        else Note(say("No files are attached."), tone="absent"),
    ]


def checklist(subject: Subject) -> list[Block]:
    """Where reporting guidelines find what they ask for. Nothing is ticked."""
    rows = [
        (
            say("Title and purpose"),
            say("TRIPOD+AI, TRIPOD-Cluster"),
            say("cover, {at}", at=at("use")),
        ),
        (say("Intended use and setting"), say("TRIPOD+AI, DECIDE-AI, model card"), at("use")),
        (
            say("Source of data, clusters ({centers})", centers=subject.centers),
            say("TRIPOD-Cluster, CLAIM"),
            at("materials"),
        ),
        (
            say("Participants, eligibility, dates"),
            say("TRIPOD+AI, CLAIM"),
            say("to be filled by the laboratory"),
        ),
        (
            say("Reference standard for tissue labels"),
            "CLAIM",
            at("file"),
        ),
        (say("Sample size, by cluster"), "TRIPOD-Cluster", at("materials", "file")),
        (say("Model description and version"), say("MI-CLAIM, CLAIM, model card"), at("encoders")),
        (say("Preparation of inputs"), say("MI-CLAIM, CLAIM"), at("encoders", "methods")),
        (say("Measures and their uncertainty"), say("TRIPOD+AI, CLAIM"), at("methods", "results")),
        (say("Heterogeneity across clusters"), "TRIPOD-Cluster", at("results", "slide")),
        (say("Robustness and failure analysis"), say("CLAIM, MI-CLAIM"), at("slide", "failures")),
        (say("Fairness across groups of patients"), "TRIPOD+AI", say("not measured; to be judged")),
        (say("Limitations"), say("TRIPOD+AI, CLAIM"), at("limits")),
        (
            say("Reproducibility, code and data"),
            say("MI-CLAIM, TRIPOD+AI"),
            at("environment", "reproduction"),
        ),
        (
            say("Ethics, funding, conflicts"),
            say("TRIPOD+AI, CLAIM"),
            say("to be filled by the laboratory"),
        ),
    ]
    return [
        Paragraph(
            say(
                "Topics that reporting guidelines ask for, and where this report "
                "speaks of them. The words are ours and do not replace the "
                "published lists: TRIPOD+AI {cite}, TRIPOD-Cluster {cite2}, "
                "CLAIM {cite3}, MI-CLAIM {cite4}, DECIDE-AI {cite5} and model "
                "cards {cite6}. A person judges whether an item is met.",
                cite=cite("tripod_ai"),
                cite2=cite("tripod_cluster"),
                cite3=cite("claim"),
                cite4=cite("mi_claim"),
                cite5=cite("decide_ai"),
                cite6=cite("model_card"),
            ),
            sticky=True,
        ),
        Table(
            header=[say("Topic"), say("Asked for by"), say("Where"), say("Met (by hand)")],
            rows=[[*cells(row), Cell("")] for row in rows],
            align=["left", "left", "left", "left"],
            widths=[1.7, 1.5, 1.3, 0.7],
            small=True,
        ),
        *_of_laboratories(),
    ]


def _of_laboratories() -> list[Block]:
    """Where the guidance for laboratories that use such software finds what it asks for."""
    by_hand = say("to be filled by the laboratory")
    elsewhere = say("not measured; to be judged")
    rows = [
        ("DPA", say("Scanning and the algorithm validated apart"), at("factors")),
        ("DPA", say("Concordance between scanners, on the same tissue"), at("factors")),
        ("DPA", say("Reliability in the laboratory’s own setting"), at("results", "slide")),
        ("DPA", say("Accuracy against the diagnosis, clinical utility"), elsewhere),
        ("DPA", say("Limits of use"), at("use", "limits")),
        ("CAP", say("Risk assessment"), at("file")),
        ("CAP", say("Where data and labels come from"), at("materials", "file")),
        ("CAP", say("Verification and validation, with limits set before"),
         at("criteria", "results")),
        ("CAP", say("Change control and monitoring"), at("change")),
        ("CAP", say("Training and competency of those who use it"), by_hand),
        ("IVDR", say("Why no equivalent device on the market does"), by_hand),
        ("IVDR", say("Intended purpose, design and performance, documented"),
         at("use", "encoders", "methods", "results")),
        ("IVDR", say("Software verified on the machine that runs it"), at("qualification")),
        ("IVDR", say("Risk management"), at("file")),
        ("IVDR", say("Review of experience, and corrective action"), at("change")),
        ("IVDR", say("Quality management (ISO 15189), public declaration"), by_hand),
    ]  # fmt: skip
    return [
        Heading(say("What guidance for laboratories asks")),
        Paragraph(
            say(
                "Topics of the recommendation statement of the Digital Pathology Association (DPA) "
                "{dpa}, of the concept paper of the College of American Pathologists (CAP) {cap}, "
                "and of Article 5(5) of the IVDR for devices made in-house {ivdr}. The words are "
                "ours. This report supports a file and conforms to none of them by itself.",
                dpa=cite("dpa"),
                cap=cite("cap"),
                ivdr=cite("ivdr"),
            ),
            sticky=True,
        ),
        Table(
            header=[say("Asked for by"), say("Topic"), say("Where"), say("Met (by hand)")],
            rows=[[*cells(row), Cell("")] for row in rows],
            align=["left", "left", "left", "left"],
            widths=[0.7, 2.6, 1.5, 0.7],
            small=True,
        ),
    ]


def approval(subject: Subject) -> list[Block]:
    """To be filled in by hand."""
    due = subject.evidence.due
    return [
        Signatures([say("Prepared"), say("Reviewed"), say("Approved")]),
        Heading(say("Version history")),
        Table(
            header=[say("Version"), say("Date"), say("Change"), say("By")],
            rows=[[Cell(" ", detail=" ") for _ in range(4)] for _ in range(3)],
            align=["left", "left", "left", "left"],
            widths=[0.6, 0.9, 2.6, 1.2],
        ),
        Heading(say("When to run again")),
        Bullets(
            [
                *subject.evidence.plan.triggers,
                say("a new scanner, or a change of its settings"),
                say("a new stain batch or protocol"),
                say("new weights of an encoder, or a new major version of the program"),
                say(
                    "a new {center}, or tissue that the reference set does not hold",
                    center=subject.center,
                ),
            ]
        ),
        Facts([(say("Next review"), Cell(due) if due else Cell("____________________", "muted"))]),
    ]
