"""What corrections do, as it is kept in ``run.json``: one row a correction, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.permutation import ALPHA
from pathgui.core.metrics.results import PermutationTest
from pathgui.core.system.json_records import Member

TISSUE_GOES_WITH_CENTER = 0.15  # Cramér's V, above which class-blind corrections lose tissue
TISSUE_FIRST = 0.3  # Cramér's V, above which within-tissue projection stands first


def may_lose_tissue(cramers_v: float | None) -> bool:
    """Whether tissue goes with center so far that class-blind corrections take it out."""
    return cramers_v is not None and cramers_v > TISSUE_GOES_WITH_CENTER


def within_tissue_first(cramers_v: float | None) -> bool:
    """Whether within-tissue projection is to be looked at first."""
    return cramers_v is not None and cramers_v > TISSUE_FIRST


class Change(Member, frozen=True):
    """A number before and after a correction, on the same slides, pooled over halvings."""

    before: float
    after: float
    low: float | None  # 95 % interval of after less before
    high: float | None
    no_interval: str = ""  # why it has none

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before

    @property
    def rises(self) -> bool:
        """Whether the whole interval lies above no change."""
        return self.low is not None and self.low > 0

    @property
    def falls(self) -> bool:
        """Whether the whole interval lies below no change."""
        return self.high is not None and self.high < 0


@dataclass(frozen=True)
class RecoloredSlides:
    """What was done to the tiles before they were embedded again."""

    target: str  # center to whose colors slides were brought; "": the published ones
    slides: int
    unchanged: int  # ... of which these have too little stain, and stayed as they are


@dataclass(frozen=True)
class CorrectionEffect:
    """What one correction does to slides that it was not fitted on."""

    name: str  # of the correction
    index: Change | NotAssessable  # Robustness Index
    tissue_new_slides: Change | NotAssessable  # probe of the fitted half, balanced accuracy
    # Tissue probe asked at a center that it was not trained on, mean over centers.
    tissue_new_center: Change | NotAssessable  # nothing is known of that center
    tissue_met_center: Change | NotAssessable  # the correction saw slides of it, without tissue
    center_probe: Change | NotAssessable  # probe trained on the judged slides, balanced accuracy
    variance_lost: float | NotAssessable  # share of the variance between tissues, below 0: gained
    same_center: PermutationTest | NotAssessable  # share of neighbors of the own center by chance
    same_center_share: float | None = None  # ... and as it is
    recolored: RecoloredSlides | None = None  # of a correction of tiles; None: of embeddings
    halvings: int | None = None  # that are done of it; None: as many as of the others

    @property
    def overcorrected(self) -> bool:
        """Whether a tile's neighbors avoid its own center more than chance would have it."""
        return (
            isinstance(self.same_center, PermutationTest)
            and self.same_center_share is not None
            and self.same_center_share < self.same_center.mean
            and self.same_center.p < ALPHA
        )

    @property
    def better(self) -> bool:
        """Whether the index rises and no tissue measure falls, by their intervals.

        A tissue measure without an interval leaves that open, and then it is not. Nor is it where
        neighbors avoid their own center: their tissue was then bought with a new center effect.
        """
        tissue = [self.tissue_new_slides, self.tissue_new_center]
        if isinstance(self.tissue_new_center, NotAssessable):  # it needs slides of the center
            tissue[1] = self.tissue_met_center
        return (
            isinstance(self.index, Change)
            and self.index.rises
            and not self.tissue_falls
            and not self.overcorrected
            and all(
                isinstance(each, Change) and each.low is not None and not each.falls
                for each in tissue
            )
        )

    @property
    def tissue_falls(self) -> bool:
        """Whether a tissue measure falls, by its interval."""
        measures = self.tissue_new_slides, self.tissue_new_center, self.tissue_met_center
        return any(isinstance(each, Change) and each.falls for each in measures)


class Corrections(Member, frozen=True):
    """What corrections do to one encoder's embeddings of a reference set, cross-fitted."""

    effects: list[CorrectionEffect]
    k: int
    halvings: int  # that are done
    halvings_asked: int
    probed: int  # halvings in which probes were fitted
    seed: int
    n_tiles: int
    n_slides: int  # or patients, where they are known
    centers: list[str]  # that take part
    left_out_centers: list[str]  # too few slides
    tissues: list[str]
    null: float | None  # Robustness Index by chance, in a half
    cramers_v: float | None  # of tissue and center, over tiles
    center_chance: float  # of the center probe
    tissue_chance: float  # of the tissue probes
    slides_met: float  # of a center that a tissue probe is new at, in the fitted half; mean
    notices: list[str]
    fewest: int | None = None  # slides of the smallest tissue-center pair
    # Whether intervals count judged slides in full, and those of the index what varies with the
    # fitted slides. Earlier records: no.
    fits_in_intervals: bool = False
    # Whether intervals of probes count how slides were dealt into halves. Earlier records: no.
    dealing_in_intervals: bool = False

    @property
    def class_blind_may_lose_tissue(self) -> bool:
        """Whether tissue goes with center so far that class-blind corrections take it out."""
        return may_lose_tissue(self.cramers_v)

    @property
    def within_tissue_first(self) -> bool:
        """Whether within-tissue projection is to be looked at first."""
        return within_tissue_first(self.cramers_v)

    @property
    def ordered(self) -> list[CorrectionEffect]:
        """Effects in the order in which they are shown."""
        if not self.within_tissue_first:
            return self.effects
        return sorted(self.effects, key=lambda effect: effect.name != "within-tissue")
