"""What to go on with while access to an encoder is pending."""

from __future__ import annotations

import pytest

from pathgui.core.encoders.facts.registry import State
from pathgui.core.results.published import published
from pathgui.core.results.substitutes import SMALL_M, proposal, substitutes
from tests.known import encoder, encoders


def test_every_encoder_that_needs_access_has_substitutes_that_are_open_and_small():
    gated = [each for each in encoders() if each.gated not in ("no", "unknown") and each.hub]
    assert len(gated) > 20
    for spec in gated:
        found = substitutes(spec)
        assert found, spec.name
        for each in found:
            assert (each.spec.gated, each.spec.name != spec.name) == ("no", True)
            assert each.spec.params_m <= SMALL_M


def test_what_was_distilled_from_it_comes_first():
    first = substitutes(encoder("virchow2"))[0]
    assert first.spec.name == "distillpath-ks16-virchow2"
    assert "distilled from it; croma has no numbers to compare them by" in first.text
    assert substitutes(encoder("gigapath"))[0].spec.name == "tinypath"


def test_what_is_lost_is_the_published_margin_over_the_sets_that_both_have():
    def margins(name: str) -> list[float]:
        rows = [each for each in published(name) if each.source.title == "croma"]
        return [each.values["croma"] for each in sorted(rows, key=lambda each: each.data)]

    (phikon,) = (each for each in substitutes(encoder("uni")) if each.spec.name == "phikon")
    both = zip(margins("uni"), margins("phikon"), strict=True)
    lost = sum(one - other for one, other in both) / 3
    assert phikon.margin_lost == pytest.approx(lost)
    assert phikon.text == f"Phikon (86 million parameters): CRoMa margin {lost:.2f} lower"
    (higher,) = (e for e in substitutes(encoder("hibou-l")) if e.spec.name == "phikon")
    assert "higher" in higher.text


@pytest.mark.parametrize("state", ["sign-in", "terms", "waiting"])
def test_they_are_proposed_while_access_is_pending_as_published_and_not_measured(state: State):
    said = proposal(encoder("virchow2"), state)
    assert said.startswith("Open and small meanwhile: DistillPath KS16, Virchow2 (22 million")
    assert said.endswith("Published by croma on other tiles, not measured here.")


def test_nothing_is_proposed_for_what_is_here_or_open_or_the_users_own():
    assert proposal(encoder("virchow2"), "ready") == ""
    assert proposal(encoder("phikon"), "download") == ""
    assert substitutes(encoder("shell")) == ()
