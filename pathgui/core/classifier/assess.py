"""Everything that is said of one classifier: errors by center, and what is behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from pathgui.core.classifier.answers import NONE, Answers
from pathgui.core.classifier.by_center import errors_by_center, rate_interval
from pathgui.core.classifier.calibration import calibration
from pathgui.core.classifier.confounding import confounding
from pathgui.core.classifier.corrected_errors import errors_after, not_corrected
from pathgui.core.classifier.results import (
    AfterCorrections,
    AssessedClassifier,
    Calibration,
    Confounding,
    EncoderConfounding,
    Source,
    Unit,
)
from pathgui.core.corrections.registry import Correction
from pathgui.core.crossfit.material import Floats
from pathgui.core.crossfit.recolored import Recolored
from pathgui.core.errors import ClassifierError, CorrectionError, EmbeddingsError, first_few
from pathgui.core.language.texts import counted, in_english, noted, say
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.metrics.neighbors.search import nearest
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.labels import TileLabels

DEEPEST = 2_000  # neighbors of a tile that are kept so that slides can be left out

ONLY_ANSWERS = noted(
    "Not assessable: answers in a table stay as they are, whatever is done to embeddings. Give the "
    "linear classifier itself (.safetensors or .onnx) with its encoder."
)
NO_CORRECTIONS = noted("Not assessable: no correction was asked for.")
ALIKE = noted("Not assessable: too few tiles of other slides for k neighbors.")


@dataclass(frozen=True)
class Seen:
    """What one encoder makes of the tiles (slides) that answers are of."""

    name: str
    title: str
    values: Floats  # (r, d)
    rows: Codes  # (r,) which of the tiles they are; those that cannot be read are missing


@dataclass(frozen=True)
class Recoloring:
    """Corrections of tiles, and who embeds the tiles again."""

    names: Sequence[str]
    # Of rows of what the encoder sees: tables of these, by the center they are brought to ("": a
    # published look). CorrectionError where tiles cannot be embedded again.
    embed: Callable[[Codes], Iterable[tuple[str, Sequence[Recolored]]]]


@dataclass(frozen=True)
class LinearAnswers:
    """A linear classifier whose embeddings can be corrected."""

    seen: Seen
    answering: Callable[[Floats], Codes]  # places among all tissues
    corrections: Sequence[Correction]
    halvings: int
    recoloring: Recoloring | None = None


@dataclass(frozen=True)
class Given:
    """Where answers are from."""

    name: str  # of the file, or what the caller calls it
    source: Source
    unit: Unit = "tile"
    sha256: str = ""
    encoder: str = ""
    columns: Sequence[str] = ()
    notices: Sequence[str] = field(default_factory=tuple)


@in_english()
def assess(
    given: Given,
    answers: Answers,
    labels: TileLabels,
    seen: Sequence[Seen],
    k: int | None,
    *,
    linear: LinearAnswers | None = None,
    seed: int = 0,
    device: str = "cpu",
    report: ProgressFn = ignore_progress,
) -> AssessedClassifier:
    """Judge a classifier by what is known of the tiles, or slides, of a reference set.

    Parameters
    ----------
    answers, labels
        Of the same n tiles (or slides).
    seen
        Encoders in whose embeddings the neighbors of errors are looked at.
    k
        Neighbors that count; None where there is no encoder.
    linear
        The classifier, if it is one over an encoder; its embeddings are then corrected, too.

    Raises
    ------
    ClassifierError
        If no tile has an answer that can be judged.
    """
    notices = [*given.notices, *answers.notices]
    tissues = np.array(answers.tissues)
    known = np.isin(labels.tissue, answers.known)
    labeled = (labels.tissue != "") & (labels.center != "") & (labels.slide != "")
    judged = known & labeled & answers.there
    _say_left_out(labels, known, labeled, judged, given.unit, notices)
    if not judged.any():
        raise ClassifierError(say("No answer of {name} can be judged.", name=given.name))
    names, center = np.unique(labels.center, return_inverse=True)
    # Of a tile whose tissue is none of the classes, the code stands for nothing and is not read.
    tissue = np.searchsorted(tissues, labels.tissue).clip(0, len(tissues) - 1).astype(np.intp)
    center = center.astype(np.intp)
    groups = labels.groups
    wrong = answers.codes != tissue
    at = np.flatnonzero(judged)
    found = errors_by_center(wrong[at], tissue[at], center[at], groups[at], names.tolist(), seed)
    lacking = known & labeled & ~answers.there
    by_center = [
        replace(each, unanswered=int((lacking & (labels.center == each.center)).sum()))
        for each in found.centers
    ]
    quiet = sorted({*names[center[known & labeled]].tolist()} - {e.center for e in by_center})
    if quiet:
        notices.append(
            say("Nothing is said of these centers: {centers}.", centers=first_few(quiet))
        )
    return AssessedClassifier(
        name=given.name,
        columns=list(given.columns),
        source=given.source,
        sha256=given.sha256,
        encoder=given.encoder,
        unit=given.unit,
        over="slides" if labels.patient is None else "patients",
        classes=list(answers.known),
        n=len(at),
        n_slides=len(np.unique(groups[at])),
        of=len(labels),
        wrong=int(wrong[at].sum()),
        rate=float(wrong[at].mean()),
        interval=rate_interval(wrong[at], groups[at]),
        centers=by_center,
        least_p=found.least_p,
        exchanges=found.exchanges,
        confounding=[
            EncoderConfounding(
                one.name,
                one.title,
                _behind(one, tissue, center, groups, labeled, answers, known, k, device, report),
            )
            for one in seen
        ],
        calibration=_calibrated(answers, at, tissue, center, groups, names),
        corrections=NotAssessable(ONLY_ANSWERS)
        if linear is None
        else _corrected(linear, labels, known & labeled, answers, seed, report),
        seed=seed,
        notices=notices,
    )


def _say_left_out(
    labels: TileLabels,
    known: NDArray[np.bool_],
    labeled: NDArray[np.bool_],
    judged: NDArray[np.bool_],
    unit: Unit,
    notices: list[str],
) -> None:
    strange = sorted(set(labels.tissue[labeled & ~known].tolist()))
    if strange:
        n = int((labeled & ~known).sum())
        some = first_few(strange)
        notices.append(
            counted(n, "{n:,} tile is of a tissue that the classifier has no class for ({some}), "
                    "and was left out.",
                    "{n:,} tiles are of tissues that the classifier has no class for ({some}), and "
                    "were left out.", some=some)
            if unit == "tile"
            else counted(n, "{n:,} slide is of a tissue that the classifier has no class for "
                         "({some}), and was left out.",
                         "{n:,} slides are of tissues that the classifier has no class for "
                         "({some}), and were left out.", some=some)
        )  # fmt: skip
    missing = int((known & labeled & ~judged).sum())
    if missing:
        notices.append(
            counted(missing, "{n:,} tile has no answer that can be judged. If such tiles are the "
                    "hard ones, the errors said here are too few.",
                    "{n:,} tiles have no answer that can be judged. If these are the hard ones, "
                    "the errors said here are too few.")
            if unit == "tile"
            else counted(missing, "{n:,} slide has no answer that can be judged. If such slides "
                         "are the hard ones, the errors said here are too few.",
                         "{n:,} slides have no answer that can be judged. If these are the hard "
                         "ones, the errors said here are too few.")
        )  # fmt: skip


def _behind(
    one: Seen,
    tissue: Codes,
    center: Codes,
    groups: Codes,
    labeled: NDArray[np.bool_],
    answers: Answers,
    known: NDArray[np.bool_],
    k: int | None,
    device: str,
    report: ProgressFn,
) -> Confounding | NotAssessable:
    """Same-center confounders among all labeled tiles that the encoder could read."""
    kept = np.flatnonzero((labeled & known)[one.rows])
    rows = one.rows[kept]
    if k is None or len(rows) < 2:
        return NotAssessable(ALIKE)
    of = np.unique(groups[rows], return_inverse=True)[1].astype(np.intp)
    sizes = np.bincount(of)
    most = int(np.median(len(rows) - sizes[of]))
    if most < 1:
        return NotAssessable(ALIKE)
    k = min(k, most)
    depth = min(k + int(sizes.max()), max(DEEPEST, k))
    try:
        neighbors = nearest(one.values[kept], of, depth, report, device=device)
    except EmbeddingsError as error:
        return NotAssessable(say("Not assessable: {error}", error=error))
    asked = np.where(answers.there[rows], answers.codes[rows], NONE)
    return confounding(neighbors, tissue[rows], center[rows], of, asked, k)


def _calibrated(
    answers: Answers,
    at: Codes,
    tissue: Codes,
    center: Codes,
    groups: Codes,
    names: NDArray[np.str_],
) -> Calibration | NotAssessable:
    if answers.probabilities is None:
        return NotAssessable(answers.why_no_probabilities)
    return calibration(
        answers.probabilities[at], tissue[at], center[at], groups[at], names.tolist()
    )


def _corrected(
    linear: LinearAnswers,
    labels: TileLabels,
    usable: NDArray[np.bool_],
    answers: Answers,
    seed: int,
    report: ProgressFn,
) -> AfterCorrections | NotAssessable:
    if not linear.corrections and linear.recoloring is None:
        return NotAssessable(NO_CORRECTIONS)
    kept = np.flatnonzero(usable[linear.seen.rows])
    values, some = linear.seen.values[kept], labels.take(linear.seen.rows[kept])

    def after(
        corrections: Sequence[Correction | Recolored], target: str = ""
    ) -> AfterCorrections | NotAssessable:
        return errors_after(
            values,
            some,
            answers.tissues,
            linear.answering,
            corrections,
            target=target or None,
            halvings=linear.halvings,
            seed=seed,
            report=report,
        )

    found = after(linear.corrections)
    if linear.recoloring is None or isinstance(found, NotAssessable):
        return found
    effects = list(found.effects)
    try:
        for target, tables in linear.recoloring.embed(kept):
            more = after(tables, target)
            if isinstance(more, NotAssessable):
                effects += [not_corrected(each.name, more.reason) for each in tables]
            else:
                effects += more.effects
    except CorrectionError as error:
        done = {each.name for each in effects}
        effects += [not_corrected(e, str(error)) for e in linear.recoloring.names if e not in done]
    return structs.replace(found, effects=effects)
