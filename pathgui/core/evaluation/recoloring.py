"""Corrections of tiles tried on a reference set: recolor, embed again, and judge cross-fitted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from pathgui.core.corrections.correction_file import CorrectionHead
from pathgui.core.corrections.registry import Correction, TileCorrection
from pathgui.core.corrections.stain import ColorCounts, Look, Stain, pooled
from pathgui.core.cost.estimate import estimate
from pathgui.core.cost.rates import Rates
from pathgui.core.crossfit.cross_fit import HALVINGS, cross_fit
from pathgui.core.crossfit.halves import halvings as halve_all
from pathgui.core.crossfit.material import Tiles, tiles_of
from pathgui.core.crossfit.recolored import Recolored, RecoloredTable
from pathgui.core.crossfit.results import CorrectionEffect, Corrections, RecoloredSlides
from pathgui.core.embedding.embed import embed_many
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.recolored_tiles import (
    RecoloredTiles,
    SlideColors,
    colors_of,
    correction_key,
    slide_colors,
)
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision, Preparation
from pathgui.core.errors import CorrectionError, PathguiError, plural
from pathgui.core.evaluation.correcting import EmbeddedSet, head_of, try_corrections
from pathgui.core.language.texts import in_english, say
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import (
    Event,
    Notice,
    Part,
    PartialResult,
    Progress,
    ProgressFn,
    during,
    ignore_progress,
)
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.system.devices import Device
from pathgui.core.system.times import in_words


@dataclass(frozen=True)
class Embedder:
    """How the tiles of a set are embedded again."""

    reference: ReferenceSet
    devices: Sequence[Device]
    precision: Precision = "fp32"
    preparation: Preparation = "exact"
    batch_size: int | None = None
    store: EmbeddingStore | None = None
    rates: Rates | None = None
    threads: int | None = None
    models: Models | None = None  # that are in memory, and stay there

    def embed(
        self,
        source: RecoloredTiles,
        spec: EncoderSpec,
        rows: NDArray[np.intp],
        models: Models,
        report: ProgressFn,
    ) -> NDArray[np.float32]:
        """Embeddings (m, d) of ``rows``; raises what embedding raises."""
        found = embed_many(
            source,
            [spec],
            device=[each.name for each in self.devices],
            precision=self.precision,
            preparation=self.preparation,
            batch_size=self.batch_size,
            store=self.store,
            rows=rows,
            models=models,
            threads=self.threads,
            report=report,
            stage=say("Embedding recolored tiles with {title}", title=spec.title),
        )[spec.name]
        if isinstance(found, PathguiError):
            raise found
        if not found.readable.all():
            raise CorrectionError(
                say("Tiles of the reference set can no longer be read. Try again once they can.")
            )
        return found.values


@dataclass(frozen=True)
class _Plan:
    """One correction: its target, and the sources in which tiles are brought to it."""

    correction: TileCorrection
    target: str  # center; "": published
    sources: tuple[tuple[RecoloredTiles, EncoderSpec, NDArray[np.intp]], ...]  # and fitted rows
    slides: RecoloredSlides


def require_tiles(spec: EncoderSpec, reference: ReferenceSet, target: str = "") -> None:
    """Refuse where tiles cannot be embedded again.

    Raises
    ------
    CorrectionError
        If the encoder's embeddings were imported, the set has no pictures, or ``target`` is none
        of its centers.
    """
    if target:
        require_center(target, reference.centers)
    if spec.embeddings:
        raise CorrectionError(
            say("The embeddings of {title} were imported. A correction of tiles needs the encoder "
                "itself: tiles are recolored and embedded again.", title=spec.title)
        )  # fmt: skip
    if not reference.has_pictures:
        raise CorrectionError(reference.why_no_pictures)


def require_center(target: str, centers: Sequence[str]) -> None:
    """Refuse a target that is no center: CorrectionError."""
    if target not in centers:
        raise CorrectionError(
            say("{target} is no center that takes part. There are: {centers}.",
                target=target, centers=", ".join(centers))
        )  # fmt: skip


def usual_target(tiles: Tiles) -> str:
    """The center with most slides, the first of these by name: to its colors others are brought."""
    pairs = np.unique(np.stack([tiles.center, tiles.groups]), axis=1)
    return str(tiles.centers[np.bincount(pairs[0], minlength=len(tiles.centers)).argmax()])


def try_all(
    embedded: EmbeddedSet,
    corrections: Sequence[Correction],
    recolorings: Sequence[TileCorrection],
    k: int,
    embedder: Embedder,
    *,
    target: str = "",
    halvings: int = HALVINGS,
    seed: int = 0,
    product_device: str = "cpu",
    report: ProgressFn = ignore_progress,
) -> Corrections | NotAssessable:
    """Corrections of embeddings, and then those of tiles, as one result.

    Arguments as of :func:`try_recolorings`.
    """
    found: Corrections | NotAssessable | None = None
    if corrections or not recolorings:
        found = try_corrections(
            embedded,
            corrections,
            k,
            halvings=halvings,
            seed=seed,
            device=product_device,
            report=report,
        )
    if recolorings and not isinstance(found, NotAssessable):
        found = with_recolorings(
            found,
            embedded,
            recolorings,
            k,
            embedder,
            target=target,
            halvings=halvings,
            seed=seed,
            product_device=product_device,
            report=report,
        )
    assert found is not None
    return found


def with_recolorings(
    earlier: Corrections | None,
    embedded: EmbeddedSet,
    recolorings: Sequence[TileCorrection],
    k: int,
    embedder: Embedder,
    **options: Any,
) -> Corrections | NotAssessable:
    """What was found of corrections of embeddings, with the rows of those of tiles after it.

    Where tiles cannot be embedded again, these rows are not assessable, and say why. Arguments as
    of :func:`try_recolorings`.
    """
    try:
        return try_recolorings(embedded, recolorings, k, embedder, earlier=earlier, **options)
    except CorrectionError as error:
        no = NotAssessable(str(error))
        if earlier is None:
            return no
        rows = [CorrectionEffect(each.name, no, no, no, no, no, no, no) for each in recolorings]
        return structs.replace(earlier, effects=[*earlier.effects, *rows])


def fit_recoloring(
    embedded: EmbeddedSet,
    chosen: TileCorrection,
    reference: ReferenceSet,
    found: Corrections,
    report: ProgressFn = ignore_progress,
) -> tuple[Stain, CorrectionHead]:
    """The stain that slides are brought to, of all slides of the target that took part.

    Raises
    ------
    CorrectionError
        If it was not tried, the set has no pictures, or the target has too little stain.
    """
    require_tiles(embedded.spec, reference)
    tried = next((each.recolored for each in found.effects if each.name == chosen.name), None)
    tiles = tiles_of(embedded.values, embedded.labels)
    if isinstance(tiles, NotAssessable) or tried is None:
        raise CorrectionError(say("{title} was not tried here. Try it first.", title=chosen.title))
    look, target = chosen.published, tried.target
    if target:
        require_center(target, tiles.centers.tolist())
        source, slide_of = ReferenceTiles(reference), reference.labels.slides
        rows = tiles.rows[tiles.center == tiles.code_of(target)]
        slides = np.unique(slide_of[embedded.rows[rows]]).tolist()
        known = []
        for done, slide in enumerate(slides):
            stage = say("Measuring the colors of slides")
            report(Progress(stage, done, len(slides), part=Part.READING))
            known.append(colors_of(source, np.flatnonzero(slide_of == slide)))
        seen = [each for each in known if each is not None]
        look = chosen.look(pooled(seen)) if seen else None
    if look is None:
        raise CorrectionError(
            say("The slides of {target} have too little stain to bring others to their colors. "
                "Name another center.", target=target)
        )  # fmt: skip
    return look, head_of(embedded, chosen, reference, found, tiles, target)


def passes(recolorings: Sequence[TileCorrection], target: str = "") -> int:
    """How often the tiles of a set are embedded again for these."""
    return sum(2 if target or each.published is None else 1 for each in recolorings)


@in_english()
def try_recolorings(
    embedded: EmbeddedSet,
    corrections: Sequence[TileCorrection],
    k: int,
    embedder: Embedder,
    *,
    target: str = "",
    halvings: int = HALVINGS,
    seed: int = 0,
    product_device: str = "cpu",
    earlier: Corrections | None = None,
    report: ProgressFn = ignore_progress,
) -> Corrections | NotAssessable:
    """What corrections of tiles do to slides, as :func:`cross_fit` says it.

    Each slide is brought from its own look, all its tiles pooled, to the target: the look of the
    slides of a center that are fitted on, or a published one. Where the target is a center, its
    slides are halved once, and all tiles are embedded twice, each time to the look of one half.

    Parameters
    ----------
    target
        A center. By default a correction with a published target takes that, and others the center
        with most slides.
    earlier
        What was found of corrections of embeddings: the rows of this come after its rows.
    report
        Told beforehand what it costs, as a :class:`~pathgui.core.progress.Notice`.

    Raises
    ------
    CorrectionError
        If there are no tiles to embed again, or the target takes no part.
    """
    require_tiles(embedded.spec, embedder.reference)
    tiles = tiles_of(embedded.values, embedded.labels)
    if isinstance(tiles, NotAssessable):
        return tiles
    found: Corrections | NotAssessable | None = earlier

    def told(event: Event) -> None:
        if isinstance(event, PartialResult) and isinstance(event.result, Corrections):
            event = PartialResult(_together(found, event.result))
        report(event)

    for to, some in recolored(embedded, tiles, corrections, embedder, target, seed, report):
        here = cross_fit(
            embedded.values,
            embedded.labels,
            some,
            k,
            target=to or None,
            halvings=halvings,
            seed=seed,
            device=product_device,
            report=during(Part.MEASURING, told),
        )
        found = _together(found, here)
    assert found is not None
    return found


def recolored(
    embedded: EmbeddedSet,
    tiles: Tiles,
    corrections: Sequence[TileCorrection],
    embedder: Embedder,
    target: str,
    seed: int,
    report: ProgressFn,
) -> Iterator[tuple[str, list[Recolored]]]:
    """The tiles of a set embedded again after corrections, by the center they are brought to.

    ``tiles``: those of ``embedded`` that take part. A center of "" is a published look. Arguments
    and errors as of :func:`try_recolorings`.
    """
    require_tiles(embedded.spec, embedder.reference)
    if target:
        require_center(target, tiles.centers.tolist())
    plans = _plans(embedded, tiles, corrections, embedder, target, seed, report)
    _say_cost(plans, embedded, embedder, report)
    with ExitStack() as stack:
        models = embedder.models or stack.enter_context(Models())
        for to in dict.fromkeys(plan.target for plan in plans):
            yield (
                to,
                [
                    _embedded_again(plan, embedded, embedder, models, report)
                    for plan in plans
                    if plan.target == to
                ],
            )


def _together(
    first: Corrections | NotAssessable | None, second: Corrections | NotAssessable
) -> Corrections | NotAssessable:
    if not isinstance(first, Corrections):
        return second
    if not isinstance(second, Corrections):
        return first
    rows = second.effects
    if second.halvings != first.halvings:
        rows = [replace(each, halvings=second.halvings) for each in rows]
    return structs.replace(first, effects=[*first.effects, *rows])


def _plans(
    embedded: EmbeddedSet,
    tiles: Tiles,
    corrections: Sequence[TileCorrection],
    embedder: Embedder,
    target: str,
    seed: int,
    report: ProgressFn,
) -> list[_Plan]:
    """Read all tiles, and say what each correction brings them to."""
    source = ReferenceTiles(embedder.reference)
    slide_of = embedder.reference.labels.slides
    to = {
        each.name: target or ("" if each.published is not None else usual_target(tiles))
        for each in corrections
    }
    center = embedder.reference.labels.center
    keep = np.unique(slide_of[np.isin(center, [each for each in to.values() if each])])
    colors = slide_colors(source, slide_of, corrections, keep.tolist(), report)
    plans = []
    for each in corrections:
        looks = colors.looks[each.name]
        plans.append(
            _Plan(
                each,
                to[each.name],
                tuple(
                    (
                        RecoloredTiles(source, slide_of, looks, look),
                        replace(
                            embedded.spec,
                            correction=correction_key(embedded.spec.correction, each.name, look),
                        ),
                        rows,
                    )
                    for look, rows in _targets(
                        each, to[each.name], embedded, tiles, slide_of, colors, seed
                    )
                ),
                _slides(to[each.name], looks, slide_of[embedded.rows[tiles.rows]]),
            )
        )
    return plans


def _slides(
    target: str, looks: Sequence[Look | None], slide_of: NDArray[np.intp]
) -> RecoloredSlides:
    there = np.unique(slide_of).tolist()
    return RecoloredSlides(target, len(there), sum(looks[slide] is None for slide in there))


def _targets(
    chosen: TileCorrection,
    target: str,
    embedded: EmbeddedSet,
    tiles: Tiles,
    slide_of: NDArray[np.intp],
    colors: SlideColors,
    seed: int,
) -> list[tuple[Stain, NDArray[np.intp]]]:
    """What tiles are brought to, and the rows of the embeddings that this was fitted on."""
    if not target:
        assert chosen.published is not None
        return [(chosen.published, np.empty(0, np.intp))]
    here = tiles.code_of(target)
    first = halve_all(tiles.groups, tiles.tissue, tiles.center, 1, seed, here)[0]
    found = []
    for half in (first, ~first):
        rows = tiles.rows[half & (tiles.center == here)]
        slides = np.unique(slide_of[embedded.rows[rows]]).tolist()
        known: list[ColorCounts] = [colors.kept[slide] for slide in slides if slide in colors.kept]
        look = chosen.look(pooled(known)) if known else None
        if look is None:
            raise CorrectionError(
                say("Half of the slides of {target} have too little stain to bring others to "
                    "their colors. Name another center.", target=target)
            )  # fmt: skip
        found.append((look, rows))
    return found


def _embedded_again(
    plan: _Plan, embedded: EmbeddedSet, embedder: Embedder, models: Models, report: ProgressFn
) -> Recolored:
    tables = tuple(
        RecoloredTable(embedder.embed(source, spec, embedded.rows, models, report), fitted_rows)
        for source, spec, fitted_rows in plan.sources
    )
    return Recolored(plan.correction.name, tables, plan.slides)


def _say_cost(
    plans: Sequence[_Plan], embedded: EmbeddedSet, embedder: Embedder, report: ProgressFn
) -> None:
    """Say how many tiles are embedded again, and how long that will take."""
    todo = stored = 0
    seconds: float | None = 0.0
    for plan in plans:
        for source, spec, _ in plan.sources:
            cost = estimate(
                [source],
                [spec],
                device=embedder.devices[0],
                precision=embedder.precision,
                preparation=embedder.preparation,
                store=embedder.store,
                rates=embedder.rates,
                rows=[embedded.rows],
                report=report,
            ).encoders[0]
            todo, stored = todo + cost.tiles, stored + cost.stored
            known = seconds is not None and cost.seconds is not None
            seconds = seconds + cost.seconds if known else None  # type: ignore[operator]
    title = embedded.spec.title
    if not todo:
        text = say("All recolored tiles were embedded with {title} before.", title=title)
    else:
        time = say("time not known") if seconds is None else in_words(seconds)
        text = say(
            "Corrections of tiles embed recolored tiles with {title}: {tiles}, {time}, beside "
            "{stored:,} that were embedded before.",
            title=title,
            tiles=plural(todo, "tile"),
            time=time,
            stored=stored,
        )
    report(Notice(text))
