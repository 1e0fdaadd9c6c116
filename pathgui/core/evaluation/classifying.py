"""The lab's own classifier judged on a reference set, from its file to what is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pathgui.core.classifier import linear
from pathgui.core.classifier.assess import Given, LinearAnswers, Recoloring, Seen, assess
from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.classifier.slide_units import slides_seen, slides_told
from pathgui.core.classifier.table import read_answers
from pathgui.core.corrections.registry import Correction, TileCorrection
from pathgui.core.crossfit.cross_fit import HALVINGS
from pathgui.core.crossfit.material import tiles_of
from pathgui.core.crossfit.recolored import Recolored
from pathgui.core.errors import ClassifierError, CorrectionError
from pathgui.core.evaluation.correcting import EmbeddedSet
from pathgui.core.evaluation.recoloring import Embedder, recolored, require_tiles
from pathgui.core.language.texts import in_english, say
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Part, ProgressFn, during, ignore_progress
from pathgui.core.reference.reference_set import TILES_FILE, ReferenceSet
from pathgui.core.system.plain_files import sha256_of_files
from pathgui.core.tables.read import read_table


def seen_by(embedded: EmbeddedSet) -> Seen:
    """What an encoder makes of a set, for :func:`~pathgui.core.classifier.assess.assess`."""
    spec = embedded.spec
    return Seen(spec.name, spec.title, embedded.values, embedded.rows)


@in_english()
def judge_table(
    reference: ReferenceSet,
    path: Path | None,
    columns: Sequence[str],
    meanings: Mapping[str, str],
    sets: Sequence[EmbeddedSet],
    k: int | None,
    *,
    seed: int = 0,
    device: str = "cpu",
    report: ProgressFn = ignore_progress,
) -> AssessedClassifier:
    """A table of answers, judged; of a path of None the set's own table.

    Raises
    ------
    ClassifierError
        If the table cannot be read, or holds no answer that can be judged.
    """
    if path is None and not columns:
        raise ClassifierError(
            say("Name a table of answers, or the column of the reference set that holds them.")
        )
    file = reference.folder / TILES_FILE if path is None else Path(path)
    table = read_table(file, ClassifierError)
    found = read_answers(table, reference, columns, meanings)
    seen = [seen_by(each) for each in sets]
    answers, labels = found.answers, reference.labels
    notices: tuple[str, ...] = ()
    if found.unit == "slide":
        labels, kept, notices = slides_told(reference.labels, found.slides)
        answers = answers.take(kept)
        seen = [slides_seen(each, reference.labels, labels) for each in seen]
    given = Given(
        name=reference.info.name if path is None else file.name,
        source=found.source,
        unit=found.unit,
        sha256=sha256_of_files([file]),
        columns=found.columns,
        notices=notices,
    )
    return assess(
        given, answers, labels, seen, k, seed=seed, device=device,
        report=during(Part.MEASURING, report),
    )  # fmt: skip


@in_english()
def judge_linear(
    reference: ReferenceSet,
    path: Path,
    meanings: Mapping[str, str],
    embedded: EmbeddedSet,
    k: int,
    corrections: Sequence[Correction],
    recolorings: Sequence[TileCorrection] = (),
    embedder: Embedder | None = None,
    *,
    target: str = "",
    halvings: int = HALVINGS,
    seed: int = 0,
    device: str = "cpu",
    report: ProgressFn = ignore_progress,
) -> AssessedClassifier:
    """A linear classifier over an encoder, judged, and judged after corrections.

    Parameters
    ----------
    recolorings, embedder
        Corrections of tiles, and how tiles are then embedded again.
    target
        A center to whose colors tiles are brought; by default as
        :func:`~pathgui.core.evaluation.recoloring.try_recolorings` chooses it.

    Raises
    ------
    ClassifierError
        If the file holds none, or one of another encoder or of other classes.
    CorrectionError
        If tiles were to be recolored and cannot be.
    """
    if recolorings and embedder is None:
        raise ValueError("corrections of tiles need an embedder")
    if recolorings:
        require_tiles(embedded.spec, reference, target)
    spec, seen = embedded.spec, seen_by(embedded)
    found = linear.load_linear(path, seen.values.shape[1])
    linear.require_encoder(found, path, spec.name, spec.pooling)
    tissues = reference.tissues
    some, places = linear.answers_of(found, seen.values, tissues, meanings, path)
    answers = some.spread(seen.rows, len(reference))

    def answering(values: Any) -> Codes:
        return found.answering(places, values)

    def embed(kept: Codes) -> Iterator[tuple[str, list[Recolored]]]:
        assert embedder is not None
        some = EmbeddedSet(
            spec, embedded.values[kept], embedded.labels.take(kept), embedded.rows[kept]
        )
        tiles = tiles_of(some.values, some.labels)
        if isinstance(tiles, NotAssessable):
            raise CorrectionError(tiles.reason)
        yield from recolored(some, tiles, recolorings, embedder, target, seed, report)

    names = [each.name for each in recolorings]
    recoloring = Recoloring(names, embed) if recolorings else None
    given = Given(path.name, "head", "tile", found.sha256, spec.name)
    return assess(
        given,
        answers,
        reference.labels,
        [seen],
        k,
        linear=LinearAnswers(seen, answering, corrections, halvings, recoloring),
        seed=seed,
        device=device,
        report=during(Part.MEASURING, report),
    )
