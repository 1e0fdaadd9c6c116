"""How fast encoders and steps were on this computer is remembered between runs."""

from __future__ import annotations

import math

import pytest

from pathgui.core.cost.rates import Rates
from tests.known import encoder

SPEC = encoder("color-statistics")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "rates.json"


def test_what_was_recorded_is_known_to_the_next_program(file):
    Rates(file).record(SPEC, 224, "cpu", "fp32", 300.0)
    assert Rates(file).rate(SPEC, 224, "cpu", "fp32") == 300.0


def test_another_size_device_or_precision_is_another_rate(file):
    rates = Rates(file)
    rates.record(SPEC, 224, "cpu", "fp32", 300.0)
    assert rates.rate(SPEC, 256, "cpu", "fp32") is None
    assert rates.rate(SPEC, 224, "gpu", "fp32") is None
    assert rates.rate(SPEC, 224, "cpu", "bf16") is None


def test_a_new_rate_counts_half_since_machines_change(file):
    rates = Rates(file)
    rates.record(SPEC, 224, "cpu", "fp32", 300.0)
    rates.record(SPEC, 224, "cpu", "fp32", 100.0)
    assert rates.rate(SPEC, 224, "cpu", "fp32") == 200.0


@pytest.mark.parametrize("nonsense", [0.0, -1.0, math.nan, math.inf])
def test_a_rate_that_is_none_is_not_remembered(file, nonsense):
    rates = Rates(file)
    rates.record(SPEC, 224, "cpu", "fp32", nonsense)
    rates.record_step("measure", "cpu", 1.0, nonsense)
    assert rates.rate(SPEC, 224, "cpu", "fp32") is None
    assert rates.seconds_of("measure", "cpu", 1.0) is None


def test_twice_the_work_takes_twice_the_time_of_the_run_most_alike(file):
    rates = Rates(file)
    rates.record_step("measure", "cpu", rule=10.0, seconds=20.0)
    rates.record_step("measure", "cpu", rule=1000.0, seconds=1000.0)
    assert rates.seconds_of("measure", "cpu", 20.0) == pytest.approx(40.0)
    assert rates.seconds_of("measure", "cpu", 500.0) == pytest.approx(500.0)
    assert rates.seconds_of("map", "cpu", 10.0) is None


@pytest.mark.parametrize("content", [b"", b"{", b'{"tiles_per_second": "fast"}', b"\xff"])
def test_a_damaged_file_is_no_rates_and_no_error(file, content):
    file.write_bytes(content)
    assert Rates(file).rate(SPEC, 224, "cpu", "fp32") is None


def test_where_nothing_can_be_written_it_is_known_until_the_program_ends(tmp_path):
    (tmp_path / "file").touch()
    rates = Rates(tmp_path / "file" / "rates.json")
    rates.record(SPEC, 224, "cpu", "fp32", 300.0)
    assert rates.rate(SPEC, 224, "cpu", "fp32") == 300.0
