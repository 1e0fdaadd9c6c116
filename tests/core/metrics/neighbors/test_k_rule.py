"""What may be asked for as the number of neighbors."""

from __future__ import annotations

import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.metrics.neighbors.k_rule import PRESETS, is_k_rule, k_choices, resolve_k


def test_a_number_is_taken_as_it_is():
    assert resolve_k(11) == (11, "as asked for")


def test_auto_leaves_it_to_the_data():
    assert resolve_k("auto")[0] == "auto"


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_whose_k_it_is_and_is_offered(name):
    k, origin = resolve_k(name)
    assert k == PRESETS[name].k
    assert PRESETS[name].title in origin
    assert is_k_rule(name)
    assert name in k_choices()


@pytest.mark.parametrize("wrong", [0, -3, "", "many", "11"])
def test_anything_else_is_refused(wrong):
    assert not is_k_rule(wrong)
    with pytest.raises(EmbeddingsError, match="k "):
        resolve_k(wrong)
