"""Reads the graph and the tensors of an ONNX file.

Weights that are published as ONNX are all that is wanted here, not a runtime, so this reads the
handful of protobuf fields that hold them instead of depending on ``onnx`` and ``protobuf``.
Field numbers are those of ``onnx.proto3``, which by ONNX's rules never change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pathgui.core.errors import WeightsError
from pathgui.core.language.texts import say

_DTYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"),
    6: np.dtype("<i4"),
    7: np.dtype("<i8"),
    11: np.dtype("<f8"),
}


@dataclass(frozen=True)
class Node:
    """One operation of the graph; its inputs and outputs are names of tensors."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """The nodes of a model in execution order, and its constant tensors by name."""

    nodes: tuple[Node, ...]
    tensors: dict[str, NDArray[np.generic]]


def read_onnx(path: Path) -> Graph:
    """The graph of the file ``path``, with tensors that lie in data files beside it.

    Raises
    ------
    WeightsError
        If the file is no ONNX model, or a data file is missing or too short.
    """
    try:
        graph = [value for number, value in _fields(path.read_bytes()) if number == 7]
        if len(graph) != 1:
            raise WeightsError(say("{path} is not an ONNX model: it has no graph.", path=path))
        nodes = []
        tensors = {}
        for number, value in _fields(_message(graph[0])):
            if number == 1:
                nodes.append(_node(_message(value)))
            elif number == 5:
                name, tensor = _tensor(_message(value), path)
                tensors[name] = tensor
    except (IndexError, ValueError, KeyError, UnicodeDecodeError) as error:
        raise WeightsError(
            say(
                "{path} is not an ONNX model that pathgui can read: {error}", path=path, error=error
            )
        ) from error
    return Graph(tuple(nodes), tensors)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Each field of a protobuf message as (number, value)."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        if kind == 2:
            size, at = _varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"unknown field type {kind}")
        if at + size > len(data):
            raise ValueError("a field is longer than the file")
        yield key >> 3, data[at : at + size]
        at += size


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise ValueError("a number where a message belongs")
    return value


def _text(value: int | bytes) -> str:
    return _message(value).decode()


def _node(data: bytes) -> Node:
    inputs, outputs, op = [], [], ""
    for number, value in _fields(data):
        if number == 1:
            inputs.append(_text(value))
        elif number == 2:
            outputs.append(_text(value))
        elif number == 4:
            op = _text(value)
    return Node(op, tuple(inputs), tuple(outputs))


def _tensor(data: bytes, path: Path) -> tuple[str, NDArray[np.generic]]:
    name, kind, raw = "", 0, b""
    shape: list[int] = []
    external: dict[str, str] = {}
    for number, value in _fields(data):
        if number == 1:  # one dimension, or all of them packed
            if isinstance(value, int):
                shape.append(value)
            else:
                at = 0
                while at < len(value):
                    size, at = _varint(value, at)
                    shape.append(size)
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number == 8:
            name = _text(value)
        elif number == 9:
            raw = _message(value)
        elif number == 13:
            entry = dict(_fields(_message(value)))
            external[_text(entry[1])] = _text(entry[2])
    dtype = _DTYPES[kind]
    if external:
        raw = _external(path, external)
    if len(raw) != int(np.prod(shape)) * dtype.itemsize:
        raise ValueError(f"tensor {name} has {len(raw)} bytes for shape {tuple(shape)}")
    return name, np.frombuffer(raw, dtype).reshape(shape)


def _external(path: Path, entry: dict[str, str]) -> bytes:
    location = entry["location"]
    if Path(location).name != location:  # a model must not make us read files elsewhere
        raise ValueError(f"it points to data outside its own folder: {location}")
    data = path.with_name(location)
    offset, length = int(entry.get("offset", 0)), int(entry["length"])
    try:
        with data.open("rb") as file:
            file.seek(offset)
            return file.read(length)
    except FileNotFoundError:
        raise WeightsError(
            say(
                "{path_name} keeps its weights in {location}, which is not "
                "beside it in {parent}. Install the package again, or copy both "
                "files.",
                path_name=path.name,
                location=location,
                parent=path.parent,
            )
        ) from None
