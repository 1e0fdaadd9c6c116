"""Results that look at the embedding as a whole: shortcuts, shape, maps."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

from pathgui.core.language.texts import say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import (
    Explained,
    Geometry,
    Mixing,
    PerformanceDrop,
    Sensitivity,
    ShortcutSweep,
    Silhouettes,
    SlideGap,
    Variance,
)
from pathgui.core.pictures.palette import FEW, Color, center_colors, point_shape, tissue_colors
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
from pathgui.core.report.sections.references import cite
from pathgui.core.report.sections.subject import Subject
from pathgui.core.report.sections.values import absent, columns_of, heading, value, words_of
from pathgui.core.results import formatting as fmt
from pathgui.core.results.charts import shortcut_curves
from pathgui.core.results.measures import SHAPE
from pathgui.core.runs.record import EncoderResult

_MAP_PX = 620  # of one map
_DOT_PX = 3.2


def shortcuts(subject: Subject) -> list[Block]:
    """What a probe for tissue loses as tissue goes together with center in training."""
    swept = [
        (result, found)
        for result in subject.ranked
        if isinstance(found := result.reference.shortcut, ShortcutSweep)
    ]
    if not swept:
        return _why_not(subject, "Shortcuts", "shortcut")
    lines = shortcut_curves(subject.in_order)
    subject.files["shortcut.svg"] = figures.shortcut_chart(lines, columns=subject.columns)
    first = swept[0][1]
    rows = []
    for result, found in swept:
        rows.append(
            [
                Cell(result.encoder.title),
                Cell(fmt.accuracy(found.splits[0].in_domain)),
                Cell(fmt.accuracy(found.splits[-1].in_domain)),
                value(result, "apd_same_centers"),
                _nipd(found.in_domain),
                value(result, "apd_other_centers"),
            ]
        )
    words = "; ".join(
        say(
            "{line_title} from {accuracy} to {accuracy2}",
            line_title=line.title,
            accuracy=fmt.accuracy(line.inside[0]),
            accuracy2=fmt.accuracy(line.inside[-1]),
        )
        for line in lines
    )
    return [
        Heading(say("Shortcuts: when tissue goes together with {center} in "
                    "training", center=subject.center)),
        Paragraph(
            say("A probe for tissue is trained on sets in which tissue goes more "
                "and more with {center}. {explain} Design: {rstrip}, "
                "{repetitions}, {n_train} training tiles each; {probe}. The "
                "interval is over repetitions.", center=subject.center,
                explain=subject.explain('Cramér’s V', 'APD', 'nIPD'),
                rstrip=first.design.rstrip('.'), repetitions=fmt.plural(first.repetitions,
                    'repetition'), n_train=fmt.count(first.n_train), probe=first.probe),
            sticky=True,
        ),
        Image(
            "shortcut.svg",
            alt=say("Balanced accuracy for tissue over Cramér’s V of tissue and "
                "{center} in training: {words}.", center=subject.center, words=words),
            caption=say("Balanced accuracy for tissue over Cramér’s V of tissue and "
                "{center} in training. Lines: new slides of the training "
                "{centers}. Open marks: other {centers}. The straight dashed "
                "line is the chance value ({accuracy}).", center=subject.center,
                centers=subject.centers, accuracy=fmt.accuracy(first.chance)),
        ),
        Table(
            header=[say("Encoder"), say("Accuracy,\nbalanced"), say("Accuracy,\nV = 1"),
                    heading("apd_same_centers", subject.columns), "nIPD",
                    heading("apd_other_centers", subject.columns)],
            rows=rows,
            align=name_and_numbers(5),
            widths=[2, 1, 1, 1.4, 0.8, 1.4],
            small=True,
        ),
    ]  # fmt: skip


def _nipd(found: PerformanceDrop | NotAssessable) -> Cell:
    if isinstance(found, NotAssessable) or found.nipd is None:
        return Cell("–", "muted")
    return Cell(fmt.signed(found.nipd))


def shape(subject: Subject) -> list[Block]:
    """How tissue and center lie in the embedding."""
    measured = [
        (result, found)
        for result in subject.ranked
        if isinstance(found := result.reference.geometry, Geometry)
    ]
    if not measured:
        return []
    rows, more, columns = [], [], columns_of(SHAPE)
    for result, found in measured:
        rows.append(
            [
                Cell(result.encoder.title),
                *(value(result, each.key) for each, _ in columns),
                *_silhouettes(found.silhouettes),
                *_variance(found.variance),
            ]
        )
        more.append([Cell(result.encoder.title), *_mixing(found.mixing), *_gap(found.slide_gap)])
    return [
        Heading(say("The shape of the embedding")),
        Paragraph(
            say("{rstrip} {cite}. {explain} These numbers describe this set and "
                "have no interval.", rstrip=words_of(SHAPE, subject.columns).rstrip('.'),
                cite=cite('pathorob'), explain=subject.explain('silhouette', 'variance explained')),
            sticky=True,
        ),
        Table(
            header=[say("Encoder"), *(place.heading for _, place in columns),
                    *(subject.columns.say(text) for text in (
                        say("Silhouette,\n{tissue}"), say("Silhouette,\n{center}"),
                        say("Variance\nexplained by\n{tissue}"),
                    )),
                    heading("center_variance", subject.columns),
                    say("Variance\nexplained by\nslide")],
            rows=rows,
            align=name_and_numbers(len(columns) + 5),
            widths=[2, *(1.1 for _ in columns), 1, 1, 1.1, 1.1, 1.1],
            small=True,
        ),
        Paragraph(
            say("{explain} Gain: how much more often the nearest tiles name the "
                "right tissue if tiles of the own slide may be among "
                "them.", explain=subject.explain('iLISI', 'kBET')),
            sticky=True,
        ),
        Table(
            header=[say("Encoder"), "iLISI", say("iLISI,\nscaled"), "kBET", say("Own slide\nin"),
                    say("Own slide\nout"), say("Gain")],
            rows=more,
            align=name_and_numbers(6),
            widths=[2, 1, 1, 1, 1, 1, 1],
            small=True,
        ),
    ]  # fmt: skip


def geometries(subject: Subject) -> list[Block]:
    """The index with distances taken in other ways: how far it hangs on that choice."""
    having = [
        found
        for result in subject.ranked
        if isinstance(found := result.reference.sensitivity, Sensitivity)
    ]
    if not having:
        return []
    names = [each.name for each in having[0].indices]
    rows = []
    for result in subject.ranked:
        found = result.reference.sensitivity
        if isinstance(found, Sensitivity):
            values = [
                Cell(fmt.NOT_ASSESSABLE, "muted") if each.value is None
                else Cell(fmt.index(each.value), detail=say("support {support}",
                    support=fmt.percent(each.support)))
                for each in found.indices
            ]  # fmt: skip
            rows.append([Cell(result.encoder.title), Cell(fmt.count(found.k)), *values])
        elif found is not None:
            rows.append([Cell(result.encoder.title), *absent(found, len(names) + 1)])
    return [
        Heading(say("The index with other distances")),
        Paragraph(
            say(
                "The index rests on the cosine distance. Here it is at the same "
                "k with other distances. Centered: the mean embedding taken off. "
                "Standardized: each number divided by its standard deviation. "
                "PCA-50: on the 50 main directions of the embeddings. Whitened: "
                "these made equally long. If the values lie far apart, or "
                "encoders change places, the index says as much about the "
                "distance as about the encoder. Only the first has an interval, "
                "on the pages before."
            ),
            sticky=True,
        ),
        Table(
            header=[say("Encoder"), "k", *(name[0].upper() + name[1:] for name in names)],
            rows=rows,
            align=name_and_numbers(len(names) + 1),
            widths=[2, 0.5, *(1.0 for _ in names)],
            small=True,
        ),
    ]


def _silhouettes(found: Silhouettes | NotAssessable) -> list[Cell]:
    if isinstance(found, NotAssessable):
        return absent(found, 2)
    return [Cell(fmt.signed(found.tissue)), Cell(fmt.signed(found.center))]


def _variance(found: Variance | NotAssessable) -> list[Cell]:
    if isinstance(found, NotAssessable):
        return absent(found, 3)
    return [_explained(found.tissue), _explained(found.center), _explained(found.slide)]


def _explained(found: Explained) -> Cell:
    chance = (
        "" if found.by_chance is None else say("chance {index}", index=fmt.index(found.by_chance))
    )
    return Cell(fmt.index(found.share), detail=chance)


def _mixing(found: Mixing | NotAssessable) -> list[Cell]:
    if isinstance(found, NotAssessable):
        return absent(found, 3)
    chance = (
        ""
        if found.kbet_by_chance is None
        else say("chance {index}", index=fmt.index(found.kbet_by_chance))
    )
    by_chance = (
        ""
        if found.ilisi_by_chance is None
        else say("chance {ilisi_by_chance}", ilisi_by_chance=fmt.number(found.ilisi_by_chance))
    )
    return [
        Cell(fmt.number(found.ilisi), detail=by_chance),
        Cell(fmt.index(found.ilisi_scaled)),
        Cell(fmt.index(found.kbet), detail=chance),
    ]


def _gap(found: SlideGap | NotAssessable) -> list[Cell]:
    if isinstance(found, NotAssessable):
        return absent(found, 3)
    return [
        Cell(fmt.accuracy(found.within)),
        Cell(fmt.accuracy(found.across)),
        Cell(fmt.signed(found.gap)),
    ]


def maps(subject: Subject) -> list[Block]:
    """Each encoder's map twice: colored by tissue and by center."""
    evaluation = subject.evaluation
    known = evaluation.known
    having = [r for r in subject.ranked if r.encoder.name in evaluation.maps]
    if known is None or not having:
        return []
    blocks: list[Block] = [
        Heading(say("Embedding maps")),
        Note(
            say(
                "A map shows less than the full data. Do not judge by the map: "
                "distances, sizes of heaps and gaps between them mean little. No "
                "number above is made from it."
            ),
            tone="warning",
            title=say("Read with caution"),
            sticky=True,
        ),
    ]
    tissues = tissue_colors(len(subject.run.reference.tissues))
    centers = center_colors(len(subject.run.reference.centers))
    columns = 3 if max(len(tissues), len(centers)) > FEW else 2
    for number, result in enumerate(having):
        found = evaluation.maps[result.encoder.name]
        file = f"map-{number}.png"
        subject.files[file] = _png(
            np.concatenate(
                [
                    _drawn(found.positions, known.tissue[found.rows], tissues),
                    np.full((_MAP_PX, 24, 3), 255, np.uint8),
                    _drawn(found.positions, known.center[found.rows], centers),
                ],
                axis=1,
            )
        )
        blocks.append(
            Image(
                file,
                alt=say(
                    "Map of {reference_tiles} after {encoder_title}, colored by "
                    "tissue on the left and by {center} on the right.",
                    reference_tiles=fmt.plural(len(found.rows), "reference tile"),
                    encoder_title=result.encoder.title,
                    center=subject.center,
                ),
                caption=say(
                    "{encoder_title}. {how}Left colored by tissue, right by "
                    "{center}, in the colors of this report.",
                    encoder_title=result.encoder.title,
                    how=_how(result),
                    center=subject.center,
                ),
                width=0.86,
                legend=[
                    *subject.key("tissue", _counts(known.tissue[found.rows], len(tissues))),
                    *subject.key("center", _counts(known.center[found.rows], len(centers))),
                ],
                legend_columns=columns,
            )
        )
    return blocks


def _counts(labels: NDArray[np.int16], n: int) -> list[int]:
    counts: list[int] = np.bincount(labels, minlength=n).tolist()
    return counts


def _how(result: EncoderResult) -> str:
    facts = result.map
    if facts is None:
        return ""
    return say(
        "{method}; {reference_tiles}. Of each tile’s nearest ten, "
        "{neighbors_kept} are near it on the map. ",
        method=facts.method,
        reference_tiles=fmt.plural(facts.n_tiles, "reference tile"),
        neighbors_kept=fmt.percent(facts.neighbors_kept),
    )


def _drawn(
    positions: NDArray[np.float32], labels: NDArray[np.int16], colors: list[Color]
) -> NDArray[np.uint8]:
    """Dots on white, (px, px, 3); drawn by rows so that no label lies on top of all others."""
    from PIL import Image as Picture
    from PIL import ImageDraw

    scale = 2  # drawn twice as large and reduced: smooth edges
    side = _MAP_PX * scale
    picture = Picture.new("RGB", (side, side), "white")
    pen = ImageDraw.Draw(picture)
    low, high = positions.min(axis=0), positions.max(axis=0)
    span = float(max((high - low).max(), 1e-9))
    middle = (low + high) / 2
    places = ((positions - middle) / span * 0.94 + 0.5) * side
    radius = _DOT_PX * scale / 2
    order = np.random.default_rng(0).permutation(len(places))
    for row in order:
        x, y = float(places[row, 0]), side - float(places[row, 1])
        color, label = tuple(colors[labels[row]]), int(labels[row])
        shape = point_shape(label)  # as on the maps of the window
        if shape == "circle":
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color)
        elif shape == "square":
            side_px = radius * 0.89
            pen.rectangle((x - side_px, y - side_px, x + side_px, y + side_px), fill=color)
        else:
            reach = radius * 1.25
            pen.polygon(
                [(x - reach, y), (x, y - reach), (x + reach, y), (x, y + reach)], fill=color
            )
    pen.rectangle((0, 0, side - 1, side - 1), outline="#c9d1d6", width=scale)
    return np.asarray(picture.resize((_MAP_PX, _MAP_PX), Picture.Resampling.LANCZOS))


def _png(picture: NDArray[np.uint8]) -> bytes:
    from PIL import Image as Picture

    draft = io.BytesIO()
    Picture.fromarray(picture).quantize(96).save(draft, "PNG", optimize=True)
    return draft.getvalue()


def _why_not(subject: Subject, title: str, field: str) -> list[Block]:
    """Where it was asked for and cannot be given: the reason."""
    reasons = {
        result.encoder.title: found.reason
        for result in subject.ranked
        if isinstance(found := getattr(result.reference, field), NotAssessable)
    }
    if not reasons:
        return []
    reason = fmt.because(next(iter(reasons.values())))
    return [
        Heading(title),
        Note(f"{reason[:1].upper()}{reason[1:]}.", title=say("Not assessable"), tone="warning"),
    ]
