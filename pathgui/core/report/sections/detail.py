"""Results beyond the index: over k, margins, errors, prediction, single centers and tissues.

Whatever a run does not hold is named as not measured; a run of an earlier version, or one that
was measured in a hurry, still gives a whole report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pathgui.core.language.texts import localized, say
from pathgui.core.measurement.index import MOST_COUNTED
from pathgui.core.measurement.results import (
    Croma,
    Part,
    PermutationTest,
    PermutationTests,
    Prediction,
    Squares,
)
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import Interval
from pathgui.core.report.render import figures
from pathgui.core.report.render.document import (
    Block,
    Cell,
    Heading,
    Image,
    Note,
    Paragraph,
    Table,
    name_and_numbers,
)
from pathgui.core.report.sections.cases import cases
from pathgui.core.report.sections.encoders_compared import differences
from pathgui.core.report.sections.geometry import geometries, maps, shape, shortcuts
from pathgui.core.report.sections.references import cite
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import (
    Column,
    absent,
    column,
    columns_of,
    encoder_table,
    interval_detail,
    optional,
    value,
    words_of,
)
from pathgui.core.results import formatting as fmt
from pathgui.core.results.charts import index_curves
from pathgui.core.results.measures import FORMS
from pathgui.core.results.readings import CROMA_M, croma_of
from pathgui.core.runs.k_words import k_sentence
from pathgui.core.runs.record import EncoderResult

ENCODERS = 6  # that fit side by side in a table
_MOST_TISSUES = 10  # whose confusion matrix fits the page


def comparison(subject: Subject) -> list[Block]:
    """What was measured of all encoders, one exhibit after the other."""
    exhibits: list[tuple[str, Callable[[Subject], list[Block]]]] = [
        (say("differences between encoders"), differences),
        (say("the index over the number of neighbors"), _curves),
        (say("other forms of the index"), _other_forms),
        (say("how near tissue and {center} are", center=subject.center), _margins),
        (say("the index against chance"), _permutations),
        (say("errors and the tile’s own {center}", center=subject.center), _misled),
        (say("tissue at new slides and new {centers}", centers=subject.centers), _prediction),
        (say("whole slides"), cases),
        (say("single {centers} and tissues", centers=subject.centers), _parts),
        (say("which tissues are taken for which"), _confusions),
        ("shortcuts", shortcuts),
        (say("the shape of the embedding"), shape),
        (say("the index with other distances"), geometries),
        (say("embedding maps"), maps),
    ]
    blocks: list[Block] = []
    absent = []
    for title, make in exhibits:
        made = make(subject)
        blocks += made
        if not made:
            absent.append(title)
    if absent:
        blocks.append(
            Note(
                say("This run holds nothing on these: {absent}.", absent="; ".join(absent)),
                title=say("Not measured"),
                tone="absent",
            )
        )
    return blocks


def _curves(subject: Subject) -> list[Block]:
    lines = index_curves(subject.in_order)
    if not lines:
        return []
    subject.files["curve.svg"] = figures.curve_chart(lines)
    words = "; ".join(
        say(
            "{line_title} from {first_last} for k from {k} to {k2}",
            line_title=line.title,
            first_last=_first_last(line.value),
            k=line.k[0],
            k2=line.k[-1],
        )
        for line in lines
    )
    return [
        Heading(say("The index over the number of neighbors")),
        Image(
            "curve.svg",
            alt=say("Robustness index over k: {words}.", words=words),
            caption=say(
                "Above, the robustness index over k; below, the support. The "
                "upright line and the full marks are at the k of this run, open "
                "marks at the encoder’s own best k. The straight dashed line is "
                "the chance value. If the order of the encoders changes with k, "
                "it is not a firm one."
            ),
        ),
        *([Paragraph(said, "small")] if (said := k_sentence(subject.run)) else []),
    ]


def _first_last(values: Sequence[float]) -> str:
    known = [value for value in values if math.isfinite(value)]
    return say("{index} to {index2}", index=fmt.index(known[0]), index2=fmt.index(known[-1]))


def _other_forms(subject: Subject) -> list[Block]:
    columns = columns_of(FORMS)
    rows = [
        [
            Cell(result.encoder.title),
            *(value(result, each.key) for each, _ in columns),
            _squares(result.reference.squares),
        ]
        for result in subject.ranked
    ]
    if all(cell.tone == "muted" for row in rows for cell in row[1:]):
        return []
    return [
        Heading(say("Other forms of the index")),
        Paragraph(
            say(
                "{rstrip} {cite}. {explain} Neighbors are sought in each set "
                "alone, and counted together.",
                rstrip=words_of(FORMS, subject.columns).rstrip("."),
                cite=cite("croma"),
                explain=subject.explain("squares"),
            ),
            sticky=True,
        ),
        Table(
            header=[say("Encoder"), *(place.heading for _, place in columns), say("Squares")],
            rows=rows,
            align=name_and_numbers(len(columns) + 1),
            widths=[2, *(1.0 for _ in columns), 1],
            caption=say(
                "With 95 % intervals. Squares share slides with each other, so "
                "they have no interval. Under them, how many were taken, of how "
                "many."
            ),
            small=True,
        ),
    ]


def _squares(found: Squares | NotAssessable | None) -> Cell:
    if not isinstance(found, Squares):
        return absent(found)[0]
    return optional(
        found.pooled,
        say("{n_squares} of {of}", n_squares=fmt.count(found.n_squares), of=fmt.count(found.of)),
    )


def _margins(subject: Subject) -> list[Block]:
    table = encoder_table(
        subject.ranked,
        lambda result: croma_of(result) or result.reference.croma_reason,
        [
            column("croma_median", 1.5),
            Column(say("Worst tenth\nbegins at"), _tenth, 1.5),
            column("croma_tail", 1.5),
            column("croma_at_or_below_0", 1.2),
            Column(
                say("Tiles\nleft out"), lambda _, found: Cell(fmt.count(found.n_unsupported)), 0.8
            ),
        ],
    )
    return table and [
        Heading(say("How near tissue and {center} are: the CRoMa margin", center=subject.center)),
        Paragraph(
            say(
                "{explain} Distances are means over the {CROMA_M} nearest SO and "
                "the {CROMA_M} nearest OS tiles.",
                explain=subject.explain("CRoMa margin", "worst tenth of the margin"),
                CROMA_M=CROMA_M,
            ),
            sticky=True,
        ),
        *table,
    ]


def _tenth(_: EncoderResult, found: Croma) -> Cell:
    return Cell(fmt.signed(found.q10), detail=interval_detail(found.q10_interval, fmt.signed))


def _permutations(subject: Subject) -> list[Block]:
    rows = []
    for result in subject.ranked:
        row = [Cell(result.encoder.title)]
        for tests in (result.reference.centers_exchanged, result.reference.tissues_exchanged):
            if not isinstance(tests, PermutationTests):
                row += absent(tests, 3)
            elif isinstance(tests.robustness_index, NotAssessable):
                row += absent(tests.robustness_index, 3)
            else:
                row += _test(tests.robustness_index)
        rows.append(row)
    times = [
        tests.permutations
        for result in subject.ranked
        for tests in (result.reference.centers_exchanged, result.reference.tissues_exchanged)
        if isinstance(tests, PermutationTests)
    ]
    if not times:
        return []
    return [
        Heading(say("The index against chance")),
        Paragraph(
            say(
                "The {centers} of slides were shuffled within each tissue, "
                "{times} times, and so were their tissues within each {center}. "
                "Each time the index was counted on the same neighbors. The "
                "table has its mean, z and the two-sided p. {explain}{ways}",
                centers=subject.centers,
                times=fmt.count(times[0]),
                center=subject.center,
                explain=subject.explain("z"),
                ways=_ways(subject),
            ),
            sticky=True,
        ),
        Table(
            header=[
                say("Encoder"),
                say("{Centers}:\nmean", Centers=subject.Centers),
                "z",
                "p",
                say("Tissues:\nmean"),
                "z",
                "p",
            ],
            rows=rows,
            align=name_and_numbers(6),
            widths=[2, 1, 0.8, 0.8, 1, 0.8, 0.8],
            small=True,
        ),
    ]


def _ways(subject: Subject) -> str:
    """In how many ways labels can be exchanged, and the least p of that; "" in older records."""
    said = []
    columns = subject.columns
    for what, called in (("centers", columns.of_center), ("tissues", columns.of_tissue)):
        for result in subject.ranked:
            tests = getattr(result.reference, f"{what}_exchanged")
            if isinstance(tests, PermutationTests) and tests.exchanges and tests.least_p:
                many = tests.exchanges >= MOST_COUNTED
                ways = say("over a billion") if many else fmt.count(tests.exchanges)
                least = max(tests.least_p, 1 / (1 + tests.permutations))
                said.append(
                    say(
                        "{called_many} of slides can be exchanged in {ways} "
                        "ways, so the least p is {probability}",
                        called_many=called.many,
                        ways=ways,
                        probability=fmt.probability(least),
                    )
                )
                break
    return "".join(say(" The {each}.", each=each) for each in said)


def _test(test: PermutationTest) -> list[Cell]:
    z = (
        Cell(say("no spread"), "muted")
        if test.z is None
        else Cell(localized(test.z, "+.1f").replace("-", "−"))
    )
    return [Cell(fmt.index(test.mean)), z, Cell(fmt.probability(test.p))]


def _misled(subject: Subject) -> list[Block]:
    table = encoder_table(
        subject.ranked,
        lambda result: result.reference.same_center_errors,
        [
            Column(say("Tiles\nin error"), lambda _, found: Cell(fmt.count(found.n_errors))),
            Column(
                say("From own\n{center}", center=subject.center),
                lambda _, found: Cell(fmt.index(found.fraction)),
            ),
            Column(say("Chance\nvalue"), lambda _, found: Cell(fmt.index(found.expected))),
            column("enrichment", 1.6),
        ],
    )
    return table and [
        Heading(say("Errors, and the tile’s own {center}", center=subject.center)),
        Paragraph(
            say(
                "Where most of a tile’s neighbors name the wrong tissue: the "
                "share of these that come from the tile’s own {center}, the "
                "share by chance, and their ratio. {explain} Above 1, errors and "
                "{center} go together. This does not say that the {center} "
                "caused them.",
                center=subject.center,
                explain=subject.explain("enrichment"),
            ),
            sticky=True,
        ),
        *table,
    ]


def _prediction(subject: Subject) -> list[Block]:
    table = encoder_table(
        subject.ranked,
        lambda result: result.reference.prediction,
        [
            Column(
                say("New tiles"), lambda _, found: _accuracy(found.random, found.random_interval)
            ),
            Column(
                say("New slides"), lambda _, found: _accuracy(found.grouped, found.grouped_interval)
            ),
            Column(
                say("Groups of\nnew {centers}", centers=subject.centers),
                lambda _, found: _accuracy(found.site_preserved, found.site_preserved_interval),
            ),
            column("tissue_new_centers", why=False),
            column("tiles_less_slides", 1.2, why=False),
        ],
    )
    return table and [
        Heading(say("Tissue at new slides and new {centers}", centers=subject.centers)),
        Paragraph(
            say(
                "Balanced accuracy of a probe for tissue. From left to right, it "
                "is tested on new tiles of known slides, on new slides, on "
                "groups of new {centers} {cite}, and on each {center} in turn. A "
                "fall shows what the probe owes to slides and {centers} that it "
                "knows. The 95 % intervals are of the probes as they were fitted.",
                centers=subject.centers,
                cite=cite("howard"),
                center=subject.center,
            ),
            sticky=True,
        ),
        *table,
    ]


def _accuracy(value: float | NotAssessable, bounds: Interval | None) -> Cell:
    """An accuracy with its interval, or in words that there is none."""
    if isinstance(value, NotAssessable):
        return Cell(fmt.accuracy(value), "muted")
    return Cell(fmt.accuracy(value), detail=interval_detail(bounds, fmt.accuracy))


def _parts(subject: Subject) -> list[Block]:
    """The index of each center and tissue, encoders side by side."""
    blocks: list[Block] = []
    centers, tissues = subject.run.reference.centers, subject.run.reference.tissues
    of_center, of_tissue = subject.columns.of_center, subject.columns.of_tissue
    for noun, name_of, parts_of, cell_of, names in (
        (of_center, _center_of, _by_center, subject.center_cell, centers),
        (of_tissue, _tissue_of, _by_tissue, subject.tissue_cell, tissues),
    ):
        having = [result for result in subject.ranked if parts_of(result)]
        for start in range(0, len(having), ENCODERS):
            shown = having[start : start + ENCODERS]
            by_name = [{name_of(part): part for part in parts_of(result)} for result in shown]
            rows = []
            for i, name in enumerate(names):
                first = next((parts[name] for parts in by_name if name in parts), None)
                if first is None:
                    continue
                size = Cell(fmt.count(first.n_anchors), detail=fmt.plural(first.n_slides, "slide"))
                rows.append([cell_of(i), size, *(_part(parts.get(name)) for parts in by_name)])
            blocks.append(
                Table(
                    header=[noun.One, say("Tiles"), *(r.encoder.title for r in shown)],
                    rows=rows,
                    align=name_and_numbers(len(shown) + 1),
                    widths=[2.4, 0.8, *(1.25 for _ in shown)],
                    caption=say(
                        "Robustness index by {noun} of the tile, with 95 % interval.", noun=noun
                    ),
                    small=True,
                )
            )
    if not blocks:
        return []
    return [
        Heading(say("Single {centers} and tissues", centers=subject.centers)),
        Paragraph(
            say(
                "The index over the tiles of one {center}, or of one tissue, "
                "alone. The lowest of several is low by chance alone.",
                center=subject.center,
            ),
            sticky=True,
        ),
        *blocks,
    ]


def _by_center(result: EncoderResult) -> list[Part]:
    return result.reference.by_center


def _by_tissue(result: EncoderResult) -> list[Part]:
    return result.reference.by_tissue


def _center_of(part: Part) -> str:
    return part.center or ""


def _tissue_of(part: Part) -> str:
    return part.tissue or ""


def _part(part: Part | None) -> Cell:
    if part is None:
        return Cell(say("left out"), "muted")
    if part.value is None:
        return Cell(fmt.NOT_ASSESSABLE, "muted")
    bounds = interval_detail(Interval(part.low, part.high), fmt.index)
    return Cell(fmt.index(part.value), detail=bounds)


def _confusions(subject: Subject) -> list[Block]:
    blocks: list[Block] = []
    for result in subject.ranked:
        found = result.reference.prediction
        if not isinstance(found, Prediction) or not found.confusion_probe:
            continue
        if len(found.tissues) > _MOST_TISSUES:
            blocks.append(
                Paragraph(
                    say(
                        "{encoder_title}: {n_tissues} tissues are too many for a "
                        "page. The file run.json has the table.",
                        encoder_title=result.encoder.title,
                        n_tissues=fmt.count(len(found.tissues)),
                    ),
                )
            )
            continue
        rows = []
        for name, counts in zip(found.tissues, found.confusion_probe, strict=True):
            total = sum(counts) or 1
            cells = [Cell(fmt.count(n), shade=n / total) for n in counts]
            rows.append([Cell(name), *cells])
        blocks.append(
            Table(
                header=[
                    say("{encoder_title}:\ntissue", encoder_title=result.encoder.title),
                    *found.tissues,
                ],
                rows=rows,
                align=name_and_numbers(len(found.tissues)),
                widths=[1.6, *(1.0 for _ in found.tissues)],
                small=True,
            )
        )
    if not blocks:
        return []
    return [
        Heading(say("Which tissues are taken for which")),
        Paragraph(
            say(
                "Rows: the tissue of the tiles. Columns: the answer of a probe "
                "that does not know their slide. The darker, the more of the row."
            ),
            sticky=True,
        ),
        *blocks,
    ]
