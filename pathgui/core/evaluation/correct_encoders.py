"""Corrections tried on encoders, one after the other: for the terminal and the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pathgui.core.corrections.correction_file import CorrectionHead
from pathgui.core.corrections.fitted import Fitted
from pathgui.core.corrections.registry import Correction, TileCorrection
from pathgui.core.corrections.stain import Stain
from pathgui.core.cost.rates import Rates
from pathgui.core.crossfit.cross_fit import HALVINGS
from pathgui.core.crossfit.results import Corrections
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.errors import CorrectionError
from pathgui.core.evaluation.correcting import (
    EmbeddedSet,
    chosen_corrections,
    chosen_recolorings,
    embedded_set,
    fit_correction,
    shared_k_of,
)
from pathgui.core.evaluation.encoder_work import precision_of
from pathgui.core.evaluation.recoloring import Embedder, fit_recoloring, require_tiles, try_all
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.progress import (
    Cancelled,
    Event,
    PartialResult,
    Progress,
    ProgressFn,
    ignore_progress,
)
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import in_roles
from pathgui.core.runs.kept_corrections import TriedCorrections, add_corrections
from pathgui.core.runs.options import RunSettings
from pathgui.core.runs.record import EncoderResult, Run
from pathgui.core.runs.targets import why_not_kept
from pathgui.core.system.devices import product_device, resolve_devices
from pathgui.core.system.times import now
from pathgui.version import __version__


@dataclass(frozen=True)
class CorrectionsAsked:
    """Which corrections are to be tried, on what."""

    reference: ReferenceSet  # in the roles that are asked for
    specs: tuple[EncoderSpec, ...]
    corrections: tuple[Correction, ...]
    settings: RunSettings  # device, precision and seed
    k: int | None = None  # None: as an evaluation of these encoders would choose it
    halvings: int = HALVINGS
    # How encoders embedded in a run, by name: their embeddings may be kept.
    of_run: Mapping[str, EncoderResult] = field(default_factory=dict)
    recolorings: tuple[TileCorrection, ...] = ()  # corrections of tiles, tried after the others
    target: str = ""  # center to whose colors tiles are brought; "": the usual one

    @property
    def chosen(self) -> tuple[Correction | TileCorrection, ...]:
        """All of them, of embeddings and then of tiles."""
        return (*self.corrections, *self.recolorings)


@dataclass(frozen=True)
class TriedSoFar:
    """What is known of one encoder after a halving."""

    encoder: str
    found: Corrections


@dataclass(frozen=True)
class Tried:
    """What was found, by encoder, in the order asked for."""

    found: dict[str, Corrections | NotAssessable]
    stopped: bool = False  # then of the halvings that were done


def asked_of_run(
    run: Run,
    reference: ReferenceSet,
    specs: Sequence[EncoderSpec],
    names: Sequence[str],
    *,
    device: str = "auto",
    halvings: int = HALVINGS,
) -> CorrectionsAsked:
    """What is asked where a run is corrected: its columns, its k, its seed, its embeddings.

    ``names``: of corrections, of embeddings or of tiles.

    Raises what :func:`~pathgui.core.reference.role_columns.in_roles` and
    :func:`~pathgui.core.evaluation.correcting.chosen_corrections` raise, and CorrectionError where
    tiles cannot be embedded again.
    """
    settings = replace(run.settings, device=device)
    known = in_roles(reference, settings.center_columns, settings.tissue_column)
    recolorings = chosen_recolorings(names)
    for spec in specs if recolorings else ():
        require_tiles(spec, known)
    return CorrectionsAsked(
        known,
        tuple(specs),
        chosen_corrections(names),
        settings,
        None if run.k is None else run.k.k,
        halvings,
        of_run(run),
        recolorings,
    )


def of_run(run: Run) -> dict[str, EncoderResult]:
    """The encoders of a run by name."""
    return {result.encoder.name: result for result in run.encoders}


def embed_for(
    asked: CorrectionsAsked, spec: EncoderSpec, store: EmbeddingStore | None, report: ProgressFn
) -> EmbeddedSet:
    """The embeddings of one of the encoders, as in the run where there is one."""
    return embedded_set(
        asked.reference,
        spec,
        store,
        device=asked.settings.device,
        report=report,
        **way_of(asked.of_run.get(spec.name), spec, asked.settings),
    )


def correct_encoders(
    asked: CorrectionsAsked, store: EmbeddingStore | None, report: ProgressFn = ignore_progress
) -> Tried:
    """Try corrections on each encoder.

    ``report`` is told of progress, and after each halving of a
    :class:`~pathgui.core.progress.PartialResult` with a :class:`TriedSoFar`. Where it raises
    :class:`~pathgui.core.progress.Cancelled`, what the halvings before have found is returned.

    Raises what embedding raises.
    """
    found: dict[str, Corrections | NotAssessable] = {}
    try:
        sets = [embed_for(asked, spec, store, report) for spec in asked.specs]
        seed = asked.settings.seed
        k = asked.k or shared_k_of(sets, seed, report).k
        devices = resolve_devices(asked.settings.device)
        for each in sets:
            name = each.spec.name

            def told(event: Event, name: str = name) -> None:
                if isinstance(event, PartialResult) and isinstance(event.result, Corrections):
                    found[name] = event.result
                    event = PartialResult(TriedSoFar(name, event.result))
                elif isinstance(event, Progress):
                    event = replace(event, encoders=(name,))
                report(event)

            embedder = Embedder(
                asked.reference,
                devices,
                store=store,
                rates=None if store is None else Rates.beside(store),
                **way_of(asked.of_run.get(name), each.spec, asked.settings),
            )
            found[name] = try_all(
                each,
                asked.corrections,
                asked.recolorings,
                k,
                embedder,
                target=asked.target,
                halvings=asked.halvings,
                seed=seed,
                product_device=product_device([d.name for d in devices], each.values.nbytes),
                report=told,
            )
    except Cancelled:
        return Tried(found, stopped=True)
    return Tried(found)


def keep_for_run(folder: Path, run: Run, found: Mapping[str, Corrections | NotAssessable]) -> str:
    """Keep what was found beside the record of a run; why it is not kept, "" if it is.

    Raises what :func:`~pathgui.core.runs.kept_corrections.add_corrections` raises.
    """
    if why := why_not_kept(folder):
        return why
    of = of_run(run)
    for name, one in found.items():
        if name in of and isinstance(one, Corrections):
            add_corrections(folder, run, TriedCorrections(name, now(), __version__, one))
    return ""


def take_home(
    embedded: EmbeddedSet,
    chosen: Correction | TileCorrection,
    reference: ReferenceSet,
    found: Corrections | NotAssessable,
    report: ProgressFn = ignore_progress,
) -> tuple[Fitted | Stain, CorrectionHead]:
    """A correction that was judged, fitted on all slides that took part.

    Of one of tiles, the stain that slides are brought to.

    Raises
    ------
    CorrectionError
        If it was not assessable, or cannot be fitted.
    """
    if isinstance(found, NotAssessable):
        raise CorrectionError(found.reason)
    index = next(each.index for each in found.effects if each.name == chosen.name)
    if isinstance(index, NotAssessable):
        raise CorrectionError(index.reason)
    if isinstance(chosen, TileCorrection):
        return fit_recoloring(embedded, chosen, reference, found, report)
    return fit_correction(embedded, chosen, reference, found)


def way_of(
    result: EncoderResult | None, spec: EncoderSpec, settings: RunSettings
) -> dict[str, Any]:
    """How an encoder embeds: as in the run, whose embeddings may be kept, or as it is asked to."""
    if result is None:
        first = resolve_devices(settings.device)[0].name
        return {"precision": precision_of(spec, settings.precision, first)}
    facts = result.encoder
    return {
        "precision": facts.precision,
        "preparation": facts.preparation,
        "batch_size": facts.batch_size or None,
    }
