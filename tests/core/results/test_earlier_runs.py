"""Runs of earlier versions are told from those of this one."""

from __future__ import annotations

from pathgui.core.results.earlier_runs import TWO_KINDS
from pathgui.core.results.run_diff import diff_runs
from tests.run_factory import make_evaluation, of_an_earlier_version


def test_intervals_of_two_methods_are_not_compared_silently():
    after = make_evaluation(2, in_depth=True)
    before = of_an_earlier_version(after)
    found = diff_runs(before, after)
    assert TWO_KINDS in found.cautions
    assert {number.low for number in found.numbers} == {None}
    assert {number.basis for number in found.numbers} == {"none"}
    assert all(number.apart is None for number in found.numbers)
    assert any(number.difference is not None for number in found.numbers)
    assert TWO_KINDS not in diff_runs(after, after).cautions
