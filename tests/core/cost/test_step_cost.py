"""How long measuring and maps will take, by rule and by what earlier runs took."""

from __future__ import annotations

import json

import pytest

from pathgui.core.cost.rates import Rates
from pathgui.core.cost.step_cost import map_rule, measure_rule
from tests.core.stand_ins import spec_of

CPU = "CPU, 2 cores"


@pytest.fixture
def rates(tmp_path):
    return Rates(tmp_path / "rates.json")


def test_measuring_takes_longer_for_more_tiles_for_longer_embeddings_and_the_full_sweep():
    few = measure_rule(500, 128, "quick")
    assert few < measure_rule(5_000, 128, "quick") < measure_rule(5_000, 1024, "quick")
    assert measure_rule(500, 128, "none") <= few < measure_rule(500, 128, "full")
    # Neighbors, of which each tile is compared with each, decide where there are many tiles.
    large = measure_rule(80_000, 1024, "quick")
    assert 3 * large < measure_rule(160_000, 1024, "quick") * 10
    assert large > 3 * measure_rule(40_000, 1024, "quick")


def test_of_a_set_too_large_for_exact_neighbors_a_sample_is_counted():
    assert measure_rule(110_000, 1024, "quick") < measure_rule(100_000, 1024, "quick")


def test_a_map_is_of_a_sample_of_large_sets_and_slides_and_of_nothing_for_a_few_tiles():
    assert map_rule(9, 100, 128) == 0
    assert map_rule(1_000, 0, 128) < map_rule(5_000, 0, 128) == map_rule(90_000, 0, 128)
    assert map_rule(500, 0, 8) < map_rule(500, 20_000, 8) == map_rule(500, 10**6, 8)


def test_a_step_never_taken_here_is_not_known(rates):
    assert rates.seconds_of("measure", CPU, 10.0) is None


def test_the_earlier_run_that_was_most_alike_decides_in_proportion(rates):
    rates.record_step("measure", CPU, 5.0, 20.0)  # four times as long as the rule says
    rates.record_step("measure", CPU, 100.0, 50.0)  # half as long
    again = Rates(rates.path)  # as another start of the program finds it
    assert again.seconds_of("measure", CPU, 10.0) == 40.0
    assert again.seconds_of("measure", CPU, 80.0) == 40.0
    assert again.seconds_of("map", CPU, 10.0) is None
    assert again.seconds_of("measure", "NVIDIA H200, 140 GB", 10.0) is None


def test_the_same_work_again_weighs_as_much_as_all_before(rates):
    for seconds in (10.0, 20.0):
        rates.record_step("map", CPU, 5.0, seconds)
    assert rates.seconds_of("map", CPU, 5.0) == 15.0


def test_only_the_latest_times_are_kept(rates):
    for number in range(200):
        rates.record_step("map", CPU, 1.1**number, 2 * 1.1**number)
    (kept,) = json.loads(rates.path.read_text())["steps"].values()
    assert len(kept) < 100
    assert rates.seconds_of("map", CPU, 1.1**199) == 2 * 1.1**199


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_that_cannot_be_is_not_kept(rates, seconds):
    rates.record_step("map", CPU, 5.0, seconds)
    rates.record_step("map", CPU, 0.0, 3.0)
    assert rates.seconds_of("map", CPU, 5.0) is None


def test_times_of_steps_and_rates_of_encoders_lie_in_one_file_without_loss(rates):
    rates.record(spec_of(), 16, "CPU", "fp32", 50.0)
    rates.record_step("map", CPU, 5.0, 3.0)
    again = Rates(rates.path)
    assert again.rate(spec_of(), 16, "CPU", "fp32") == 50.0
    assert again.seconds_of("map", CPU, 5.0) == 3.0


def test_a_file_from_before_steps_were_counted_and_a_damaged_one_are_no_times(tmp_path):
    path = tmp_path / "rates.json"
    for text in (
        '{"format": 1, "tiles_per_second": {}}',
        '{"steps": {"map on CPU, 2 cores": [{"rule": 0, "seconds": 1}]}}',
        '{"steps": {"map on CPU, 2 cores": "often"}}',
    ):
        path.write_text(text)
        assert Rates(path).seconds_of("map", CPU, 5.0) is None
