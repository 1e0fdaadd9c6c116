"""Graph and tensors of an ONNX file, written here by hand as protobuf."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pathgui.core.encoders.networks.onnx_file import Node, read_onnx
from pathgui.core.errors import WeightsError

VALUES = np.arange(6, dtype="<f4").reshape(2, 3)
RAW = VALUES.tobytes()
FLOAT = 1  # TensorProto.DataType


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name="w", shape=(2, 3), kind=FLOAT, raw=RAW, external=()):
    words = b"".join(
        message(13, message(1, key.encode()) + message(2, value.encode()))
        for key, value in external
    )
    sizes = b"".join(number(1, size) for size in shape)
    data = message(9, raw) if raw else b""
    return message(5, sizes + number(2, kind) + message(8, name.encode()) + data + words)


def node(op, inputs, outputs):
    named = [message(1, each.encode()) for each in inputs]
    named += [message(2, each.encode()) for each in outputs]
    return message(1, b"".join(named) + message(4, op.encode()))


def written(path, *parts, version=8):
    path.write_bytes(number(1, version) + message(7, b"".join(parts)))
    return path


@pytest.fixture
def file(tmp_path):
    return tmp_path / "model.onnx"


def test_nodes_come_in_order_and_tensors_by_name(file):
    convolve, add = node("Conv", ("x", "w"), ("y",)), node("Add", ("y", "b"), ("z",))
    bias = tensor("b", (3,), raw=VALUES[0].tobytes())
    graph = read_onnx(written(file, convolve, add, tensor(), bias))
    assert graph.nodes == (Node("Conv", ("x", "w"), ("y",)), Node("Add", ("y", "b"), ("z",)))
    assert set(graph.tensors) == {"w", "b"}
    np.testing.assert_array_equal(graph.tensors["w"], VALUES)
    np.testing.assert_array_equal(graph.tensors["b"], VALUES[0])


def test_sizes_that_are_packed_are_the_same_shape(file):
    packed = message(5, message(1, varint(2) + varint(3)) + number(2, FLOAT)
                     + message(8, b"w") + message(9, VALUES.tobytes()))  # fmt: skip
    np.testing.assert_array_equal(read_onnx(written(file, packed)).tensors["w"], VALUES)


@pytest.mark.parametrize(("kind", "dtype"), [(6, "<i4"), (7, "<i8"), (11, "<f8")])
def test_each_kind_of_number_is_read_as_what_it_is(file, kind, dtype):
    values = np.arange(300, 306).astype(dtype).reshape(2, 3)
    read = read_onnx(written(file, tensor(kind=kind, raw=values.tobytes()))).tensors["w"]
    assert read.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(read, values)


def test_tensors_in_a_file_beside_it_are_read_from_their_place(file):
    (file.parent / "weights.bin").write_bytes(b"head" + VALUES.tobytes() + b"tail")
    place = (("location", "weights.bin"), ("offset", "4"), ("length", str(VALUES.nbytes)))
    read = read_onnx(written(file, tensor(raw=b"", external=place))).tensors["w"]
    np.testing.assert_array_equal(read, VALUES)


def test_a_missing_file_of_weights_is_named_with_what_to_do(file):
    place = (("location", "weights.bin"), ("length", "24"))
    with pytest.raises(WeightsError, match=r"weights\.bin, which is not beside it .*copy both"):
        read_onnx(written(file, tensor(raw=b"", external=place)))


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "a/b.bin"])
def test_a_model_cannot_make_us_read_files_elsewhere(file, location):
    place = (("location", location), ("length", "24"))
    with pytest.raises(WeightsError, match=re.escape(f"outside its own folder: {location}")):
        read_onnx(written(file, tensor(raw=b"", external=place)))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it has no graph"),
        (number(1, 8), "it has no graph"),
        (message(7, b"") * 2, "it has no graph"),
        (number(7, 5), "a number where a message belongs"),
        (message(7, tensor(shape=(2, 4))), r"tensor w has 24 bytes for shape \(2, 4\)"),
        (message(7, tensor())[:-5], "a field is longer than the file"),
        (b"\x0f", "unknown field type 7"),
        (message(7, tensor(kind=10)), "10"),
    ],
)
def test_what_is_no_model_is_refused_with_its_name(file, content, said):
    file.write_bytes(content)
    with pytest.raises(WeightsError, match=said) as refused:
        read_onnx(file)
    assert str(file) in str(refused.value)
