"""Altered tiles of a slide embedded and answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.errors import CorrectionError, EncoderError, PathguiError
from pathgui.core.evaluation.altering import (
    AlteringRequest,
    altering_cost,
    carry_out,
    keep_for_run,
    plan_altering,
)
from pathgui.core.progress import Cancelled, Progress
from pathgui.core.runs.options import new_settings
from pathgui.core.what_if.results import WhatIf
from tests.core.stand_ins import spec_of
from tests.material import make_reference
from tests.run_factory import make_evaluation

ASKED = AlteringRequest(n_tiles=12, curves=("blur", "scale"), settings=new_settings(device="cpu"))
COLORS = spec_of(name="colors")


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("set"))


def test_color_is_followed_by_an_encoder_of_colors_and_embeddings_are_kept(
    reference, slide, tmp_path
):
    store = EmbeddingStore(tmp_path)
    plan = plan_altering(ASKED, reference, slide, [COLORS])
    assert (len(plan.rows), len(plan.altered.alterations)) == (12, 2 + 4 + 4)
    before = altering_cost(plan, store, None)
    assert before.encoders[0].tiles == len(reference) + 12 * 11
    found = carry_out(plan, store)["colors"]
    assert isinstance(found, WhatIf)
    assert [each.center for each in found.centers] == reference.centers
    assert [len(curve.points) for curve in found.curves] == [4, 4]
    assert found.n_tiles == 12
    assert altering_cost(plan, store, None).encoders[0].tiles == 0
    assert carry_out(plan, store)["colors"] == found


def test_what_was_cancelled_goes_on_from_the_store(reference, slide, tmp_path):
    store, seen = EmbeddingStore(tmp_path), []

    def until(event):
        if isinstance(event, Progress) and event.stage == "Embedding altered tiles":
            seen.append(event.done)
            if event.done:
                raise Cancelled

    plan = plan_altering(replace(ASKED, curves=()), reference, slide, [COLORS])
    with pytest.raises(Cancelled):
        carry_out(plan, store, until)
    left = altering_cost(plan, store, None).encoders[0]
    assert left.stored >= 12
    assert isinstance(carry_out(plan, store)["colors"], WhatIf)


def test_tiles_and_centers_are_drawn_by_the_seed(reference, slide):
    one = replace(ASKED, n_centers=1, curves=())
    plans = [plan_altering(one, reference, slide, [COLORS]) for _ in range(2)]
    assert (plans[0].rows == plans[1].rows).all()
    assert list(plans[0].recolorings) == list(plans[1].recolorings)
    assert len(plans[0].recolorings) == 1


def test_a_center_is_named_however_it_is_spelled_and_an_unknown_one_is_refused(reference, slide):
    asked = replace(ASKED, centers=("lakeside",), curves=())
    assert list(plan_altering(asked, reference, slide, [COLORS]).recolorings) == ["Lakeside"]
    with pytest.raises(CorrectionError, match="Lakeside, Northfield"):
        plan_altering(replace(asked, centers=("Ulm",)), reference, slide, [COLORS])


def test_nothing_to_alter_and_imported_embeddings_are_refused(reference, slide, tmp_path):
    with pytest.raises(CorrectionError, match="Nothing is to be altered"):
        plan_altering(replace(ASKED, n_centers=0, curves=()), reference, slide, [COLORS])
    imported = replace(COLORS, embeddings=(tmp_path / "a.h5",))
    with pytest.raises(EncoderError, match="imported"):
        plan_altering(ASKED, reference, slide, [imported])


def test_tiles_of_the_slide_itself_give_neither_colors_nor_answers(slide, tmp_path):
    names = {f"Lakeside-{n}": slide.path.stem for n in range(3)}
    own = make_reference(tmp_path, slide_names=names)
    plan = plan_altering(replace(ASKED, curves=()), own, slide, [COLORS])
    assert list(plan.recolorings) == ["Northfield"]
    assert plan.own.rows.sum() == 24


def test_an_encoder_that_fails_leaves_the_others(reference, slide):
    def broken(tiles):
        raise RuntimeError("out of luck")

    specs = [spec_of(broken, name="broken"), COLORS]
    plan = plan_altering(replace(ASKED, curves=()), reference, slide, specs)
    found = carry_out(plan, None)
    assert list(found) == ["broken", "colors"]
    assert isinstance(found["broken"], PathguiError)
    assert isinstance(found["colors"], WhatIf)


def test_a_run_that_was_renamed_meanwhile_does_not_come_back_as_a_rest(reference, slide, tmp_path):
    plan = plan_altering(ASKED, reference, slide, [COLORS])
    found = carry_out(plan, EmbeddingStore(tmp_path))
    gone = tmp_path / "gone.pgrun"
    assert "not kept" in keep_for_run(gone, make_evaluation(1).run, found)
    assert not gone.exists()
