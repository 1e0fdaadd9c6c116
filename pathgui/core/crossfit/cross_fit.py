"""Cross-fitting: corrections are fitted on one half of the slides and judged on the other.

On the slides that it was fitted on, any correction improves pure noise
(``tests/benchmarks/correction.py`` says by how much). So slides are halved within each tissue and
center, each half is judged with corrections fitted on the other, anchors and candidates both from
the judged half, and the same is done without a correction. In the intervals judged slides are left
out; what that does not see is found from how halves and halvings differ (:mod:`variance`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pathgui.core.corrections.fitted import FEW_ROWS, Fitted, moves_along
from pathgui.core.corrections.registry import Correction
from pathgui.core.crossfit import halves, probes
from pathgui.core.crossfit.material import Floats, Tiles, spread_evenly, tiles_of
from pathgui.core.crossfit.recolored import Recolored, RecoloredTable
from pathgui.core.crossfit.results import Change, CorrectionEffect, Corrections
from pathgui.core.crossfit.tally import (
    LEAST_HALVINGS,
    LEAST_HALVINGS_WHERE_FITTED,
    Judged,
    Kinds,
    change,
    change_of_answers,
)
from pathgui.core.errors import CorrectionError
from pathgui.core.language.texts import noted, say
from pathgui.core.metrics import copies, jackknife, permutation
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.metrics.neighbors import robustness_index as ri
from pathgui.core.metrics.neighbors.kinds import OS, SS
from pathgui.core.metrics.neighbors.moved import Along, Moved, nearest_after_each
from pathgui.core.metrics.neighbors.search import Neighbors
from pathgui.core.metrics.neighbors.tissue_by_center import cramers_v
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.results import PermutationTest
from pathgui.core.progress import PartialResult, Progress, ProgressFn, ignore_progress
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.background import in_parallel

HALVINGS = 10
HELD_BYTES = 512_000_000  # embeddings of a half after corrections that are searched together
PROBED = LEAST_HALVINGS_WHERE_FITTED  # halvings in which probes are fitted: these cost most
STAGE = say("Cross-fitting corrections")
NO_NEIGHBOR = noted("Not defined: no tile has an SO or OS neighbor among its nearest.")
NO_EXCHANGE = noted("Not assessable: no two slides of one tissue could exchange their centers.")
NOBODY = noted("Not assessable: no probe could learn this.")
NEEDS_CENTER = noted(
    "Not assessable: the correction needs to know the center, and nothing is known of a new one."
)


class _Variant:
    """What is found of the embeddings after one correction; None: before any."""

    def __init__(self, correction: Correction | Recolored | None, tiles: Tiles) -> None:
        self.correction = correction
        self.kinds = Kinds.nothing(len(tiles.units))
        self.probes = probes.Probes.nothing(tiles)
        self.between = 0.0  # sum of squares between tissues at the same center
        self.why_not: str | None = None
        self._counts = np.zeros(4)  # neighbors by kind, in the halves that are compared with chance
        self._permuted: list[NDArray[np.float64]] = []  # so with exchanged centers, one a half
        self._least_p = 1.0  # that can come out of the halves together: each deals for itself

    @property
    def needs_center(self) -> bool:
        """Whether it cannot be applied where nothing is known of the center."""
        return self.correction is not None and self.correction.needs_center

    def permute(
        self, neighbors: Neighbors, judged: Tiles, groups: Codes, k: int, seed: int
    ) -> None:
        """Count neighbors by kind with centers dealt out anew among slides of the same tissue."""
        found = permutation.permute(
            neighbors,
            judged.tissue,
            judged.center,
            groups,
            k,
            seed + len(self._permuted),  # halves of the same layout would be dealt the same
            exchanged_is_center=True,
        )
        if found is not None:
            kinds = ri.kinds_of(neighbors, judged.tissue, judged.center)
            self._counts += ri.counts_by_anchor(kinds, k).sum(axis=0)
            self._permuted.append(found.counts)
            units = permutation.units(judged.tissue, judged.center, groups)
            self._least_p *= units.least_p

    @property
    def same_center_share(self) -> float | None:
        """Share of neighbors of the own center, where it was compared with chance."""
        total = float(self._counts.sum())
        return float(self._counts[SS] + self._counts[OS]) / total if total else None

    def tested(self) -> PermutationTest | NotAssessable:
        """That share against chance, in the first halving."""
        share = self.same_center_share
        if share is None:
            return NotAssessable(NO_EXCHANGE)
        if self._least_p > permutation.ALPHA:
            return NotAssessable(
                say(
                    "Not assessable: the centers of the judged slides can be exchanged in so few "
                    "ways that p cannot be below {least_p:.2g}.",
                    least_p=self._least_p,
                )
            )
        drawn = min(map(len, self._permuted))
        counts = np.sum([each[:drawn] for each in self._permuted], axis=0)
        by_chance = (counts[:, SS] + counts[:, OS]) / counts.sum(axis=1)
        return permutation.compare_with(share, by_chance) or NotAssessable(NO_EXCHANGE)


def cross_fit(
    embeddings: Floats,
    labels: TileLabels,
    corrections: Sequence[Correction | Recolored],
    k: int,
    *,
    target: str | None = None,
    halvings: int = HALVINGS,
    probed: int = PROBED,
    seed: int = 0,
    device: str = "cpu",
    report: ProgressFn = ignore_progress,
) -> Corrections | NotAssessable:
    """What corrections do to slides that they were not fitted on.

    Parameters
    ----------
    embeddings : (n, d) float array
        Of one encoder, of the tiles that ``labels`` is of.
    corrections : sequence
        What to try, in the order of the rows.
    k : int
        Neighbors that are counted; fewer where a half has not as many.
    target : str, optional
        A center to whose colors tiles were brought. Its slides are halved once, for all halvings,
        and tissue is not asked there as at a new center.
    halvings : int
        How often slides are halved anew, at least 1.
    probed : int
        In how many of them probes are fitted; 0: the index alone is measured.
    report : callback
        Told of progress, and after each halving of a :class:`~pathgui.core.progress.PartialResult`
        with the :class:`Corrections` so far; may raise to stop.

    Returns
    -------
    Corrections
        Pooled over all halves that were judged. The reason, where too few slides or labels are
        there.
    """
    if halvings < 1 or k < 1:
        raise ValueError("halvings and k must be at least 1")
    tiles = tiles_of(embeddings, labels)
    if isinstance(tiles, NotAssessable):
        return tiles
    known = None if target is None else tiles.code_of(target)
    firsts = halves.halvings(tiles.groups, tiles.tissue, tiles.center, halvings, seed, known)
    for first in firsts:
        why_not = halves.why_not_halved(first, tiles.groups, tiles.center, tiles.centers)
        if why_not is not None:
            return why_not
    new = [here for here in range(len(tiles.centers)) if here != known]
    work = _Work(tiles, corrections, k, firsts, new, probed, seed, device, report)
    for number in range(halvings):
        work.do(number)
        report(PartialResult(work.found(number + 1)))
    return work.found(halvings)


class _Work:
    """The halvings, one after the other."""

    def __init__(
        self,
        tiles: Tiles,
        corrections: Sequence[Correction | Recolored],
        k: int,
        firsts: Sequence[NDArray[np.bool_]],
        new_centers: Sequence[int],
        probed: int,
        seed: int,
        device: str,
        report: ProgressFn,
    ) -> None:
        self._tiles, self._firsts, self._seed = tiles, firsts, seed
        self._probed = probed
        self._new_centers = new_centers  # that tissue is asked at as if they were new
        self._device, self._report = device, report
        self._variants = [_Variant(None, tiles), *(_Variant(c, tiles) for c in corrections)]
        self._admissible = np.zeros(4, np.int64)
        self._met: list[float] = []
        most = [
            int(np.median(half.sum() - np.bincount(tiles.groups[half])[tiles.groups[half]]))
            for first in firsts
            for half in (first, ~first)
        ]
        self._k = max(1, min(k, *most))
        self._steps = len(firsts) * 2 * len(self._variants)
        self._step = 0

    def do(self, number: int) -> None:
        """Judge both halves of one halving."""
        first = self._firsts[number]
        for fit, judge in ((first, ~first), (~first, first)):
            self._judge(
                self._tiles.take(np.flatnonzero(fit)),
                self._tiles.take(np.flatnonzero(judge)),
                number,
            )

    def _judge(self, fit: Tiles, judged: Tiles, number: int) -> None:
        groups = np.unique(judged.groups, return_inverse=True)[1].astype(np.intp)
        self._admissible += ri.admissible_counts(judged.tissue, judged.center, groups).sum(axis=0)
        train = fit.take(spread_evenly(fit, probes.MOST_TRAINING, self._seed + number))
        if number < self._probed:
            pairs = np.unique(np.stack([fit.center, fit.groups]), axis=1)
            self._met.append(float(np.bincount(pairs[0]).mean()))
        # Variants that are searched together share a product, and each holds its embeddings.
        at_once = max(1, HELD_BYTES // max(judged.values.nbytes, 1))
        for some in _some_at_a_time(self._variants, at_once):
            changed = [each for each in (self._change(one, fit, judged) for one in some) if each]
            moved = [Moved(each.judged, each.along) for each in changed]
            depth = self._k + int(np.bincount(judged.units.of_tile).max())
            found = nearest_after_each(
                judged.values, moved, groups, depth, self._watch, device=self._device
            )
            for each, neighbors in zip(changed, found, strict=True):
                self._count(each, neighbors, judged, groups, number)
                if number < self._probed:
                    self._probe(each, fit, train, judged, number)
                self._step += 1
            self._step += len(some) - len(changed)

    def _change(self, variant: _Variant, fit: Tiles, judged: Tiles) -> _Changed | None:
        """The judged embeddings after a correction; None, and why, where it cannot be fitted."""
        self._watch()
        if variant.why_not is not None:
            return None
        try:
            return _changed(variant, fit, judged)
        except CorrectionError as error:
            variant.why_not = str(error)
            return None

    def _count(
        self,
        changed: _Changed,
        neighbors: Neighbors,
        judged: Tiles,
        groups: NDArray[np.intp],
        number: int,
    ) -> None:
        variant = changed.variant
        variant.kinds.add(neighbors, judged.tissue, judged.center, judged.units, self._k)
        variant.between += between_tissues(changed.judged, judged)
        if not number:
            variant.permute(neighbors, judged, groups, self._k, self._seed)

    def _probe(
        self, changed: _Changed, fit: Tiles, train: Tiles, judged: Tiles, number: int
    ) -> None:
        found = changed.variant.probes
        after = _applied(changed.fitted, train), changed.judged
        said: list[probes.Answers] = []
        work = probes.ask(found, train, judged, after, self._seed + number, said)
        work += self._elsewhere(changed, fit, train, judged, after, said)
        in_parallel(work, self._watch, STAGE)
        for answers in said:
            answers.count()
        found.end_half()

    def _watch(self, event: object = None) -> None:
        """Report from within a step, so that whoever is told can stop the work there, too."""
        self._report(Progress(STAGE, self._step, self._steps))

    def _elsewhere(
        self,
        changed: _Changed,
        fit: Tiles,
        train: Tiles,
        judged: Tiles,
        after: tuple[Floats, Floats],
        said: list[probes.Answers],
    ) -> list[probes.Work]:
        """Work that asks about tissue at each center as if it were new.

        ``after``: embeddings of ``train`` and ``judged`` after the correction that was fitted on
        all centers.
        """
        variant = changed.variant
        chosen = variant.correction
        ways = [(False, variant.probes.new_center), (True, variant.probes.met_center)]
        if variant.needs_center:  # it cannot be applied where it was not fitted
            ways = ways[1:]
        elif chosen is None or chosen.met_alike:
            # Tiles without tissue are not looked at, so it is the same whether they are there.
            ways = ways[:1]
        work = []
        for met, found in ways:
            for here in self._new_centers:

                def refit(here: int = here, met: bool = met) -> tuple[Floats, Floats]:
                    rows = np.flatnonzero(train.center != here)
                    there = np.flatnonzero(judged.center == here)
                    if not isinstance(chosen, Correction) or (met and chosen.class_blind):
                        # What knows no tissue was fitted so when it was fitted on all centers.
                        return after[0][rows], after[1][there]
                    fitted = probes.fit_without(chosen, fit, here, met)
                    return _applied(fitted, train.take(rows)), _applied(fitted, judged.take(there))

                work.append(probes.ask_elsewhere(found, train, judged, here, refit, said))
        return work

    def found(self, done: int) -> Corrections:
        """What is known after so many halvings."""
        tiles = self._tiles
        before = self._variants[0]
        return Corrections(
            effects=[self._effect(before, variant) for variant in self._variants[1:]],
            k=self._k,
            halvings=done,
            halvings_asked=len(self._firsts),
            probed=min(done, self._probed),
            seed=self._seed,
            n_tiles=len(tiles),
            n_slides=tiles.units.n_groups,
            centers=tiles.centers.tolist(),
            left_out_centers=tiles.left_out_centers,
            tissues=tiles.tissues.tolist(),
            null=ri.robustness_index(self._admissible),
            cramers_v=cramers_v(tiles.tissue, tiles.center),
            center_chance=1 / len(tiles.centers),
            tissue_chance=1 / len(tiles.tissues),
            slides_met=float(np.mean(self._met)) if self._met else 0.0,
            notices=tiles.notices,
            fewest=jackknife.fewest_slides(tiles.groups, (tiles.tissue, tiles.center)),
            fits_in_intervals=True,
            dealing_in_intervals=True,
        )

    def _effect(self, before: _Variant, after: _Variant) -> CorrectionEffect:
        assert after.correction is not None
        name = after.correction.name
        slides = after.correction.slides if isinstance(after.correction, Recolored) else None
        if after.why_not is not None:
            no = NotAssessable(after.why_not)
            return CorrectionEffect(name, no, no, no, no, no, no, no, recolored=slides)
        units = self._tiles.units

        def asked(
            one: Judged, other: Judged, halvings: int = LEAST_HALVINGS, fitted_there: bool = False
        ) -> Change | NotAssessable:
            undefined = one.why_not or other.why_not or NOBODY
            found = one.value(), other.value()
            return change_of_answers(*found, units, undefined, halvings, fitted_there)

        was, now = before.probes, after.probes
        new_center = asked(was.new_center, now.new_center)
        met_center = asked(
            was.new_center, now.met_center, LEAST_HALVINGS_WHERE_FITTED, fitted_there=True
        )
        if after.needs_center:
            new_center = NotAssessable(NEEDS_CENTER)
        elif after.correction.met_alike:
            met_center = new_center
        lost: float | NotAssessable = NotAssessable(
            say("Not defined: tissues do not differ before.")
        )
        if before.between > 0:
            lost = 1 - after.between / before.between
        return CorrectionEffect(
            name=name,
            index=change(before.kinds.value(), after.kinds.value(), units, NO_NEIGHBOR),
            tissue_new_slides=asked(was.new_slides, now.new_slides),
            tissue_new_center=new_center,
            tissue_met_center=met_center,
            center_probe=asked(was.center, now.center, LEAST_HALVINGS_WHERE_FITTED),
            variance_lost=lost,
            same_center=after.tested(),
            same_center_share=after.same_center_share,
            recolored=slides,
        )


def _fit(correction: Correction | Recolored | None, fit: Tiles) -> Fitted | RecoloredTable | None:
    """What a correction is once it is fitted on these tiles."""
    if correction is None:
        return None
    if isinstance(correction, Recolored):
        return correction.fitted_on(fit)
    return correction.fit(fit.values, fit.center, fit.tissue)


def _some_at_a_time(variants: Sequence[_Variant], most: int) -> Iterator[Sequence[_Variant]]:
    for start in range(0, len(variants), most):
        yield variants[start : start + most]


@dataclass(frozen=True)
class _Changed:
    """One variant of the judged embeddings."""

    variant: _Variant
    fitted: Fitted | RecoloredTable | None  # None: they are as they were
    judged: Floats
    along: Along | None


def _changed(variant: _Variant, fit: Tiles, judged: Tiles) -> _Changed:
    fitted = _fit(variant.correction, fit)
    after = _applied(fitted, judged)
    if fitted is None:
        nowhere = np.zeros((len(judged), 0)), np.zeros((judged.values.shape[1], 0))
        return _Changed(variant, None, after, Along(*nowhere))
    if copies.all_alike(after):
        raise CorrectionError(
            say("After it all embeddings are alike, so no tile is nearer than another.")
        )
    if isinstance(fitted, RecoloredTable):
        return _Changed(variant, fitted, after, None)
    moves = moves_along(fitted, judged.values, judged.center)
    return _Changed(variant, fitted, after, moves and Along(*moves))


def _applied(fitted: Fitted | RecoloredTable | None, tiles: Tiles) -> Floats:
    """Embeddings after a correction, as exact as they came; as they are without one."""
    if fitted is None:
        return tiles.values
    if isinstance(fitted, RecoloredTable):
        return fitted.of(tiles)
    wide = tiles.values.dtype == np.float64
    after: Floats = np.empty(tiles.values.shape, np.float64 if wide else np.float32)
    for start in range(0, len(tiles), FEW_ROWS):
        some = slice(start, start + FEW_ROWS)
        after[some] = fitted.apply(tiles.values[some], tiles.center[some])
    return after


def between_tissues(values: Floats, tiles: Tiles) -> float:
    """Sum of squares between the tissues of each center, over all tiles.

    Within centers: what differs between centers is what a correction is to take out, also where
    tissue goes with it.
    """
    cell = tiles.center * len(tiles.tissues) + tiles.tissue
    cells, code, sizes = np.unique(cell, return_inverse=True, return_counts=True)
    means = np.zeros((len(cells), values.shape[1]))
    for one in range(len(cells)):
        means[one] = values[code == one].mean(axis=0, dtype=np.float64)
    total = 0.0
    for here in np.unique(cells // len(tiles.tissues)).tolist():
        at = cells // len(tiles.tissues) == here
        off = means[at] - np.average(means[at], axis=0, weights=sizes[at])
        total += float(sizes[at] @ (off**2).sum(axis=1))
    return total
