"""What a GPU does otherwise than a CPU. Skipped where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.embedding.embed import embed, embed_many
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.embedding.tile_feed import resize_exact
from pathgui.core.encoders.networks.resampling import resize
from pathgui.core.encoders.networks.runner import TorchEncoder, normalizer
from pathgui.core.measurement.measure import measure
from pathgui.core.metrics.neighbors.search import ReferenceSearch, nearest_with_kinds
from pathgui.core.reference.labels import TileLabels
from pathgui.core.system.devices import free_device_memory, resolve_device
from tests.core.stand_ins import MemoryTiles, spec_of

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="this machine has no GPU that torch can use"
)

DIM = 192
ENCODER_BYTES = 5.5e6 * 4  # of a ViT-Ti in memory


@pytest.fixture(autouse=True)
def _no_encoder_stays_in_memory():
    free_device_memory()
    before = torch.cuda.memory_allocated()
    yield
    free_device_memory()
    assert torch.cuda.memory_allocated() < before + ENCODER_BYTES / 4


def vit(name="random ViT-Ti", px=224):
    """A vision transformer with random weights, the same each time."""

    def load(device, precision):
        import timm

        torch.manual_seed(0)
        model = timm.create_model("vit_tiny_patch16_224", num_classes=0)
        prepare = normalizer((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), device)
        return TorchEncoder(model, prepare, device, precision)

    return spec_of(name=name, dim=DIM, px=px, params_m=5.7, load=load)


def clusters(n=3000, d=96, seed=0):
    """Embeddings with tissue, center and slide effects, some of them twice."""
    rng = np.random.default_rng(seed)
    slide = np.sort(rng.integers(0, 60, n))
    tissue, center = slide % 4, slide // 4 % 5
    values = rng.standard_normal((n, d)).astype(np.float32)
    for codes, size in ((tissue, 0.5), (center, 0.4), (slide, 0.3)):
        values += size * rng.standard_normal((codes.max() + 1, d)).astype(np.float32)[codes]
    values[100:110] = values[200:210]
    return values, slide, tissue, center


def test_the_gpu_is_taken_where_there_is_one():
    device = resolve_device("auto")
    assert device.kind == "cuda"
    assert device.memory_bytes > 0


def test_embeddings_in_fp32_are_those_of_the_cpu():
    source = MemoryTiles(40, px=256)
    on_gpu = embed(source, vit(), device="cuda:0")
    on_cpu = embed(source, vit(), device="cpu")
    scale = np.abs(on_cpu.values).max()
    assert np.abs(on_gpu.values - on_cpu.values).max() < 1e-3 * scale


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_half_precision_moves_them_a_little(precision):
    source = MemoryTiles(40, px=256)
    half = embed(source, vit(), device="cuda:0", precision=precision).values
    full = embed(source, vit(), device="cuda:0").values
    cosines = (half * full).sum(1) / np.linalg.norm(half, axis=1) / np.linalg.norm(full, axis=1)
    assert 0.99 < cosines.min() < 1


def test_tiles_are_resized_there_as_pillow_does():
    tiles = np.random.default_rng(0).integers(0, 256, (5, 300, 300, 3), np.uint8)
    on_gpu = resize(torch.from_numpy(tiles).permute(0, 3, 1, 2).cuda(), 224).cpu()
    for tile, found in zip(tiles, on_gpu.permute(0, 2, 3, 1).numpy(), strict=True):
        np.testing.assert_array_equal(found, resize_exact(tile, 224))


def test_too_large_a_batch_is_halved_until_it_fits_and_no_tile_is_lost():
    source = MemoryTiles(512, px=224)
    spec = vit()
    whole = embed(source, spec, device="cuda:0", batch_size=64)
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(0.6e9 / total, 0)
    try:
        found = embed(source, spec, device="cuda:0", batch_size=512)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, 0)
    assert found.batch_size < 512
    assert found.readable.all()
    assert "Not enough memory for 512 tiles at once" in found.notices[0]
    assert np.allclose(found.values, whole.values, atol=1e-2)


def test_encoders_are_given_back_when_the_work_is_done():
    before = torch.cuda.memory_allocated()
    with Models() as models:
        embed_many(MemoryTiles(32, px=224), [vit("a"), vit("b")], device="cuda:0", models=models)
        assert torch.cuda.memory_allocated() > before + 1.8 * ENCODER_BYTES
    assert torch.cuda.memory_allocated() < before + ENCODER_BYTES / 4


def test_neighbors_are_those_of_the_cpu_near_ties_and_copies_included():
    values, slide, tissue, center = clusters()
    answers = [
        nearest_with_kinds(values, slide, tissue, center, 50, 10, device=device)
        for device in ("cpu", "cuda")
    ]
    (cpu, cpu_kinds), (gpu, gpu_kinds) = answers
    assert np.array_equal(cpu.indices, gpu.indices)
    assert np.abs(cpu.distances - gpu.distances).max() < 1e-6
    assert np.array_equal(cpu_kinds.SO_rows, gpu_kinds.SO_rows)
    assert np.array_equal(cpu_kinds.OS_rows, gpu_kinds.OS_rows)
    asked = clusters(500, seed=1)[0]
    found = [ReferenceSearch(values, device=device)(asked, 30) for device in ("cpu", "cuda")]
    assert np.array_equal(found[0].indices, found[1].indices)


def test_the_measurements_are_those_of_the_cpu():
    values, slide, tissue, center = clusters()
    labels = TileLabels(tissue.astype(str), center.astype(str), slide.astype(str))
    cpu, gpu = (
        measure(values, labels, k=21, probes=False, geometry=False, device=device)
        for device in ("cpu", "cuda")
    )
    assert gpu.robustness_index == cpu.robustness_index
    assert [c.value for c in gpu.croma] == pytest.approx([c.value for c in cpu.croma], abs=1e-6)
