"""Corrections on the embeddings of a reference set."""

from __future__ import annotations

import pytest

from pathgui.core.corrections.registry import CORRECTIONS
from pathgui.core.crossfit.results import Corrections
from pathgui.core.encoders.standard import standard_encoders
from pathgui.core.errors import CorrectionError
from pathgui.core.evaluation.correcting import (
    chosen_corrections,
    embedded_set,
    shared_k_of,
    try_corrections,
)
from tests.material import make_reference


def test_an_encoders_embeddings_of_a_set_are_corrected(tmp_path):
    reference = make_reference(tmp_path, slides=4)
    spec = standard_encoders().encoder("color-statistics")
    embedded = embedded_set(reference, spec, None, device="cpu")
    k = shared_k_of([embedded], 0).k
    found = try_corrections(
        embedded, chosen_corrections(["center-mean"]), k, halvings=1, device="cpu"
    )
    assert isinstance(found, Corrections)
    assert [effect.name for effect in found.effects] == ["center-mean"]
    assert (found.n_slides, found.centers) == (8, reference.centers)


def test_names_choose_corrections_and_none_chooses_all():
    assert chosen_corrections([]) == CORRECTIONS
    assert [each.name for each in chosen_corrections(["leace", "inlp"])] == ["leace", "inlp"]
    with pytest.raises(CorrectionError, match="named twice"):
        chosen_corrections(["leace", "leace"])
    with pytest.raises(CorrectionError, match="no correction"):
        chosen_corrections(["harmony"])
