"""Published tiles become a reference set: how long it takes, and that memory stays flat.

    python -m tests.benchmarks.import_sets                 100,000 tiles in Parquet, then in a tar
    python -m tests.benchmarks.import_sets --tiles 10000
    python -m tests.benchmarks.import_sets --pathorob      PathoROB's three tables, whole

Each import and each load runs in a process of its own, whose greatest memory is printed. Exits
with 1 where one needs 2 GB or more, or where a row of a published table is not taken.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pathgui.core.public_sets.import_set import import_tiles
from pathgui.core.public_sets.layouts import read_tiles
from pathgui.core.reference.reference_set import load_reference
from tests.published import picture, read_metadata, write_metadata, write_parquet, write_tar
from tests.shared_data import ROOT

MOST_BYTES = 2e9
_SHARD = 10_000


def _different(number: int, base: bytes) -> bytes:
    """The picture as another file: what follows the end of a JPEG is not looked at."""
    return base + number.to_bytes(8, "big")


def _pathorob(folder: Path, rows: list[dict[str, str]], base: bytes) -> Path:
    names = [name for name in rows[0] if name != "subset"]
    for start in range(0, len(rows), _SHARD):
        part = rows[start : start + _SHARD]
        write_parquet(
            folder / f"train-{start:06d}.parquet",
            [_different(start + i, base) for i in range(len(part))],
            {name: [row[name] for row in part] for name in names},
        )
    write_metadata(folder / "table.csv", rows)
    return folder


def _made_up(n: int) -> list[dict[str, str]]:
    return [
        {"subset": "ID", "slide_id": f"TCGA-{i % 20:02d}-A{i // 200:03d}-01Z-00-DX1",
         "patch_id": str(i), "biological_class": f"class {i % 6}", "medical_center": f"c{i % 20}"}
        for i in range(n)
    ]  # fmt: skip


def _members(n: int, base: bytes) -> Iterator[tuple[str, bytes]]:
    for i in range(n):
        key = f"TCGA-{i % 20:02d}-A{i // 200:03d}-01Z-00-DX1/0_{i}_521"
        yield f"{key}.jpg", _different(i, base)
        yield f"{key}.json", json.dumps({"label": f"class {i % 6}"}).encode()


def _work(what: str, source: Path, out: Path, answer: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    before = _peak()
    start = time.perf_counter()
    if what == "build":
        found, where = read_tiles([source])
        made = import_tiles(found, where, out)
        n, refused = len(made.reference), len(made.refused)
    else:
        n, refused = len(load_reference(out)), 0
    seconds = time.perf_counter() - start
    answer.put((n, refused, seconds, before, _peak()))


def _peak() -> int:
    """Greatest memory of this process in bytes; Linux alone tells it without the parent's."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return 1024 * int(next(line.split()[1] for line in lines if line.startswith("VmHWM")))


def _measure(name: str, source: Path, out: Path) -> bool:
    context = multiprocessing.get_context("spawn")
    good = True
    for what in ("build", "load"):
        answer = context.Queue()
        child = context.Process(target=_work, args=(what, source, out, answer))
        child.start()
        n, refused, seconds, before, peak = answer.get()
        child.join()
        good = good and peak < MOST_BYTES and not refused
        print(
            f"{name}, {what}: {n:,} tiles, {refused} refused, {seconds:.1f} s "
            f"({1000 * seconds / n:.2f} ms a tile), {peak / 1e6:.0f} MB at most "
            f"({(peak - before) / 1e6:.0f} MB more than at the start)",
            flush=True,
        )
    return good


def main() -> int:
    """Run what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiles", type=int, default=100_000)
    parser.add_argument("--side", type=int, default=64, help="of a picture, in pixels")
    parser.add_argument("--pathorob", action="store_true")
    given = parser.parse_args()
    base, good = picture(0, given.side), True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.pathorob:
            for table in sorted((ROOT / "reference" / "pathorob" / "metadata").glob("*.csv")):
                source = _pathorob(folder / table.stem, read_metadata(table), base)
                good &= _measure(table.stem, source, folder / f"{table.stem}.pgref")
            return 0 if good else 1
        source = _pathorob(folder / "parquet", _made_up(given.tiles), base)
        good &= _measure("Parquet", source, folder / "parquet.pgref")
        write_tar(folder / "tar" / "a.tar", _members(given.tiles, base))
        good &= _measure("tar", folder / "tar", folder / "tar.pgref")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
