"""The steps of one encoder: its precision, and what of it is in the record."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EncoderError
from pathgui.core.evaluation.encoder_work import precision_of
from pathgui.core.progress import Notice
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from pathgui.core.system.devices import Device
from tests.asking import evaluate
from tests.core.evaluation.test_encoder_runs import request
from tests.core.stand_ins import mean_color, spec_of
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


def test_an_encoder_that_cannot_even_say_whether_it_is_ready_leaves_the_others_whole(
    reference, known
):
    def readiness():
        raise ImportError("no module named theirs")

    theirs = replace(spec_of(name="theirs"), readiness=readiness, origin="the package theirs")
    run = evaluate(request(reference, known(theirs, spec_of()))).run
    assert [each.encoder.name for each in run.encoders] == ["mean-color"]
    (failure,) = run.failures
    assert "ImportError: no module named theirs" in failure.reason


def coarse(step):
    """An encoder that rounds in any precision but fp32."""

    def load(device, precision):
        def encode(tiles):
            values = mean_color(tiles)
            return values if precision == "fp32" else np.round(values / step) * step

        return encode

    return spec_of(name="coarse", load=load)


def test_in_a_lower_precision_the_agreement_with_fp32_is_in_the_record(
    reference, slide, known, tmp_path
):
    names = known(coarse(0.5))
    evaluation = evaluate(request(reference, names, slide, precision="bf16"))
    check = evaluation.run.encoders[0].encoder.precision_check
    assert check.n_tiles == 48  # all there are
    assert 0.9999 < check.cosine_min < 1
    assert evaluation.run.encoders[0].warnings == []
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    assert load_evaluation(tmp_path / "a.pgrun").run.encoders[0].encoder.precision_check == check
    exact = evaluate(request(reference, names, slide)).run
    assert exact.encoders[0].encoder.precision_check is None


def test_a_precision_that_moves_embeddings_is_a_warning(reference, known):
    events = []
    run = evaluate(
        request(reference, known(coarse(22.0)), precision="bf16"), report=events.append
    ).run
    cosine = run.encoders[0].encoder.precision_check.cosine_min
    assert 0.995 < cosine < 0.999
    assert f"cosine {cosine:.4f} at worst" in run.encoders[0].warnings[0]
    assert any("Choose precision fp32" in e.text for e in events if isinstance(e, Notice))


def test_a_precision_in_which_it_is_another_encoder_ends_it(reference, known):
    names = known(coarse(120.0), spec_of(name="good"))
    run = evaluate(request(reference, names, precision="bf16")).run
    assert [failure.name for failure in run.failures] == ["coarse"]
    assert "In bf16 its embeddings are not those it gives in fp32" in run.failures[0].reason


def test_the_fast_preparation_is_compared_with_the_exact_one_and_recorded(reference, known):
    names = known(spec_of(px=48))
    run = evaluate(request(reference, names, preparation="fast")).run
    facts = run.encoders[0].encoder
    assert facts.preparation == "fast"
    assert 0.9999 < facts.precision_check.cosine_min <= 1
    assert facts.precision_check.n_tiles == 48
    assert evaluate(request(reference, names)).run.encoders[0].encoder.preparation == "exact"


def test_automatic_precision_is_the_published_one_on_a_gpu_and_fp32_on_a_cpu():
    spec = replace(spec_of(), published_precision="bf16 (TRIDENT) / fp16 (slide2vec)")
    assert precision_of(spec, "auto", "cuda:0") == "bf16"
    assert precision_of(spec, "auto", "cpu") == "fp32"
    assert precision_of(spec, "fp16", "cpu") == "fp16"
    assert precision_of(replace(spec, published_precision=""), "auto", "cuda:0") == "fp32"


def test_automatic_precision_is_recorded_as_what_it_was(reference, known):
    run = evaluate(request(reference, known(spec_of()), precision="auto")).run
    assert run.settings.precision == "auto"
    assert run.encoders[0].encoder.precision == "fp32"


def test_each_device_is_compared_with_the_cpu_recorded_and_told_where_it_differs(
    reference, known, monkeypatch, tmp_path
):
    """Two GPUs that are none: encoders stand in for them, and the second reverses its numbers."""
    loaded = []

    def load(device, precision):
        loaded.append(device)
        return lambda tiles: mean_color(tiles)[:, :: -1 if device == "fake:1" else 1]

    names = known(spec_of(name="counting", load=load))
    assert evaluate(request(reference, names)).run.encoders[0].encoder.device_checks == []
    two = tuple(Device(f"fake:{i}", "Fake GPU") for i in range(2))
    monkeypatch.setattr("pathgui.core.evaluation.evaluate.resolve_devices", lambda _: two)
    store = EmbeddingStore(tmp_path / "embeddings")
    loaded.clear()
    evaluation = evaluate(request(reference, names), store=store)
    (result,) = evaluation.run.encoders
    first, second = result.encoder.device_checks
    assert (first.device, first.agrees) == ("fake:0", True)
    assert (second.device, second.agrees) == ("fake:1", False)
    assert result.warnings == [second.notice]
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    assert load_evaluation(tmp_path / "a.pgrun").run.encoders[0] == result
    assert loaded.count("cpu") == 2
    again = evaluate(request(reference, names), store=store).run.encoders[0].encoder
    assert again.device_checks == [first, second]
    assert loaded.count("cpu") == 2


def test_a_device_that_cannot_be_compared_is_a_warning_and_the_encoder_goes_on(
    reference, known, monkeypatch
):
    def load(device, precision):
        if device == "cpu":
            raise EncoderError("It needs more memory.")
        return mean_color

    gpu = (Device("fake:0", "Fake GPU"),)
    monkeypatch.setattr("pathgui.core.evaluation.evaluate.resolve_devices", lambda _: gpu)
    (result,) = evaluate(request(reference, known(spec_of(name="big", load=load)))).run.encoders
    assert result.warnings == ["Fake GPU was not compared with the CPU: It needs more memory."]
