"""A path is looked at before it is opened: only a plain file has an end."""

from __future__ import annotations

import hashlib
import os
import socket
from pathlib import Path

import pytest

from pathgui.core.errors import SettingsError
from pathgui.core.system.plain_files import (
    read_bytes,
    read_plain,
    require_plain,
    sha256_of_files,
    why_not_plain,
)

posix = pytest.mark.skipif(os.name == "nt", reason="pipes, sockets and devices of POSIX")


@posix
def test_what_has_no_end_is_named(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)  # a socket's path is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
    assert why_not_plain(tmp_path / "pipe") == "is a pipe, not a file"
    assert why_not_plain(tmp_path / "socket") == "is a socket, not a file"
    assert why_not_plain(tmp_path) == "is a folder, not a file"
    assert why_not_plain(Path("/dev/zero")) == "is a device, not a file"


def test_a_plain_file_is_read_up_to_its_bound(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    assert why_not_plain(file) == ""
    assert read_bytes(file) == read_plain(file, SettingsError, 5) == b"12345"
    with pytest.raises(SettingsError, match="is longer than"):
        read_plain(file, SettingsError, 4)


@posix
def test_a_file_that_says_it_has_no_bytes_is_read_no_further_either():
    with pytest.raises(SettingsError, match="is longer than"):
        read_plain(Path("/proc/self/maps"), SettingsError, 9)


@pytest.mark.parametrize("name", ["gone", "a\0b"])
def test_what_is_not_there_is_one_sentence(tmp_path, name):
    with pytest.raises(SettingsError, match=r"cannot be read: .+\."):
        require_plain(tmp_path / name, SettingsError)


@posix
def test_bytes_of_a_pipe_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="is a pipe"):
        read_bytes(tmp_path / "pipe")


def test_the_digest_of_files_is_that_of_their_contents_together(tmp_path):
    parts = [bytes(range(256)) * 40_000, b"", b"end"]
    files = [tmp_path / str(number) for number in range(3)]
    for file, part in zip(files, parts, strict=True):
        file.write_bytes(part)
    told = []
    assert sha256_of_files(files, told.append) == hashlib.sha256(b"".join(parts)).hexdigest()
    assert told == sorted(told)
    assert told[-1] == sum(map(len, parts))

    def stop(done):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sha256_of_files(files, stop)
