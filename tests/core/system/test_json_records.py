"""Dataclasses to JSON and back."""

from __future__ import annotations

import ast
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pathgui.core.system import json_records
from pathgui.core.system.json_records import InvalidRecord, Member, from_json, to_json, to_record


class Missing(Member, frozen=True):
    reason: str
    value: None = None


class Index(Member, frozen=True):
    value: float
    k: int


@dataclass(frozen=True)
class Outer:
    name: str
    index: Index | Missing
    accuracy: float | Missing
    size: tuple[int, int]
    note: str | None = None
    parts: list[Index] = field(default_factory=list)
    by_name: dict[str, Index | Missing] = field(default_factory=dict)


def test_what_is_written_reads_back_equal():
    outer = Outer("µ", Index(0.5, 3), 0.25, (4, 5), None, [Index(1.0, 1)], {"a": Missing("few")})
    assert from_json(Outer, to_json(outer)) == outer


def test_what_is_missing_with_a_reason_reads_back_as_such():
    outer = Outer("a", Missing("one center"), Missing("one tissue"), (1, 2))
    assert from_json(Outer, to_json(outer)) == outer


def test_a_field_it_does_not_know_is_passed_over():
    assert from_json(Index, b'{"kind": "Index", "value": 1.0, "k": 2, "later": true}') == Index(
        1.0, 2
    )


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b'{"name": "a"', "not JSON"),
        ('{"name": "Süd"}'.encode("latin-1"), "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"name": "a"}', "index is missing"),
        (b'{"name": 3}', "name must be text, not a whole number"),
        (
            b'{"name": "a", "index": {"kind": "Index", "value": 1.0}, "accuracy": 1, '
            b'"size": [1, 2]}',
            r"index\.",
        ),
        (b'{"name": "a", "index": {"kind": "Index", "value": "x", "k": 1}}', r"index\.value"),
        (
            b'{"name": "a", "index": {"kind": "Missing", "reason": "r"}, "accuracy": 1, '
            b'"size": [1]}',
            "size",
        ),
        (
            b'{"name": "a", "index": {"kind": "Ix", "value": 1.0}}',
            r"index\.kind: Invalid value 'Ix'",
        ),
        (b"[]", "the file: dict expected"),
    ],
)
def test_an_error_names_the_path_of_the_field(text, path):
    with pytest.raises(InvalidRecord, match=path):
        from_json(Outer, text)


def test_threads_read_records_one_at_a_time(monkeypatch):
    within, most, begin = [], [], threading.Barrier(4)
    honest = json_records.msgspec.convert

    def convert(data, kind):
        within.append(kind)
        most.append(len(within))
        time.sleep(0.01)
        within.pop()
        return honest(data, kind)

    monkeypatch.setattr(json_records.msgspec, "convert", convert)

    def read():
        begin.wait(10)
        to_record(dict[str, int], {"a": 1})

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1, 1]


def test_nothing_else_converts_to_classes():
    package = Path(json_records.__file__).parents[2]
    for path in sorted(package.rglob("*.py")):
        if path != Path(json_records.__file__):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                assert called != "msgspec.convert", (
                    f"{path}:{node.lineno} converts by itself. Call converted() or to_record() of "
                    "core/system/json_records.py: threads that meet a class at once crash."
                )
