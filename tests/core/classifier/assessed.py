"""A classifier that errs at one center, judged once for all tests that show what was found."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from pathgui.core.classifier.answers import Answers
from pathgui.core.classifier.assess import Given, LinearAnswers, Seen, assess
from pathgui.core.classifier.results import AssessedClassifier
from pathgui.core.corrections.registry import correction
from pathgui.core.metrics.probe import fit_probe
from tests.core.crossfit.drawn import drawn

LEACE, COMBAT = map(correction, ("leace", "combat"))


def material(**options: Any) -> tuple[Any, Any, Any, Answers]:
    """Embeddings, labels, a probe that never saw the first center, and what it answers."""
    usual = {"tissue_effect": 0.5, "center_effect": 1.0, "slides": 5, "tiles": 6, "seed": 1}
    values, labels = drawn(**{**usual, **options})
    tissues = tuple(sorted(set(labels.tissue.tolist())))
    truth = np.searchsorted(tissues, labels.tissue)
    known = labels.center != "center 0"
    probe = fit_probe(values[known], truth[known])
    answers = Answers(
        tissues, probe.predict(values).astype(np.intp), probe.predict_proba(values), "", tissues
    )
    return values, labels, probe, answers


@cache
def assessed() -> AssessedClassifier:
    """As a linear classifier, with two corrections."""
    values, labels, probe, answers = material()
    seen = Seen("made-up", "Made up", values, np.arange(len(values)))

    def answering(changed: Any) -> Any:
        return probe.predict(changed.astype(np.float32)).astype(np.intp)

    return assess(
        Given("head.safetensors", "head", sha256="0" * 64, encoder="made-up"),
        answers, labels, [seen], 5,
        linear=LinearAnswers(seen, answering, (LEACE, COMBAT), 2),
    )  # fmt: skip
