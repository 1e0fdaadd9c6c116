"""Runs of format 1, written before 0.1.0, whose records do not say of which kind they are."""

from __future__ import annotations

import dataclasses
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from pathgui.core.metrics.not_assessable import NotAssessable
from pathgui.core.runs.record import Run
from pathgui.core.system.json_records import Member


def as_format_2(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of a run of format 1 as format 2 has them."""
    made: dict[str, Any] = with_kinds(Run, data)
    settings = made.get("settings")
    if isinstance(settings, dict) and settings.get("keep_names", True) is None:
        settings["keep_names"] = True  # of a run before there were pseudonyms
    return made


def with_kinds(kind: Any, data: Any) -> Any:
    """``data`` of type ``kind`` with the ``kind`` of each member of a union, as in format 2.

    Format 1 has one sort of union, something or a :class:`NotAssessable`, which alone has a reason.
    """
    kinds = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    if isinstance(data, list):
        item = next((get_args(each)[0] for each in kinds if get_origin(each) in (list, tuple)), Any)
        return [with_kinds(item, each) for each in data]
    if not isinstance(data, dict):
        return data
    value = next((get_args(each)[1] for each in kinds if get_origin(each) is dict), None)
    if value is not None:
        return {key: with_kinds(value, each) for key, each in data.items()}
    records = [each for each in kinds if dataclasses.is_dataclass(each) or _is_member(each)]
    if NotAssessable in records and "reason" in data:
        records = [NotAssessable]
    if not records:
        return data
    hints = _hints(records[0])
    made = {name: with_kinds(hints.get(name), each) for name, each in data.items()}
    return made | {"kind": records[0].__name__} if _is_member(records[0]) else made


def _is_member(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Member)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    """Which type each field is of. Found once: a list of runs reads dozens of records."""
    return get_type_hints(kind)
