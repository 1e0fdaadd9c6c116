"""Published sets of tiles as their authors lay them out, with small generated pictures."""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image


def picture(number: int, side: int = 8, form: str = "JPEG") -> bytes:
    """The file of a picture, another one for each number."""
    pixels = np.random.default_rng(number).integers(0, 256, (side, side, 3), dtype=np.uint8)
    draft = io.BytesIO()
    Image.fromarray(pixels).save(draft, form)
    return draft.getvalue()


def write_parquet(
    path: Path,
    pictures: Sequence[bytes | None],
    columns: Mapping[str, Sequence[Any]],
    *,
    picture_column: str = "image",
    classes: Mapping[str, Sequence[str]] | None = None,
    row_group: int = 100,
) -> Path:
    """Parquet as the hub's library writes it: ``image{bytes,path}``, and names of class numbers."""
    images = [None if one is None else {"bytes": one, "path": f"{i}.jpg"}
              for i, one in enumerate(pictures)]  # fmt: skip
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    arrays = {picture_column: pa.array(images, kind)}
    arrays |= {name: pa.array(cells) for name, cells in columns.items()}
    features = {name: {"names": list(names), "_type": "ClassLabel"}
                for name, names in (classes or {}).items()}  # fmt: skip
    notes = {"huggingface": json.dumps({"info": {"features": features}})}
    table = pa.table(arrays).replace_schema_metadata(notes)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=row_group)
    return path


def read_metadata(path: Path, most: int | None = None) -> list[dict[str, str]]:
    """Rows of a metadata table of PathoROB; with ``most``, so many spread over the table."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    step = 1 if most is None else -(-len(rows) // most)
    return rows[::step]


def write_metadata(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A metadata table of PathoROB."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_pathorob(folder: Path, rows: Sequence[Mapping[str, str]], shards: int = 2) -> Path:
    """The Parquet files of a PathoROB set, without the subset that the hub does not have."""
    names = ("slide_id", "patch_id", "biological_class", "medical_center")
    size = -(-len(rows) // shards)
    for shard in range(shards):
        part = rows[shard * size : (shard + 1) * size]
        write_parquet(
            folder / "data" / f"train-{shard:05d}-of-{shards:05d}.parquet",
            [picture(shard * size + i) for i in range(len(part))],
            {name: [row[name] for row in part] for name in names},
        )
    return folder


def write_tar(path: Path, members: Iterable[tuple[str, bytes]]) -> Path:
    """A tar of files by their names, whatever these are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path
