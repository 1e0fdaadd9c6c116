"""What is found of a classifier, as it is kept beside a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pathgui.core.crossfit.results import Change, RecoloredSlides
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.metrics.permutation import ALPHA
from pathgui.core.metrics.results import Interval
from pathgui.core.system.json_records import Member

Unit = Literal["tile", "slide"]  # what the classifier answers
Source = Literal["classes", "probabilities", "head"]


class CenterTest(Member, frozen=True):
    """Whether a center's errors differ from those of its tissues at all centers."""

    p: float  # two-sided, centers of slides exchanged among slides of the same tissues
    p_holm: float  # corrected for the number of centers

    @property
    def differs(self) -> bool:
        """Whether that is beyond chance, all centers counted."""
        return self.p_holm < ALPHA


@dataclass(frozen=True)
class CenterErrors:
    """The errors at one center."""

    center: str
    n: int  # tiles (or slides) that have an answer
    n_slides: int  # or patients, where they are known
    wrong: int
    rate: float  # wrong / n
    interval: Interval  # over slides or patients, never over tiles
    expected: float  # rate that its mix of tissues has over all centers
    test: CenterTest | NotAssessable
    unanswered: int = 0  # tiles of it without an answer that can be judged


@dataclass(frozen=True)
class KindShares:
    """The k nearest neighbors of some tiles, by kind; shares of 0..1, in the order of KINDS."""

    n: int  # tiles
    shares: list[float]
    # Among those of the k that are of the class answered: share of the tile's own center.
    same_center: float | None
    expected: float | None  # ... if center played no part: by the admissible tiles of that class
    supported: int = 0  # tiles with such a neighbor; the others say nothing of that share


class Confounding(Member, frozen=True):
    """Whether neighbors of the same center are behind the errors, as one encoder sees it."""

    k: int
    wrong: KindShares
    right: KindShares
    # Share beyond expectation of the wrong tiles less that of the right ones; 95 % over slides.
    excess: float | None
    interval: Interval


@dataclass(frozen=True)
class EncoderConfounding:
    """The same-center confounders in the embeddings of one encoder."""

    encoder: str
    title: str
    found: Confounding | NotAssessable


@dataclass(frozen=True)
class ReliabilityRow:
    """Answers whose probability lies in a range."""

    low: float
    high: float
    n: int
    n_slides: int
    probability: float  # mean
    right: float  # share
    interval: Interval  # of the share, over slides


class Reliability(Member, frozen=True):
    """How far the probability of an answer is that of being right."""

    n: int
    n_slides: int
    probability: float  # mean of the answers' probabilities
    right: float  # share of right answers
    over: float  # probability less right; above 0 over-confident
    over_interval: Interval
    brier: float  # mean squared distance of probabilities and truth, summed over classes; 0..2
    brier_interval: Interval
    error: float  # expected calibration error over the rows
    rows: list[ReliabilityRow]


@dataclass(frozen=True)
class CenterReliability:
    """Reliability at one center."""

    center: str
    found: Reliability | NotAssessable


class Calibration(Member, frozen=True):
    """Reliability over all centers, and at each."""

    all: Reliability | NotAssessable
    by_center: list[CenterReliability]


@dataclass(frozen=True)
class CenterChange:
    """The error rate at one center before and after a correction."""

    center: str
    change: Change


@dataclass(frozen=True)
class ErrorsAfter:
    """What one correction does to the errors, on slides that it was not fitted on."""

    name: str  # of the correction
    overall: Change | NotAssessable  # error rate of all judged tiles
    spread: Change | NotAssessable  # highest less lowest error rate of a center
    by_center: list[CenterChange]
    recolored: RecoloredSlides | None = None  # of a correction of tiles; None: of embeddings


class AfterCorrections(Member, frozen=True):
    """What corrections of the embeddings do to the errors of a linear classifier."""

    effects: list[ErrorsAfter]
    halvings: int
    seed: int
    n_tiles: int
    n_slides: int
    centers: list[str]
    notices: list[str] = field(default_factory=list)


class AssessedClassifier(Member, frozen=True):
    """All that is found of one classifier on one reference set."""

    name: str  # of its file
    columns: list[str]  # of the table that were read; none of a linear classifier
    source: Source
    sha256: str  # of the file
    encoder: str  # that a linear classifier is for; "": a column of answers
    unit: Unit
    over: Literal["slides", "patients"]  # what intervals and tests are over
    classes: list[str]
    n: int  # tiles (slides) with an answer that can be judged
    n_slides: int
    of: int  # tiles (slides) of the reference set
    wrong: int
    rate: float
    interval: Interval
    centers: list[CenterErrors]
    # Smallest p that can come out for a center before the correction; None: no exchange at all.
    least_p: float | None
    exchanges: float | None
    confounding: list[EncoderConfounding]
    calibration: Calibration | NotAssessable
    corrections: AfterCorrections | NotAssessable
    seed: int
    notices: list[str] = field(default_factory=list)

    @property
    def differing(self) -> list[CenterErrors]:
        """Centers whose errors differ beyond chance."""
        return [e for e in self.centers if isinstance(e.test, CenterTest) and e.test.differs]
