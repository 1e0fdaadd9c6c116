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
from pathgui.core.encoders.networks.timm_encoder import skeleton
from pathgui.core.encoders.weights.weights_files import (
    find_weights_file,
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


def small_vit(**arguments: Any) -> Any:
    import timm

    return timm.create_model("vit_small_patch16_224", depth=2, num_classes=0, **arguments)


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
