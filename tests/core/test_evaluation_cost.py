"""What is said of an evaluation before it begins."""

from __future__ import annotations

import time

import pytest

from pathgui.core.cost import Rates
from pathgui.core.encoders import registry
from pathgui.core.errors import NoTissueError
from pathgui.core.evaluation import EvaluationRequest, evaluate
from pathgui.core.evaluation_cost import evaluation_cost
from pathgui.core.progress import Cancelled, TilePlan
from pathgui.core.slide import open_slide
from pathgui.core.store import EmbeddingStore
from tests.core.stand_ins import mean_color, spec_of
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
def names(monkeypatch):
    monkeypatch.setattr(registry, "_specs", dict(registry._specs))
    for spec in (
        spec_of(taking(0.02), name="slow"),
        spec_of(taking(0.001), name="fast"),
        spec_of(name="gone", ready=False),
    ):
        registry._specs[spec.name] = spec
    return ("slow", "gone", "fast")


def test_the_cost_is_said_for_each_encoder_in_the_order_they_run(reference, slide, names, store):
    request = EvaluationRequest(reference, names, slide, device="cpu")
    rates = Rates.beside(store)
    events = []
    cost = evaluation_cost(request, store=store, rates=rates, report=events.append)
    assert [each.name for each in cost.encoders] == ["fast", "slow", "gone"]
    assert cost.tiles_reference == 48
    run = evaluate(EvaluationRequest(reference, ("fast",), slide, device="cpu", k=5), store=store)
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


def test_a_region_costs_its_own_tiles_and_what_of_them_is_missing(reference, slide, names, store):
    area = ((0.0, 0.0), (700.0, 0.0), (700.0, 1024.0), (0.0, 1024.0))
    whole = EvaluationRequest(reference, ("fast",), slide, device="cpu", k=5)
    part = EvaluationRequest(
        reference, ("fast",), slide, device="cpu", k=5, region_l0=(area,), maps=False
    )
    before = evaluation_cost(part, store=store)
    assert before.encoders[0].tiles == before.tiles_slide + 48
    assert before.tiles_slide < evaluation_cost(whole, store=store).tiles_slide
    evaluate(part, store=store)
    after = evaluation_cost(whole, store=store)
    assert after.encoders[0].stored == before.encoders[0].tiles


def test_what_cannot_be_evaluated_has_no_cost_but_a_reason(reference, slide, names):
    corner = ((1400.0, 900.0), (1500.0, 900.0), (1500.0, 1000.0))
    request = EvaluationRequest(reference, ("fast",), slide, device="cpu", region_l0=(corner,))
    with pytest.raises(NoTissueError, match="Draw the region over tissue"):
        evaluation_cost(request)


def test_estimating_stops_when_asked(reference, slide, names):
    def cancel(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        evaluation_cost(EvaluationRequest(reference, names, slide, device="cpu"), report=cancel)
