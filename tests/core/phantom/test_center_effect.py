"""The phantom as a test object: what the instrument says follows the center effect it was given."""

from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import ReferenceMeasurement, RobustnessIndex
from pathgui.core.phantom import reference, tissues
from pathgui.core.phantom.nuclei import Canvas
from pathgui.core.phantom.reference import reference_tiles
from pathgui.core.reference.labels import TileLabels
from tests.known import encoder

EFFECTS = (0.0, 0.25, 0.5, 1.0)
BUNDLED = ("color-statistics", "efficientnet-lite0", "shell")
SIZE_PX = 128
MPP = 0.5


@pytest.fixture(scope="module", autouse=True)
def _painted_once():
    """Sets that differ in their center effect have the same tissues, which take long to paint."""
    painted: dict[tuple[object, ...], tuple[Canvas, dict[str, Any]]] = {}

    def paint(tissue, size_px, patient, rng):
        key = (tissue, size_px, patient, str(rng.bit_generator.state))
        if key not in painted:
            canvas = tissues.paint(tissue, size_px, patient, rng)
            painted[key] = canvas, rng.bit_generator.state
        canvas, rng.bit_generator.state = painted[key]
        return canvas

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "paint", paint)
        yield


def test_tissues_painted_once_are_those_painted_anew():
    small = {"n_slides": 1, "n_tiles": 1, "size_px": 32}
    at_once = [reference_tiles(effect, **small)[0] for effect in (0.0, 1.0)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference, "paint", tissues.paint)
        np.testing.assert_array_equal(at_once[1], reference_tiles(1.0, **small)[0])


@cache
def tiles(effect: float) -> tuple[np.ndarray, TileLabels]:
    return reference_tiles(effect, n_slides=4, n_tiles=1, size_px=SIZE_PX)


def embedded(spec: EncoderSpec, pictures: np.ndarray) -> np.ndarray:
    model = spec.load("cpu", "fp32")
    side = spec.input_px(SIZE_PX * MPP)
    fitted = [
        np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC))
        for picture in pictures
    ]
    batches = [np.stack(fitted[start : start + 16]) for start in range(0, len(fitted), 16)]
    return np.concatenate([model(batch) for batch in batches])


@cache
def measured(name: str, effect: float) -> ReferenceMeasurement:
    spec = encoder(name)
    ready = spec.readiness()
    if not ready.ready:
        pytest.skip(f"{name} is not ready: {ready.detail}")
    pictures, labels = tiles(effect)
    return measure(embedded(spec, pictures), labels, k=5, geometry=False)


def index(name: str, effect: float) -> float:
    found = measured(name, effect).robustness_index
    assert isinstance(found, RobustnessIndex)
    return found.value


@pytest.mark.parametrize("name", BUNDLED)
def test_the_index_falls_as_the_center_effect_grows(name):
    values = [index(name, effect) for effect in EFFECTS]
    # Near 1 there is nothing to fall from, so a pair or two may change sides by chance.
    assert (np.diff(values) < 0.01).all(), values
    assert values[0] - values[-1] > 0.03, values


@pytest.mark.parametrize("name", BUNDLED)
def test_the_center_is_read_from_the_embeddings_only_if_centers_differ(name):
    strong = measured(name, 1.0).probe.center_balanced_accuracy
    none = measured(name, 0.0).probe.center_balanced_accuracy
    assert isinstance(strong, float)
    assert isinstance(none, float)
    error = np.sqrt(0.25 * 0.75 / 40)  # of chance, over 40 slides
    assert none < 0.25 + 2 * error < strong
    assert strong > none + 0.2


def test_without_center_effect_the_center_probe_is_at_chance():
    pictures, labels = reference_tiles(0.0, n_slides=8, n_tiles=1, size_px=96, seed=3)
    embeddings = embedded(encoder("color-statistics"), pictures)
    found = measure(embeddings, labels, k=5, geometry=False)
    error = np.sqrt(0.25 * 0.75 / found.n_slides)
    for accuracies in (found.knn, found.probe):
        assert accuracies.center_chance == pytest.approx(0.25)
        assert accuracies.center_balanced_accuracy == pytest.approx(0.25, abs=3 * error)


def test_color_alone_follows_the_center_and_trained_encoders_the_tissue():
    color = measured("color-statistics", 1.0).robustness_index
    assert isinstance(color, RobustnessIndex)
    assert color.value < color.null
    for name in BUNDLED[1:]:
        trained = measured(name, 1.0).robustness_index
        assert isinstance(trained, RobustnessIndex)
        assert trained.value > trained.null
        assert trained.value > color.value + 0.2


@pytest.mark.parametrize("effect", EFFECTS)
def test_the_tissue_is_seen_whatever_the_center_effect(effect):
    accuracy = measured("efficientnet-lite0", effect).probe.tissue_balanced_accuracy
    assert isinstance(accuracy, float)
    assert accuracy > 0.8


def test_the_adjusted_index_stays_where_only_the_composition_changes():
    """The same tiles, half of the centers or fewer tissues: only the null is another."""
    spec = encoder("efficientnet-lite0")
    ready = spec.readiness()
    if not ready.ready:
        pytest.skip(f"{spec.name} is not ready: {ready.detail}")
    pictures, labels = reference_tiles(0.5, n_slides=4, n_tiles=2, size_px=64, seed=1)
    embeddings = embedded(spec, pictures)

    def indices(rows: np.ndarray) -> np.ndarray:
        found = measure(
            embeddings[rows], labels.take(rows), k=5, probes=False, geometry=False
        ).robustness_index
        assert isinstance(found, RobustnessIndex)
        assert found.adjusted is not None
        return np.array([found.value, found.null, found.adjusted])

    whole = indices(np.arange(len(labels)))
    moved = []
    for column in (labels.center, labels.tissue):
        for number in (2, 3):
            parts = [
                indices(np.flatnonzero(np.isin(column, some)))
                for some in combinations(np.unique(column), number)
            ]
            moved.append(np.mean(parts, axis=0) - whole)
    index, null, adjusted = np.array(moved).T
    assert null.min() < -0.2 < 0.3 < null.max()
    assert index.min() < -0.09 < 0.03 < index.max()
    assert (np.sign(index) == np.sign(null)).all()
    assert np.abs(adjusted).max() < 0.01
