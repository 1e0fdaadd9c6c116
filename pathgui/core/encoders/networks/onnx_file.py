"""Reads the graph and the tensors of an ONNX file.

Weights that are published as ONNX are all that is wanted here, not a runtime, so this reads the
handful of protobuf fields that hold them instead of depending on ``onnx`` and ``protobuf``.
Field numbers are those of ``onnx.proto3``, which by ONNX's rules never change.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
    # Of its attributes, those that are a number, a text or a tensor, or a list of the first two.
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Graph:
    """The nodes of a model in execution order, and its constant tensors by name."""

    nodes: tuple[Node, ...]
    tensors: dict[str, NDArray[np.generic]]
    inputs: tuple[str, ...] = ()  # names of what it is given; constant tensors may be among them
    outputs: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)  # what its authors wrote of it


def read_onnx(path: Path) -> Graph:
    """The graph of the file ``path``, with tensors that lie in data files beside it.

    Raises
    ------
    WeightsError
        If the file is no ONNX model, or a data file is missing or too short.
    """
    try:
        graph, metadata = [], {}
        for number, value in _fields(path.read_bytes()):
            if number == 7:
                graph.append(value)
            elif number == 14:
                entry = dict(_fields(_message(value)))
                metadata[_text(entry.get(1, b""))] = _text(entry.get(2, b""))
        if len(graph) != 1:
            raise WeightsError(say("{path} is not an ONNX model: it has no graph.", path=path))
        nodes = []
        tensors = {}
        ends: dict[int, list[str]] = {11: [], 12: []}  # inputs, outputs
        for number, value in _fields(_message(graph[0])):
            if number == 1:
                nodes.append(_node(_message(value), path))
            elif number == 5:
                name, tensor = _tensor(_message(value), path)
                tensors[name] = tensor
            elif number in ends:
                ends[number].append(_text(dict(_fields(_message(value)))[1]))
    except (IndexError, ValueError, KeyError, UnicodeDecodeError, struct.error) as error:
        raise WeightsError(
            say(
                "{path} is not an ONNX model that pathgui can read: {error}", path=path, error=error
            )
        ) from error
    return Graph(tuple(nodes), tensors, tuple(ends[11]), tuple(ends[12]), metadata)


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


def _node(data: bytes, path: Path) -> Node:
    inputs, outputs, op = [], [], ""
    attributes: dict[str, Any] = {}
    for number, value in _fields(data):
        if number == 1:
            inputs.append(_text(value))
        elif number == 2:
            outputs.append(_text(value))
        elif number == 4:
            op = _text(value)
        elif number == 5:
            name, found = _attribute(_message(value), path)
            attributes[name] = found
    return Node(op, tuple(inputs), tuple(outputs), attributes)


def _attribute(data: bytes, path: Path) -> tuple[str, Any]:
    """Name and value of an attribute; None where it is a graph."""
    name = ""
    single: Any = None
    lists: dict[int, list[Any]] = {7: [], 8: [], 9: []}  # floats, ints, strings
    for number, value in _fields(data):
        if number == 1:
            name = _text(value)
        elif number == 2:
            single = struct.unpack("<f", _message(value))[0]
        elif number == 3 and isinstance(value, int):
            single = _signed(value)
        elif number == 4:
            single = _message(value).decode(errors="replace")
        elif number == 5:
            single = _tensor(_message(value), path)[1]
        elif number == 7:
            lists[7] += np.frombuffer(_message(value), "<f4").tolist()
        elif number == 8:
            lists[8] += map(_signed, _varints(value))
        elif number == 9:
            lists[9].append(_text(value))
    several = [each for each in lists.values() if each]
    return name, several[0] if several else single


def _signed(value: int) -> int:
    """A varint of 64 bits as the whole number it stands for."""
    return value - (1 << 64) if value >> 63 else value


def _varints(value: int | bytes) -> list[int]:
    """One number, or all of them packed."""
    if isinstance(value, int):
        return [value]
    at, found = 0, []
    while at < len(value):
        size, at = _varint(value, at)
        found.append(size)
    return found


def _tensor(data: bytes, path: Path) -> tuple[str, NDArray[np.generic]]:
    name, kind, raw = "", 0, b""
    shape: list[int] = []
    whole: list[int] = []
    external: dict[str, str] = {}
    for number, value in _fields(data):
        if number == 1:
            shape += _varints(value)
        elif number == 2 and isinstance(value, int):
            kind = value
        elif number == 8:
            name = _text(value)
        elif number in (9, 4, 10):  # bytes; or float32 and float64 by number, packed or not
            raw += _message(value)
        elif number in (5, 7):  # whole numbers
            whole += map(_signed, _varints(value))
        elif number == 13:
            entry = dict(_fields(_message(value)))
            external[_text(entry[1])] = _text(entry[2])
    dtype = _DTYPES[kind]
    if whole:
        raw = np.array(whole, dtype).tobytes()
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
