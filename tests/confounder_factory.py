"""Finished runs with several columns in the center's role, made up for tests."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.measurement.confounders import Association
from pathgui.core.measurement.results import ConfounderMeasurement, RobustnessIndex
from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.reference.roles import RoleColumns
from pathgui.core.runs.record import ConfounderFacts, EncoderResult, Evaluation
from tests.run_factory import make_evaluation


def with_confounders(
    n: int = 2, center: str = "scanner", further: str = "Klinik", *, in_depth: bool = False
) -> Evaluation:
    """``n`` encoders; ``center`` plays the center, ``further`` and a batch are beside it.

    The batch tells nothing: it goes with the center on every slide.
    """
    evaluation = make_evaluation(n, in_depth=in_depth)
    run, columns = evaluation.run, RoleColumns(center)
    facts = run.reference
    reference = replace(
        facts,
        columns=columns,
        confounders=[
            ConfounderFacts(each, ["A", "B"], [[30, 30]] * len(facts.tissues), [[4, 4]] * 4)
            for each in (further, "batch")
        ],
        associations=[
            Association(center, further, 0.41, 0.35, 24),
            Association(center, "batch", 1.0, 0.35, 24),
            Association(further, "batch", None, None, 24),
        ],
    )
    encoders = [_measured(each, columns, further) for each in run.encoders]
    return replace(evaluation, run=replace(run, reference=reference, encoders=encoders))


def _measured(result: EncoderResult, columns: RoleColumns, further: str) -> EncoderResult:
    found = result.reference
    index = found.robustness_index
    assert isinstance(index, RobustnessIndex)
    low = replace_index(index, value=0.30, low=0.25, high=0.35, null=0.5, adjusted=0.30)
    first = ConfounderMeasurement(
        column=further, n_used=230, n_slides=24, values={"A": 115, "B": 115}, n_unlabeled=10,
        robustness_index=low, mari=NotAssessable("not measured"), counts=found.counts, knn=0.8,
        probe=0.9, knn_chance=0.5, probe_chance=0.5, cramers_v=0.1,
    )  # fmt: skip
    no = NotAssessable("Not assessable: tissue and batch cannot be told apart.")
    second = replace(
        first, column="batch", n_used=240, n_unlabeled=0, robustness_index=no, probe=no
    )
    measured = replace(found, columns=columns, confounders=[first, second])
    return replace(result, reference=measured)


def replace_index(index: RobustnessIndex, **changed: object) -> RobustnessIndex:
    """An index with other numbers."""
    import msgspec

    return msgspec.structs.replace(index, **changed)
