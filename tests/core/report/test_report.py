"""The PDF: what is in it, and that it is the same each time."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest

from pathgui.core.errors import RecordError, ReportError
from pathgui.core.progress import Cancelled, Progress
from pathgui.core.report.report import write_report
from tests.core.report.conftest import MakeRun
from tests.pdf_text import pages_of, words_of

NOTICE = "For research use only. Not for diagnostic use."


def text_of(path: Path) -> str:
    return "\n".join(pages_of(path))


def test_the_report_lands_in_the_runs_folder_with_its_hash_beside_it(make_run: MakeRun) -> None:
    folder = make_run(1)
    path = write_report(folder)
    assert path == folder / "report.pdf"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert (folder / "report.pdf.sha256").read_text() == f"{digest}  report.pdf\n"


def test_the_same_run_gives_the_same_bytes(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(2)
    first = write_report(folder, tmp_path / "a.pdf").read_bytes()
    assert write_report(folder, tmp_path / "b.pdf").read_bytes() == first


def test_every_page_bears_notice_report_id_and_number(make_run: MakeRun, tmp_path: Path) -> None:
    pages = pages_of(write_report(make_run(3), tmp_path / "r.pdf"))
    for number, text in enumerate(pages, 1):
        assert NOTICE in text
        assert f"page {number} of {len(pages)}" in text
        assert "Report " in text


def test_the_slides_file_name_is_nowhere_by_default(make_run: MakeRun, tmp_path: Path) -> None:
    folder = make_run(1)
    name = json.loads((folder / "run.json").read_text())["slide"]["file_name"]
    path = write_report(folder, tmp_path / "r.pdf")
    reader, text = pypdf.PdfReader(path), text_of(path)
    attached = b"".join(part for parts in reader.attachments.values() for part in parts)
    assert name not in text
    assert name.encode() not in attached
    assert "slide-7c2f91" in text


@pytest.mark.parametrize(
    "command",
    [
        "pathgui evaluate '/data/Smith, J 1950/{}' --reference refs/x.pgref --out /home/me/a.pgrun",
        "pathgui evaluate study/Smith/{} --reference /srv/refs/x.pgref --out=runs/me/a.pgrun",
        r"pathgui evaluate 'C:\Users\J Smith\{}' --reference x.pgref --out 'D:\me me\a.pgrun'",
    ],
)
def test_folders_are_nowhere_by_default_blanks_and_all(
    make_run: MakeRun, tmp_path: Path, command: str
) -> None:
    folder = make_run(1)
    record = json.loads((folder / "run.json").read_text())
    name = record["slide"]["file_name"]
    record["command"] = command.format(name)
    record["events"] = [
        {"time": record["started"], "text": f"The slide /mnt/J Smith/{name} was slow to read."}
    ]
    (folder / "run.json").write_text(json.dumps(record))
    path = write_report(folder, tmp_path / "r.pdf")
    reader, text = pypdf.PdfReader(path), words_of(path)
    attached = b"".join(part for parts in reader.attachments.values() for part in parts).decode()
    for printed in (text, attached):
        assert "Smith" not in printed
        assert "/me" not in printed
        assert "me me" not in printed
        assert "--reference x.pgref --out" in printed
        assert "The slide slide-7c2f91 was slow to read." in printed


def test_what_is_not_assessable_is_said_with_its_reason(make_run: MakeRun, tmp_path: Path) -> None:
    text = text_of(write_report(make_run(2, assessable=False), tmp_path / "r.pdf"))
    assert "not assessable" in text
    assert "every tile comes from one center" in " ".join(text.split())


def test_a_run_without_a_slide_has_a_report(make_run: MakeRun, tmp_path: Path) -> None:
    text = " ".join(text_of(write_report(make_run(2, slide=False), tmp_path / "r.pdf")).split())
    assert "No slide was evaluated in this run" in text
    for of_a_slide in ("Tiles at most", "Region", "are where to look for them"):
        assert of_a_slide not in text


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="not a finished run"):
        write_report(tmp_path)


def test_a_place_that_cannot_be_written_is_named(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ReportError, match="could not be written"):
        write_report(make_run(1), tmp_path / "file" / "r.pdf")


def test_a_cancelled_report_leaves_nothing(make_run: MakeRun, tmp_path: Path) -> None:
    def cancel(event: object) -> None:
        assert isinstance(event, Progress)
        if event.done == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_report(make_run(1), tmp_path / "r.pdf", report=cancel)
    assert list(tmp_path.iterdir()) == []


def test_importing_the_report_loads_nothing_heavy() -> None:
    code = (
        "import sys, pathgui.core.report.report; "
        "bad = {'matplotlib', 'typst', 'torch', 'sklearn', 'PySide6'} & set(sys.modules); "
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
