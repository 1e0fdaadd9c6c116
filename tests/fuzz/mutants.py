"""Damaged copies of slides, the same for the same number."""

from __future__ import annotations

import random
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path

KINDS = ("header bit", "directory value", "tile bytes", "cut off", "any byte", "block", "text")


@dataclass(frozen=True)
class Seed:
    """A slide that is damaged: one file, or all instances of a DICOM series."""

    name: str
    data: bytes
    others: tuple[Path, ...] = ()  # left as they are, beside it
    entries: tuple[tuple[int, int], ...] = ()  # TIFF: where directory entries lie, and their size

    @property
    def little(self) -> bool:
        """Whether numbers in it are little-endian."""
        return self.data[:2] != b"MM"


def seed_of(path: Path) -> Seed:
    """A slide of the shared data as something to damage."""
    if path.is_dir():
        first, *others = sorted(path.glob("*.dcm"))
        return Seed(f"{path.name}/{first.name}", first.read_bytes(), tuple(others))
    data = path.read_bytes()
    return Seed(path.name, data, (), tuple(_entries(data)))


def mutant(seed: Seed, number: int, folder: Path) -> tuple[Path, str]:
    """Write the damaged copy of that number into an empty folder; where it lies, and its kind."""
    rng = random.Random(f"{seed.name} {number}")
    kind = KINDS[number % len(KINDS)]
    data = bytearray(seed.data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        _damage(data, seed, kind, rng)
    while data == seed.data:  # it may have written what was there
        _damage(data, seed, kind, rng)
    path = folder / Path(seed.name).name
    path.write_bytes(data)
    for other in seed.others:
        shutil.copyfile(other, folder / other.name)
    return path, kind


def _damage(data: bytearray, seed: Seed, kind: str, rng: random.Random) -> None:
    size = len(data)
    if size < 64:
        return
    if kind == "cut off":
        del data[rng.randrange(1, size) :]
    elif kind == "header bit":
        data[_place_of_structure(seed, size, rng)] ^= 1 << rng.randrange(8)
    elif kind == "directory value" and seed.entries:
        at, length = rng.choice(seed.entries)
        order = "<" if seed.little else ">"
        width = rng.choice((2, 4) if length == 12 else (2, 4, 8))
        value = rng.choice((0, 1, 2, 3, 255, 65535, 1 << 31, (1 << 32) - 1, (1 << 63) + 1, size))
        start = at + (8 if length == 12 else 12) if rng.random() < 0.8 else at + 4
        code = {2: "H", 4: "I", 8: "Q"}[width]
        struct.pack_into(order + code, data, min(start, size - 8), value & ((1 << 8 * width) - 1))
    elif kind == "block":
        start = rng.randrange(size)
        length = min(rng.choice((16, 512, 8192)), size - start)
        data[start : start + length] = (
            bytes(length) if rng.random() < 0.5 else rng.randbytes(length)
        )
    elif kind == "text":
        start = rng.randrange(size) if not seed.entries else _place_of_structure(seed, size, rng)
        data[start : start + 1] = bytes([rng.choice((0xE9, 0xFF, 0x00, 0x7C, 0x3D, 0x39))])
    else:
        data[rng.randrange(size)] = rng.randrange(256)


def _place_of_structure(seed: Seed, size: int, rng: random.Random) -> int:
    """A byte of what says how the file is built."""
    if seed.entries and rng.random() < 0.8:
        at, length = rng.choice(seed.entries)
        return min(at + rng.randrange(length), size - 1)
    return rng.randrange(min(size, 4096))


def _entries(data: bytes) -> list[tuple[int, int]]:
    """Where the entries of a TIFF's directories lie, for a whole file."""
    if data[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return []
    order, big = ("<" if data[:2] == b"II" else ">"), 43 in data[2:4]
    word, count, length = ("Q", "Q", 20) if big else ("I", "H", 12)
    found: list[tuple[int, int]] = []
    (at,) = struct.unpack_from(order + word, data, 8 if big else 4)
    while at and at < len(data):
        (entries,) = struct.unpack_from(order + count, data, at)
        first = at + struct.calcsize(count)
        found += [(first + number * length, length) for number in range(entries)]
        (at,) = struct.unpack_from(order + word, data, first + entries * length)
    return found
