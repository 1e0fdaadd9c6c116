"""How tissue and center lie in the embedding as a whole, from one encoder's material."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import plural
from pathgui.core.language.texts import noted, say
from pathgui.core.measurement.concordance import Told, concordances, values_of_slides
from pathgui.core.measurement.sample import Material
from pathgui.core.metrics import clustering, components, paired_tiles, permutation
from pathgui.core.metrics.directions import Directions, Sums
from pathgui.core.metrics.neighbors import knn, mixing, tissue_by_center
from pathgui.core.metrics.neighbors.blocks import COPY
from pathgui.core.metrics.neighbors.kinds import KINDS, kind_of
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import (
    CenterPair,
    ClusteringScore,
    Components,
    Distances,
    Explained,
    Geometry,
    Mixing,
    PairedTiles,
    Silhouettes,
    SlideGap,
    Variance,
)
from pathgui.core.progress import Progress, ProgressFn, ignore_progress
from pathgui.core.reference.labels import TextArray

SQUARES = 9  # whose tiles are clustered
SQUARE_TILES = 600  # of each
TRIALS = 10
STARTS = 3  # of k-means for each number of clusters
FIRST_COMPONENTS = 10
CHANCE_DRAWS = 20  # labels dealt out anew, for what chance gives
MOST_CENTERS = 100  # beyond which AUROCs of pairs of centers have no value by chance
STAGE = say("Measuring the shape of the embedding")
ONE_WAY = noted("Not defined: all embeddings point the same way.")


def geometry(
    material: Material,
    report: ProgressFn = ignore_progress,
    why_not: NotAssessable | None = None,
    factors: Mapping[str, TextArray] | None = None,
    calls: NDArray[np.intp] | None = None,
) -> Geometry:
    """Everything about the embedding as a whole; no part stops another.

    ``factors``: columns (n,) by which paired tiles are split; ``calls`` (anchors,): the tissue that
    a probe gives each tile whose slide it never saw. Where neighbors were sought for a sample of
    the tiles, components, silhouettes and clusters are of that sample. ``why_not``: why there is
    nothing but distances, as of copies.
    """
    notices: list[str] = []
    if why_not is not None:
        no = why_not
        return Geometry(no, no, no, no, no, no, _distances(material))
    tiles = _anchors_alone(material)
    directions = Directions(tiles.values, material.ready.norms[: len(tiles)])
    steps = 5
    report(Progress(STAGE, 0, steps))
    projection = components.project(directions.centered())
    report(Progress(STAGE, 1, steps))
    variance = _variance(tiles, projection)
    report(Progress(STAGE, 2, steps))
    told = _components(tiles, projection)
    report(Progress(STAGE, 3, steps))
    mixed = _mixing(material)
    report(Progress(STAGE, 4, steps))
    gap = _slide_gap(material)
    distances = _distances(material)
    report(Progress(STAGE, 5, steps))
    return Geometry(
        clustering=_clustering(tiles, directions, notices, report),
        silhouettes=_silhouettes(tiles, directions),
        variance=variance,
        components=told,
        mixing=mixed,
        slide_gap=gap,
        distances=distances,
        pairs=_pairs(material, notices, report, factors or {}, calls),
        notices=notices,
    )


def _anchors_alone(material: Material) -> Material:
    n = material.n_anchors
    return replace(
        material,
        values=material.values[:n],
        rows=material.rows[:n],
        tissue=material.tissue[:n],
        center=material.center[:n],
        groups=material.groups[:n],
        slides=material.slides[:n],
    )


def _units(material: Material, what: str) -> permutation.Units | None:
    """Whom labels can be dealt to; None where nothing can be exchanged."""
    labels = material.center, material.tissue
    exchanged, kept = labels if what == "center" else labels[::-1]
    found = permutation.units(kept, exchanged, material.groups)
    return found if found.can_exchange else None


def _two_labels(material: Material) -> NotAssessable | None:
    columns = material.columns
    for names, what in (
        (material.tissues, columns.of_tissue),
        (material.centers, columns.of_center),
    ):
        if len(names) < 2:
            return NotAssessable(say("Not assessable: there is only one {what}.", what=what))
    return None


def _clustering(
    material: Material, directions: Directions, notices: list[str], report: ProgressFn
) -> ClusteringScore | NotAssessable:
    every = tissue_by_center.complete_squares(material.tissue, material.center)
    if not every:
        return NotAssessable(
            material.columns.say(
                say("Not assessable: no two {tissues} are both found at the same two {centers}.")
            )
        )
    rng = np.random.default_rng(material.seed)
    chosen = every
    if len(every) > SQUARES:
        picked = np.sort(rng.choice(len(every), SQUARES, replace=False))
        chosen = [every[i] for i in picked.tolist()]
    squares = []
    thinned = 0
    for rows in tissue_by_center.square_rows(material.tissue, material.center, chosen):
        if len(rows) > SQUARE_TILES:
            rows = np.sort(rng.choice(rows, SQUARE_TILES, replace=False))
            thinned += 1
        if len(rows) >= 4:
            squares.append(rows)
    if not squares:
        return NotAssessable(say("Not assessable: no part of the table has four tiles or more."))
    if thinned or len(chosen) < len(every):
        notices.append(
            say(
                "Clustering: {n_chosen} of {n_every} pairs of {of_tissue_many} "
                "at pairs of {of_center_many}, at most {SQUARE_TILES} tiles of "
                "each, drawn at random.",
                n_chosen=len(chosen),
                n_every=len(every),
                of_tissue_many=material.columns.of_tissue.many,
                of_center_many=material.columns.of_center.many,
                SQUARE_TILES=SQUARE_TILES,
            )
        )
    scores = clustering.square_scores(
        directions,
        material.tissue,
        material.center,
        squares,
        trials=TRIALS,
        starts=STARTS,
        seed=material.seed,
        report=report,
    )
    tissue = np.stack([score.ari_tissue for score in scores])
    center = np.stack([score.ari_center for score in scores])
    value, sd = clustering.clustering_score(tissue, center)
    return ClusteringScore(
        value=value,
        sd=sd,
        ari_tissue=float(tissue.mean()),
        ari_center=float(center.mean()),
        n_squares=len(scores),
        of=len(every),
        trials=TRIALS,
        clusters_median=float(np.median([score.clusters for score in scores])),
        most_tiles=max(len(rows) for rows in squares),
    )


def _silhouettes(material: Material, directions: Directions) -> Silhouettes | NotAssessable:
    if (no := _two_labels(material)) is not None:
        return no
    within = []
    for tissue in range(len(material.tissues)):
        rows = np.flatnonzero(material.tissue == tissue)
        if len(np.unique(material.center[rows])) > 1:
            values = clustering.silhouettes(directions.take(rows), material.center[rows])
            within.append(float(values.mean()))
    return Silhouettes(
        tissue=float(clustering.silhouettes(directions, material.tissue).mean()),
        center=float(clustering.silhouettes(directions, material.center).mean()),
        center_within_tissue=float(np.mean(within)) if within else None,
        n_tiles=len(material),
    )


def _variance(material: Material, projection: components.Projection) -> Variance | NotAssessable:
    scores = projection.scores
    kept = float((scores**2).sum())
    if kept <= 0:
        return NotAssessable(ONE_WAY)
    rng = np.random.default_rng(material.seed)

    def explained(labels: NDArray[np.intp], what: str) -> Explained:
        share = components.explained_share(scores, labels)
        units = _units(material, what)
        if units is None:
            return Explained(share, None, None)
        drawn = components.shares_by_chance(scores, units, rng)
        p = (1 + int(np.count_nonzero(drawn >= share - 1e-12))) / (1 + len(drawn))
        return Explained(share, float(drawn.mean()), p)

    n_slides = len(np.unique(material.slides))
    return Variance(
        components=scores.shape[1],
        covered=min(1.0, kept / projection.total),
        tissue=explained(material.tissue, "tissue"),
        center=explained(material.center, "center"),
        # Of tiles dealt to slides at random.
        slide=Explained(
            components.explained_share(scores, material.slides),
            (n_slides - 1) / (len(material) - 1),
            None,
        ),
    )


def _components(
    material: Material, projection: components.Projection
) -> Components | NotAssessable:
    if (no := _two_labels(material)) is not None:
        return no
    if not projection.total:
        return NotAssessable(ONE_WAY)
    scores = projection.scores[:, :FIRST_COMPONENTS]
    units = _units(material, "center") if len(material.centers) <= MOST_CENTERS else None
    rng = np.random.default_rng(material.seed)
    dealt = [] if units is None else [units.deal(rng)[units.of_tile] for _ in range(CHANCE_DRAWS)]
    result = Components([], [], [], [])
    for column in scores.T:
        ranked = components.Ranked(column)
        chance = [ranked.auroc(labels, len(material.centers)) for labels in dealt]
        result.explained.append(float((column**2).sum()) / projection.total)
        result.center_auroc.append(ranked.auroc(material.center, len(material.centers)))
        result.center_by_chance.append(float(np.mean(chance)) if chance else None)
        result.tissue_auroc.append(ranked.auroc(material.tissue, len(material.tissues)))
    return result


def _mixing(material: Material) -> Mixing | NotAssessable:
    if (no := _two_labels(material)) is not None:
        return no
    neighbors = material.neighbors
    k = min(mixing.MOST_NEIGHBORS, neighbors.depth, material.limit)
    if k < 1 or not neighbors.available.any():
        return NotAssessable(say("Not assessable: no tile has a neighbor from another slide."))
    weights = mixing.lisi_weights(neighbors, k, max(k / 3, 1.0))

    def middle(labels: NDArray[np.intp]) -> float:
        return float(np.nanmedian(mixing.lisi(neighbors, weights, labels)))

    def passed(center: NDArray[np.intp]) -> tuple[float, float]:
        return mixing.kbet(neighbors, material.tissue, center, material.groups, k)

    ilisi = middle(material.center)
    accepted = passed(material.center)
    units = _units(material, "center")
    chance: list[float | None] = [None, None, None]
    if units is not None:
        rng = np.random.default_rng(material.seed)
        drawn = []
        for _ in range(CHANCE_DRAWS):
            dealt = units.deal(rng)[units.of_tile]
            drawn.append((middle(dealt), *passed(dealt)))
        chance = list(np.mean(drawn, axis=0).tolist())
    return Mixing(
        k=k,
        ilisi=ilisi,
        ilisi_by_chance=chance[0],
        ilisi_scaled=(ilisi - 1) / (len(material.centers) - 1),
        clisi=middle(material.tissue),
        kbet=accepted[0],
        kbet_by_chance=chance[1],
        kbet_given_tissue=accepted[1],
        kbet_given_tissue_by_chance=chance[2],
    )


def _by_group(material: Material) -> list[NDArray[np.intp]]:
    order = np.argsort(material.groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(material.groups[order])) + 1)


def _slide_gap(material: Material) -> SlideGap | NotAssessable:
    """The vote with and without the tile's own slide."""
    k, n = material.k, material.n_anchors
    tissue = material.tissue[:n]
    across = knn.balanced_accuracy(
        tissue, knn.votes_by_k(material.neighbors, material.tissue, [k])[k]
    )
    groups = _by_group(material)
    if across is None or max(len(rows) for rows in groups) < 2:
        return NotAssessable(
            say(
                "Not assessable: no tile has both a tile of its own slide and "
                "one of another to be compared with."
            )
        )
    others = material.neighbors.indices[:, :k], material.neighbors.distances[:, :k]
    indices, distances = others[0].copy(), others[1].copy()
    own = np.zeros(n, np.intp)
    for rows in groups:
        asked = rows[rows < n]
        if len(rows) < 2 or not len(asked):
            continue
        # Rows of one slide are few, and in order: those asked are the first of them.
        unit = material.values[rows].astype(np.float64) / material.ready.norms[rows, None]
        far = 1 - unit[: len(asked)] @ unit.T
        far[far < COPY] = 0.0
        far[asked[:, None] == rows] = np.inf
        first = np.argsort(far, axis=1, kind="stable")[:, : min(k, len(rows) - 1)]
        near = np.concatenate([np.take_along_axis(far, first, axis=1), others[1][asked]], axis=1)
        which = np.concatenate([rows[first], others[0][asked]], axis=1)
        best = np.argsort(near, axis=1, kind="stable")[:, :k]
        distances[asked] = np.take_along_axis(near, best, axis=1)
        indices[asked] = np.take_along_axis(which, best, axis=1)
        own[asked] = (best < first.shape[1]).sum(axis=1)
    all_tiles = Neighbors(indices, distances)
    within = knn.balanced_accuracy(tissue, knn.votes_by_k(all_tiles, material.tissue, [k])[k])
    assert within is not None
    return SlideGap(
        k=k,
        within=within,
        across=across,
        gap=within - across,
        own_slide_share=float(own.sum() / np.count_nonzero(indices >= 0)),
    )


def _distances(material: Material) -> Distances:
    """Mean distances of all pairs, from sums over slides and cells alone.

    Pairs of one patient on two slides are in no kind, and not of the same slide.
    """
    n_centers = len(material.centers)
    cell = material.tissue * n_centers + material.center
    n_cells = n_centers * len(material.tissues)
    columns = np.stack([material.groups, material.slides, cell])
    pieces, piece = np.unique(columns, axis=1, return_inverse=True)
    groups, slides, cells = (column.astype(np.intp) for column in pieces)
    directions = Directions(material.values, material.ready.norms)
    of_piece = directions.sums(piece.ravel().astype(np.intp), len(cells))

    def of_kinds(names: NDArray[np.intp], products: NDArray[np.float64]) -> NDArray[np.float64]:
        tissue, center = np.divmod(names, n_centers)
        kind = kind_of(tissue[:, None] != tissue, center[:, None] != center)
        return np.bincount(kind.ravel(), products.ravel(), len(KINDS)).astype(np.float64)

    whole = of_piece.joined(cells, n_cells)
    names = np.arange(n_cells)
    far = of_kinds(names, whole.between())
    numbers = of_kinds(names, np.outer(whole.sizes, whole.sizes))
    edges = np.flatnonzero(np.diff(groups)) + 1
    for some in np.split(np.arange(len(groups)), edges):
        here, code = np.unique(cells[some], return_inverse=True)
        own = Sums(of_piece.sizes[some], of_piece.rows[some], of_piece.squares[some])
        mine = own.joined(code.astype(np.intp), len(here))
        far -= of_kinds(here, mine.between())
        numbers -= of_kinds(here, np.outer(mine.sizes, mine.sizes))
    of_slide = of_piece.joined(slides, int(slides.max()) + 1)
    own_number = float((of_slide.sizes * (of_slide.sizes - 1)).sum())
    mean = [
        max(0.0, float(distance / number)) if number > 0.5 else None
        for distance, number in zip(far.tolist(), numbers.tolist(), strict=True)
    ]
    return Distances(
        same_slide=float(of_slide.within().sum()) / own_number if own_number else None,
        **dict(zip(KINDS, mean, strict=True)),
    )


def _pairs(
    material: Material,
    notices: list[str],
    report: ProgressFn,
    factors: Mapping[str, TextArray],
    calls: NDArray[np.intp] | None,
) -> PairedTiles | NotAssessable | None:
    if material.pair is None:
        return None
    unit = material.ready.unit(np.arange(len(material)))
    rng = np.random.default_rng(material.seed)
    matched, of, double = paired_tiles.matched_tiles(material.pair, material.slides, rng)
    if double:
        notices.append(
            say(
                "Paired tiles: {tiles} left out, since others of the same slide "
                "have the same entry in the column pair.",
                tiles=plural(double, "tile"),
            )
        )
    if not matched:
        return NotAssessable(
            say(
                "Not assessable: no two slides have {FEWEST_TILES} tiles or more "
                "in common in the column pair.",
                FEWEST_TILES=paired_tiles.FEWEST_TILES,
            )
        )
    if len(matched) < of:
        notices.append(
            say(
                "Paired tiles: {n_matched} of {of} pairs of slides, drawn at random.",
                n_matched=len(matched),
                of=of,
            )
        )
    scores = paired_tiles.all_pair_scores(unit, matched, report)
    center_of = dict(zip(material.slides.tolist(), material.center.tolist(), strict=True))
    by_centers: dict[tuple[int, int], list[paired_tiles.PairScores]] = {}
    for one, score in zip(matched, scores, strict=True):
        here, there = sorted(center_of[slide] for slide in one.slides)
        by_centers.setdefault((here, there), []).append(score)

    def median(some: list[paired_tiles.PairScores]) -> list[float]:
        values: list[float] = np.median([s.retrieval for s in some], axis=0).tolist()
        return values

    return PairedTiles(
        n_pairs=sum(len(one.one) for one in matched),
        n_slide_pairs=len(matched),
        cosine=float(np.median([score.cosine for score in scores])),
        cosine_unmatched=float(np.median([score.cosine_unmatched for score in scores])),
        k=list(paired_tiles.RETRIEVAL_K),
        retrieval=median(scores),
        by_centers=[
            CenterPair(
                one=str(material.centers[one]),
                other=str(material.centers[other]),
                n_slide_pairs=len(some),
                cosine=float(np.median([score.cosine for score in some])),
                retrieval=median(some),
            )
            for (one, other), some in sorted(by_centers.items())
        ],
        factors=list(factors),
        by_difference=concordances(matched, scores, _told(material, factors, calls)),
    )


def _told(
    material: Material, factors: Mapping[str, TextArray], calls: NDArray[np.intp] | None
) -> Told:
    if calls is not None:  # of the anchors, which are the first rows
        calls = np.concatenate([calls, np.full(len(material) - len(calls), -1)])
    return Told(
        {name: values_of_slides(material.slides, values) for name, values in factors.items()}, calls
    )
