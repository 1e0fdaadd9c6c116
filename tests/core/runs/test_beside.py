"""Files beside a record: read whole, refused where they are damaged or of another run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.runs.beside import read_beside
from pathgui.core.runs.criteria import LaterCriteria
from pathgui.core.system.json_records import to_json


def test_no_file_is_nothing_and_a_file_is_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "later.json"
    assert read_beside(LaterCriteria, path, "run") is None
    path.write_bytes(to_json(LaterCriteria("run", [])))
    assert read_beside(LaterCriteria, path, "run") == LaterCriteria("run", [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"run_id": "run", "sets"', "later.json: .*damaged; move it away"),
        (to_json(LaterCriteria("another", [])), "belongs to another run"),
        (None, "later.json cannot be read"),
    ],
)
def test_what_is_no_file_of_this_run_is_one_sentence(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "later.json"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(RecordError, match=said):
        read_beside(LaterCriteria, path, "run")
