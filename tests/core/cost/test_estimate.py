import time
from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.cost.estimate import estimate
from pathgui.core.cost.rates import Rates
from pathgui.core.embedding.embed import embed
from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import EncoderError
from pathgui.core.progress import Cancelled
from pathgui.core.system.devices import Device
from tests.core.stand_ins import MemoryTiles, mean_color, spec_of

CPU = Device("cpu", "CPU, 2 cores")


@pytest.fixture
def rates(tmp_path):
    return Rates(tmp_path / "rates.json")


def sleepy(seconds_per_tile):
    def encode(tiles):
        time.sleep(seconds_per_tile * len(tiles))
        return mean_color(tiles)

    return encode


def test_a_warm_up_tells_the_time_from_the_forward():
    (cost,) = estimate([MemoryTiles(1000)], [spec_of(sleepy(0.002))], device=CPU).encoders
    assert cost.basis == "warm-up"
    assert cost.tiles == 1000
    assert cost.seconds == pytest.approx(2.0, rel=0.5)


def test_a_source_that_is_slower_than_the_encoder_decides():
    source = MemoryTiles(1000, before_read=lambda index: time.sleep(0.01))
    cost = estimate([source], [spec_of()], device=CPU)
    assert cost.seconds > 4  # 10 s of sleep in at most two readers; a busy machine takes longer


def test_disk_and_tiles_are_counted_over_all_sources():
    sources = [MemoryTiles(100), MemoryTiles(50, content_key="other")]
    cost = estimate(sources, [spec_of(), spec_of(name="wide", dim=100)], device=CPU, warm_up=False)
    assert sorted(c.tiles for c in cost.encoders) == [150, 150]
    assert cost.disk_bytes == 150 * (4 * 6 + 2) + 150 * (4 * 100 + 2)
    assert cost.seconds is None


def test_what_is_in_the_store_costs_nothing(tmp_path):
    store = EmbeddingStore(tmp_path)
    source = MemoryTiles(100)
    embed(source, spec_of(), store=store, rows=np.arange(30))
    (part,) = estimate([source], [spec_of()], device=CPU, store=store).encoders
    assert (part.tiles, part.stored) == (70, 30)
    embed(source, spec_of(), store=store)
    (all_done,) = estimate([source], [spec_of()], device=CPU, store=store).encoders
    assert (all_done.seconds, all_done.basis, all_done.disk_bytes) == (0.0, "stored", 0)


def test_a_rate_of_an_earlier_run_saves_the_warm_up(rates):
    def load(device, precision):
        raise AssertionError("loaded")

    rates.record(spec_of(), 16, CPU.title, "fp32", 50.0)
    again = Rates(rates.path)  # as another start of the program finds it
    (cost,) = estimate([MemoryTiles(1000)], [spec_of(load=load)], device=CPU, rates=again).encoders
    assert (cost.seconds, cost.basis) == (20.0, "earlier run")


def test_rates_of_another_device_precision_or_size_do_not_count(rates):
    rates.record(spec_of(), 16, CPU.title, "fp32", 50.0)
    assert rates.rate(spec_of(), 16, CPU.title, "fp32") == 50.0
    assert rates.rate(spec_of(), 32, CPU.title, "fp32") is None
    assert rates.rate(spec_of(), 16, "NVIDIA H200, 140 GB", "fp32") is None
    assert rates.rate(spec_of(), 16, CPU.title, "bf16") is None
    assert rates.rate(spec_of(name="other"), 16, CPU.title, "fp32") is None


def test_a_new_rate_weighs_as_much_as_all_before(rates):
    rates.record(spec_of(), 16, CPU.title, "fp32", 50.0)
    rates.record(spec_of(), 16, CPU.title, "fp32", 100.0)
    rates.record(spec_of(), 16, CPU.title, "fp32", float("nan"))
    assert rates.rate(spec_of(), 16, CPU.title, "fp32") == 75.0


@pytest.mark.parametrize(
    "text", [b"{", b"[]", b'{"tiles_per_second": {"a": "fast"}}', b'{"tiles_per_second": "\xfc"}']
)
def test_a_damaged_file_of_rates_is_no_rates(tmp_path, text):
    path = tmp_path / "rates.json"
    path.write_bytes(text)
    assert Rates(path).rate(spec_of(), 16, CPU.title, "fp32") is None


def test_the_quickest_encoder_comes_first_and_one_that_cannot_run_last(rates):
    slow, quick = spec_of(name="slow"), spec_of(name="quick")
    rates.record(slow, 16, CPU.title, "fp32", 10.0)
    rates.record(quick, 16, CPU.title, "fp32", 100.0)
    specs = [spec_of(name="absent", ready=False), slow, quick]
    cost = estimate([MemoryTiles(100)], specs, device=CPU, rates=rates)
    assert [c.name for c in cost.encoders] == ["quick", "slow", "absent"]
    assert cost.encoders[2].reason == "its weights are missing"
    assert cost.seconds is None
    assert estimate([MemoryTiles(100)], specs[1:], device=CPU, rates=rates).seconds == 11.0


def test_an_encoder_that_cannot_be_loaded_is_unknown_and_says_why():
    def load(device, precision):
        raise EncoderError("the weights do not fit")

    (cost,) = estimate([MemoryTiles(10)], [spec_of(load=load)], device=CPU).encoders
    assert (cost.seconds, cost.basis, cost.reason) == (None, "unknown", "the weights do not fit")


@pytest.mark.parametrize("part", ["readiness", "load"])
def test_code_of_the_users_own_that_fails_leaves_the_others_their_estimate(part):
    def fail(*_):
        raise ValueError("no such checkpoint")

    mine = replace(spec_of(name="mine"), origin="the package mine", **{part: fail})
    cost = estimate([MemoryTiles(40)], [mine, spec_of(name="other")], device=CPU)
    assert [(each.name, each.basis) for each in cost.encoders] == [
        ("other", "warm-up"),
        ("mine", "unknown"),
    ]
    assert "ValueError: no such checkpoint" in cost.encoders[1].reason


def test_the_input_size_of_each_source_counts(rates):
    spec = replace(spec_of(), side_multiple=8)  # at 0.5 µm/px
    rates.record(spec, 40, CPU.title, "fp32", 10.0)
    rates.record(spec, 80, CPU.title, "fp32", 2.0)
    sources = [MemoryTiles(10, edge_um=20.0), MemoryTiles(10, edge_um=40.0)]
    assert estimate(sources, [spec], device=CPU, rates=rates).seconds == 6.0


def test_estimating_can_be_cancelled():
    def report(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        estimate([MemoryTiles(10)], [spec_of()], device=CPU, report=report)
