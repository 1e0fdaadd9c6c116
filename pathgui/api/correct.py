"""``pathgui.correct``: what corrections of embeddings would do, on embeddings in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pathgui.api.annotated import is_annotated, parts_of
from pathgui.api.inputs import arrays_of
from pathgui.api.options import settings_of
from pathgui.api.progress import told
from pathgui.core.crossfit.cross_fit import HALVINGS, cross_fit
from pathgui.core.crossfit.results import Corrections
from pathgui.core.errors import CorrectionError
from pathgui.core.evaluation.correcting import chosen_corrections, chosen_recolorings
from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.language.texts import say
from pathgui.core.measurement.measure import find_k
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import Event
from pathgui.core.system.devices import product_device, resolve_devices


def correct(
    embeddings: Any,
    *,
    tissue: Any,
    center: Any,
    slide: Any,
    patient: Any = None,
    corrections: str | Sequence[str] = (),
    array: str = "",
    k: int | str = "auto",
    halvings: int = HALVINGS,
    seed: int = 0,
    device: str = "auto",
    allow_missing: bool = False,
    progress: bool | Callable[[Event], None] = False,
) -> Corrections:
    """Say what corrections would do to slides that they were not fitted on.

    Slides are halved within each tissue and center; each half is judged with what was fitted on
    the other. Gives what ``pathgui correct`` gives.

    Parameters
    ----------
    embeddings : (n, d) numbers, or AnnData
        One row a tile, as of :func:`pathgui.measure`.
    tissue, center, slide, patient : n labels
        Of each tile, as of :func:`pathgui.measure`. Slides of a patient are never parted.
    corrections : name or names
        What to try: "within-tissue", "leace", "mean-projection", "inlp", "center-mean",
        "center-mean-sd", "combat". By default all.
    array : str
        Of AnnData: what holds the embeddings.
    k : int or str
        Neighbors that count: a number, "auto", or the name of a preset.
    halvings : int
        How often slides are halved anew, at least 1.
    seed : int
        For everything drawn at random.
    device : "auto", "cpu" or "cuda"
        Where neighbors are sought.
    allow_missing : bool
        Go on though more than a tenth of the tiles, or all of a center, cannot be used.
    progress : bool or function
        True draws a bar; a function gets each event, and a ``PartialResult`` after each halving.

    Returns
    -------
    Corrections
        ``effects`` has one entry a correction, with a ``Change`` for each measure: ``before``,
        ``after``, and the 95 % interval of their difference, ``low`` to ``high``. A measure that
        these tiles cannot give is a ``NotAssessable`` with the ``reason``. ``better`` is True
        where the index rises and no tissue measure falls, by their intervals, and nothing is
        over-corrected.

    Raises
    ------
    PathguiError
        If nothing can be corrected, or something is not as it should be; the text says what.
    """
    settings = settings_of(k=k, seed=seed)
    names = [corrections] if isinstance(corrections, str) else list(corrections)
    chosen = chosen_corrections(names)
    if of_tiles := chosen_recolorings(names):
        raise CorrectionError(
            say(
                "{title} changes tiles, and here are embeddings only. Ask for it with pathgui "
                "correct and a reference set.",
                title=of_tiles[0].title,
            )
        )
    if halvings < 1:
        raise CorrectionError(
            say("halvings must be at least 1, not {halvings}.", halvings=halvings)
        )
    labels = {"tissue": tissue, "center": center, "slide": slide}
    if patient is not None:
        labels["patient"] = patient
    if is_annotated(embeddings):
        embeddings, labels = parts_of(embeddings, labels, array)
    elif array:
        raise CorrectionError(say("array names a part of AnnData, which the embeddings are not."))
    given = labeled(arrays_of(embeddings, labels), allow_missing=allow_missing)
    where = product_device([d.name for d in resolve_devices(device)], given.values.nbytes)
    asked = asked_k(settings.k).number
    with told(progress) as report:
        if asked is None:
            asked = find_k(given.values, given.labels, seed=settings.seed, report=report).own_k
        found = cross_fit(
            given.values,
            given.labels,
            chosen,
            asked,
            halvings=halvings,
            seed=settings.seed,
            device=where,
            report=report,
        )
    if isinstance(found, NotAssessable):
        raise CorrectionError(found.reason)
    return found
