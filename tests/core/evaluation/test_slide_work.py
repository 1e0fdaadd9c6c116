"""One encoder on one slide: whatever the batches, what it says of the slide is the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.embedding.store import EmbeddingStore
from pathgui.core.progress import TileAnswers
from tests.asking import evaluate
from tests.core.evaluation.test_encoder_runs import request
from tests.core.stand_ins import mean_color, spec_of
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


class Stop(Exception):
    """Ends a run in the middle of a slide."""


def test_a_slide_that_was_half_embedded_gives_the_digits_of_one_that_was_not(
    reference, slide, known, tmp_path
):
    def noisy(tiles):
        values = mean_color(tiles)
        return (values * np.sin(values * 1e3)).astype(np.float32)

    names = known(replace(spec_of(noisy), name="noisy"))
    whole = evaluate(request(reference, names, slide, maps=False))
    store, events = EmbeddingStore(tmp_path / "store"), []

    def stop(event):
        events.append(event)
        if sum(isinstance(each, TileAnswers) for each in events) == 2:
            raise Stop

    with pytest.raises(Stop):
        evaluate(request(reference, names, slide, maps=False), store=store, report=stop)
    again = evaluate(request(reference, names, slide, maps=False), store=store)
    assert again.run.encoders[0].slide == whole.run.encoders[0].slide
    for column in ("tissue_probability", "distance", "neighbor_distance"):
        one, other = (getattr(each.tiles, column)["noisy"] for each in (whole, again))
        assert np.array_equal(one, other, equal_nan=True)
