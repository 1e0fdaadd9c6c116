"""Runs of format 1: a union's members did not say there of which kind they are.

``format_1/run.json`` was written by the last version that wrote the format. Its encoders have each
union of a record once with a number, once with the innermost and once with the outermost numbers
not assessable.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.results.run_list import list_runs
from pathgui.core.runs.record import Run
from pathgui.core.runs.run_files import FORMAT, load_run, read_run, save_evaluation
from pathgui.core.system.json_records import Member, field_names, to_json
from tests.run_factory import make_evaluation

# Parts of a record that came after format 1, so the run that was kept has none of them.
SINCE = (
    "ConfounderMeasurement.", "CorrectionEffect.", "EncoderAppraisal.",
    "EncoderResult.corrections", "OverSlides.", "SetAppraisal.",
)  # fmt: skip
KEPT = Path(__file__).parent / "format_1" / "run.json"


def is_record(kind: Any) -> bool:
    return isinstance(kind, type) and (issubclass(kind, Member) or dataclasses.is_dataclass(kind))


def members_of(kind: Any, found: set[tuple[str, str]], seen: set[Any]) -> set[tuple[str, str]]:
    """Each field of several classes in a record, with each of these."""
    if is_record(kind) and kind not in seen:
        seen.add(kind)
        for name, hint in get_type_hints(kind).items():
            members = [m for m in get_args(hint) if m is not type(None)]
            if len(members) > 1 and get_origin(hint) in (Union, UnionType):
                records = any(is_record(member) for member in members)
                found |= {(f"{kind.__name__}.{name}", m.__name__) for m in members if records}
            members_of(hint, found, seen)
    for part in get_args(kind):
        members_of(part, found, seen)
    return found


def members_in(value: Any, wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of ``wanted`` that a record has."""
    if isinstance(value, list | tuple | dict):
        parts = value.values() if isinstance(value, dict) else value
        return set().union(*(members_in(part, wanted) for part in parts))
    found = set()
    for name in field_names(value):
        part = getattr(value, name)
        found |= {(f"{type(value).__name__}.{name}", type(part).__name__)} & wanted
        found |= members_in(part, wanted)
    return found


def without_kinds(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: without_kinds(each) for key, each in data.items() if key != "kind"}
    return [without_kinds(each) for each in data] if isinstance(data, list) else data


def as_kept(reread: Any, kept: Any) -> Any:
    """Without fields that came after format 1, which are empty."""
    if isinstance(reread, dict) and isinstance(kept, dict):
        assert [each for name, each in reread.items() if name not in kept and each] == []
        return {name: as_kept(each, kept[name]) for name, each in reread.items() if name in kept}
    if isinstance(reread, list) and isinstance(kept, list) and len(reread) == len(kept):
        return [as_kept(*each) for each in zip(reread, kept, strict=True)]
    return reread


def test_each_union_of_a_record_is_read_as_what_it_was():
    wanted = {each for each in members_of(Run, set(), set()) if not each[0].startswith(SINCE)}
    assert len(wanted) > 90
    run = read_run(KEPT.read_bytes())
    assert members_in(run, wanted) == wanted
    assert run.format == 1
    reread = without_kinds(json.loads(to_json(run)))
    kept = json.loads(KEPT.read_bytes())
    assert {name: as_kept(reread[name], kept[name]) for name in kept if name != "settings"} == {
        name: value for name, value in kept.items() if name != "settings"
    }


def test_a_run_of_format_1_that_knew_no_pseudonyms_keeps_its_names():
    data = json.loads(KEPT.read_bytes())
    assert data["settings"]["keep_names"] is None
    settings = read_run(json.dumps(data).encode()).settings
    assert settings.keep_names
    for name, value in data["settings"].items():
        if name != "keep_names":
            assert json.loads(to_json(settings))[name] == value


@pytest.mark.parametrize("damage", [{"encoders": [1]}, {"encoders": 3}, {"settings": []}])
def test_a_damaged_run_of_format_1_is_an_error_that_says_where(tmp_path, damage):
    (tmp_path / "run.json").write_text(json.dumps(json.loads(KEPT.read_bytes()) | damage))
    with pytest.raises(RecordError, match=rf"run\.json: {next(iter(damage))}"):
        load_run(tmp_path)


def test_a_run_of_format_1_that_is_saved_again_is_one_of_today(tmp_path):
    run = read_run(KEPT.read_bytes())
    save_evaluation(dataclasses.replace(make_evaluation(3), run=run), tmp_path / "a.pgrun")
    again = load_run(tmp_path / "a.pgrun")
    assert again == dataclasses.replace(run, format=FORMAT)


@pytest.fixture
def folder(tmp_path):
    save_evaluation(make_evaluation(1), tmp_path / "a.pgrun")
    return tmp_path / "a.pgrun"


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("RobustnessIndex2031", r"robustness_index\.kind: Invalid value 'RobustnessIndex2031'"),
        (7, r"robustness_index\.kind must be text"),
        (None, r"robustness_index\.kind is missing"),
    ],
)
def test_a_kind_that_is_not_known_is_an_error_that_names_it(folder, kind, why):
    data = json.loads((folder / "run.json").read_bytes())
    assert data["format"] == 2
    index = data["encoders"][0]["reference"]["robustness_index"]
    assert index["kind"] == "RobustnessIndex"
    index |= {"kind": kind}
    if kind is None:
        del index["kind"]
    (folder / "run.json").write_text(json.dumps(data))
    with pytest.raises(RecordError, match=why):
        load_run(folder)


def test_a_run_of_a_later_format_says_so_whatever_is_in_it(folder):
    later = {"format": FORMAT + 1, "pathgui": "7.0", "encoders": "elsewhere"}
    (folder / "run.json").write_text(json.dumps(later))
    with pytest.raises(RecordError, match=r"pathgui 7\.0, which is newer.*Update pathgui"):
        load_run(folder)
    (listed,) = list_runs(folder.parent)
    assert "newer than this one" in listed.problem
