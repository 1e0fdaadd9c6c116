"""What lies outside a reference set: tissue that it lacks, and centers that it does not have.

Two questions, so two statistics. Tissue is a property of a tile: a tile is *far* if it lies
farther from its nearest reference tile than 95 % of the reference tiles lie from the nearest tile
of another slide. A center is a property of a slide, and its mark is small beside what differs
between tiles. So the tiles of a slide are averaged, their tissue taken off, and the mean is
compared with those of the reference slides: a slide has *no known center* if it lies farther from
its nearest reference slide than 95 % of the reference slides do.

What that is worth is measured: by leaving each center (each tissue) of the set out in turn, and
counting how many of its slides and tiles are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import plural
from pathgui.core.language.texts import say
from pathgui.core.metrics.neighbors.search import nearest_with_kinds
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.system.background import made_in_parallel

FALSE_ALARMS = 0.05  # of slides of known centers, and of tiles
FEWEST_SLIDES = 20  # so that one of them is as many as may be false alarms
FEWEST_TILES = 8  # near the reference set, for a slide's mean to be that of those alone
ANCHORS = 4_000  # tiles that detection is measured on, at most
FOLDS = 5  # of the reference slides
_AT_ONCE = 4  # covariances; each takes some matrices of d x d
_BLOCK = 4096
_LEAST_SHRUNK = 1e-6
_LEAST_SIZE = 1e-9  # of the spread of all tiles: less is rounding

Codes = NDArray[np.intp]
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Detection:
    """How much of a center or tissue is found when the reference set is used without it."""

    name: str
    n_tiles: int  # looked at
    tiles: float  # share of them that is far
    n_slides: int = 0  # of a center
    slides: float | None = None  # share of them said to be of no known center


@dataclass(frozen=True)
class OutsideRule:
    """From where on a tile, or a slide, lies outside; and how often that finds what is outside."""

    false_alarms: float  # share of known slides, and of known tiles, beyond the thresholds
    far_threshold: float  # cosine distance of a tile to its nearest reference tile
    tissues_left_out: list[Detection]  # none where there is one tissue
    centers_left_out: list[Detection]  # none where there is one center
    slide_threshold: float | NotAssessable  # squared distance, see SlideDistances

    @property
    def tissue_detection(self) -> float | None:
        """Share of the tiles of left-out tissues that is far."""
        return _pooled(self.tissues_left_out)

    @property
    def tile_detection(self) -> float | None:
        """Share of the tiles of left-out centers that is far."""
        return _pooled(self.centers_left_out)

    @property
    def slide_detection(self) -> float | None:
        """Share of the slides of left-out centers said to be of no known center."""
        known = [(each.n_slides, each.slides) for each in self.centers_left_out]
        total = sum(n for n, share in known if share is not None)
        if not total:
            return None
        return sum(n * share for n, share in known if share is not None) / total


@dataclass(frozen=True)
class SlideOutside:
    """What of the evaluated slide lies outside."""

    rule: OutsideRule
    far_share: float  # of its tiles
    distance: float | NotAssessable  # to the nearest reference slide, as the rule's threshold
    no_known_center: bool | None  # None: not assessable

    @property
    def reason(self) -> str:
        """Why it cannot be said whether the slide is of a known center; "" if it can."""
        return self.distance.reason if isinstance(self.distance, NotAssessable) else ""


class SlideSums:
    """What the mean of a slide follows from, added up as its tiles come."""

    def __init__(self, n_tissues: int, dim: int) -> None:
        self.total = np.zeros(dim)  # of the embeddings
        self.tissues = np.zeros(n_tissues, np.intp)  # tiles of each

    @property
    def n(self) -> int:
        """Tiles so far."""
        return int(self.tissues.sum())

    def add(self, values: Floats, tissue: Codes) -> None:
        """Add tiles: embeddings (m, d) and codes (m,) of their tissues."""
        self.total += values.sum(axis=0, dtype=np.float64)
        self.tissues += np.bincount(tissue, minlength=len(self.tissues))


class SlideDistances:
    """Distances between the means of slides, tissue taken off and tiles' own spread divided out.

    A slide's mean is that of its embeddings less the mean embedding of each tile's tissue.
    Distances are Mahalanobis', squared, by the covariance of tiles within their tissue and center,
    shrunk as Ledoit and Wolf 2004 (J Multivariate Anal 88:365) do. A mean of few tiles lies
    farther off by chance; that much is subtracted, so a distance may fall below 0.

    Of a slide that is asked about, the tiles that are not far count: those with tissue that the
    set lacks, or two tissues, say nothing of its center. Where they are too few, all count.

    A slide whose own tiles are in the covariance seems nearer than a new one, and the fewer tiles
    are in it, the more it is shrunk. So the reference slides are parted in five. Each part is
    compared with the other four, by their covariance, and a new slide with each four, on average
    (as in cross-conformal prediction, Vovk 2015, Ann Math Artif Intell 74:9).
    """

    def __init__(
        self,
        values: Floats,
        tissue: Codes,
        center: Codes,
        groups: Codes,
        *,
        near: NDArray[np.bool_],
        near_elsewhere: NDArray[np.bool_],
        seed: int = 0,
    ) -> None:
        """Find what reference slides show.

        Parameters
        ----------
        values : (n, d) float array
            Embeddings of the reference tiles; ``tissue``, ``center`` and ``groups`` are codes
            (n,) from 0 on.
        near, near_elsewhere : (n,) bool arrays
            Tiles that are not far from those of other slides, and of other centers.

        Raises
        ------
        ValueError
            If no tile differs from others of its tissue and center.
        """
        self._values = values
        self._mean = values.mean(axis=0, dtype=np.float64)
        self._of_tissue = np.stack(
            [self._mean_of(tissue == t) for t in range(int(tissue.max()) + 1)]
        )
        cells, cell = np.unique(np.stack([tissue, center]), axis=1, return_inverse=True)
        self._cell = cell.ravel()
        self._of_cell = np.stack([self._mean_of(self._cell == c) for c in range(cells.shape[1])])
        units, unit = np.unique(np.stack([groups, center]), axis=1, return_inverse=True)
        self.group, self.center = units[0], units[1]
        self.n_tiles = np.bincount(unit.ravel())
        order = np.argsort(unit.ravel(), kind="stable")
        self._rows = np.split(order, np.cumsum(self.n_tiles)[:-1])
        self._tissue = tissue
        self._means = np.stack([self._mean_of_rows(rows) for rows in self._rows])
        self._spread = self._spread_of(np.arange(len(values)))
        self._roots: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        # Of each reference slide, as if new, to the nearest of each center (g, c); inf where there
        # is none: slides of one group (patient) are not compared.
        self.known, self._noise = self._cross_fitted(near, seed)
        self.elsewhere = self._left_out(near_elsewhere)  # to the nearest, its center left out (g,)
        del self._values, self._tissue  # what is left serves new slides

    def _mean_of(self, rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        if not rows.any():
            return np.zeros(self._values.shape[1])
        return np.asarray(self._values[rows].mean(axis=0, dtype=np.float64) - self._mean)

    def _mean_of_rows(self, rows: Codes) -> NDArray[np.float64]:
        sums = SlideSums(len(self._of_tissue), self._values.shape[1])
        sums.add(self._values[rows], self._tissue[rows])
        return self._mean_of_slide(sums)

    def _asked(self, units: Codes, near: NDArray[np.bool_]) -> tuple[NDArray[np.float64], Codes]:
        """Means (u, d) of slides as they are asked about, and of how many tiles each is."""
        rows = [counting(self._rows[unit], near[self._rows[unit]]) for unit in units]
        means = np.stack([self._mean_of_rows(each) for each in rows])
        return means, np.array([len(each) for each in rows])

    def _spread_of(self, rows: Codes) -> _Spread:
        d = self._values.shape[1]
        scatter, fourth = np.zeros((d, d)), 0.0
        sums = np.zeros((len(self._of_cell), d))
        for start in range(0, len(rows), _BLOCK):
            some = rows[start : start + _BLOCK]
            part = np.asarray(self._values[some] - self._mean, np.float32)
            scatter += part.T @ part
            for cell in np.unique(self._cell[some]):
                sums[cell] += part[self._cell[some] == cell].sum(axis=0, dtype=np.float64)
            part -= self._of_cell[self._cell[some]].astype(np.float32)
            fourth += float((np.einsum("ij,ij->i", part, part, dtype=np.float64) ** 2).sum())
        sizes = np.bincount(self._cell[rows], minlength=len(self._of_cell))
        return _Spread(sizes, sums, scatter, fourth)

    def _cross_fitted(
        self, near: NDArray[np.bool_], seed: int
    ) -> tuple[NDArray[np.float64], float]:
        """Distance of each slide to the nearest other of each center (g, c); noise of a tile."""
        names = np.unique(self.group)
        shuffled = np.random.default_rng(seed).permutation(len(names)) % FOLDS
        fold = shuffled[np.searchsorted(names, self.group)]
        parts = [part for each in np.unique(fold) if not (part := fold == each).all()]
        works = [partial(self._asked_of_others, part, near) for part in parts]
        found = made_in_parallel(works, _AT_ONCE)
        table = np.full((len(self.group), int(self.center.max()) + 1), np.inf)
        for part, (root, white, distances, _, _) in zip(parts, found, strict=True):
            self._roots.append((root, white))
            there = self.center[~part]
            for name in np.unique(there):
                table[part, name] = distances[:, there == name].min(axis=1)
        free = sum(freedom for *_, freedom in found)
        return table, sum(within for *_, within, _ in found) / free if free else 0.0

    def _asked_of_others(self, part: NDArray[np.bool_], near: NDArray[np.bool_]) -> _Asked:
        """The slides of a fold (g,), asked of those of the others."""
        asked, others = np.flatnonzero(part), np.flatnonzero(~part)
        rows = np.concatenate([self._rows[unit] for unit in asked])
        root = (self._spread - self._spread_of(rows)).root()
        means, n_tiles = self._asked(asked, near)
        distances = _between(root, means, self._means[others])
        within = 0.0
        for unit in asked:
            tiles = self._rows[unit]
            less = self._values[tiles] - self._of_tissue[self._tissue[tiles]]
            within += float((_solved(root, (less - less.mean(axis=0)).T) ** 2).sum())
        freedom = int((self.n_tiles[asked] - 1).sum())
        if freedom:
            distances -= (within / freedom / n_tiles)[:, None]
        return root, _solved(root, self._means[others].T).T, distances, within, freedom

    def _left_out(self, near: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Distance of each slide to the nearest of another center, all without its own (g,)."""
        found = np.full(len(self.group), np.inf)
        names = [name for name in np.unique(self.center) if (self.center != name).any()]

        def to_others(name: int) -> NDArray[np.float64]:
            here = np.flatnonzero(self.center == name)
            rows = np.concatenate([self._rows[unit] for unit in here])
            root = (self._spread - self._spread_of(rows)).root()
            means, n_tiles = self._asked(here, near)
            nearest = _between(root, means, self._means[self.center != name]).min(axis=1)
            return np.asarray(nearest - self._noise / n_tiles)

        distances = made_in_parallel([partial(to_others, name) for name in names], _AT_ONCE)
        for name, of_center in zip(names, distances, strict=True):
            found[self.center == name] = of_center
        return found

    def _mean_of_slide(self, sums: SlideSums) -> NDArray[np.float64]:
        """The mean (d,) of a slide, tissue taken off."""
        n = sums.n
        mean: NDArray[np.float64] = sums.total / n - self._mean - sums.tissues @ self._of_tissue / n
        return mean

    def to_nearest(self, sums: SlideSums) -> float:
        """Distance of a new slide to the nearest reference slide."""
        mean = self._mean_of_slide(sums)[:, None]
        found = [
            ((white - _solved(root, mean).T) ** 2).sum(axis=1).min() for root, white in self._roots
        ]
        return float(np.mean(found)) - self._noise / sums.n


# What slides of a fold are to the others: root (d, d) of the covariance of these, their means
# (o, d) by it, distances (a, o), squared distances of tiles to their slides' means, freedom.
_Asked = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float, int]


@dataclass(frozen=True)
class _Spread:
    """What the covariance of tiles within their cells follows from; a part can be taken off."""

    sizes: Codes  # (c,) tiles of each cell
    sums: NDArray[np.float64]  # (c, d)
    scatter: NDArray[np.float64]  # (d, d) about the mean of all
    fourth: float  # sum of the fourth powers of the tiles' lengths

    def __sub__(self, other: _Spread) -> _Spread:
        return _Spread(
            self.sizes - other.sizes,
            self.sums - other.sums,
            self.scatter - other.scatter,
            self.fourth - other.fourth,
        )

    def root(self) -> NDArray[np.float64]:
        """The Cholesky factor of the covariance, shrunk so that it has one."""
        d, n = len(self.scatter), max(int(self.sizes.sum()), 1)
        there = self.sizes > 0
        means = self.sums[there] / self.sizes[there, None]
        covariance = (self.scatter - means.T @ self.sums[there]) / n
        size = float(np.trace(covariance)) / d
        if not size > _LEAST_SIZE * float(np.trace(self.scatter)) / d / n:
            raise ValueError("no tile differs from the others with its labels")
        square = float((covariance**2).sum())
        apart = square - d * size**2
        noise = max(self.fourth / n - square, 0.0) / n
        shrunk = 1.0 if apart <= 0 else min(1.0, noise / apart)
        covariance *= 1 - shrunk
        covariance[np.diag_indices(d)] += max(shrunk, _LEAST_SHRUNK) * size
        return np.asarray(np.linalg.cholesky(covariance), np.float64)


def counting(rows: Codes, near: NDArray[np.bool_]) -> Codes:
    """The tiles of a slide that count in its mean: those near the set, or all if too few are."""
    return rows[near] if np.count_nonzero(near) >= FEWEST_TILES else rows


def _between(
    root: NDArray[np.float64], some: NDArray[np.float64], others: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Squared distances (s, o) of means (s, d) and (o, d)."""
    one, other = _solved(root, some.T).T, _solved(root, others.T).T
    squares: NDArray[np.float64]
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * one @ other.T
    return squares


def _solved(root: NDArray[np.float64], columns: NDArray[np.floating]) -> NDArray[np.float64]:
    from scipy.linalg import solve_triangular

    return np.asarray(solve_triangular(root, columns, lower=True), np.float64)


@dataclass(frozen=True)
class Edge:
    """Where a reference set ends, with what is needed to ask a new slide."""

    rule: OutsideRule
    slides: SlideDistances | None  # None: of no slide can it be said

    def of(self, far: NDArray[np.bool_], near: SlideSums, everything: SlideSums) -> SlideOutside:
        """What of a slide lies outside.

        Parameters
        ----------
        far : (n,) bool array
            Of its tiles.
        near, everything
            Sums over the tiles that are not far, and over all.
        """
        asked = near if near.n >= FEWEST_TILES else everything
        threshold = self.rule.slide_threshold
        if self.slides is None or isinstance(threshold, NotAssessable):
            return SlideOutside(self.rule, _share(far), threshold, None)
        if asked.n < FEWEST_TILES:
            why = say(
                "the slide has {tiles}, and at least {FEWEST_TILES} are needed",
                tiles=plural(asked.n, "tile"),
                FEWEST_TILES=FEWEST_TILES,
            )
            return SlideOutside(self.rule, _share(far), NotAssessable(why), None)
        distance = self.slides.to_nearest(asked)
        return SlideOutside(self.rule, _share(far), distance, distance > threshold)


def find_edge(
    values: Floats,
    tissue: Codes,
    center: Codes,
    groups: Codes,
    own: NDArray[np.float64],
    *,
    tissues: NDArray[np.str_],
    centers: NDArray[np.str_],
    seed: int = 0,
    device: str = "cpu",
) -> Edge | None:
    """Where the reference set ends, and how well that is seen.

    Parameters
    ----------
    values : (n, d) float array
        Reference tiles; ``tissue`` and ``center`` (n,) are codes into ``tissues`` and
        ``centers``, ``groups`` those of slides or patients.
    own : (n,) float array
        Cosine distance of each tile to its nearest of another slide; inf where there is none.

    Returns
    -------
    Edge or None
        None where all tiles are of one slide or patient: none is near or far.
    """
    known = np.isfinite(own)
    if not known.any():
        return None
    threshold = float(np.quantile(own[known], 1 - FALSE_ALARMS))
    everyone = np.arange(len(values))
    elsewhere = _nearest_other(values, center, everyone, device)
    anchors = everyone
    if len(values) > ANCHORS:
        anchors = np.sort(np.random.default_rng(seed).permutation(len(values))[:ANCHORS])
    other_tissue = _nearest_other(values, tissue, anchors, device)

    def far(distance: NDArray[np.float64], labels: Codes) -> dict[int, tuple[int, float]]:
        """Of each label: tiles looked at, and the share of them far from all other labels."""
        rows = everyone if len(distance) == len(values) else anchors
        found = {}
        for each in np.unique(labels[rows]):
            others = known & (labels != each)
            if others.any():
                here = distance[labels[rows] == each]
                beyond = here > np.quantile(own[others], 1 - FALSE_ALARMS)
                found[int(each)] = len(here), float(beyond.mean())
        return found

    slides: SlideDistances | None
    try:
        slides = SlideDistances(
            values,
            tissue,
            center,
            groups,
            near=own <= threshold,
            near_elsewhere=elsewhere <= threshold,
            seed=seed,
        )
    except ValueError:
        slides = None
    by_slide, slide_threshold = _slides_left_out(slides)
    rule = OutsideRule(
        false_alarms=FALSE_ALARMS,
        far_threshold=threshold,
        tissues_left_out=[
            Detection(str(tissues[t]), n, share)
            for t, (n, share) in far(other_tissue, tissue).items()
        ],
        centers_left_out=[
            Detection(str(centers[c]), n, share, *by_slide.get(c, (0, None)))
            for c, (n, share) in far(elsewhere, center).items()
        ],
        slide_threshold=slide_threshold,
    )
    return Edge(rule, slides)


def _nearest_other(
    values: Floats, labels: Codes, anchors: Codes, device: str
) -> NDArray[np.float64]:
    """Cosine distance of each anchor to the nearest tile of another label; inf: there is none."""
    same = np.zeros(len(labels), np.intp)
    found, _ = nearest_with_kinds(values, labels, same, same, 1, 0, anchors=anchors, device=device)
    distances: NDArray[np.float64] = found.distances[:, 0]
    return distances


def _slides_left_out(
    slides: SlideDistances | None,
) -> tuple[dict[int, tuple[int, float]], float | NotAssessable]:
    """Of each center: slides, and the share found without it. And the threshold with all."""
    if slides is None:
        return {}, NotAssessable(say("tiles with the same labels are all alike"))
    nearest = slides.known.min(axis=1)
    known = np.isfinite(nearest)
    if known.sum() < FEWEST_SLIDES:
        return {}, NotAssessable(
            say(
                "the reference set has {slides} that can be compared with others; a rule "
                "that is wrong on 1 in {FALSE_ALARMS} needs at least {FEWEST_SLIDES}",
                slides=plural(int(known.sum()), "slide"),
                FALSE_ALARMS=round(1 / FALSE_ALARMS),
                FEWEST_SLIDES=FEWEST_SLIDES,
            )
        )
    found = {}
    for center in np.unique(slides.center):
        there = slides.center == center
        others = np.delete(slides.known[~there], center, axis=1).min(axis=1, initial=np.inf)
        others = others[np.isfinite(others)]
        if len(others):
            beyond = slides.elsewhere[there] > np.quantile(others, 1 - FALSE_ALARMS)
            found[int(center)] = int(there.sum()), float(beyond.mean())
    return found, float(np.quantile(nearest[known], 1 - FALSE_ALARMS))


def _share(of: NDArray[np.bool_]) -> float:
    return float(of.mean()) if len(of) else 0.0


def _pooled(parts: list[Detection]) -> float | None:
    total = sum(each.n_tiles for each in parts)
    return sum(each.n_tiles * each.tiles for each in parts) / total if total else None
