"""Messages between this process and those that read slides for it.

A message is two lengths, a JSON object and bytes (pixels, a color profile). Each request has an
``id``, which its answer repeats, so that several can be under way.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

Message = dict[str, Any]

_LENGTHS = struct.Struct("<IQ")  # of the JSON object and of the bytes behind it


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
