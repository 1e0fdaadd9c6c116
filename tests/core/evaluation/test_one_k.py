"""All encoders of an evaluation are measured at one k, whoever is ticked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import CriteriaError, EncoderError
from pathgui.core.evaluation import encoder_runs as engine
from pathgui.core.evaluation import evaluate as asking
from pathgui.core.measurement.measure import find_k, measure
from pathgui.core.measurement.sample import FoundNeighbors
from pathgui.core.metrics.neighbors.shared_k import share_k
from pathgui.core.progress import Progress
from pathgui.core.runs.criteria import Criterion
from pathgui.core.runs.k_words import k_caution, k_of_run, k_sentence
from pathgui.core.runs.run_files import load_run, save_evaluation
from tests.asking import ask, evaluate, evaluation_cost
from tests.core.measurement.test_measure import square
from tests.core.stand_ins import mean_color, spec_of
from tests.known import encoder, put
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"), tiles=6)


def noisy(name, noise, **options):
    """An encoder that sees colors through more or less noise, always the same for a tile."""

    def encode(tiles):
        values = mean_color(tiles)
        for row, tile in enumerate(tiles):
            rng = np.random.default_rng(int(tile[:4, :4].sum()))
            values[row] += noise * rng.standard_normal(values.shape[1])
        return values

    return spec_of(encode, name=name, **options)


def request(reference, names, slide=None, **options):
    return ask(reference, names, slide, device="cpu", maps=False, shortcut="none", **options)


def names_and_k(run):
    return {each.encoder.name: each.reference.k for each in run.encoders}


@pytest.fixture
def own_ks(monkeypatch):
    """Encoders whose own best k are these, in the order of their votes."""

    def choose(*ks):
        given = iter(ks)

        def find(*args, **options):
            return replace(find_k(*args, **options), own_k=next(given))

        monkeypatch.setattr("pathgui.core.evaluation.encoder_work.find_k", find)

    return choose


def test_all_encoders_are_measured_at_the_median_of_their_own_k(reference, known, own_ks):
    own_ks(13, 31, 21)
    names = known(noisy("clear", 1), noisy("dim", 60), noisy("dark", 300))
    run = evaluate(request(reference, names)).run
    assert run.k is not None
    assert set(names_and_k(run).values()) == {run.k.k}
    assert run.k.k == share_k(run.k.votes).k
    assert [vote.encoder for vote in run.k.votes] == [*names]
    own = {vote.encoder: vote.own_k for vote in run.k.votes}
    assert {each.encoder.name: each.reference.own_k for each in run.encoders} == own
    assert run.k.k == 21
    assert all(each.reference.robustness_index.k == run.k.k for each in run.encoders)


def test_an_encoder_alone_has_its_own_k_and_the_numbers_of_a_measurement_of_its_own(
    reference, known, tmp_path
):
    names = known(noisy("clear", 1))
    run = evaluate(request(reference, names), store=EmbeddingStore(tmp_path)).run
    found = run.encoders[0].reference
    assert found.k == max(found.own_k, run.k.least_k)


def test_ticking_a_control_changes_neither_k_nor_a_number_of_the_others(reference, known, own_ks):
    own_ks(5, 11, 5, 11, 21)
    names = known(noisy("clear", 1), noisy("dim", 60))
    control = known(noisy("stain", 300, params_m=0.0))
    put(replace(encoder("stain"), control=True))
    alone = evaluate(request(reference, names)).run
    beside = evaluate(request(reference, (*names, *control))).run
    assert beside.k.k == alone.k.k
    assert [each.reference for each in beside.encoders[:2]] == [
        replace(each.reference, k_rule=beside.k.rule) for each in alone.encoders
    ]
    assert [vote.control for vote in beside.k.votes] == [False, False, True]


def test_what_criteria_fix_holds_whoever_is_ticked(reference, known):
    names = known(noisy("clear", 1), noisy("dim", 60), noisy("dark", 300))
    asked = (Criterion("robustness_index", "at least", 0.5, encoder="clear", k=7),)
    outcomes = []
    for ticked in (names[:1], names[:2], names):
        run = evaluate(request(reference, ticked, criteria=asked)).run
        assert (run.k.k, run.k.basis) == (7, "criteria")
        outcomes.append(run.criteria.items[0].judgements)
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_criteria_for_another_k_are_refused_before_anything_is_embedded(reference, known):
    embedded = []

    def encode(tiles):
        embedded.append(len(tiles))
        return mean_color(tiles)

    names = known(spec_of(encode))
    asked = request(reference, names, k=5, criteria=(Criterion("mari", "above", 0.5, k=7),))
    for refuse in (evaluate, evaluation_cost):
        with pytest.raises(CriteriaError, match=r"k = 7.*k = 5"):
            refuse(asked)
    assert embedded == []


def test_every_reference_set_is_embedded_before_the_first_encoder_is_measured(
    reference, slide, known
):
    names = known(noisy("one", 1, px=16), noisy("other", 60, px=32))
    events = []
    evaluate(request(reference, names, slide), report=events.append)
    stages = [event.stage for event in events if isinstance(event, Progress)]
    embedded = [i for i, stage in enumerate(stages) if stage.startswith("Embedding reference set")]
    measured = [i for i, stage in enumerate(stages) if stage.startswith("Fitting")]
    on_slide = [i for i, stage in enumerate(stages) if stage.startswith("Embedding slide")]
    assert len({stages[i] for i in on_slide}) == 1  # stand-ins of one title
    assert max(embedded) < min(measured) < min(on_slide)


@pytest.mark.parametrize("fit", [True, False])
def test_a_model_is_loaded_once_where_all_fit_into_memory(reference, slide, known, fit, tmp_path):
    loaded = []

    def loader(name, px):
        def load(device, precision):
            loaded.append(name)
            return mean_color

        return spec_of(name=name, px=px, params_m=1.0 if fit else 1e9, load=load)

    names = known(loader("a", 16), loader("b", 32))
    evaluate(request(reference, names, slide), store=EmbeddingStore(tmp_path))
    assert sorted(loaded) == (["a", "b"] if fit else ["a", "a", "b", "b"])
    loaded.clear()
    evaluate(request(reference, names, slide, k=5), store=EmbeddingStore(tmp_path / "anew"))
    assert sorted(loaded) == ["a", "b"]  # where k is given, never more than once


def test_without_a_slide_no_model_is_loaded_a_second_time(reference, known, tmp_path):
    loaded = []

    def load(device, precision):
        loaded.append(device)
        return mean_color

    names = known(*(spec_of(name=name, params_m=1e9, load=load) for name in "ab"))
    evaluate(request(reference, names), store=EmbeddingStore(tmp_path))
    assert len(loaded) == 2


def test_what_memory_cannot_hold_is_read_again_and_the_numbers_stay(
    reference, known, tmp_path, monkeypatch
):
    names = known(noisy("clear", 1), noisy("dim", 60), noisy("dark", 300))
    held = []
    find = find_k

    def spied(values, *args, **options):
        held.append(sum(work.held_bytes for work in works))
        return find(values, *args, **options)

    works = []

    class Kept(engine.EncoderWork):
        def __init__(self, *args):
            super().__init__(*args)
            works.append(self)

    monkeypatch.setattr("pathgui.core.evaluation.encoder_work.find_k", spied)
    monkeypatch.setattr(asking, "EncoderWork", Kept)
    # Each alone, so that there is something to let go of before the next.
    monkeypatch.setattr(
        engine, "side_by_side", lambda source, specs, *_: [[spec] for spec in specs]
    )
    whole = evaluate(request(reference, names), store=EmbeddingStore(tmp_path)).run
    values = 4 * 6 * len(reference)
    assert held[-1] > 3 * values  # neighbors of two others beside
    held.clear()
    works.clear()
    monkeypatch.setattr(engine, "HELD_BYTES", 0)
    bare = evaluate(request(reference, names), store=EmbeddingStore(tmp_path)).run
    assert held == [values] * 3  # nothing of the others
    assert [each.reference for each in bare.encoders] == [each.reference for each in whole.encoders]


def test_without_a_store_embeddings_are_kept_since_nothing_else_has_them(
    reference, known, monkeypatch
):
    calls = []

    def encode(tiles):
        calls.append(len(tiles))
        return mean_color(tiles)

    monkeypatch.setattr(engine, "HELD_BYTES", 0)
    names = known(spec_of(encode, name="a"), spec_of(encode, name="b"))
    run = evaluate(request(reference, names)).run
    assert len(run.encoders) == 2
    assert sum(calls) == 2 * len(reference)


def test_an_encoder_that_fails_has_no_vote_and_the_others_go_on(reference, known):
    def fails(tiles):
        return np.full((len(tiles), 6), np.nan, np.float32)

    names = known(noisy("clear", 1), spec_of(fails, name="broken"), noisy("dim", 60))
    run = evaluate(request(reference, names)).run
    assert [vote.encoder for vote in run.k.votes] == ["clear", "dim"]
    assert [each.name for each in run.failures] == ["broken"]


def test_if_all_fail_before_they_vote_the_reasons_are_given(reference, known):
    names = known(spec_of(name="a", ready=False))
    with pytest.raises(EncoderError, match="weights are missing"):
        evaluate(request(reference, names))


def test_the_one_k_and_its_votes_read_back(reference, known, tmp_path):
    names = known(noisy("clear", 1), noisy("dim", 60))
    evaluation = evaluate(request(reference, names))
    save_evaluation(evaluation, tmp_path / "a.pgrun")
    run = load_run(tmp_path / "a.pgrun")
    assert run.k == evaluation.run.k
    assert k_of_run(run) == run.k.k
    said = k_sentence(run)
    assert f"k = {run.k.k} for all encoders" in said
    assert "median of the own best k of 2 encoders" in said
    assert k_caution(run.encoders) == ""


def test_neighbors_found_for_the_vote_give_the_numbers_of_new_ones():
    rng = np.random.default_rng(4)
    labels = square(slides=10)
    values = rng.standard_normal((len(labels), 8)).astype(np.float32)
    found = find_k(values, labels)
    assert isinstance(found, FoundNeighbors)
    for k in (1, found.own_k, 31):
        anew = measure(values, labels, k=k, probes=False, geometry=False)
        again = measure(values, labels, k=k, probes=False, geometry=False, found=found)
        assert again == anew
