#!/usr/bin/env python3
"""Reads thousands of damaged tables, embeddings, regions, settings and pictures.

A reader may refuse a damaged file with a PathguiError or read what is left of it; anything else is
a fault. Each batch runs in a process of its own, so that one that dies is seen.

    python -m tests.fuzz.files --count 2000
    python -m tests.fuzz.files --count 500 --reader xlsx --reader h5ad
"""

from __future__ import annotations

import argparse
import io
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image

from pathgui.core.cohort.column_proposal import propose_columns
from pathgui.core.cohort.labeled_regions import read_regions, shapes, to_geojson
from pathgui.core.cohort.qupath_project import read_project
from pathgui.core.cohort.record import new_info, read_info
from pathgui.core.cohort.slide_table import SlideTable, from_csv, to_csv
from pathgui.core.cohort.table_import import import_table
from pathgui.core.encoders.own_encoders import own_encoders
from pathgui.core.errors import CohortError, PathguiError, ReferenceSetError
from pathgui.core.imported.embeddings_table import labeled
from pathgui.core.imported.matching import read_external
from pathgui.core.reference.reference_set import load_reference
from pathgui.core.reference.tile_files import NotATile, read_tile
from pathgui.core.runs.criteria import load_criteria
from pathgui.core.runs.intended_use import load_intended_use
from pathgui.core.slides.region_files import load_region
from pathgui.core.system.json_records import to_json
from pathgui.core.tables.read import read_sheet, read_table
from pathgui.settings import load_settings
from tests.known import add_imports

LONGEST_S = 10.0
_BATCH = 200
_LIMIT_S = 300.0
_TOKENS = (
    b"[", b"{", b'"', b"'", b",", b";", b"\t", b"\n", b"\0", b"\xe9", b"\xff\xfe", b"-", b"null",
    b"NaN", b"1e999", b"-1", b"9" * 5000, b"[" * 3000, b"{'a':" * 1000, b"a" * 200_000, b"=", b"\r",
)  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """A kind of file: an example, how it is read, and the name under which it is looked for."""

    name: str
    make: Callable[[], bytes]
    read: Callable[[Path], object]


def _table() -> list[list[str]]:
    head = ["path", "slide_id", "center", "tissue", "mpp", "x"]
    return [head, *([f"t/{i}.png", f"s{i // 2}", "Köln", "Tumor", "0.5", str(i)] for i in range(9))]


def _csv() -> bytes:
    return "\n".join(";".join(row) for row in _table()).encode()


def _xlsx() -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    for row in _table():
        book.active.append(row)
    book.save(content)
    return content.getvalue()


def _columns() -> dict[str, list[str]]:
    names = {"tile": 0, "slide": 1, "center": 2, "tissue": 3}
    return {name: [row[i] for row in _table()[1:]] for name, i in names.items()}


def _parquet() -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(_columns() | {"mpp": [0.5] * 9}), content)
    return content.getvalue()


def _values() -> np.ndarray:
    return np.arange(27, dtype=np.float32).reshape(9, 3) + 1


def _embeddings_parquet() -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table({**_columns(), "embeddings": list(_values())}), content)
    return content.getvalue()


def _npz() -> bytes:
    content = io.BytesIO()
    arrays = {name: np.array(text, object) for name, text in _columns().items()}
    np.savez(content, embeddings=_values(), **arrays)
    return content.getvalue()


def _npy() -> bytes:
    content = io.BytesIO()
    np.save(content, _values())
    return content.getvalue()


def _pt() -> bytes:
    content = io.BytesIO()
    torch.save(torch.from_numpy(_values()), content)
    return content.getvalue()


def _h5() -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["features"] = _values()
        file["coords"] = [(256 * i, 0) for i in range(9)]
        file["coords"].attrs.update({"patch_size_level0": 256, "name": "s1"})
    return content.getvalue()


def _h5ad() -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file["obsm/uni"] = _values()
        for name, text in _columns().items():
            file[f"obs/{name}"] = text
        file["obs"].attrs["_index"] = "tile"
    return content.getvalue()


def _geojson() -> bytes:
    ring = [[0, 0], [100, 0], [100, 100], [0, 100], [0, 0]]
    hole = [[20, 20], [50, 20], [50, 50], [20, 50], [20, 20]]
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": {"objectType": "annotation", "classification": {"name": name}},
        }
        for name in ("Tumor", "Ignore*")
    ]
    features[1]["geometry"] = {"type": "MultiPolygon", "coordinates": [[hole], [hole[1:]]]}
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _encoder() -> bytes:
    return b"""
title = "Mine"
dim = 384
input_px = 224
mpp = 0.5
mean = [0.5, 0.5, 0.5]
std = [0.5, 0.5, 0.5]
pooling = "cls"
licence = "MIT"
[model]
arch = "vit_small_patch16_224"
[weights]
file = "w.safetensors"
"""


def _criteria() -> bytes:
    return b"who = 'A'\n[[criterion]]\nmetric = 'tissue_knn'\nat_least = 0.5\nreason = 'agreed'\n"


def _picture(form: str) -> Callable[[], bytes]:
    def make() -> bytes:
        content = io.BytesIO()
        pixels = np.arange(48 * 48 * 3, dtype=np.uint32).reshape(48, 48, 3).astype(np.uint8)
        Image.fromarray(pixels).save(content, form)
        return content.getvalue()

    return make


def _read_encoder(path: Path) -> None:
    own_encoders(path.parent)  # tells of faults, and never raises


def _criteria_of(path: Path) -> None:
    load_criteria(path, metrics=["tissue_knn"], set_at="now")


def _use_of(path: Path) -> None:
    load_intended_use(path, set_at="now")


def _read_reference(path: Path) -> None:
    load_reference(path.parent)


def _import() -> bytes:
    return json.dumps(
        {"title": "x", "dim": 3, "files": ["/gone.npz"], "sha256": "0", "stamp": "1"}
    ).encode()


def _record() -> bytes:
    facts = {"format": 1, "name": "a", "version": "1", "description": "", "licence": ""}
    more = {"citation": "", "edge_um": 128.0, "tiles_sha256": "0", "refused": 0}
    return json.dumps(facts | more).encode()


def _embeddings(path: Path) -> None:
    labeled(read_external(path), allow_missing=True)


def _slides() -> bytes:
    head = "slide_id,file,center,mpp,note,content_id\n"
    rows = [f'S{i},../s/{i}.svs,{"NS"[i % 2]},0.25,"pale, ü",{i:064x}\n' for i in range(9)]
    return (head + "".join(rows)).encode()


def _read_slides(path: Path) -> None:
    table, _ = from_csv(path.read_bytes())
    again, _ = from_csv(to_csv(table))
    if again != table:
        raise ValueError("what was written is not what was read")
    _ = table.mpps, table.with_cells({(len(table) - 1, "new"): "x"} if len(table) else {})


def _project() -> bytes:
    side = {"value": 0.25, "unit": "µm"}
    calibration = {"pixelWidth": side, "pixelHeight": side}
    images = [
        {"serverBuilder": {"builderType": "uri", "uri": f"file:/D:/s%20/{i}.svs", "args": [],
                           "metadata": {"pixelCalibration": calibration}},
         "imageName": f"Case {i}", "metadata": {"Hospital": "North", "Case": f"P{i}"}}
        for i in range(3)
    ]  # fmt: skip
    return json.dumps({"version": "0.5.1", "images": images}).encode()


def _read_project(path: Path) -> None:
    sheet, _ = read_project(path)
    import_table(SlideTable(), propose_columns(sheet).accepted(), add_slides=True)


def _import_sheet(path: Path) -> None:
    sheet = read_sheet(path, CohortError)
    import_table(SlideTable(), propose_columns(sheet).accepted(), add_slides=True)


def _read_labeled(path: Path) -> None:
    areas = read_regions(path, unnamed="x").areas
    to_geojson(areas)
    shapes(areas)


READERS = {
    "cohort": Reader(
        "cohort.json",
        lambda: to_json(new_info("C")),
        lambda path: read_info(path.read_bytes(), str(path)),
    ),
    "slides": Reader("slides.csv", _slides, _read_slides),
    "table of slides": Reader("a.csv", _slides, _import_sheet),
    "project": Reader("project.qpproj", _project, _read_project),
    "labeled regions": Reader("a.geojson", _geojson, _read_labeled),
    "csv": Reader("a.csv", _csv, lambda path: read_table(path, ReferenceSetError)),
    "xlsx": Reader("a.xlsx", _xlsx, lambda path: read_table(path, ReferenceSetError)),
    "parquet": Reader("a.parquet", _parquet, lambda path: read_table(path, ReferenceSetError)),
    "embeddings parquet": Reader("a.parquet", _embeddings_parquet, _embeddings),
    "npz": Reader("a.npz", _npz, _embeddings),
    "npy": Reader("a.npy", _npy, read_external),
    "pt": Reader("a.pt", _pt, read_external),
    "h5": Reader("a.h5", _h5, read_external),
    "h5ad": Reader("a.h5ad", _h5ad, _embeddings),
    "geojson": Reader("a.geojson", _geojson, lambda path: load_region(path, (0, 0, 200, 200))),
    "encoder": Reader("a.toml", _encoder, _read_encoder),
    "import": Reader("a.json", _import, lambda path: add_imports(path.parent)),
    "criteria": Reader("a.toml", _criteria, _criteria_of),
    "intended use": Reader("a.toml", lambda: b'who = "A"\nuse = "b"\n', _use_of),
    "settings": Reader("a.json", lambda: b'{"offline": true, "k": "auto"}', load_settings),
    "reference": Reader("reference.json", _record, _read_reference),
    "png": Reader("a.png", _picture("PNG"), read_tile),
    "jpeg": Reader("a.jpg", _picture("JPEG"), read_tile),
    "tiff": Reader("a.tif", _picture("TIFF"), read_tile),
}


def damaged(reader: str, number: int) -> bytes:
    """The damaged copy of that number, the same each time."""
    rng = random.Random(f"{reader} {number}")
    data = bytearray(READERS[reader].make())
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0 and data:
            data[at % len(data)] ^= 1 << rng.randrange(8)
        elif kind == 1 and data:
            data[at % len(data)] = rng.randrange(256)
        elif kind == 2:
            del data[at : at + rng.choice((1, 4, 64, len(data)))]
        elif kind == 3:
            data[at:at] = rng.choice(_TOKENS)
        elif kind == 4:
            start = rng.randrange(len(data) + 1)
            data[at:at] = data[start : start + rng.choice((2, 16, 256))]
        else:
            data[at : at + rng.choice((1, 2, 4, 8))] = rng.choice((b"\0", b"\xff")) * 4
    return bytes(data)


def outcome_of(reader: str, number: int, folder: Path) -> str:
    """ "read", "refused", or what went wrong."""
    path = folder / READERS[reader].name
    path.write_bytes(damaged(reader, number))
    started = time.monotonic()
    try:
        READERS[reader].read(path)
        outcome = "read"
    except (PathguiError, NotATile) as error:
        outcome = "refused" if "\n" not in str(error).strip() else f"several lines: {error}"
    except Exception as error:  # noqa: BLE001 - what is looked for
        outcome = f"{type(error).__name__}: {error}"[:300]
    took = time.monotonic() - started
    return outcome if took < LONGEST_S else f"took {took:.0f} s"


def _work(reader: str, first: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + count):
            print(json.dumps([number, outcome_of(reader, number, Path(folder))]), flush=True)


def _batch(reader: str, first: int, count: int) -> list[tuple[int, str]]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.files", "--work"]
    words = [*command, reader, str(first), str(count)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    found = [(int(n), str(told)) for n, told in map(json.loads, done.stdout.splitlines())]
    if done.returncode:
        found.append((first + len(found), f"died with {done.returncode}: {done.stderr[-300:]}"))
    return found


def main() -> None:
    """Run the batches and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--reader", action="append", choices=list(READERS))
    parser.add_argument("--work", nargs=3)
    options = parser.parse_args()
    if options.work:
        _work(options.work[0], int(options.work[1]), int(options.work[2]))
        return
    for reader in options.reader or READERS:
        counts: Counter[str] = Counter()
        for first in range(0, options.count, _BATCH):
            for number, outcome in _batch(reader, first, min(_BATCH, options.count - first)):
                counts[outcome if outcome in ("read", "refused") else "fault"] += 1
                if outcome not in ("read", "refused"):
                    print(f"{reader} {number}: {outcome}")
        print(f"{reader}: {dict(counts)}", flush=True)


if __name__ == "__main__":
    main()
