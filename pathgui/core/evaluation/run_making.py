"""The record of a run, from what its encoders have come to."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pathgui.core.appraisal.appraisal import EncoderAppraisal, appraise
from pathgui.core.evaluation.appraised_set import training_of
from pathgui.core.evaluation.encoder_work import EncoderWork
from pathgui.core.language.texts import say
from pathgui.core.measurement.comparison import compare
from pathgui.core.measurement.confounders import associations, factors_of
from pathgui.core.measurement.measurable import Measurable
from pathgui.core.metrics.neighbors.shared_k import SharedK
from pathgui.core.progress import Event, Notice, Part, Progress, ProgressFn
from pathgui.core.reference.labels import TextArray, TileLabels
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.reference.role_columns import factor_columns, further_centers
from pathgui.core.results.judging import judge
from pathgui.core.runs.intended_use import IntendedUse
from pathgui.core.runs.record import (
    ConfounderFacts,
    EncoderAgreement,
    EncoderFailure,
    ReferenceFacts,
    Run,
    RunEvent,
    SlideFacts,
)
from pathgui.core.runs.request import EvaluationRequest
from pathgui.core.runs.run_files import FORMAT
from pathgui.core.system.background import watched
from pathgui.core.system.devices import Device, title_of
from pathgui.core.system.environment import environment
from pathgui.core.system.times import now
from pathgui.version import __version__


def make_run(
    request: EvaluationRequest,
    reference: ReferenceSet,
    can: Measurable,
    works: Sequence[EncoderWork],
    failures: Sequence[EncoderFailure],
    *,
    devices: Sequence[Device],
    shared: SharedK | None,
    started: str,
    events: list[RunEvent],
    slide: SlideFacts | None = None,
    agreement: Sequence[EncoderAgreement] = (),
    report: ProgressFn,
) -> Run:
    """The record of a run whose encoders ``works`` went through all steps."""
    results = [work.result(title_of(devices)) for work in works]
    return Run(
        format=FORMAT,
        id=str(uuid.uuid4()),
        pathgui=__version__,
        started=started,
        finished=now(),
        command=request.command,
        settings=replace(request.settings, device=title_of(devices)),
        reference=_reference_facts(reference, can, request),
        slide=slide,
        encoders=results,
        failures=list(failures),
        events=events,
        environment=environment(),
        comparison=watched(
            lambda _: compare({result.encoder.name: result.reference for result in results}),
            report,
            Progress(say("Comparing encoders"), 0, 1, part=Part.MEASURING),
        ),
        agreement=list(agreement),
        criteria=judge(request.criteria, results, failures, frozen_at=started),
        intended_use=_frozen(request.intended_use, started),
        k=shared,
        cohort=request.cohort,
    )


def _frozen(use: IntendedUse | None, started: str) -> IntendedUse | None:
    return None if use is None or not use.stated else replace(use, frozen_at=started)


class EventLog:
    """Passes events on and keeps the notices for the record."""

    def __init__(self, report: ProgressFn) -> None:
        self._report = report
        self.events: list[RunEvent] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.events.append(RunEvent(now(), event.text))
        self._report(event)


def _reference_facts(
    reference: ReferenceSet, can: Measurable, request: EvaluationRequest
) -> ReferenceFacts:
    info, labels = reference.info, reference.labels
    further = further_centers(reference, request.settings.center_columns)
    factors = factor_columns(reference, request.settings.center_columns)
    others = {name: each for name, each in factors.items() if name != labels.columns.center}
    return ReferenceFacts(
        name=info.name,
        version=info.version,
        description=info.description,
        licence=info.licence,
        citation=info.citation,
        sha256=info.tiles_sha256,
        n_tiles=len(reference),
        n_slides=len(np.unique(labels.slide)),
        n_patients=None if labels.patient is None else len(set(labels.patient) - {""}),
        tissues=reference.tissues,
        centers=reference.centers,
        tissue_by_center=reference.table().tolist(),
        slides_by_cell=reference.slide_table().tolist(),
        edge_um=info.edge_um,
        refused=info.refused,
        measurable=can,
        columns=reference.columns,
        left_out=reference.left_out,
        confounders=[_confounder(labels, *each) for each in further.items()],
        associations=associations(labels, further),
        appraisal=appraise(
            reference,
            [
                EncoderAppraisal(spec.name, spec.title, training_of(spec), unread=0, power=None)
                for spec in request.specs
            ],
        ),
        factors=factors_of(labels, factors),
        factors_together=associations(labels, others),
    )


def _confounder(labels: TileLabels, column: str, values: TextArray) -> ConfounderFacts:
    named = replace(labels, center=values)
    names = np.unique(values)
    said = np.flatnonzero(names != "")  # of other tiles the column says nothing
    return ConfounderFacts(
        column,
        names[said].tolist(),
        named.tiles_by_cell()[:, said].tolist(),
        named.slides_by_cell()[:, said].tolist(),
    )
