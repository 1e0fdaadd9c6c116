"""Results beyond the index: over k, margins, errors, prediction, single centers and tissues.

Whatever a run does not hold is named as not measured; a run of an earlier version, or one that
was measured in a hurry, still gives a whole report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from pathgui.core.measurement.index import MOST_COUNTED
from pathgui.core.measurement.measure import (
    Interval,
    Mari,
    NotAssessable,
    Part,
    PermutationTest,
    PermutationTests,
    Prediction,
    RobustnessIndex,
    SameCenterErrors,
    Squares,
)
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
from pathgui.core.report.sections.subject import Subject
from pathgui.core.results import formatting as fmt
from pathgui.core.results.charts import index_curves
from pathgui.core.results.measures import CROMA_M, croma_of
from pathgui.core.runs.k_words import k_sentence
from pathgui.core.runs.record import EncoderResult

ENCODERS = 6  # that fit side by side in a table
_MOST_TISSUES = 10  # whose confusion matrix fits the page


def comparison(subject: Subject) -> list[Block]:
    """What was measured of all encoders, one exhibit after the other."""
    exhibits: list[tuple[str, Callable[[Subject], list[Block]]]] = [
        ("differences between encoders", differences),
        ("index over k", _curves),
        ("other forms of the index", _other_forms),
        ("confounder margin (CRoMa)", _margins),
        ("permutation tests", _permutations),
        ("errors and the tile’s own center", _misled),
        ("prediction of tissue at new slides and centers", _prediction),
        ("whole slides as cases", cases),
        ("index of single centers and tissues", _parts),
        ("confusion of tissues", _confusions),
        ("performance drop under confounding (APD)", shortcuts),
        ("shape of the embedding (clustering score, silhouettes, variance, mixing)", shape),
        ("index in other geometries", geometries),
        ("embedding maps", maps),
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
                f"This run holds nothing on these: {'; '.join(absent)}.",
                title="Not measured",
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
        f"{line.title} from {_first_last(line.value)} for k from {line.k[0]} to {line.k[-1]}"
        for line in lines
    )
    return [
        Heading("The index over the number of neighbors"),
        Image(
            "curve.svg",
            alt=f"Robustness index over k: {words}.",
            caption="Robustness index over k, the number of neighbors, and below it support. A "
            "full mark and the upright line are at the k that was used, an open mark at the "
            "encoder's own best k; dotted is the null. An order of encoders that changes with k "
            "is no firm one.",
        ),
        *([Paragraph(said, "small")] if (said := k_sentence(subject.run)) else []),
    ]


def _first_last(values: Sequence[float]) -> str:
    known = [value for value in values if math.isfinite(value)]
    return f"{fmt.index(known[0])} to {fmt.index(known[-1])}"


def _other_forms(subject: Subject) -> list[Block]:
    rows = []
    for result in subject.ranked:
        reference = result.reference
        index = reference.robustness_index
        adjusted = (
            _with_interval(index.adjusted, index.adjusted_low, index.adjusted_high)
            if isinstance(index, RobustnessIndex)
            else _absent(index)
        )
        mari, squares = reference.mari, reference.squares
        near = (
            _with_interval(mari.value, mari.low, mari.high)
            if isinstance(mari, Mari)
            else _absent(mari)
        )
        pooled = (
            _optional(squares.pooled, f"{fmt.count(squares.n_squares)} of {fmt.count(squares.of)}")
            if isinstance(squares, Squares)
            else _absent(squares)
        )
        rows.append([Cell(result.encoder.title), adjusted, near, pooled])
    if not _any_number(rows):
        return []
    return [
        Heading("Other forms of the index"),
        Paragraph(
            "Adjusted: the composition of the set taken out, so that 0.5 is neutral for any "
            "set. Weighted (MaRI): nearer neighbors count more. Squares: every two tissues at "
            "two centers searched on their own, and their pairs pooled, as PathoROB does.",
            sticky=True,
        ),
        Table(
            header=["Encoder", "Adjusted", "Weighted", "Squares"],
            rows=rows,
            align=name_and_numbers(3),
            widths=[2, 1, 1, 1],
            caption="Adjusted and weighted with 95 % intervals. Squares share slides with each "
            "other and have none; under them, how many there are and were taken.",
            small=True,
        ),
    ]


def _margins(subject: Subject) -> list[Block]:
    rows = []
    for result in subject.ranked:
        found = croma_of(result)
        if found is None:
            rows.append([Cell(result.encoder.title), *_blank(result.reference.croma_reason, 5)])
            continue
        rows.append(
            [
                Cell(result.encoder.title),
                _with_interval(found.value, found.low, found.high, fmt.signed),
                Cell(fmt.signed(found.q10), detail=interval_detail(found.q10_interval, fmt.signed)),
                Cell(
                    fmt.signed(found.ltm10),
                    detail=interval_detail(found.ltm10_interval, fmt.signed),
                ),
                Cell(fmt.percent(found.f0), detail=interval_detail(found.f0_interval, fmt.percent)),
                Cell(fmt.count(found.n_unsupported)),
            ]
        )
    if not any(croma_of(result) for result in subject.ranked):
        return []
    return [
        Heading("How near tissue and center are: the confounder margin"),
        Paragraph(
            f"CRoMa compares, tile by tile, the distance to the {CROMA_M} nearest SO tiles with "
            f"that to the {CROMA_M} nearest OS tiles, from −1 to 1. Above 0 tissue is nearer. The "
            "lowest tenth shows the tiles for which an encoder is least robust.",
            sticky=True,
        ),
        Table(
            header=["Encoder", "Median", "Lowest\ntenth, limit", "Lowest\ntenth, mean",
                    "Tiles at or\nunder 0", "Tiles\nleft out"],
            rows=rows,
            align=name_and_numbers(5),
            widths=[2, 1.5, 1.5, 1.5, 1.2, 0.8],
            small=True,
        ),
    ]  # fmt: skip


def _permutations(subject: Subject) -> list[Block]:
    rows = []
    for result in subject.ranked:
        row = [Cell(result.encoder.title)]
        for tests in (result.reference.centers_exchanged, result.reference.tissues_exchanged):
            if not isinstance(tests, PermutationTests):
                row += _blank(tests.reason if tests else "", 3)
            elif isinstance(tests.robustness_index, NotAssessable):
                row += _blank(tests.robustness_index.reason, 3)
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
        Heading("Against chance"),
        Paragraph(
            "The index with the centers of slides dealt out anew within each tissue, and with "
            f"their tissues dealt out anew within each center, {fmt.count(times[0])} times on the "
            "same neighbors: its mean, how many standard deviations the measured value lies "
            f"away, and the two-sided p.{_ways(subject)}",
            sticky=True,
        ),
        Table(
            header=["Encoder", "Centers:\nmean", "z", "p", "Tissues:\nmean", "z", "p"],
            rows=rows,
            align=name_and_numbers(6),
            widths=[2, 1, 0.8, 0.8, 1, 0.8, 0.8],
            small=True,
        ),
    ]


def _ways(subject: Subject) -> str:
    """In how many ways labels can be exchanged, and the least p of that; "" in older records."""
    said = []
    for what in ("centers", "tissues"):
        for result in subject.ranked:
            tests = getattr(result.reference, f"{what}_exchanged")
            if isinstance(tests, PermutationTests) and tests.exchanges and tests.least_p:
                many = tests.exchanges >= MOST_COUNTED
                ways = "over a billion" if many else fmt.count(tests.exchanges)
                least = max(tests.least_p, 1 / (1 + tests.permutations))
                said.append(
                    f"{what} of slides can be exchanged in {ways} ways, so that the least p is "
                    f"{fmt.probability(least)}"
                )
                break
    return f" The {'; the '.join(said)}." if said else ""


def _test(test: PermutationTest) -> list[Cell]:
    z = Cell("no spread", "muted") if test.z is None else Cell(f"{test.z:+.1f}".replace("-", "−"))
    return [Cell(fmt.index(test.mean)), z, Cell(fmt.probability(test.p))]


def _misled(subject: Subject) -> list[Block]:
    rows = []
    for result in subject.ranked:
        errors = result.reference.same_center_errors
        if isinstance(errors, SameCenterErrors):
            rows.append(
                [
                    Cell(result.encoder.title),
                    Cell(fmt.count(errors.n_errors)),
                    Cell(fmt.index(errors.fraction)),
                    Cell(fmt.index(errors.expected)),
                    _with_interval(errors.enrichment, errors.low, errors.high, fmt.times),
                ]
            )
        else:
            rows.append([Cell(result.encoder.title), *_blank(errors.reason if errors else "", 4)])
    found = [r for r in subject.ranked if isinstance(r.reference.same_center_errors,
                                                     SameCenterErrors)]  # fmt: skip
    if not found:
        return []
    return [
        Heading("Errors, and the tile’s own center"),
        Paragraph(
            "Where the vote of a tile’s neighbors names the wrong tissue: the share of the "
            "misleading neighbors that come from the tile’s own center, the share to be expected "
            "if the center played no part, and their ratio. Above 1, more of them come from the "
            "own center than by chance: errors and center go together, which is not to say that "
            "the center caused them.",
            sticky=True,
        ),
        Table(
            header=["Encoder", "Wrong\nvotes", "From own\ncenter", "Expected", "Enrichment"],
            rows=rows,
            align=name_and_numbers(4),
            widths=[2, 1, 1, 1, 1.6],
            small=True,
        ),
    ]


def _prediction(subject: Subject) -> list[Block]:
    rows = []
    for result in subject.ranked:
        found = result.reference.prediction
        if isinstance(found, Prediction):
            values = (
                (found.random, found.random_interval),
                (found.grouped, found.grouped_interval),
                (found.site_preserved, found.site_preserved_interval),
                (found.left_center_out, found.left_center_out_interval),
            )
            gap = found.random_minus_grouped
            rows.append(
                [
                    Cell(result.encoder.title),
                    *(accuracy_cell(value, bounds) for value, bounds in values),
                    Cell(fmt.NOT_ASSESSABLE, "muted")
                    if isinstance(gap, NotAssessable)
                    else Cell(
                        fmt.signed(gap),
                        detail=interval_detail(found.random_minus_grouped_interval, fmt.signed),
                    ),
                ]
            )
        else:
            rows.append([Cell(result.encoder.title), *_blank(found.reason if found else "", 5)])
    if not any(isinstance(r.reference.prediction, Prediction) for r in subject.ranked):
        return []
    return [
        Heading("Tissue at new slides and new centers"),
        Paragraph(
            "Balanced accuracy of a linear probe for tissue when the test holds new tiles of "
            "known slides, new slides, new centers together, and each center in turn. A fall from "
            "left to right is what the encoder owes to slides and centers it has seen. With 95 % "
            "intervals, of the probes as they were fitted.",
            sticky=True,
        ),
        Table(
            header=["Encoder", "New\ntiles", "New\nslides", "New\ncenters", "Each center\nleft out",
                    "Tiles minus\nslides"],
            rows=rows,
            align=name_and_numbers(5),
            widths=[2, 1, 1, 1, 1, 1.2],
            small=True,
        ),
    ]  # fmt: skip


def accuracy_cell(value: float | NotAssessable, bounds: Interval | None = None) -> Cell:
    """An accuracy with its interval, or in words that there is none."""
    if isinstance(value, NotAssessable):
        return Cell(fmt.accuracy(value), "muted")
    return Cell(fmt.accuracy(value), detail=interval_detail(bounds, fmt.accuracy))


def interval_detail(bounds: Interval | None, write: Callable[[float], str]) -> str:
    """The bounds; "" in records of earlier versions, which have none for most numbers."""
    if bounds is None:
        return ""
    if bounds.low is None or bounds.high is None:
        return "no interval"
    return f"{write(bounds.low)} to {write(bounds.high)}"


def _parts(subject: Subject) -> list[Block]:
    """The index of each center and tissue, encoders side by side."""
    blocks: list[Block] = []
    for title, name_of, parts_of, cell_of, names in (
        ("center", _center_of, _by_center, subject.center_cell, subject.run.reference.centers),
        ("tissue", _tissue_of, _by_tissue, subject.tissue_cell, subject.run.reference.tissues),
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
                    header=[title.capitalize(), "Tiles", *(r.encoder.title for r in shown)],
                    rows=rows,
                    align=name_and_numbers(len(shown) + 1),
                    widths=[2.4, 0.8, *(1.25 for _ in shown)],
                    caption=f"Robustness index by {title} of the tile, with 95 % interval.",
                    small=True,
                )
            )
    if not blocks:
        return []
    return [
        Heading("Single centers and tissues"),
        Paragraph(
            "The index counted over the tiles of one center, or of one tissue, alone.", sticky=True
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
        return Cell("left out", "muted")
    if part.value is None:
        return Cell(fmt.NOT_ASSESSABLE, "muted")
    return _with_interval(part.value, part.low, part.high)


def _confusions(subject: Subject) -> list[Block]:
    blocks: list[Block] = []
    for result in subject.ranked:
        found = result.reference.prediction
        if not isinstance(found, Prediction) or not found.confusion_probe:
            continue
        if len(found.tissues) > _MOST_TISSUES:
            blocks.append(
                Paragraph(
                    f"{result.encoder.title}: {fmt.count(len(found.tissues))} tissues are too "
                    "many for a page; the matrix is in run.json.",
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
                header=[f"{result.encoder.title}:\ntissue", *found.tissues],
                rows=rows,
                align=name_and_numbers(len(found.tissues)),
                widths=[1.6, *(1.0 for _ in found.tissues)],
                small=True,
            )
        )
    if not blocks:
        return []
    return [
        Heading("Which tissues are taken for which"),
        Paragraph(
            "Tiles by tissue (rows) and by the answer of the linear probe (columns), slides kept "
            "apart; darker where more of the row.",
            sticky=True,
        ),
        *blocks,
    ]


def _with_interval(
    value: float | None,
    low: float | None,
    high: float | None,
    write: Callable[[float], str] = fmt.index,
) -> Cell:
    if value is None:
        return Cell(fmt.NOT_ASSESSABLE, "muted")
    if low is None or high is None:
        return Cell(write(value), detail="no interval")
    return Cell(write(value), detail=f"{write(low)} to {write(high)}")


def _optional(value: float | None, detail: str) -> Cell:
    if value is None:
        return Cell(fmt.NOT_ASSESSABLE, "muted", detail=detail)
    return Cell(fmt.index(value), detail=detail)


def _absent(value: NotAssessable | None) -> Cell:
    if value is None:
        return Cell("not measured", "muted")
    return Cell(fmt.NOT_ASSESSABLE, "muted", detail=fmt.because(value.reason))


def _blank(reason: str, n: int) -> list[Cell]:
    """A row's cells where there is nothing: why in the first, dashes in the others."""
    first = Cell(
        fmt.NOT_ASSESSABLE if reason else "not measured", "muted", detail=fmt.because(reason)
    )
    return [first, *(Cell("–", "muted") for _ in range(n - 1))]


def _any_number(rows: Sequence[Sequence[Cell]]) -> bool:
    return any(cell.tone != "muted" for row in rows for cell in row[1:])
