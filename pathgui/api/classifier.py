"""``pathgui.classifier``: where one's own classifier errs, on answers in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.api.options import settings_of
from pathgui.api.progress import told
from pathgui.core.classifier.answers import Answers
from pathgui.core.classifier.assess import Given, Seen, assess
from pathgui.core.classifier.in_memory import answers_in
from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.errors import ClassifierError
from pathgui.core.language.texts import say
from pathgui.core.measurement.measure import find_k
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.progress import Event
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.devices import product_device, resolve_devices
from pathgui.core.tables.cells import label_column


def classifier(
    answers: Any = None,
    *,
    tissue: Any,
    center: Any,
    slide: Any,
    patient: Any = None,
    probabilities: Any = None,
    classes: Any = None,
    meanings: Mapping[str, str] | None = None,
    embeddings: Any = None,
    name: str = "classifier",
    k: int | str = "auto",
    seed: int = 0,
    device: str = "auto",
    progress: bool | Callable[[Event], None] = False,
) -> AssessedClassifier:
    """Say where a classifier errs: by center, and what is behind it.

    Gives what ``pathgui classifier`` gives of a table of answers.

    Parameters
    ----------
    answers : n labels
        The class that it answers for each tile; missing ("", None, NaN) where it answers none.
    tissue, center, slide, patient : n labels
        Of each tile, as of :func:`pathgui.measure`. Tiles that lack one of the first three are
        left out.
    probabilities : (n, c) numbers
        In the place of ``answers``: of each class. Rows sum to 1; others are left out.
    classes : c labels
        Of the columns of ``probabilities``.
    meanings : mapping
        Which tissue a class is, where its name does not say; "": none.
    embeddings : (n, d) numbers
        In which the neighbors of errors are looked at. Without them this is left out.
    name : str
        What the classifier is called.
    k : int or str
        Neighbors that count: a number, "auto", or the name of a preset.
    seed : int
        For everything drawn at random.
    device : "auto", "cpu" or "cuda"
        Where neighbors are sought.
    progress : bool or function
        True draws a bar; a function gets each event.

    Returns
    -------
    AssessedClassifier
        ``centers`` has the errors at each center with their ``interval`` and ``test``,
        ``confounding`` the same-center neighbors, ``calibration`` the reliability at each center.
        What these answers cannot give is a ``NotAssessable`` with the ``reason``.

    Raises
    ------
    PathguiError
        If nothing can be judged, or something is not as it should be; the text says what.
    """
    settings = settings_of(k=k, seed=seed)
    labels = _labels(tissue, center, slide, patient)
    given: Answers = answers_in(
        answers, probabilities, classes, sorted(set(labels.tissue.tolist()) - {""}), meanings or {}
    )
    if len(given.codes) != len(labels):
        raise ClassifierError(
            say(
                "There are {answers} answers and {labels} tiles. Give one for each.",
                answers=len(given.codes),
                labels=len(labels),
            )
        )
    seen: list[Seen] = []
    number = None
    with told(progress) as report:
        where = "cpu"
        if embeddings is not None:
            values = _values(embeddings, len(labels))
            seen = [Seen("embeddings", say("the embeddings"), values, np.arange(len(labels)))]
            where = product_device([d.name for d in resolve_devices(device)], values.nbytes)
            number = asked_k(settings.k).number
            if number is None:
                number = find_k(values, labels, seed=settings.seed, report=report).own_k
        source = Given(name, "classes" if probabilities is None else "probabilities")
        return assess(
            source, given, labels, seen, number, seed=settings.seed, device=where, report=report
        )


def _labels(tissue: Any, center: Any, slide: Any, patient: Any) -> TileLabels:
    columns = {"tissue": tissue, "center": center, "slide": slide, "patient": patient}
    found = {
        name: np.array(label_column(list(given)), np.str_)
        for name, given in columns.items()
        if given is not None
    }
    sizes = {name: len(column) for name, column in found.items()}
    if len(set(sizes.values())) != 1:
        listed = ", ".join(f"{name} {n}" for name, n in sizes.items())
        raise ClassifierError(
            say("There must be one label of each kind a tile: {listed}.", listed=listed)
        )
    return TileLabels(found["tissue"], found["center"], found["slide"], found.get("patient"))


def _values(embeddings: Any, n: int) -> NDArray[Any]:
    values = np.asarray(embeddings)
    if values.ndim != 2 or len(values) != n or values.dtype.kind not in "fiu":
        raise ClassifierError(
            say(
                "The embeddings must be numbers, one row for each of the {n} tiles, not of the "
                "shape {shape}.",
                n=n,
                shape=values.shape,
            )
        )
    return values if values.dtype.kind == "f" else values.astype(np.float32)
