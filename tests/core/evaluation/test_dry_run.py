"""What is said of an evaluation before it begins."""

from __future__ import annotations

import threading
import time

import pytest

from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import NoTissueError
from pathgui.core.progress import Cancelled, Progress, TilePlan
from pathgui.core.slides.slide import open_slide
from tests.asking import ask, evaluate, evaluation_cost
from tests.core.stand_ins import mean_color, spec_of
from tests.known import put
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def slide(slide_path):
    with open_slide(slide_path) as opened:
        yield opened


@pytest.fixture
def store(tmp_path):
    return EmbeddingStore(tmp_path / "embeddings")


def taking(seconds):
    def encode(tiles):
        time.sleep(seconds * len(tiles))
        return mean_color(tiles)

    return encode


@pytest.fixture
def names():
    put(
        spec_of(taking(0.02), name="slow"),
        spec_of(taking(0.001), name="fast"),
        spec_of(name="gone", ready=False),
    )
    return ("slow", "gone", "fast")


def test_the_cost_is_said_for_each_encoder_in_the_order_they_run(reference, slide, names, store):
    request = ask(reference, names, slide, device="cpu")
    rates = Rates.beside(store)
    events = []
    cost = evaluation_cost(request, store=store, rates=rates, report=events.append)
    assert [each.name for each in cost.encoders] == ["fast", "slow", "gone"]
    assert cost.tiles_reference == 48
    run = evaluate(ask(reference, ("fast",), slide, device="cpu", k=5), store=store)
    assert cost.tiles_slide == run.run.slide.tiles_used
    fast, slow, gone = cost.encoders
    tiles = cost.tiles_slide + 48
    assert fast.tiles == slow.tiles == tiles
    assert slow.seconds == pytest.approx(0.02 * tiles, rel=0.5)
    assert gone.reason == "its weights are missing"
    assert fast.disk_bytes == tiles * (4 * 6 + 2)
    assert not any(isinstance(event, TilePlan) for event in events)
    after = evaluation_cost(request, store=store, rates=rates)
    assert [each.basis for each in after.encoders] == ["stored", "earlier run", "unknown"]


def test_what_follows_embedding_is_counted_roughly_until_it_was_done_here(
    reference, slide, names, store
):
    request = ask(reference, names, slide, device="cpu", k=5)
    rates = Rates.beside(store)
    before = evaluation_cost(request, store=store, rates=rates)
    measuring, maps = before.steps
    assert (measuring.step, maps.step) == ("measure", "map")
    assert {measuring.basis, maps.basis} == {"rule of thumb"}
    assert set(measuring.by_encoder) == {"slow", "fast"}  # one that cannot run measures nothing
    embedding = sum(each.seconds for each in before.encoders[:2])
    assert before.known_seconds == embedding + measuring.seconds + maps.seconds
    evaluate(ask(reference, ("fast",), slide, device="cpu", k=5), store=store, rates=rates)
    after = evaluation_cost(request, store=store, rates=Rates.beside(store))
    assert [step.basis for step in after.steps] == ["earlier run"] * 2
    assert all(step.seconds > 0 for step in after.steps)


def test_an_evaluation_without_maps_costs_none(reference, slide, names, store):
    def steps(**chosen):
        request = ask(reference, ("fast",), slide, device="cpu", **chosen)
        return {step.step: step.seconds for step in evaluation_cost(request, store=store).steps}

    assert set(steps(maps=False)) == {"measure"}
    assert steps(maps=False)["measure"] == steps()["measure"]
    assert steps(shortcut="full")["measure"] > steps()["measure"]


def test_measuring_remains_where_all_is_embedded_before(reference, slide, names, store):
    request = ask(reference, ("fast",), slide, device="cpu", k=5)
    rates = Rates.beside(store)
    run = evaluate(request, store=store, rates=rates)
    again = evaluation_cost(request, store=store, rates=rates)
    assert again.encoders[0].basis == "stored"
    assert again.seconds == sum(step.seconds for step in again.steps) > 0
    (result,) = run.run.encoders
    took = {step.step: step.seconds for step in again.steps}
    assert 0 < took["map"] <= result.seconds["map"] + 0.001  # rounded to that in the record


def test_time_spent_pausing_is_no_time_of_a_step(reference, names, store):
    paused = []

    def report(event):
        if paused or not isinstance(event, Progress) or event.stage != "Laying out the map":
            return
        paused.append(event)
        while any(thread.name == "watched" for thread in threading.enumerate()):
            time.sleep(0.01)
        time.sleep(1)  # when the map is long done

    rates = Rates.beside(store)
    request = ask(reference, ("fast",), device="cpu", k=5)
    run = evaluate(request, store=store, rates=rates, report=report).run
    assert paused
    steps = {step.step: step.seconds for step in evaluation_cost(request, rates=rates).steps}
    assert steps["map"] < run.encoders[0].seconds["map"] - 0.9


def test_a_region_costs_its_own_tiles_and_what_of_them_is_missing(reference, slide, names, store):
    area = ((0.0, 0.0), (700.0, 0.0), (700.0, 1024.0), (0.0, 1024.0))
    whole = ask(reference, ("fast",), slide, device="cpu", k=5)
    part = ask(reference, ("fast",), slide, device="cpu", k=5, region_l0=(area,), maps=False)
    before = evaluation_cost(part, store=store)
    assert before.encoders[0].tiles == before.tiles_slide + 48
    assert before.tiles_slide < evaluation_cost(whole, store=store).tiles_slide
    evaluate(part, store=store)
    after = evaluation_cost(whole, store=store)
    assert after.encoders[0].stored == before.encoders[0].tiles


def test_what_cannot_be_evaluated_has_no_cost_but_a_reason(reference, slide, names):
    corner = ((1400.0, 900.0), (1500.0, 900.0), (1500.0, 1000.0))
    request = ask(reference, ("fast",), slide, device="cpu", region_l0=(corner,))
    with pytest.raises(NoTissueError, match="Draw the region over tissue"):
        evaluation_cost(request)


def test_estimating_stops_when_asked(reference, slide, names):
    def cancel(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        evaluation_cost(ask(reference, names, slide, device="cpu"), report=cancel)
