"""Tables as programs and people write them."""

from __future__ import annotations

import os
import threading
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.tables.read import Table, read_pasted, read_sheet, read_table

PLAIN = "path,slide_id,center,tissue,mpp\nt/0.png,007,Köln,Tumor,0.25\nt/1.png,s1,Graz,Stroma,0.5\n"


def read(path: Path, content: bytes | str) -> Table:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_table(path, ReferenceSetError)


def facts(table: Table) -> tuple[object, ...]:
    texts = [table.columns[name] for name in ("path", "slide_id", "center", "tissue")]
    return (*texts, table.numbers("mpp").tolist())


WANTED = (
    ["t/0.png", "t/1.png"],
    ["007", "s1"],
    ["Köln", "Graz"],
    ["Tumor", "Stroma"],
    [0.25, 0.5],
)


def german(text: str = PLAIN) -> str:
    return text.replace(",", ";").replace("0.25", "0,25").replace("0.5", "0,5")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", PLAIN, ""),
        ("a.csv", "\ufeff" + PLAIN, ""),
        ("a.csv", PLAIN.replace("\n", "\r\n"), ""),
        ("a.csv", PLAIN.replace("\n", "\r"), ""),
        ("a.csv", german(), "semicolons, decimal commas"),
        ("a.csv", german().encode("cp1252"), "semicolons, Windows-1252, decimal commas"),
        ("a.csv", "sep=;\n" + german(), "semicolons, decimal commas"),
        ("a.tsv", PLAIN.replace(",", "\t"), "tabs"),
        ("a.txt", PLAIN.replace(",", "|"), "bars"),
        ("a.csv", PLAIN.replace(",", "\t").encode("utf-16"), "tabs, UTF-16"),
        ("a.csv", PLAIN.encode("utf-16-be"), "UTF-16"),
        ("a.csv", PLAIN.replace("0.25", '"0,25"').replace("0.5", '"0,5"'), "decimal commas"),
        ("a.csv", PLAIN.replace(",", " , "), ""),
        ("a.csv", "Tiles of 2024,,,,\n\n" + PLAIN, "headings in row 3"),
        ("a.csv", "," + PLAIN.replace("\n", "\n0,").removesuffix("0,"), ""),
        ("a.csv", PLAIN.replace("\n", ",\n"), ""),
        ("a.csv", PLAIN.replace("mpp", "MPP (µm/px)"), '"MPP (µm/px)" is mpp'),
        ("a.csv", "File,Slide ID,Klinik,Klasse,Pixelgröße" + PLAIN[31:], '"Klinik" is center'),
    ],
)
def test_a_table_is_the_same_in_all_its_forms_and_says_what_it_was_in(
    tmp_path: Path, name: str, content: bytes | str, told: str
) -> None:
    table = read(tmp_path / name, content)
    assert facts(table) == WANTED
    assert told in table.recognized
    assert bool(told) == bool(table.recognized)
    assert "\n" not in table.recognized


def test_excel_is_read_and_numbers_are_not_turned_into_floats(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "About"
    book.active.append(["made by the lab"])
    sheet = book.create_sheet("Tiles")
    sheet.append(["Path", "Slide", "Hospital", "Label", "mpp", "fall"])
    sheet.append(["t/0.png", "007", "Köln", "Tumor", 0.25, 12])
    sheet.append(["t/1.png", "s1", "Graz", "Stroma", 0.5, None])
    book.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx", ReferenceSetError)
    assert facts(table) == WANTED
    assert table.labels("patient_id") == ["12", ""]
    assert 'sheet "Tiles"' in table.recognized
    (tmp_path / "a.xlsx").rename(tmp_path / "named.csv")
    assert facts(read_table(tmp_path / "named.csv", ReferenceSetError)) == WANTED


def test_a_cell_in_the_far_corner_of_a_sheet_costs_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for column, text in enumerate(["path", "slide_id", "center", "tissue"], start=1):
        book.active.cell(1, column, text)
        book.active.cell(2, column, "x")
    book.active.cell(1_000_000, 16_384, "far")
    book.save(tmp_path / "a.xlsx")
    table = read_table(tmp_path / "a.xlsx", ReferenceSetError)
    assert table.n_rows == 2
    assert set(table.faults) == {1}


def test_parquet_keeps_text_and_passes_over_pictures(tmp_path: Path) -> None:
    table = pa.table(
        {
            "path": ["t/0.png", "t/1.png"],
            "slide_id": pa.array(["007", "s1"]).dictionary_encode(),
            "medical_center": ["Köln", "Graz"],
            "biological_class": ["Tumor", "Stroma"],
            "mpp": [0.25, 0.5],
            "patient": [1.0, None],
            "image": [{"bytes": b"\xff", "path": "a"}, None],
            "raw": [b"\xff", b"\xfe"],
        }
    )
    folder = tmp_path / "center=Wrong"  # is no column
    folder.mkdir()
    pq.write_table(table, folder / "a.parquet")
    read_back = read_table(folder / "a.parquet", ReferenceSetError)
    assert facts(read_back) == WANTED
    assert read_back.labels("patient_id") == ["1", ""]
    assert set(read_back.columns) == {"path", "slide_id", "center", "tissue", "mpp", "patient_id"}


def test_parquet_with_text_that_is_not_utf8_is_one_sentence(tmp_path: Path) -> None:
    bad = pa.array([b"K\xf6ln", b"Graz"]).view(pa.binary())
    text = pa.Array.from_buffers(pa.string(), 2, bad.buffers())
    pq.write_table(pa.table({"path": ["a", "b"], "center": text}), tmp_path / "a.parquet")
    with pytest.raises(ReferenceSetError, match="not UTF-8"):
        read_table(tmp_path / "a.parquet", ReferenceSetError)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"\x89PNG\r\n\x1a\n\0\0\0\x01" * 9, "not text"),
        ("a.csv", PLAIN.splitlines()[0] + '\nt/2.png,"s', "row 2: a quotation mark"),
        ("a.csv", PLAIN.replace("path", "Path,path"), "path twice"),
        ("a.csv", PLAIN.replace("path", "file,image"), '"file" and "image" may both be the path'),
        ("a.csv", PLAIN.encode() + b"t/2.png,s2,K\xf6ln,Tumor,1\n", "line 4 is not UTF-8"),
        ("a.csv", "path,x\n" + "a" * 200_000 + ",1\n", "field larger"),
        ("a.xlsx", b"PK\x03\x04 no zip", "no Excel workbook"),
        ("a.xlsx", PLAIN, "no Excel workbook"),
        ("a.numbers", b"PK", r"Save it as \.xlsx"),
        ("a.ods", b"PK", "damaged or no workbook"),
        ("a.ods", PLAIN, "damaged or no workbook"),
        ("a.xls", b"\xd0\xcf\x11\xe0" * 300, "damaged or no workbook"),
        ("a.parquet", PLAIN, "no Parquet"),
    ],
)
def test_what_is_no_table_is_one_sentence(
    tmp_path: Path, name: str, content: bytes | str, text: str
) -> None:
    with pytest.raises(ReferenceSetError, match=text) as error:
        read(tmp_path / name, content)
    assert str(tmp_path / name) in str(error.value)


def test_a_workbook_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("pathgui.core.tables.workbook._MOST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 2000)
    with pytest.raises(ReferenceSetError, match="unpacks to more than"):
        read_table(tmp_path / "a.xlsx", ReferenceSetError)


def test_a_decimal_comma_that_is_not_quoted_is_told_from_a_value_of_its_own(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", PLAIN.replace("0.25", "0,25"))
    assert list(table.faults) == [0]
    assert "6 values, but there are 5 columns" in table.faults[0]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ('t/2.png,"s2,Wien,Tumor,1\n', "a quotation mark"),
        ('t/2.png,"s2,Wien,Tumor,1\nt/3.png,"s3,Wien,Tumor,1\n', "a quotation mark"),
        ('"t/2.png"s2,Wien,Tumor,1\n', "'\"'"),
        ("t/2.png,s2,Wi\0en,Tumor,1\n", "NUL"),
        ("t/2.png," + "s" * 200_000 + ",Wien,Tumor,1\n", "field larger"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_that_cannot_be_read_is_named_and_the_rows_around_it_are_taken(
    tmp_path: Path, wrong: str, why: str, end: str
) -> None:
    first, second, third = PLAIN.splitlines(keepends=True)
    table = read(tmp_path / "a.csv", (first + second + wrong + third).replace("\n", end))
    kept = [i for i in range(table.n_rows) if i not in table.faults]
    assert list(table.faults) == list(range(1, 1 + wrong.count("\n")))
    assert all(why in fault for fault in table.faults.values())
    assert [table.columns["slide_id"][i] for i in kept] == ["007", "s1"]


def test_an_open_mark_at_the_end_leaves_the_last_row_alone_out(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", PLAIN + 't/2.png,"s')
    assert (table.n_rows, list(table.faults)) == (3, [2])


def test_a_value_of_several_lines_stays_one(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", PLAIN.replace("Graz", '"Graz\nWest"'))
    assert (table.n_rows, dict(table.faults)) == (2, {})


def test_files_put_one_behind_the_other_are_one_table(tmp_path: Path) -> None:
    twice = "\ufeff" + PLAIN + "\n\ufeff" + PLAIN.replace("007", "s7").replace("s1", "s8")
    table = read(tmp_path / "a.csv", twice)
    assert table.columns["slide_id"] == ["007", "s1", "s7", "s8"]
    assert table.columns["path"][2] == "t/0.png"
    assert "headings again in row 5 of the file" in table.recognized


def test_two_columns_of_one_name_that_nobody_knows_are_told_apart_and_said(tmp_path: Path) -> None:
    wider = PLAIN.replace("\n", ",a,b\n").replace("mpp,a,b", "mpp,note,note")
    table = read(tmp_path / "a.csv", wider)
    assert (table.columns["note"], table.columns["note (2)"]) == (["a", "a"], ["b", "b"])
    assert 'another "note" is note (2)' in table.recognized


def test_a_row_that_is_too_short_is_taken_and_said(tmp_path: Path) -> None:
    table = read(tmp_path / "a.csv", PLAIN + "t/2.png,s2,Wien\n")
    assert table.columns["tissue"] == ["Tumor", "Stroma", ""]
    assert "fewer values than columns in row 3, the rest left empty" in table.recognized


def test_a_tail_of_nul_bytes_is_no_row(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", PLAIN.encode("cp1252") + b"\0" * 4000).n_rows == 2


def test_pipes_and_devices_are_refused_before_they_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    said: list[str] = []

    def look() -> None:
        for path in (tmp_path / "pipe.csv", Path("/dev/zero"), tmp_path):
            with pytest.raises(ReferenceSetError) as error:
                read_table(path, ReferenceSetError)
            said.append(str(error.value))

    thread = threading.Thread(target=look, daemon=True)  # an opened pipe would wait for ever
    thread.start()
    thread.join(20)
    assert [text.rpartition(" is ")[2] for text in said] == [
        "a pipe, not a file.",
        "a device, not a file.",
        "a folder, not a file.",
    ]


def test_a_file_without_end_is_read_no_further_than_allowed(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("pathgui.core.tables.read._MOST_BYTES", 1 << 20)
    with (tmp_path / "long.csv").open("wb") as file:
        file.truncate((1 << 20) + 1)
    with pytest.raises(ReferenceSetError, match="longer than 1 MB"):
        read_table(tmp_path / "long.csv", ReferenceSetError)


def test_a_sheet_keeps_its_headings_and_two_of_a_kind_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("slide;site;hospital;site\nA;1,5;2;3\n", encoding="utf-8")
    sheet = read_sheet(tmp_path / "a.csv", ReferenceSetError)
    assert sheet.headings == ("slide", "site", "hospital", "site")
    assert [column[0] for column in sheet.columns] == ["A", "1,5", "2", "3"]
    assert sheet.decimal([sheet.columns[1]]) == ","
    assert sheet.n_rows == 1


@pytest.mark.parametrize(
    ("text", "headings", "first"),
    [
        ("slide\tcenter\nA\tNorth\n", ("slide", "center"), ["A", "North"]),
        ("A\tNorth\nB\tSouth\n", ("column 1", "column 2"), ["A", "North"]),
        ("A;North\r\nB;South", ("column 1", "column 2"), ["A", "North"]),
        ("Köln\n", ("column 1",), ["Köln"]),
    ],
)
def test_what_is_pasted_has_headings_or_none(
    text: str, headings: tuple[str, ...], first: list[str]
) -> None:
    sheet = read_pasted(text.encode(), ReferenceSetError)
    assert sheet.headings == headings
    assert [column[0] for column in sheet.columns] == first


@pytest.mark.parametrize("text", ["", " \n\t\n", 'slide\n"open'])
def test_what_is_pasted_and_no_table_is_one_sentence(text: str) -> None:
    with pytest.raises(ReferenceSetError, match="The pasted text is no table"):
        read_pasted(text.encode(), ReferenceSetError)
