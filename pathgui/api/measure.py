"""``pathgui.measure``: every measurement, on embeddings in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from pathgui.api.annotated import is_annotated, parts_of
from pathgui.api.inputs import arrays_of, labels_in_order
from pathgui.api.measurement import Measurement, Measurements
from pathgui.api.options import settings_of
from pathgui.api.progress import told
from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.embeddings_table import LabeledEmbeddings, labeled
from pathgui.core.imported.label_roles import in_roles
from pathgui.core.imported.measured import Measuring
from pathgui.core.language.texts import say
from pathgui.core.measurement.results import ReferenceMeasurement
from pathgui.core.measurement.shortcut_draws import SweepEffort
from pathgui.core.metrics.neighbors.shared_k import asked_k
from pathgui.core.progress import Event
from pathgui.core.reference.roles import CENTER
from pathgui.core.runs.record import EncoderFacts, EncoderResult


def measure(
    embeddings: Any,
    *,
    tissue: Any,
    center: Any,
    slide: Any,
    patient: Any = None,
    pair: Any = None,
    subset: Any = None,
    confounders: Mapping[str, Any] | Sequence[str] | None = None,
    array: str = "",
    k: int | str = "auto",
    keep_single: bool = False,
    paired: bool = False,
    sweep: SweepEffort = "quick",
    seed: int = 0,
    device: str = "auto",
    allow_missing: bool = False,
    progress: bool | Callable[[Event], None] = False,
) -> Measurement:
    """Measure how far embeddings follow the tissue, and how far the center.

    Gives the numbers of ``pathgui metrics`` to the last digit.

    Parameters
    ----------
    embeddings : (n, d) numbers, or AnnData
        One row a tile: lists, numpy, torch, a pandas table of numbers, a column of vectors.
        float64 is measured as float64, everything else as float32. Rows of zeros are left out,
        which a notice says; rows that are not finite are an error.
    tissue, center, slide : n labels
        Of each tile: its biological class, the hospital or laboratory that made its slide, the
        slide. Texts, whole numbers or truth values from lists, numpy, torch, pandas, pyarrow or
        polars; with AnnData the name of a column of ``obs``. None, NaN, "" and "NA" are missing:
        such tiles are left out.
    patient : n labels, optional
        Tiles of one patient are never each other's neighbors; without it, tiles of one slide.
    pair : n labels, optional
        The same for tiles of the same piece of tissue, scanned or stained several times.
    subset : n labels, optional
        With ``paired``: the part of two tissues at two centers that a tile belongs to.
    confounders : labels by name, optional
        Further columns that are measured in the center's place, on the same neighbors at the same
        k: ``{"scanner": n labels, "stain": ...}``, of AnnData the names of columns of ``obs``.
        Each has one value a slide; ``result.confounders`` has what is found of it. Tiles of which
        a column says nothing are left out for that column.
    array : str
        Of AnnData: what holds the embeddings, "X" or a name in ``obsm`` or ``layers``. It need
        not be said where only one dense matrix is there.
    k : int or str
        Neighbors that count: a number, "auto" (this encoder's own best), or the name of a preset,
        as "pathorob-tcga".
    keep_single : bool
        Also use tissues of one center and centers of one tissue; they bias the index.
    paired : bool
        Also evaluate each two tissues at two centers on their own.
    sweep : "quick", "full" or "none"
        The shortcut sweep; "full" takes minutes.
    seed : int
        For everything drawn at random.
    device : "auto", "cpu" or "cuda"
        Where neighbors are sought.
    allow_missing : bool
        Go on though more than a tenth of the tiles, or all of a center, cannot be used.
    progress : bool or function
        True draws a bar; a function gets each event.

    Raises
    ------
    PathguiError
        If something is not as it should be; the text says what, in a sentence.

    Examples
    --------
    >>> import pathgui
    >>> result = pathgui.measure(
    ...     [[3, 0], [3, 1], [0, 3], [1, 3], [3, 2], [4, 1], [1, 4], [2, 3]],
    ...     tissue=["tumor", "tumor", "normal", "normal"] * 2,
    ...     center=["A"] * 4 + ["B"] * 4,
    ...     slide=[1, 2, 3, 4, 5, 6, 7, 8],
    ...     k=2, sweep="none", device="cpu",
    ... )
    >>> index = result.robustness_index
    >>> index.value, index.support, index.n
    (1.0, 1.0, 8)
    """
    labels = _labels(tissue, center, slide, patient, pair, subset)
    measuring = _measuring(k, keep_single, sweep, seed, device)
    given = _given(embeddings, labels, array, paired, allow_missing, confounders)
    with told(progress) as report:
        return Measurement(_as_result("embeddings", given, measuring.one(given, report)))


def measure_several(
    embeddings: Mapping[str, Any],
    *,
    tissue: Any,
    center: Any,
    slide: Any,
    patient: Any = None,
    pair: Any = None,
    subset: Any = None,
    confounders: Mapping[str, Any] | Sequence[str] | None = None,
    k: int | str = "auto",
    keep_single: bool = False,
    paired: bool = False,
    sweep: SweepEffort = "quick",
    seed: int = 0,
    device: str = "auto",
    allow_missing: bool = False,
    progress: bool | Callable[[Event], None] = False,
) -> Measurements:
    """Measure several encoders' embeddings of the same tiles at one k, and compare them.

    Two values stand side by side only at the same k, which :func:`measure` chooses for each
    encoder alone.

    Parameters
    ----------
    embeddings
        By the encoder's name, the rows in the order of the labels. Everything else is as in
        :func:`measure`; k "auto" is the median of what suits each encoder best.

    Raises
    ------
    PathguiError
        If something is not as it should be; the text says what, in a sentence.
    """
    if not isinstance(embeddings, Mapping) or not embeddings:
        raise EmbeddingsError(
            say(
                "Expected the embeddings of several encoders by name: "
                '{"uni2-h": array, ...}. pathgui.measure takes those of one.'
            )
        )
    labels = _labels(tissue, center, slide, patient, pair, subset)
    measuring = _measuring(k, keep_single, sweep, seed, device)
    given = {}
    for name, values in embeddings.items():
        try:
            given[str(name)] = _given(values, labels, "", paired, allow_missing, confounders)
        except EmbeddingsError as error:
            raise EmbeddingsError(f"{name}: {error}") from error
    with told(progress) as report:
        found = measuring.several(
            {name: partial(_itself, each) for name, each in given.items()}, report
        )
    letters = {
        name: letter for group in found.comparison.groups for name, letter in group.letters.items()
    }
    results = {
        name: _as_result(name, given[name], record) for name, record in found.encoders.items()
    }
    return Measurements(results, letters)


def _itself(given: LabeledEmbeddings) -> LabeledEmbeddings:
    return given


def _labels(
    tissue: Any, center: Any, slide: Any, patient: Any, pair: Any, subset: Any
) -> dict[str, Any]:
    needed = {"tissue": tissue, "center": center, "slide": slide}
    more = {"patient": patient, "pair": pair, "subset": subset}
    return needed | {name: given for name, given in more.items() if given is not None}


def _measuring(k: object, keep_single: bool, sweep: object, seed: object, device: str) -> Measuring:
    chosen = settings_of(k=k, keep_single=keep_single, sweep=sweep, seed=seed)
    return Measuring(
        asked_k(chosen.k),
        seed=chosen.seed,
        single_cells=chosen.single_cells,
        sweep=chosen.shortcut,
        device=device,
    )


def _given(
    embeddings: Any,
    labels: Mapping[str, Any],
    array: str,
    paired: bool,
    allow_missing: bool,
    confounders: object,
) -> LabeledEmbeddings:
    if "subset" in labels and not paired:
        raise EmbeddingsError(
            say("subset names what paired=True evaluates; give both, or neither.")
        )
    further = _by_name(confounders, annotated := is_annotated(embeddings))
    if annotated:
        _, further = parts_of(embeddings, further, array)
        embeddings, labels = parts_of(embeddings, labels, array)
    elif array:
        raise EmbeddingsError(say("array names a part of AnnData, which the embeddings are not."))
    external = arrays_of(embeddings, labels)
    columns = labels_in_order(embeddings, further, len(external))
    given = labeled(external, paired=paired, allow_missing=allow_missing)
    rows = np.arange(len(given.values)) if given.rows is None else given.rows
    given = replace(given, further={name: text[rows] for name, text in columns.items()})
    return in_roles(given, (CENTER, *columns)) if columns else given


def _by_name(confounders: object, annotated: bool) -> dict[str, Any]:
    """What is handed in as confounders, by name; in AnnData names may stand for themselves."""
    if confounders is None:
        return {}
    if isinstance(confounders, Mapping):
        return {str(name): labels for name, labels in confounders.items()}
    names = [confounders] if isinstance(confounders, str) else confounders
    if annotated and isinstance(names, list | tuple) and all(isinstance(n, str) for n in names):
        return {name: name for name in names}
    raise EmbeddingsError(
        say('Expected the labels of confounders by name: confounders={"scanner": labels}')
        + (say(', or the names of columns of obs: ["scanner"].') if annotated else ".")
    )


def _as_result(name: str, given: LabeledEmbeddings, found: ReferenceMeasurement) -> EncoderResult:
    """A measurement in the place that an encoder's has in a run."""
    facts = EncoderFacts(
        name=name,
        title=name,
        dim=given.values.shape[1],
        licence="",
        source=say("given as an array"),
        weights_sha256="",
        transform="",
        pooling="",
        params_m=0.0,
        mpp_expected=0.0,
        mpp_used=None,
        input_px=0,
        precision="",
        device="",
        batch_size=0,
    )
    return EncoderResult(facts, found, slide=None, seconds={}, tiles_per_second=None)
