"""Files of linear classifiers, ONNX ones written by hand as protobuf."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np

from tests.core.encoders.networks.test_onnx_file import message, number, varint


def tensor(name: str, values: Any, field: int = 5, by_number: bool = False) -> bytes:
    """A tensor of float32; ``by_number``: as numbers and not as bytes."""
    values = np.asarray(values, "<f4")
    sizes = b"".join(number(1, size) for size in values.shape)
    raw = message(4 if by_number else 9, values.tobytes())
    return message(field, sizes + number(2, 1) + message(8, name.encode()) + raw)


def attribute(name: str, value: Any) -> bytes:
    """A number, a text, or a list of one of them."""
    data = message(1, name.encode())
    if isinstance(value, float):
        data += varint(2 << 3 | 5) + struct.pack("<f", value)
    elif isinstance(value, int):
        data += number(3, value % (1 << 64))
    elif isinstance(value, str):
        data += message(4, value.encode())
    elif isinstance(value[0], float):
        data += message(7, np.array(value, "<f4").tobytes())
    elif isinstance(value[0], int):
        data += message(8, b"".join(varint(each) for each in value))
    else:
        data += b"".join(message(9, each.encode()) for each in value)
    return message(5, data)


def node(op: str, inputs: str, outputs: str, **attributes: Any) -> bytes:
    """An operation; names are parted by blanks."""
    parts = [message(1, each.encode()) for each in inputs.split()]
    parts += [message(2, each.encode()) for each in outputs.split()]
    parts += [message(4, op.encode())]
    parts += [attribute(name, value) for name, value in attributes.items()]
    return message(1, b"".join(parts))


def onnx(path: Path, *parts: bytes, inputs: str = "x", **metadata: str) -> Path:
    """An ONNX file of nodes and tensors."""
    ends = b"".join(message(11, message(1, each.encode())) for each in inputs.split())
    said = b"".join(
        message(14, message(1, key.encode()) + message(2, value.encode()))
        for key, value in metadata.items()
    )
    path.write_bytes(number(1, 8) + message(7, b"".join(parts) + ends) + said)
    return path


def safetensors(path: Path, metadata: dict[str, str] | None = None, **tensors: Any) -> Path:
    """A safetensors file."""
    from safetensors.numpy import save_file

    save_file({n: np.ascontiguousarray(t) for n, t in tensors.items()}, path, metadata)
    return path
