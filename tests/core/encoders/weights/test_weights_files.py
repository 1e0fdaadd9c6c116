"""Files of weights: strict loads, recognition, and what is refused."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from pathgui.core.encoders.facts.entry import Entry, read_catalog
from pathgui.core.encoders.networks.renames import unwrap
from pathgui.core.encoders.networks.timm_encoder import build, skeleton
from pathgui.core.encoders.recognition import recognize
from pathgui.core.encoders.weights.weights_files import (
    find_weights_file,
    load_strictly,
    read_shapes,
    read_tensors,
    sha256_of,
)
from pathgui.core.errors import WeightsError
from tests.known import encoder, encoders, use_weights

ENTRIES = {entry.name: entry for entry in read_catalog()[0]}


def zeros(entry: Entry) -> dict[str, torch.Tensor]:
    """Tensors of the right names and shapes, which take no room in memory."""
    return {n: torch.zeros(()).expand(t.shape) for n, t in skeleton(entry).state_dict().items()}


def sparse_file(path: Path, state: dict[str, torch.Tensor]) -> Path:
    """A safetensors file with a true header and a hole for its data: gigabytes that take none."""
    header, at = {}, 0
    for name, tensor in state.items():
        size = 4 * tensor.numel()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [at, at + size],
        }
        at += size
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + at)
    return path


def small_vit(**arguments: Any) -> Any:
    import timm

    return timm.create_model("vit_small_patch16_224", depth=2, num_classes=0, **arguments)


def test_timm_loses_layer_scale_silently_and_we_refuse(tmp_path: Path) -> None:
    """The trap: a checkpoint with LayerScale, and a model built without ``init_values``."""
    import timm

    trained = small_vit(init_values=1e-5)
    path = tmp_path / "model.safetensors"
    save_file(trained.state_dict(), path)
    # timm's own way: another number of classes than the description's makes the load non-strict
    overlay = {"file": str(path), "custom_load": False, "num_classes": 1000}
    lossy = timm.create_model(
        "vit_small_patch16_224",
        depth=2,
        num_classes=0,
        pretrained=True,
        pretrained_cfg_overlay=overlay,
    )
    x = torch.rand(1, 3, 224, 224)
    with torch.inference_mode():
        assert not torch.allclose(lossy.eval()(x), trained.eval()(x), atol=1e-3)

    with pytest.raises(WeightsError, match=r"ls1\.gamma") as refusal:
        load_strictly(small_vit(), read_tensors(path), "Test", path)
    assert "not part of the model: blocks.0.ls1.gamma, blocks.0.ls2.gamma" in str(refusal.value)


def test_a_missing_a_foreign_and_a_misshapen_tensor_are_named(tmp_path: Path) -> None:
    model = small_vit()
    state = dict(model.state_dict())
    del state["blocks.1.attn.qkv.bias"]
    state["adapter.weight"] = torch.zeros(2)
    state["norm.weight"] = torch.zeros(7)
    with pytest.raises(WeightsError) as refusal:
        load_strictly(model, state, "UNI", tmp_path / "weights.bin")
    text = str(refusal.value)
    assert text.startswith(f"{tmp_path / 'weights.bin'} does not fit UNI.")
    assert "missing: blocks.1.attn.qkv.bias;" in text
    assert "not part of the model: adapter.weight;" in text
    assert "of another shape: norm.weight ((7,) instead of (384,))." in text


def test_a_long_list_of_tensors_is_cut() -> None:
    model = small_vit()
    with pytest.raises(WeightsError, match=r"pos_embed, .* and 2\d more\.$"):
        load_strictly(model, {}, "UNI", Path("empty.bin"))


@pytest.mark.parametrize("left_out", ["blocks.7.ls1.gamma", "cls_token", "norm.bias"])
def test_an_encoder_with_one_tensor_less_is_not_loaded(tmp_path: Path, left_out: str) -> None:
    entry = ENTRIES["mstar"]
    state = {name: t for name, t in zeros(entry).items() if name != left_out}
    with pytest.raises(WeightsError, match=left_out):
        load_strictly(build(entry), state, entry.title, tmp_path / "x.safetensors")


def test_a_file_of_another_encoder_is_recognized_by_its_tensors(tmp_path: Path) -> None:
    path = sparse_file(tmp_path / "weights.safetensors", zeros(ENTRIES["uni"]))
    with pytest.raises(WeightsError) as refusal:
        use_weights("uni2-h", path)
    text = str(refusal.value)
    assert text.startswith(
        "weights.safetensors is not UNI2-h: it has 24 blocks of width 1024, patches of 16 px; "
        "it fits UNI, mSTAR, PathOrchestra. "
    )
    assert "Against UNI2-h, it lacks reg_token." in text


def test_a_file_of_no_known_encoder_is_described(tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_file(small_vit(patch_size=32).state_dict(), path)
    found = recognize(path)
    assert found.description == "2 blocks of width 384, patches of 32 px"
    assert found.fits == ()
    with pytest.raises(WeightsError, match="it fits no encoder that pathgui knows"):
        use_weights("sp22m", path)


def test_a_file_that_is_no_transformer_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "head.pth"
    torch.save({"fc.weight": torch.zeros(1000, 500), "fc.bias": torch.zeros(1000)}, path)
    assert recognize(path).description == "2 tensors with 0.5 million numbers"


@pytest.mark.parametrize(
    "name", ["uni2-h", "virchow2", "h-optimus-1", "gigapath", "resnet18", "ctranspath", "keep"]
)
def test_every_encoder_recognizes_a_file_with_its_own_names(tmp_path: Path, name: str) -> None:
    entry = ENTRIES[name]
    state = zeros(entry)
    if name == "keep":
        state = {
            "visual." + n
            if not n.startswith("projection.")
            else n.replace("projection", "visual_head"): t
            for n, t in state.items()
        }
    path = sparse_file(tmp_path / "model.safetensors", state)
    assert name in recognize(path).fits


def test_weights_that_the_user_points_to_are_used_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "SP22M.pth"
    state = {f"encoder.{n}": t for n, t in small(ENTRIES["sp22m"]).items()}
    torch.save({"state_dict": state, "epoch": 3}, path)
    assert not encoder("sp22m").readiness().ready
    spec = use_weights("sp22m", path)
    assert encoder("sp22m") is spec
    readiness = encoder("sp22m").readiness()
    assert readiness.ready
    assert readiness.weights_sha256 == sha256_of(path)
    assert readiness.detail == f"weights from {path}, not the published file"
    assert encoder("sp22m@mean").readiness().ready  # another pooling uses them too
    path.unlink()
    gone = encoder("sp22m").readiness()
    assert not gone.ready
    assert gone.detail == f"The weights are no longer in {path}. Point to them again."


def small(entry: Entry) -> dict[str, torch.Tensor]:
    return {n: torch.zeros(t.shape) for n, t in skeleton(entry).state_dict().items()}


def test_weights_given_for_a_pooling_are_those_it_runs_with(tmp_path: Path) -> None:
    path = tmp_path / "SP22M.pth"
    torch.save({f"encoder.{n}": t for n, t in small(ENTRIES["sp22m"]).items()}, path)
    known = [spec.name for spec in encoders()]
    assert use_weights("sp22m@mean", path).name == "sp22m@mean"
    assert encoder("sp22m@mean").readiness().ready
    assert [spec.name for spec in encoders()] == known  # a pooling is no encoder of the list


def test_bundled_encoders_take_no_other_weights(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="takes no other weights than its own"):
        use_weights("shell", tmp_path)


def test_a_folder_is_searched_for_the_usual_names(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="holds no file of weights"):
        find_weights_file(tmp_path)
    (tmp_path / "config.json").touch()
    (tmp_path / "special.pth").touch()
    assert find_weights_file(tmp_path).name == "special.pth"
    (tmp_path / "other.pth").touch()
    with pytest.raises(WeightsError, match=r"several files of weights: other.pth, special.pth"):
        find_weights_file(tmp_path)
    assert find_weights_file(tmp_path, "other.pth").name == "other.pth"
    (tmp_path / "pytorch_model.bin").touch()
    (tmp_path / "model.safetensors").touch()
    assert find_weights_file(tmp_path).name == "model.safetensors"
    with pytest.raises(WeightsError, match="does not exist"):
        find_weights_file(tmp_path / "nowhere")


class Malicious:
    """Unpickled, it makes a file: as it could do anything else."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.mark}",)


@pytest.mark.parametrize("reader", [read_tensors, read_shapes])
@pytest.mark.parametrize("plain", [False, True])
def test_a_pickle_that_would_run_code_is_refused_and_runs_none(
    tmp_path: Path, plain: bool, reader: Any
) -> None:
    mark, path = tmp_path / "owned", tmp_path / "pytorch_model.bin"
    state = {"weight": torch.zeros(2), "payload": Malicious(mark)}
    if plain:
        path.write_bytes(pickle.dumps(state, protocol=2))
    else:
        torch.save(state, path)
    with pytest.raises(WeightsError, match="it holds more than tensors"):
        reader(path)
    assert not mark.exists()


@pytest.mark.parametrize("reader", [read_tensors, read_shapes])
@pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin"])
@pytest.mark.parametrize("content", [b"", b"<html>Access denied</html>", b"\xff" * 400])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes, reader: Any) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=name):
        reader(path)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file(small_vit().state_dict(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(WeightsError, match="damaged"):
        read_tensors(path)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("reader", [read_shapes, read_tensors])
def test_a_pickle_with_flipped_bytes_is_damaged_wherever_they_lie(
    tmp_path: Path, zipped: bool, reader: Any
) -> None:
    path = tmp_path / "a.pth"
    state = {"a.weight": torch.ones(3, 4), "b": torch.zeros(3)}
    torch.save({"model": state}, path, _use_new_zipfile_serialization=zipped)
    good, rng = path.read_bytes(), random.Random(0)
    for _ in range(200):
        damaged = bytearray(good)
        damaged[rng.randrange(len(good))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        with contextlib.suppress(WeightsError):
            reader(path)


@pytest.mark.parametrize("shape", [[-1], [2**62, 2**62], 1.5])
def test_a_header_of_impossible_shapes_is_damaged(tmp_path: Path, shape: object) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": shape, "data_offsets": [0, 0]}}).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(WeightsError, match="damaged"):
        read_shapes(path)


def test_a_checkpoint_that_holds_itself_is_opened_once() -> None:
    state: dict[str, Any] = {"a": torch.zeros(1)}
    state["model"] = state
    assert list(unwrap(state)) == ["a"]


def test_the_hash_follows_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path.write_bytes(b"abcd")
    assert sha256_of(path) != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "b.bin").write_bytes(b"")
    assert sha256_of(path, tmp_path / "b.bin") == sha256_of(path)


def test_positions_of_another_grid_are_taken_only_where_the_table_says_so(tmp_path: Path) -> None:
    from pathgui.core.encoders.networks.timm_encoder import convert

    dinov2 = ENTRIES["dinov2-s"]
    model = skeleton(dinov2)
    state = dict(small(dinov2), pos_embed=torch.randn(1, 1 + 37 * 37, 384))
    fitted = convert(dinov2.model, state, model)["pos_embed"]
    assert fitted.shape == (1, 1 + 16 * 16, 384)
    torch.testing.assert_close(fitted[:, 0], state["pos_embed"][:, 0])  # the class token's stays
    sp22m = ENTRIES["sp22m"]
    state = dict(small(sp22m), pos_embed=torch.randn(1, 1 + 16 * 16, 384))
    converted = convert(sp22m.model, state, skeleton(sp22m))
    with pytest.raises(WeightsError, match="pos_embed"):
        load_strictly(build(sp22m), converted, "SP22M", tmp_path / "x.pth")


def test_a_file_in_half_precision_gives_a_model_in_full(tmp_path: Path) -> None:
    import numpy as np

    path = tmp_path / "half.safetensors"
    save_file({n: t.half() for n, t in small(ENTRIES["sp22m"]).items()}, path)
    model = use_weights("sp22m", path).load("cpu", "fp32")
    assert model(np.zeros((1, 224, 224, 3), np.uint8)).dtype == np.float32
