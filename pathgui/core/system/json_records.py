"""Frozen dataclasses to JSON and back by msgspec, checked on the way in."""

from __future__ import annotations

import dataclasses
import re
import threading
from typing import Any, TypeVar

import msgspec

from pathgui.core.language.texts import say

T = TypeVar("T")

# msgspec looks at a class when it meets it first. Two threads that did so at once, the list of
# runs and a run that was opened, ended the process with a segmentation fault.
_one_at_a_time = threading.Lock()


class InvalidRecord(Exception):
    """Data that do not fit the dataclass; the text begins with the path of the field."""


class Member(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """One of several classes that a field may be of; in JSON its ``kind`` is its class's name."""


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
    return to_record(kind, json_object(text))


def json_object(text: bytes) -> dict[str, Any]:
    """The fields of the JSON object that ``text`` holds, unchecked; InvalidRecord if it is none."""
    try:
        data = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidRecord(say("is not JSON: {error}", error=error)) from error
    if not isinstance(data, dict):
        raise InvalidRecord(say("the file: dict expected, not {kind}", kind=type(data).__name__))
    return data


def to_record(kind: type[T], data: dict[str, Any]) -> T:
    """The ``kind`` whose fields are ``data``; InvalidRecord as :func:`from_json`."""
    try:
        return converted(data, kind)
    except msgspec.ValidationError as error:
        raise InvalidRecord(in_words(error)) from error


def converted(data: object, kind: type[T]) -> T:
    """``data`` as a ``kind``; msgspec's own error where they do not fit. From any thread."""
    with _one_at_a_time:
        return msgspec.convert(data, kind)


_TYPES = {
    "int": say("a whole number"), "float": say("a number"), "str": say("text"),
    "bool": say("true or false"),
    "array": say("a list"), "object": say("a table"), "null": say("nothing"), "date": say("a date"),
}  # fmt: skip


def in_words(error: Exception) -> str:
    """What a file says wrongly, for whoever wrote it by hand.

    >>> in_words(ValueError("Expected `int`, got `str` - at `$.dim`"))
    'dim must be a whole number, not text'
    >>> in_words(ValueError("Object missing required field `title`"))
    'title is missing'
    """
    said, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    if missing := re.fullmatch("Object missing required field `(.*)`", said):
        return say("{path}.{missing} is missing", path=path, missing=missing[1]).lstrip(".")
    if unknown := re.fullmatch("Object contains unknown field `(.*)`", said):
        return say("{path}.{unknown} is not known", path=path, unknown=unknown[1]).lstrip(".")
    if kinds := re.fullmatch("Expected `(.*)`, got `(.*)`", said):
        wanted = say(" or ").join(_TYPES.get(each, each) for each in kinds[1].split(" | "))
        return say(
            "{path} must be {wanted}, not {get}",
            path=path or say("the file"),
            wanted=wanted,
            get=_TYPES.get(kinds[2], kinds[2]),
        )
    return f"{path}: {said}" if path else said


def field_names(record: object) -> tuple[str, ...]:
    """The fields of a dataclass or a :class:`Member`, of which it is an object; none of others."""
    if isinstance(record, Member):
        return record.__struct_fields__
    if dataclasses.is_dataclass(record):
        return tuple(field.name for field in dataclasses.fields(record))
    return ()
