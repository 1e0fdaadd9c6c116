"""What lies in the place of weights is called what it is; an index names only files beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.encoders.weights.shards import parts, whole
from pathgui.core.encoders.weights.weights_files import read_shapes, read_tensors
from pathgui.core.errors import WeightsError

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 1213000000\n"
)


@pytest.mark.parametrize("name", ["model.safetensors", "model.pth"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (POINTER, "pointer of git LFS, not the file of weights of 1,213 MB"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><html>Sign in", "is a web page"),
        (b"<HTML><head>", "is a web page"),
        (b'{"error":"Access to model is restricted"}', "a server's refusal"),
        (b"Access to model x is restricted.", "a server's refusal"),
        (b"", "is empty"),
    ],
)
def test_a_page_a_pointer_and_an_empty_file_are_called_that(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for read in (read_shapes, read_tensors):
        with pytest.raises(WeightsError, match=said):
            read(path)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"weight_map": {"a": 3}}', '{"weight_map": {"a": "../x"}}',
     '{"weight_map": {}}'],
)  # fmt: skip
def test_a_damaged_index_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(text)
    with pytest.raises(WeightsError, match=r"Download it again\."):
        parts(path)


def test_a_shard_without_its_index_stands_alone(tmp_path: Path) -> None:
    path = tmp_path / "model-00001-of-00003.safetensors"
    assert whole(path) == path
