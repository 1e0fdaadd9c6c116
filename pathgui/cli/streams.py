"""Standard streams that never change an exit code, and the end of the process."""

from __future__ import annotations

import atexit
import contextlib
import errno
import io
import logging
import os
import sys
import threading
from typing import Any, NoReturn, TextIO

# A reader that went away (head, less), a terminal that was closed, a stream that was never open.
_GONE = {errno.EPIPE, errno.EIO, errno.EBADF, errno.ESHUTDOWN, errno.ECONNRESET}


class _Forgiving(io.RawIOBase):
    """Passes on what is written until nobody reads any more; from then on takes it silently.

    A full disk is an error all the same: what was asked for would not be there.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self._gone = False

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: bytes, /) -> int | None:  # type: ignore[override]
        if not self._gone:
            try:
                return self._raw.write(data)
            except OSError as error:
                windows_pipe = sys.platform == "win32" and error.errno == errno.EINVAL
                if error.errno not in _GONE and not windows_pipe:
                    raise
                self._gone = True
        return len(data)


def forgive_output() -> None:
    """Let stdout and stderr take what they cannot encode, as escapes, and outlive their readers."""
    sys.stdout = _forgiving(sys.stdout)
    sys.stderr = _forgiving(sys.stderr)


def _forgiving(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed before the program began
        return open(os.devnull, "w", encoding="utf-8")
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)  # python -u has no buffer between
    if not isinstance(raw, io.RawIOBase) or isinstance(raw, _Forgiving):
        return stream  # handed in by somebody who wants to read it
    with contextlib.suppress(OSError):
        stream.flush()
    # The old stream stays referenced: closed, it would close the file under the new one.
    _former.append(stream)
    assert isinstance(stream, io.TextIOWrapper)
    forgiving: Any = _Forgiving(raw)
    return io.TextIOWrapper(
        forgiving if raw is buffer else io.BufferedWriter(forgiving),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


_former: list[TextIO] = []


def end_process(code: int) -> NoReturn:
    """End as Python does, but for taking the interpreter down under threads of libraries.

    pyarrow's threads may still give back a buffer of Python's a moment after the call that used
    them has returned. If the interpreter is gone by then they abort the process (exit code 134),
    whatever it was that had been done well. The same holds for a forward that was cancelled.
    """
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()  # the log, temporary folders, what libraries registered
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # a full disk: nothing can be said any more
            code = code or 2
    os._exit(code)
