"""A reference set looked at through the embeddings of encoders."""

from __future__ import annotations

from collections.abc import Sequence

from pathgui.core.appraisal.appraisal import (
    Appraisal,
    EncoderAppraisal,
    appraise,
    appraise_encoder,
)
from pathgui.core.appraisal.overlap import Training
from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.errors import PathguiError
from pathgui.core.evaluation.encoder_work import precision_of
from pathgui.core.imported.as_encoders import MatchedImports
from pathgui.core.language.texts import in_english, say
from pathgui.core.progress import Notice, Part, Progress, ProgressFn, during, ignore_progress
from pathgui.core.reference.reference_set import ReferenceSet, ReferenceTiles
from pathgui.core.runs.options import RunSettings
from pathgui.core.system.background import watched
from pathgui.core.system.devices import resolve_devices


@in_english()
def appraise_with(
    reference: ReferenceSet,
    specs: Sequence[EncoderSpec],
    store: EmbeddingStore | None,
    *,
    settings: RunSettings,
    with_power: bool = True,
    k: int | None = None,
    report: ProgressFn = ignore_progress,
) -> Appraisal:
    """Appraise a set with encoders, whose embeddings come from ``store`` or are made now.

    An encoder that cannot run, or whose embeddings cannot be measured, is a notice, and the others
    go on. ``k``: neighbors; without it, each encoder's own best.

    Raises
    ------
    DeviceError
        If ``settings`` ask for a device that there is not.
    Cancelled
        If ``report`` raised it, at once; what was embedded is in the store.
    """

    def work(pass_on: ProgressFn) -> Appraisal:
        return _appraise_with(reference, specs, store, settings, with_power, k, pass_on)

    # Loading a library or a model takes seconds and reports nothing.
    return watched(work, report, Progress(say("Looking at the set"), 0, 0))


@in_english()  # for the thread that it runs in
def _appraise_with(
    reference: ReferenceSet,
    specs: Sequence[EncoderSpec],
    store: EmbeddingStore | None,
    settings: RunSettings,
    with_power: bool,
    k: int | None,
    report: ProgressFn,
) -> Appraisal:
    imports = MatchedImports.read(specs, report)
    store = imports.bind(reference, None, store)
    devices = [each.name for each in resolve_devices(settings.device)]
    found: list[EncoderAppraisal] = []
    for spec in specs:
        try:
            imports.check(spec.name)
            embeddings = embed(
                ReferenceTiles(reference),
                spec,
                device=devices,
                precision=precision_of(spec, settings.precision, devices[0]),
                preparation=settings.preparation,
                store=store,
                report=during(Part.REFERENCE_SET, report),
                stage=say("Embedding the set with {spec_title}", spec_title=spec.title),
            )
            found.append(
                appraise_encoder(
                    reference,
                    embeddings.values,
                    embeddings.readable,
                    name=spec.name,
                    title=spec.title,
                    training=training_of(spec),
                    with_power=with_power,
                    k=k,
                    seed=settings.seed,
                    report=report,
                )
            )
        except PathguiError as error:
            report(
                Notice(
                    say("{spec_title} was left out: {error}", spec_title=spec.title, error=error)
                )
            )
    return appraise(reference, found)


def training_of(spec: EncoderSpec) -> Training:
    """What is known of the training data of an encoder."""
    return Training(spec.training, list(spec.trained_on), spec.training_facts)
