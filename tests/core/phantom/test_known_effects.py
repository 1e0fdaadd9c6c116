"""A center effect of known size is found again, where it should be."""

from pathgui.core.phantom import known_effects as effects


def test_a_large_center_effect_lowers_the_index_into_its_range():
    found = effects.known_effect(0.8)
    assert found.passed
    assert found.index < found.null


def test_ranges_fall_as_centers_differ_more():
    middles = [sum(ends) / 2 for ends in effects.RANGES.values()]
    assert list(effects.RANGES) == sorted(effects.RANGES)
    assert middles == sorted(middles, reverse=True)
