"""The lab's own classifier on the reference set of a finished run: recognized, judged, kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pathgui.core.classifier import linear
from pathgui.core.classifier.answers import meanings_of, places_of
from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.classifier.table import read_answers
from pathgui.core.corrections.registry import CORRECTIONS
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import Registry
from pathgui.core.errors import ClassifierError
from pathgui.core.evaluation.classifying import judge_linear, judge_table
from pathgui.core.evaluation.correct_encoders import asked_of_run, embed_for
from pathgui.core.evaluation.correcting import shared_k_of
from pathgui.core.language.texts import counted, say
from pathgui.core.progress import ProgressFn, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.runs.kept_classifiers import JudgedClassifier, add_classifier
from pathgui.core.runs.record import EncoderFacts, Run
from pathgui.core.runs.targets import why_not_kept
from pathgui.core.system.devices import product_device, resolve_devices
from pathgui.core.system.times import now
from pathgui.core.tables.read import read_table
from pathgui.version import __version__


@dataclass(frozen=True)
class ClassifierAsked:
    """Which classifier is to be judged, and how its file is read."""

    path: Path
    columns: tuple[str, ...] = ()  # of a table, as --column takes them; none: usual names
    # That a linear classifier is for; of a table, the one whose neighbors are looked at. "": all.
    encoder: str = ""
    classes: tuple[str, ...] = ()  # CLASS=TISSUE, as --class takes them


@dataclass(frozen=True)
class Recognized:
    """What a file turned out to be."""

    linear: bool  # a linear classifier; else a table of answers
    said: str  # what was recognized; "" where something must be chosen first
    problem: str = ""  # why it cannot be judged so
    columns: tuple[str, ...] = ()  # headings of the table
    encoders: tuple[str, ...] = ()  # encoders of the run that it can be judged with


def listed(text: str, whole: Sequence[str] = ()) -> tuple[str, ...]:
    """What is typed with semicolons between; a text among ``whole`` is taken as it stands.

    >>> listed("p1=tumor; p2=stroma;")
    ('p1=tumor', 'p2=stroma')
    >>> listed("a; b", ["a; b"])
    ('a; b',)
    """
    if text in whole:
        return (text,)
    return tuple(each.strip() for each in text.split(";") if each.strip())


def recognize(asked: ClassifierAsked, run: Run, reference: ReferenceSet) -> Recognized:
    """What is in a file: classes, columns, the encoders of the run that it can be for.

    Where a column or a class is not understood, the :class:`Recognized` says so, and what there
    is to choose from.

    Raises
    ------
    ClassifierError
        If the file cannot be read as either, whatever is chosen.
    """
    settings = run.settings
    roles = in_roles(reference, settings.center_columns, settings.tissue_column)
    if linear.is_linear(asked.path):
        return _recognize_linear(asked, run, roles)
    return _recognize_table(asked, run, roles)


def _recognize_table(asked: ClassifierAsked, run: Run, reference: ReferenceSet) -> Recognized:
    table = read_table(asked.path, ClassifierError)
    headings = tuple(table.headings.get(name, name) for name in table.columns)
    encoders = tuple(each.encoder.name for each in run.encoders)
    known = Recognized(False, "", columns=headings, encoders=encoders)
    try:
        found = read_answers(table, reference, asked.columns, meanings_of(asked.classes))
    except ClassifierError as error:
        return replace(known, problem=str(error))
    columns = ", ".join(table.headings.get(name, name) for name in found.columns)
    classes = ", ".join(found.answers.known)
    told = {"columns": columns, "classes": classes}
    if found.source == "classes":
        said = say(
            "A table with a class in each row. Column: {columns}. Tissues: {classes}.", **told
        )
    else:
        said = say("A table of probabilities. Columns: {columns}. Tissues: {classes}.", **told)
    n, of = int(found.answers.there.sum()), len(found.answers.codes)
    if found.unit == "tile":
        n_said = say("{n:,} of {of:,} tiles of the reference set have an answer.", n=n, of=of)
    else:
        n_said = counted(n, "{n:,} slide has an answer.", "{n:,} slides have an answer.")
    return replace(known, said=" ".join([said, n_said, *found.answers.notices]))


def _recognize_linear(asked: ClassifierAsked, run: Run, reference: ReferenceSet) -> Recognized:
    found, names, refused = None, [], []
    for each in run.encoders:
        try:
            found = _of_encoder(asked.path, each.encoder)
            names.append(each.encoder.name)
        except ClassifierError as error:
            refused.append(error)
    if found is None:
        raise refused[0] if refused else ClassifierError(say("The run has no encoder."))
    known = Recognized(True, "", encoders=tuple(names))
    try:
        places_of(
            found.classes, reference.tissues, meanings_of(asked.classes), asked.path.name
        )  # fmt: skip
    except ClassifierError as error:
        return replace(known, problem=str(error))
    told = {"dim": found.dim, "classes": ", ".join(found.classes)}
    if found.encoder:
        said = say(
            "A linear classifier over embeddings of {dim:,} numbers, for the encoder {encoder}. "
            "Classes: {classes}.",
            encoder=found.encoder,
            **told,
        )
    else:
        said = say(
            "A linear classifier over embeddings of {dim:,} numbers. Its file does not say for "
            "which encoder. Classes: {classes}.",
            **told,
        )
    return replace(known, said=said)


def _of_encoder(path: Path, encoder: EncoderFacts) -> linear.LinearClassifier:
    found = linear.load_linear(path, encoder.dim)
    linear.require_encoder(found, path, encoder.name, encoder.pooling)
    return found


def judge_on_run(
    asked: ClassifierAsked,
    run: Run,
    reference: ReferenceSet,
    known: Registry,
    store: EmbeddingStore | None,
    *,
    device: str = "auto",
    report: ProgressFn = ignore_progress,
) -> AssessedClassifier:
    """Judge a classifier with the columns, the k, the seed and the embeddings of a run.

    A linear classifier is judged after all corrections of embeddings, too.

    Raises
    ------
    ClassifierError
        If the file cannot be judged as it is asked for.
    """
    is_linear = linear.is_linear(asked.path)
    names = [asked.encoder] if asked.encoder else [each.encoder.name for each in run.encoders]
    if is_linear and len(names) != 1:
        raise ClassifierError(say("Choose the one encoder that the linear classifier is for."))
    meanings = meanings_of(asked.classes)
    of_run = asked_of_run(run, reference, known.chosen(names), (), device=device)
    sets = [embed_for(of_run, spec, store, report) for spec in of_run.specs]
    seed = run.settings.seed
    k = of_run.k
    if k is None and sets:
        k = shared_k_of(sets, seed, report).k
    size = max((each.values.nbytes for each in sets), default=0)
    product = product_device([each.name for each in resolve_devices(device)], size)
    if is_linear:
        assert k is not None
        return judge_linear(
            of_run.reference, asked.path, meanings, sets[0], k, CORRECTIONS, seed=seed,
            device=product, report=report,
        )  # fmt: skip
    return judge_table(
        of_run.reference, asked.path, asked.columns, meanings, sets, k, seed=seed,
        device=product, report=report,
    )  # fmt: skip


def keep_on_run(folder: Path, run: Run, found: AssessedClassifier) -> str:
    """Keep what was found beside the record of a run; why it is not kept, "" if it is.

    Raises what :func:`~pathgui.core.runs.kept_classifiers.add_classifier` raises.
    """
    if why := why_not_kept(folder):
        return why
    add_classifier(folder, run, JudgedClassifier(now(), __version__, found))
    return ""
