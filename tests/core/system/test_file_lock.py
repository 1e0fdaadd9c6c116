import errno
import multiprocessing
import os
import sys
import threading

import pytest

from pathgui.core.system.file_lock import FileLock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.lock"


def test_a_lock_that_is_held_is_refused_and_says_by_whom(path):
    with FileLock(path) as first:
        assert first.acquire()
        second = FileLock(path)
        assert not second.acquire()
        assert second.owner() == f"Another pathgui (process {os.getpid()})"
    assert second.acquire()
    second.release()


def test_an_owner_on_another_computer_is_named_with_it(path):
    path.write_text(" 17 far-away")
    assert FileLock(path).owner() == "Another pathgui (process 17 on far-away)"


@pytest.mark.parametrize("content", [None, "", " ", "no owner of ours"])
def test_an_owner_that_cannot_be_read_is_another_pathgui(path, content):
    if content is not None:
        path.write_text(content)
    assert FileLock(path).owner() == "Another pathgui"


def _hold(path, held):
    with FileLock(path) as lock:
        assert lock.acquire()
        held.set()
        threading.Event().wait()


def test_the_lock_ends_with_the_process_that_is_killed(path):
    spawn = multiprocessing.get_context("spawn")
    held = spawn.Event()
    process = spawn.Process(target=_hold, args=(path, held), daemon=True)
    process.start()
    assert held.wait(60)
    lock = FileLock(path)
    assert not lock.acquire()
    assert f"process {process.pid}" in lock.owner()
    process.kill()
    process.join()
    assert lock.acquire()
    lock.release()


def test_another_thread_may_give_it_back(path):
    lock = FileLock(path)
    assert lock.acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    with FileLock(path) as other:
        assert other.acquire()


def test_a_lock_whose_file_its_owner_removed_is_taken_on_a_new_file(path):
    with FileLock(path) as first, FileLock(path) as second:
        assert first.acquire()
        first.forget()
        assert second.acquire()
        assert path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="the call is one of POSIX")
@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_folder_without_locks_does_not_stop_the_work(path, monkeypatch, code):
    import fcntl

    def refuse(file, operation):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with FileLock(path) as first, FileLock(path) as second:
        assert first.acquire()
        assert second.acquire()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError, match="file"):
        FileLock(tmp_path / "file" / "a.lock").acquire()
