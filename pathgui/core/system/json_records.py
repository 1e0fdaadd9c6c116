"""Frozen dataclasses to JSON and back, checked on the way in.

msgspec does the work for plain values. It cannot tell apart two dataclasses in one union, which
``RobustnessIndex | NotAssessable`` needs, so dataclasses and unions are resolved here.
"""

from __future__ import annotations

import dataclasses
import types
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

T = TypeVar("T")


class InvalidRecord(Exception):
    """Data that do not fit the dataclass; the text begins with the path of the field."""


def to_json(record: object) -> bytes:
    """``record`` as indented JSON (UTF-8), fields in their order."""
    return msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"


def from_json(kind: type[T], text: bytes) -> T:
    """The ``kind`` that ``text`` holds. Fields it does not know are passed over.

    Raises
    ------
    InvalidRecord
        If it is not JSON, or a field is missing or of the wrong type; says which.
    """
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRecord(f"is not JSON: {error}") from error
    result: T = _build(kind, data, "")
    return result


def _build(kind: Any, data: Any, path: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(kind, data, path)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _build_union(arguments, data, path)
    if origin is list:
        _expect(list, data, path)
        return [_build(arguments[0], item, f"{path}[{i}]") for i, item in enumerate(data)]
    if origin is dict:
        _expect(dict, data, path)
        return {key: _build(arguments[1], item, f"{path}.{key}") for key, item in data.items()}
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        raise InvalidRecord(f"{path.lstrip('.')}: {error}") from error


def _build_dataclass(kind: Any, data: Any, path: str) -> Any:
    _expect(dict, data, path)
    hints = _hints(kind)
    values = {}
    for field in dataclasses.fields(kind):
        where = f"{path}.{field.name}"
        if field.name in data:
            values[field.name] = _build(hints[field.name], data[field.name], where)
        elif field.default is dataclasses.MISSING and (
            field.default_factory is dataclasses.MISSING
        ):
            raise InvalidRecord(f"{where.lstrip('.')} is missing")
    return kind(**values)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """Which type each field is of. Found once: a list of runs reads dozens of records."""
    return get_type_hints(kind)


def _build_union(members: tuple[Any, ...], data: Any, path: str) -> Any:
    """The member that takes ``data``: of several dataclasses, the one whose fields it has."""
    if data is None and type(None) in members:
        return None
    records = [member for member in members if dataclasses.is_dataclass(member)]
    others = [member for member in members if member not in records and member is not type(None)]
    if isinstance(data, dict) and records:
        fitting = [
            member
            for member in records
            if all(
                field.name in data
                for field in dataclasses.fields(member)
                if field.default is dataclasses.MISSING
                and field.default_factory is dataclasses.MISSING
            )
        ]
        # The one that demands most of its fields; a record with "reason" is never a number's.
        best = max(fitting or records, key=lambda member: len(dataclasses.fields(member)))
        return _build(best, data, path)
    failure: InvalidRecord | None = None
    for member in others:
        try:
            return _build(member, data, path)
        except InvalidRecord as error:
            failure = error
    raise failure or InvalidRecord(f"{path.lstrip('.')}: is of no known type")


def _expect(kind: type, data: Any, path: str) -> None:
    if not isinstance(data, kind):
        found = type(data).__name__
        raise InvalidRecord(
            f"{path.lstrip('.') or 'the file'}: {kind.__name__} expected, not {found}"
        )
