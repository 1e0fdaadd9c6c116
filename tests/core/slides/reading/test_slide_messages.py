"""Messages between the program and the processes that read slides."""

from __future__ import annotations

import io

import pytest

from pathgui.core.slides.reading.slide_messages import receive, send


def sent(*messages):
    file = io.BytesIO()
    for message, data in messages:
        send(file, message, data)
    return file.getvalue()


def test_messages_come_back_in_order_with_their_bytes():
    file = io.BytesIO(sent(({"id": 1, "name": "Präparat"}, b"\0\xff"), ({"id": 2}, b"")))
    assert receive(file) == ({"id": 1, "name": "Präparat"}, bytearray(b"\0\xff"))
    assert receive(file) == ({"id": 2}, bytearray())


class Trickle(io.BytesIO):
    """A pipe that hands over one byte at a time."""

    def readinto(self, buffer):
        return super().readinto(memoryview(buffer)[:1])


def test_a_message_that_comes_in_pieces_is_whole():
    data = bytes(range(256)) * 3
    assert receive(Trickle(sent(({"id": 7}, data)))) == ({"id": 7}, bytearray(data))


@pytest.mark.parametrize("cut", [0, 3, 12, 15, -1])
def test_the_end_of_the_other_side_is_an_end_of_file(cut):
    whole = sent(({"id": 1}, b"pixels"))
    with pytest.raises(EOFError):
        receive(io.BytesIO(whole[:cut]))
