"""Messages between this process and those that read slides for it.

A message is two lengths, a JSON object and bytes (pixels, a color profile). Each request has an
``id``, which its answer repeats, so that several can be under way.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import IO, Any

Message = dict[str, Any]

_LENGTHS = struct.Struct("<IQ")  # of the JSON object and of the bytes behind it


@dataclass(frozen=True)
class FileFacts:
    """What OpenSlide says of a file."""

    properties: dict[str, str]
    levels: tuple[tuple[int, int, float], ...]  # width, height, downsample
    pictures: dict[str, tuple[int, int]]  # label, macro and others: width, height
    icc_profile: bytes | None  # None where there is none, or none that can be read

    def as_message(self) -> Message:
        """All but the color profile."""
        return {"properties": self.properties, "levels": self.levels, "pictures": self.pictures}

    @classmethod
    def of(cls, message: Message, icc_profile: bytes) -> FileFacts:
        """The facts that :meth:`as_message` told."""
        return cls(
            properties=message["properties"],
            levels=tuple((int(w), int(h), float(d)) for w, h, d in message["levels"]),
            pictures={name: (int(w), int(h)) for name, (w, h) in message["pictures"].items()},
            icc_profile=icc_profile or None,
        )


def send(file: IO[bytes], message: Message, data: bytes | memoryview = b"") -> None:
    """Write one message. Of several threads only one at a time."""
    text = json.dumps(message).encode()
    file.write(_LENGTHS.pack(len(text), len(data)) + text)
    file.write(data)
    file.flush()


def receive(file: IO[bytes]) -> tuple[Message, bytearray]:
    """Read one message; raises EOFError where the other side has gone."""
    text_length, data_length = _LENGTHS.unpack(_exactly(file, _LENGTHS.size))
    message: Message = json.loads(_exactly(file, text_length))
    return message, _exactly(file, data_length)


def _exactly(file: IO[bytes], length: int) -> bytearray:
    data = bytearray(length)
    view, done = memoryview(data), 0
    while done < length:
        count = file.readinto(view[done:])  # type: ignore[attr-defined]
        if not count:
            raise EOFError
        done += count
    return data
