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


def write_pictures(folder: Path, names: Iterable[str], side: int = 8) -> Path:
    """Pictures as files below a folder; the ending says the format."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        form = "JPEG" if path.suffix == ".jpg" else "PNG"
        path.write_bytes(picture(number, side, form))
    return folder


PLISM_SLIDES = tuple(
    f"{stain}_{scanner}_to_GMH_S60.tif"
    for stain in ("GIV", "HRH")
    for scanner in ("AT2", "GT450", "S60")
)


def write_plism(folder: Path, places: int = 4) -> Path:
    """One Parquet shard for every two slides, sorted by slide, the column png."""
    tiles = [f"tile_16_{2 * place}_{place}" for place in range(places)]
    for shard in range(0, len(PLISM_SLIDES), 2):
        slides = PLISM_SLIDES[shard : shard + 2]
        write_parquet(
            folder / "data" / f"train-{shard:05d}.parquet",
            [picture(1000 * shard + i, 16, "PNG") for i in range(len(slides) * places)],
            {
                "slide_id": [slide for slide in slides for _ in tiles],
                "tile_id": tiles * len(slides),
            },
            picture_column="png",
        )
    return folder


def write_plism_h5(folder: Path, places: int = 4) -> Path:
    """One HDF5 file a slide, with an array for each tile."""
    import h5py

    folder.mkdir(parents=True, exist_ok=True)
    for number, slide in enumerate(PLISM_SLIDES):
        rng = np.random.default_rng(number)
        with h5py.File(folder / f"{slide}.h5", "w") as file:
            for place in range(places):
                pixels = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
                file.create_dataset(f"tile_16_{2 * place}_{place}", data=pixels)
    return folder


def wilds_columns(n: int) -> dict[str, list[Any]]:
    """Columns of Camelyon17-WILDS: two centers, a patient of each with two slides."""
    return {
        "label": [i % 2 for i in range(n)],
        "center": [i // 2 % 2 for i in range(n)],
        "image_id": [f"tile{i}.png" for i in range(n)],
        "patient": [4 + 16 * (i // 2 % 2) for i in range(n)],
        "node": [i // 4 % 2 for i in range(n)],
        "x_coord": [100 + i for i in range(n)],
        "y_coord": [200 + i for i in range(n)],
        "slide": [10 * (i // 2 % 2) + i // 4 % 2 for i in range(n)],
    }


def tcga_members(n: int) -> list[tuple[str, bytes]]:
    """Members of a tar of TCGA-UT: a picture and its label each."""
    members = []
    for i in range(n):
        key = f"TCGA-{('FS', 'E9')[i % 2]}-A1Z{i % 4}-06Z-00-DX1/0_{i}_521"
        label = json.dumps({"label": ("Skin", "Breast")[i // 2 % 2]})
        members += [(f"{key}.jpg", picture(i)), (f"{key}.json", label.encode())]
    return members


def write_slide_vectors(folder: Path, table: Path, n: int) -> None:
    """One vector a slide as TRIDENT keeps them, and a table of their labels."""
    import h5py

    folder.mkdir(parents=True)
    rows = []
    for i in range(n):
        center, tissue = i % 2, i // 2 % 2
        values = np.random.default_rng(i).normal(size=8) + np.array([center, tissue] * 4)
        with h5py.File(folder / f"S{i}.h5", "w") as file:
            file.create_dataset("features", data=values.astype(np.float32))
        rows.append({"slide_id": f"S{i}", "center": "AB"[center], "tissue": "tn"[tissue],
                     "patient_id": f"P{i // 4 * 2 + center}"})  # fmt: skip
    write_metadata(table, rows)
