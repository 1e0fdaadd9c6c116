"""How an evaluation drives the engine: what is read, loaded, freed, checked and timed."""

from __future__ import annotations

import threading
import time
import weakref
from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.progress import Cancelled, Progress, TileAnswers
from pathgui.core.slides.tiling import SlideTiles
from pathgui.core.system.devices import Hardware, resolve_devices, title_of
from tests.asking import ask, evaluate, evaluation_cost
from tests.core.stand_ins import mean_color, spec_of
from tests.known import registry
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def reads(monkeypatch):
    """How often each tile of a slide is read to be embedded (some are pictures in the report)."""
    counts = {}
    read = SlideTiles.read

    def counted(self, index, min_px):
        if threading.current_thread().name.startswith("tile-reader"):
            counts[index] = counts.get(index, 0) + 1
        return read(self, index, min_px)

    monkeypatch.setattr(SlideTiles, "read", counted)
    return counts


def request(reference, names, slide=None, **options):
    return ask(reference, names, slide, **{"device": "cpu", "k": 5, "maps": False} | options)


def test_encoders_of_one_tile_size_read_each_tile_of_the_slide_once(reference, slide, known, reads):
    names = known(*(spec_of(name=name) for name in "abc"))
    evaluation = evaluate(request(reference, names, slide))
    assert [result.encoder.name for result in evaluation.run.encoders] == ["a", "b", "c"]
    assert len(reads) == len(evaluation.tiles.cells)
    assert set(reads.values()) == {1}


def test_what_is_in_the_store_is_not_read_for_the_others_sake(
    reference, slide, known, reads, tmp_path
):
    names = known(*(spec_of(name=name) for name in "ab"))
    store = EmbeddingStore(tmp_path)
    evaluate(request(reference, names, slide), store=store)
    reads.clear()
    evaluate(request(reference, names, slide), store=store)
    assert reads == {}


def test_each_model_is_loaded_once_for_reference_set_and_slide_and_then_freed(
    reference, slide, known
):
    loaded, alive = [], []

    def loader(name, size):
        def load(device, precision):
            loaded.append(name)

            def encode(tiles):
                alive.append(sorted(n for n, ref in references.items() if ref() is not None))
                return mean_color(tiles)

            references[name] = weakref.ref(encode)
            return encode

        return spec_of(name=name, params_m=size, load=load)

    references = {}
    names = known(loader("large", 1e9), loader("small", 1e-3))
    run = evaluate(request(reference, names, slide)).run
    assert loaded == ["small", "large"]  # the one that is done soonest first
    assert {tuple(names) for names in alive} == {("small",), ("large",)}
    assert [result.encoder.name for result in run.encoders] == ["large", "small"]
    assert all(reference() is None for reference in references.values())
    assert run.encoders[0].seconds["load"] >= 0


def test_every_encoder_that_runs_side_by_side_answers_on_the_way(reference, slide, known):
    names = known(*(spec_of(name=name) for name in "ab"))
    events = []
    evaluation = evaluate(request(reference, names, slide), report=events.append)
    answers = [event for event in events if isinstance(event, TileAnswers)]
    for name in names:
        rows = np.concatenate([event.rows for event in answers if event.encoder == name])
        assert sorted(rows.tolist()) == list(range(len(evaluation.tiles.cells)))
    first = {name: next(i for i, e in enumerate(answers) if e.encoder == name) for name in names}
    assert abs(first["a"] - first["b"]) == 1
    stages = [event for event in events if isinstance(event, Progress) and event.encoders]
    assert {event.encoders for event in stages} == {names}


def test_an_encoder_that_fails_on_the_slide_leaves_the_others_whole(reference, slide, known):
    calls = []

    def breaks(tiles):
        calls.append(len(tiles))
        values = mean_color(tiles)
        if sum(calls) > len(reference) + 20:
            values[0, 0] = np.nan
        return values

    names = known(spec_of(breaks, name="breaks"), spec_of(name="good"))
    evaluation = evaluate(request(reference, names, slide))
    assert [failure.name for failure in evaluation.run.failures] == ["breaks"]
    assert "not finite for tile" in evaluation.run.failures[0].reason
    assert list(evaluation.tiles.tissue) == ["good"]
    assert evaluation.tiles.readable.all()


def test_an_encoder_that_cannot_be_loaded_leaves_the_others_whole(reference, slide, known):
    def load(device, precision):
        raise RuntimeError("size mismatch for blocks.0")

    names = known(spec_of(name="broken", load=load), spec_of(name="good"))
    run = evaluate(request(reference, names, slide)).run
    assert "size mismatch" in run.failures[0].reason
    assert [result.encoder.name for result in run.encoders] == ["good"]


# ---- precision


# ---- devices


def test_all_gpus_of_one_kind_share_the_work():
    cards = (("NVIDIA H200", 140 * 10**9), ("NVIDIA T4", 16 * 10**9), ("NVIDIA H200", 140 * 10**9))
    machine = Hardware(cards, "", False, "", "CPU, 8 cores")
    devices = resolve_devices("auto", machine)
    assert [device.name for device in devices] == ["cuda:0", "cuda:2"]
    assert title_of(devices) == "2 × NVIDIA H200, 140 GB"
    assert [d.name for d in resolve_devices("cuda:1", machine)] == ["cuda:1"]
    assert [d.name for d in resolve_devices("cpu", machine)] == ["cpu"]


# ---- rates


def test_how_fast_an_encoder_was_is_remembered_for_the_next_estimate(
    reference, slide, known, tmp_path
):
    names = known(spec_of(lambda tiles: (time.sleep(0.001), mean_color(tiles))[1]))
    rates = Rates(tmp_path / "rates.json")
    store = EmbeddingStore(tmp_path / "store")
    run = evaluate(request(reference, names, slide), rates=rates, store=store).run
    spec = registry.encoder(names[0])
    kept = Rates(tmp_path / "rates.json").rate(spec, 16, run.settings.device, "fp32")
    assert kept == pytest.approx(run.encoders[0].tiles_per_second, rel=0.01)
    evaluate(request(reference, names, slide), rates=rates, store=store)  # all from the store
    assert rates.rate(spec, 16, run.settings.device, "fp32") == kept


# ---- parts of a slide


def test_a_region_and_then_the_whole_slide_embed_no_tile_twice(
    reference, slide, known, reads, tmp_path
):
    names = known(replace(spec_of(), params_m=1e6))  # batches of one tile
    store = EmbeddingStore(tmp_path)
    area = ((0.0, 0.0), (700.0, 0.0), (700.0, 1024.0), (0.0, 1024.0))
    part = evaluate(request(reference, names, slide, region_l0=(area,)), store=store)
    assert len(reads) == len(part.tiles.cells)
    whole = evaluate(request(reference, names, slide), store=store)
    assert set(reads.values()) == {1}
    assert len(reads) == len(whole.tiles.cells)
    fresh = evaluate(request(reference, names, slide))
    assert np.array_equal(whole.tiles.tissue[names[0]], fresh.tiles.tissue[names[0]])
    assert np.array_equal(whole.tiles.distance[names[0]], fresh.tiles.distance[names[0]])


# ---- pooling


def test_the_pooling_is_part_of_a_result_and_no_embedding_of_another_is_taken(
    reference, known, tmp_path
):
    loaded = []

    def load(device, precision):
        loaded.append(precision)
        return mean_color

    other = replace(spec_of(load=load), name="mean-color@mean", pooling="mean")
    published = replace(spec_of(load=load), pooling="cls", with_pooling=lambda _: other)
    store = EmbeddingStore(tmp_path)
    names = (*known(published), other.name)
    run = evaluate(request(reference, names), store=store).run
    facts = [result.encoder for result in run.encoders]
    assert {(each.name, each.pooling) for each in facts} == {
        ("mean-color", "cls"),
        ("mean-color@mean", "mean"),
    }
    changed = replace(published, pooling="mean")  # the same name, with what it now means
    evaluate(request(reference, known(changed)), store=store)
    assert len(loaded) == 3


def test_an_encoder_asked_for_under_two_names_runs_once(reference, known):
    published = spec_of()
    names = known(replace(published, with_pooling=lambda _: published))
    asked = request(reference, (*names, "mean-color@cls"))
    assert [each.encoder.name for each in evaluate(asked).run.encoders] == ["mean-color"]
    assert [each.name for each in evaluation_cost(asked, warm_up=False).encoders] == ["mean-color"]


# ---- stopping


STEPS = {  # what is called there
    "the tissue": "pathgui.core.evaluation.tile_request.find_tissue",
    "imported embeddings": "pathgui.core.imported.as_encoders.MatchedImports.bind",
    "choosing k": "pathgui.core.evaluation.encoder_work.find_k",
    "measuring": "pathgui.core.evaluation.encoder_work.measure",
    "the probes": "pathgui.core.evaluation.encoder_work.ReferenceFit",
    "measuring the slide": "pathgui.core.evaluation.slide_judge.SlideJudge.summarize",
    "the map": "pathgui.core.explore.exploration.map_reference",
    "comparing": "pathgui.core.evaluation.run_making.compare",
    "the thumbnail": "pathgui.core.slides.slide.Slide.thumbnail",
    "pictures of tiles": "pathgui.core.evaluation.evaluate.worst_pictures",
}


@pytest.mark.parametrize("where", ["the weights", "reading", "the model", "a forward", *STEPS])
def test_an_evaluation_stops_without_waiting_wherever_it_is(
    reference, slide, known, monkeypatch, where
):
    reached, released, waited_for = threading.Event(), threading.Event(), threading.Event()

    def stall(here):
        if here == where:
            reached.set()
            released.wait(60)
            waited_for.set()

    def encode(tiles):
        stall("a forward")
        return mean_color(tiles)

    def load(device, precision):
        stall("the model")
        return encode

    spec = spec_of(load=load)
    ready = spec.readiness()

    def readiness():
        stall("the weights")
        return ready

    read = SlideTiles.read

    def slow_read(self, index, min_px):
        stall("reading")
        return read(self, index, min_px)

    def slow(*args, **options):
        stall(where)
        raise AssertionError("not reached while anybody waits")

    monkeypatch.setattr(SlideTiles, "read", slow_read)
    if where in STEPS:
        monkeypatch.setattr(STEPS[where], slow)

    def cancel(event):
        if reached.is_set():
            raise Cancelled

    try:
        names = known(replace(spec, readiness=readiness))
        k = "auto" if where == "choosing k" else 5
        wanted = request(reference, names, slide, maps=where == "the map", k=k)
        with pytest.raises(Cancelled):
            evaluate(wanted, report=cancel)
        assert reached.is_set()
        assert not waited_for.is_set()
    finally:
        released.set()
