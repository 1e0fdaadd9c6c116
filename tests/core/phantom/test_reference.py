"""The phantom's reference set: balanced, seeded, and the same tissue under every center effect."""

import numpy as np
import pytest

from pathgui.core.phantom.optics import CENTER_NAMES
from pathgui.core.phantom.reference import draw, in_parallel, pieces, reference_tiles
from pathgui.core.phantom.tissues import TISSUES
from pathgui.core.progress import Cancelled, Event, Progress


@pytest.mark.parametrize("n_slides", [1, 2, 3, 4])
@pytest.mark.parametrize("n_tissues", [1, 2, 5])
def test_every_tissue_is_on_as_many_slides_of_each_center_as_asked(n_slides, n_tissues):
    tissues = TISSUES[:n_tissues]
    plan = pieces(0.5, n_slides, 0, tissues)
    slides: dict[tuple[str, str], set[str]] = {}
    for piece in plan:
        slides.setdefault((piece.center.name, piece.tissue), set()).add(piece.slide)
    assert slides.keys() == {(c, t) for c in CENTER_NAMES for t in tissues}
    assert {len(names) for names in slides.values()} == {n_slides}
    assert len(plan) == len(CENTER_NAMES) * n_tissues * n_slides


def test_a_slide_holds_two_tissues_of_one_patient_at_one_center():
    plan = pieces(0.5, 4, 0)
    for slide in {piece.slide for piece in plan}:
        own = [piece for piece in plan if piece.slide == slide]
        assert len({piece.tissue for piece in own}) == 2
        assert len({(piece.patient, piece.center.name) for piece in own}) == 1
    assert len({p.patient for p in plan}) == len({p.slide for p in plan})


def test_tiles_and_labels_come_in_the_numbers_asked_for():
    events: list[Event] = []
    tiles, labels = reference_tiles(
        n_slides=2, n_tiles=3, size_px=48, tissues=TISSUES[:2], report=events.append
    )
    assert tiles.shape == (4 * 2 * 2 * 3, 48, 48, 3)
    assert tiles.dtype == np.uint8
    assert len(labels) == len(tiles)
    assert events[-1] == Progress("Drawing tissue", 16, 16)


def test_tiles_of_one_slide_do_not_overlap():
    plan = [piece for piece in pieces(0.5, 2, 0) if piece.slide == "lakeside-02"]
    at = np.array([tile.origin_px for piece in plan for tile in draw(piece, 5, 64)])
    assert len(at) == 10
    apart = np.abs(at[:, None] - at[None]).max(axis=-1)
    assert (apart[~np.eye(10, dtype=bool)] >= 64).all()


def test_the_center_effect_changes_the_picture_but_not_the_tissue():
    few = {"n_slides": 1, "n_tiles": 1, "size_px": 96, "tissues": ("lymphoid tissue",)}
    alike, labels = reference_tiles(0.0, **few)
    apart, _ = reference_tiles(1.0, **few)
    other, _ = reference_tiles(0.0, seed=1, **few)

    def structure(tile: np.ndarray) -> np.ndarray:
        return tile.mean(axis=2).ravel()

    for i, center in enumerate(labels.center):
        same = np.corrcoef(structure(alike[i]), structure(apart[i]))[0, 1]
        fresh = np.corrcoef(structure(alike[i]), structure(other[i]))[0, 1]
        assert same > 0.8 > 0.3 > fresh, center
        assert np.abs(alike[i].astype(int) - apart[i]).mean() > 5


def test_cancelling_stops_the_drawing():
    def stop(event: Event) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        reference_tiles(n_slides=1, n_tiles=1, size_px=32, report=stop)


def test_work_left_over_is_not_begun_when_the_caller_stops():
    begun = []
    results = in_parallel(begun.append, list(range(10_000)))
    next(results)
    results.close()  # type: ignore[attr-defined]
    assert len(begun) < 10_000
