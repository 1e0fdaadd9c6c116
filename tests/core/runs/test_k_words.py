"""What is said of the number of neighbors."""

from __future__ import annotations

from dataclasses import replace

from pathgui.core.runs.k_words import k_caution, k_of_run, k_sentence


def test_a_run_whose_encoders_had_a_k_each_says_so():
    from tests.run_factory import make_evaluation

    run = make_evaluation(2).run
    first, second = run.encoders
    old = replace(
        run, k=None, encoders=[first, replace(second, reference=replace(second.reference, k=3))]
    )
    assert "different k" in k_caution(old.encoders)
    assert f"{second.encoder.title} 3" in k_caution(old.encoders)
    assert k_sentence(old) == ""
    assert k_of_run(old) is None
