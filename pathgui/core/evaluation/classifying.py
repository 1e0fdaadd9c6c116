"""The lab's own classifier judged on a reference set, from its file to what is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pathgui.core.classifier import linear
from pathgui.core.classifier.assess import Given, LinearAnswers, Seen, assess
from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.classifier.slide_units import slides_seen, slides_told
from pathgui.core.classifier.table import read_answers
from pathgui.core.corrections.registry import Correction
from pathgui.core.crossfit.cross_fit import HALVINGS
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec, Precision, Preparation
from pathgui.core.errors import ClassifierError
from pathgui.core.evaluation.correcting import EmbeddedSet
from pathgui.core.evaluation.reference_export import embed_reference
from pathgui.core.language.texts import in_english, say
from pathgui.core.metrics.jackknife import Codes
from pathgui.core.progress import Part, ProgressFn, during, ignore_progress
from pathgui.core.reference.reference_set import TILES_FILE, ReferenceSet
from pathgui.core.system.plain_files import sha256_of_files
from pathgui.core.tables.read import read_table


@dataclass(frozen=True)
class SeenSet:
    """What one encoder makes of the tiles of a reference set that can be read."""

    embedded: EmbeddedSet
    rows: Codes  # which tiles these are

    @property
    def spec(self) -> EncoderSpec:
        """The encoder."""
        return self.embedded.spec

    @property
    def seen(self) -> Seen:
        """It, for :func:`~pathgui.core.classifier.assess.assess`."""
        return Seen(self.spec.name, self.spec.title, self.embedded.values, self.rows)


def seen_set(
    reference: ReferenceSet,
    spec: EncoderSpec,
    store: EmbeddingStore | None,
    *,
    precision: Precision = "fp32",
    preparation: Preparation = "exact",
    batch_size: int | None = None,
    device: str = "auto",
    report: ProgressFn = ignore_progress,
) -> SeenSet:
    """The embeddings of a reference set: what ``store`` lacks is embedded, and kept there.

    Raises what :func:`~pathgui.core.embedding.embed.embed` raises.
    """
    found = embed_reference(
        reference,
        spec,
        store,
        stage=say("Embedding reference set with {spec_title}", spec_title=spec.title),
        precision=precision,
        preparation=preparation,
        batch_size=batch_size,
        device=device,
        report=report,
    )
    rows = np.flatnonzero(found.readable).astype(np.intp)
    return SeenSet(EmbeddedSet(spec, found.values[rows], reference.labels.take(rows)), rows)


@in_english()
def judge_table(
    reference: ReferenceSet,
    path: Path | None,
    columns: Sequence[str],
    meanings: Mapping[str, str],
    sets: Sequence[SeenSet],
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
    seen = [each.seen for each in sets]
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
    embedded: SeenSet,
    k: int,
    corrections: Sequence[Correction],
    *,
    halvings: int = HALVINGS,
    seed: int = 0,
    device: str = "cpu",
    report: ProgressFn = ignore_progress,
) -> AssessedClassifier:
    """A linear classifier over an encoder, judged, and judged after corrections.

    Raises
    ------
    ClassifierError
        If the file holds none, or one of another encoder or of other classes.
    """
    spec, seen = embedded.spec, embedded.seen
    found = linear.load_linear(path, seen.values.shape[1])
    linear.require_encoder(found, path, spec.name, spec.pooling)
    tissues = reference.tissues
    some, places = linear.answers_of(found, seen.values, tissues, meanings, path)
    answers = some.spread(seen.rows, len(reference))

    def answering(values: Any) -> Codes:
        return found.answering(places, values)

    given = Given(path.name, "head", "tile", found.sha256, spec.name)
    return assess(
        given,
        answers,
        reference.labels,
        [seen],
        k,
        linear=LinearAnswers(seen, answering, corrections, halvings),
        seed=seed,
        device=device,
        report=during(Part.MEASURING, report),
    )
