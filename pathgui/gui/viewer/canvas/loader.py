"""Reads regions off the GUI thread. The newest plan of a view wins.

A view hands in its wants as one ordered tuple, as often as it likes; each thread takes the first
that is neither there nor under way. So what is stale is at most one region a thread. Views on
one slide share what is read; all share one cache.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from pathgui.core.errors import PathguiError, UnreadableRegionError
from pathgui.core.language.texts import say
from pathgui.core.system.byte_cache import ByteCache, default_cache_bytes, memory_is_short
from pathgui.gui.viewer.canvas.regions import (
    Correction,
    SlideLike,
    cell_image,
    correction_of,
    to_qimage,
)
from pathgui.gui.viewer.model.plan import CellKey, Pyramid, make_pyramid

log = logging.getLogger(__name__)

_SLOW_READ_S = 0.040
_MOST_THREADS = 16
_MEMORY_EVERY = 128  # reads
_THUMBNAIL_PX = 1024
THUMBNAIL = CellKey(-1, 0, 0)

RegionKey = tuple[str, CellKey]


@dataclass(eq=False)
class SlidePixels:
    """A slide as the viewer sees it: its pyramid, what has been read, what could not be."""

    slide: SlideLike
    uid: str
    pyramid: Pyramid
    correct_colors: bool
    owned: bool
    thumbnail: QImage | None = None
    thumbnail_wanted: bool = True
    damaged: dict[CellKey, int] = field(default_factory=dict)
    told_of_damage: bool = False
    gone: str = ""  # why nothing can be read any more; empty while all is well
    reading: int = 0
    views: int = 0  # that show it
    content_id: str = ""  # once the thumbnail is there
    detached: bool = False
    correction: Correction | None = None
    correction_made: bool = False

    @property
    def damaged_count(self) -> int:
        """Damaged places met so far at the finest level they were met at."""
        if not self.damaged:
            return 0
        finest = min(key.level for key in self.damaged)
        return sum(count for key, count in self.damaged.items() if key.level == finest)


@dataclass(frozen=True)
class Trouble:
    """Something the user should know of a slide. ``gone``: nothing can be read any more."""

    uid: str
    text: str
    gone: bool


@dataclass(eq=False)
class _Client:
    pixels: SlidePixels
    urgent: deque[CellKey]
    later: deque[CellKey]


class Loader(QObject):
    """Threads that read regions into a cache.

    ``arrived`` is emitted on the GUI thread with a list of region keys; a key of level -1 stands
    for the thumbnail. ``troubled`` carries a :class:`Trouble`, ``retried`` the
    :class:`SlidePixels` whose views are to ask again for what they lack.
    """

    arrived = Signal(object)
    troubled = Signal(object)
    retried = Signal(object)
    _something = Signal()

    def __init__(
        self,
        cache: ByteCache[RegionKey, QImage] | None = None,
        threads: int | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        # Not "cache or": an empty one is false.
        self.cache = ByteCache[RegionKey, QImage](default_cache_bytes()) if cache is None else cache
        self._wake = threading.Condition()
        self._clients: dict[int, _Client] = {}
        self._turn = 0
        self._in_flight: set[RegionKey] = set()
        self._slides: list[SlidePixels] = []
        self._news: deque[RegionKey | Trouble] = deque()
        self._told = False
        self._stopping = False
        self._quiet = False
        self.most_while_quiet = max(1, (os.cpu_count() or 2) - 1)  # threads that read at once
        self._reading = 0
        self._reads = 0
        self._read_s = 0.0
        self._cpu_share = 1.0
        self._threads: list[threading.Thread] = []
        # One more than cores: now and then one waits for the interpreter rather than works.
        self._first_threads = threads or max(1, min(4, (os.cpu_count() or 1) + 1))
        # Queued: the signal comes from the reading threads.
        self._something.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    # Slides

    def attach(
        self, slide: SlideLike, *, owned: bool = False, correct_colors: bool = True
    ) -> SlidePixels:
        """Start with a slide; views on the same slide get the same object.

        An ``owned`` slide is closed when no view shows it any more, in whatever colors, and the
        last read of it has ended.
        """
        for pixels in self._slides:
            if pixels.slide is slide and pixels.correct_colors == correct_colors:
                pixels.views += 1
                pixels.owned = pixels.owned or owned
                return pixels
        pixels = SlidePixels(
            slide,
            f"{_identity(slide)}:{'srgb' if correct_colors else 'raw'}",
            make_pyramid(slide.size_l0, slide.levels),
            correct_colors,
            owned,
        )
        pixels.views = 1
        self._slides.append(pixels)
        return pixels

    def detach(self, pixels: SlidePixels) -> None:
        """Read nothing more of it, unless a view still shows it."""
        with self._wake:
            pixels.views -= 1
            if pixels.views > 0:
                return
            pixels.detached = True
            for other in self._slides:  # shown in other colors: then it is that one's to close
                if other is not pixels and other.slide is pixels.slide and pixels.owned:
                    other.owned, pixels.owned = True, False
            close = pixels.owned and not pixels.reading
        if pixels in self._slides:
            self._slides.remove(pixels)
        self.cache.unpin(lambda key: key[0] == pixels.uid)
        if close:
            pixels.slide.close()

    def retry(self, pixels: SlidePixels) -> None:
        """Try again what could not be read, for all views that show it."""
        bad = {(pixels.uid, key) for key in pixels.damaged}
        self.cache.discard(lambda key: key in bad)
        with self._wake:
            pixels.damaged.clear()
            pixels.told_of_damage = False
            pixels.gone = ""
            pixels.thumbnail_wanted = pixels.thumbnail is None
            self._wake.notify_all()
        self.retried.emit(pixels)

    # Wants

    def want(
        self, view: int, pixels: SlidePixels, urgent: Sequence[CellKey], later: Sequence[CellKey]
    ) -> None:
        """What ``view`` lacks now, most wanted first; replaces what it said before."""
        with self._wake:
            self._clients[view] = _Client(pixels, deque(urgent), deque(later))
            self._wake.notify_all()
        if not self._threads:
            for _ in range(self._first_threads):
                self._add_thread()

    def forget(self, view: int) -> None:
        """A view shows nothing any more."""
        with self._wake:
            self._clients.pop(view, None)

    def pending(self, pixels: SlidePixels) -> int:
        """Regions in view that are not there yet, of all views on the slide."""
        with self._wake:
            waiting = sum(
                len(client.urgent) for client in self._clients.values() if client.pixels is pixels
            )
            flying = sum(uid == pixels.uid for uid, _ in self._in_flight)
            return waiting + flying

    def arriving(self, pixels: SlidePixels) -> frozenset[CellKey]:
        """Regions that are being read, or have been and are not told of by ``arrived`` yet."""
        with self._wake:
            known = (*self._in_flight, *(each for each in self._news if isinstance(each, tuple)))
        return frozenset(key for uid, key in known if uid == pixels.uid)

    def set_quiet(self, quiet: bool) -> None:
        """While an evaluation runs, nothing is read ahead of need, and a core is left to it."""
        with self._wake:
            self._quiet = quiet
            self._wake.notify_all()

    @property
    def quiet(self) -> bool:
        """Whether nothing is read ahead of need."""
        return self._quiet

    @property
    def cell_s(self) -> float:
        """Seconds until one more region is there, as it has been of late."""
        if not self._reads:
            return math.inf
        at_once = self.most_while_quiet if self._quiet else len(self._threads)
        return self._read_s / max(1, min(at_once, len(self._threads)))

    @property
    def threads(self) -> int:
        """How many threads read."""
        return len(self._threads)

    def stop(self, timeout_s: float = 3.0) -> bool:
        """End the threads, each after the region it is reading. False if one would not end."""
        with self._wake:
            self._stopping = True
            self._clients.clear()
            self._wake.notify_all()
        deadline = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        ended = not any(thread.is_alive() for thread in self._threads)
        for pixels in self._slides:
            pixels.detached = True
            if pixels.owned and not pixels.reading:
                pixels.slide.close()
        self._slides.clear()
        return ended

    # On the reading threads

    def _add_thread(self) -> None:
        # Daemons: a read that hangs on a dead network share must not keep the process alive.
        thread = threading.Thread(
            target=self._work, name=f"pathgui-reader-{len(self._threads)}", daemon=True
        )
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        while True:
            with self._wake:
                task = self._next()
                while task is None and not self._stopping:
                    self._wake.wait()
                    task = self._next()
                if self._stopping or task is None:
                    return
                pixels, key = task
                pixels.reading += 1
                self._reading += 1
                if key is not None:
                    self._in_flight.add((pixels.uid, key))
            try:
                self._read(pixels, key)
            finally:
                with self._wake:
                    pixels.reading -= 1
                    self._reading -= 1
                    if key is not None:
                        self._in_flight.discard((pixels.uid, key))
                    close = pixels.owned and pixels.detached and not pixels.reading
                if close:
                    pixels.slide.close()

    def _next(self) -> tuple[SlidePixels, CellKey | None] | None:
        """What to read next: views take turns, and what is in view goes before the rest."""
        if self._quiet and self._reading >= self.most_while_quiet:
            return None
        clients = list(self._clients.values())
        for client in clients:
            if client.pixels.thumbnail_wanted and not client.pixels.gone:
                client.pixels.thumbnail_wanted = False
                return client.pixels, None
        for later in (False, True):
            if later and self._quiet:
                return None
            for offset in range(len(clients)):
                client = clients[(self._turn + offset) % len(clients)]
                if client.pixels.gone:
                    continue
                queue = client.later if later else client.urgent
                while queue:
                    key = queue.popleft()
                    region = (client.pixels.uid, key)
                    if region not in self._in_flight and region not in self.cache:
                        self._turn += 1
                        return client.pixels, key
        return None

    def _read(self, pixels: SlidePixels, key: CellKey | None) -> None:
        started, cpu = time.perf_counter(), time.thread_time()
        try:
            if key is None:
                self._read_thumbnail(pixels)
            else:
                self._read_region(pixels, key)
        except (PathguiError, OSError) as error:
            self._lost(pixels, error)
        except Exception as error:  # the thread's edge: nothing above would catch it
            log.exception("reading %s of %s failed", key, pixels.slide.path)
            self._lost(pixels, error)
        if key is not None:
            self._watch_speed(time.perf_counter() - started, time.thread_time() - cpu)

    def _read_thumbnail(self, pixels: SlidePixels) -> None:
        picture = pixels.slide.thumbnail(_THUMBNAIL_PX)
        pixels.content_id = pixels.slide.content_id  # reads the file, so here
        pixels.thumbnail = to_qimage(picture, self._correction(pixels))
        self._tell((pixels.uid, THUMBNAIL))

    def _read_region(self, pixels: SlidePixels, key: CellKey) -> None:
        correction = self._correction(pixels)
        image, damaged = cell_image(pixels.slide, pixels.pyramid, key, correction)
        top = len(pixels.pyramid.levels) - 1
        small = max(pixels.pyramid.levels[top].size_px) <= 2048
        pinned = key.level == top and small and not pixels.detached
        self.cache.put((pixels.uid, key), image, image.sizeInBytes(), pinned=pinned)
        if damaged:
            pixels.damaged[key] = damaged
            if not pixels.told_of_damage:
                pixels.told_of_damage = True
                self._tell(
                    Trouble(
                        pixels.uid,
                        say(
                            "Parts of {path_name} cannot be decoded; they are "
                            "shown hatched. The file is damaged there: if it was "
                            "copied or downloaded, do that again.",
                            path_name=pixels.slide.path.name,
                        ),
                        gone=False,
                    )
                )
        self._tell((pixels.uid, key))

    def _correction(self, pixels: SlidePixels) -> Correction | None:
        if not pixels.correct_colors:
            return None
        if not pixels.correction_made:
            pixels.correction = correction_of(pixels.slide.icc_profile)
            pixels.correction_made = True
        return pixels.correction

    def _lost(self, pixels: SlidePixels, error: Exception) -> None:
        """Nothing more can be read: say so once, and wait for :meth:`retry`."""
        with self._wake:
            if pixels.gone or pixels.detached or self._stopping:
                return
            pixels.gone = str(error) or type(error).__name__
        if isinstance(error, PathguiError) and not isinstance(error, UnreadableRegionError):
            text = str(error)
        else:
            text = say(
                "{path_name} can no longer be read ({error}). Check that its "
                "disk or network folder is still there.",
                path_name=pixels.slide.path.name,
                error=error,
            )
        self._tell(Trouble(pixels.uid, text, gone=True))

    def _watch_speed(self, wall_s: float, cpu_s: float) -> None:
        """Where reads wait for a network rather than a processor, more of them help."""
        self._read_s += (0.1 if self._reads else 1.0) * (wall_s - self._read_s)
        self._reads += 1
        if self._reads % _MEMORY_EVERY == 0 and memory_is_short():
            self.cache.halve()
        self._cpu_share += 0.1 * (cpu_s / max(wall_s, 1e-6) - self._cpu_share)
        with self._wake:
            if (
                self._read_s > _SLOW_READ_S
                and self._cpu_share < 0.3
                and len(self._threads) < _MOST_THREADS
                and not self._stopping
            ):
                self._cpu_share = 1.0  # let the next one show what it brought first
                self._add_thread()

    def _tell(self, news: RegionKey | Trouble) -> None:
        with self._wake:
            self._news.append(news)
            if isinstance(news, tuple):
                self._in_flight.discard(news)
            if self._told or self._stopping:
                return
            self._told = True
        try:
            self._something.emit()
        except RuntimeError:  # the loader was deleted before it was stopped
            self._stopping = True

    # On the GUI thread

    def _deliver(self) -> None:
        with self._wake:
            news = list(self._news)
            self._news.clear()
            self._told = False
        for trouble in news:
            if isinstance(trouble, Trouble):
                self.troubled.emit(trouble)
        regions = [each for each in news if not isinstance(each, Trouble)]
        if regions:
            self.arrived.emit(regions)


def _identity(slide: SlideLike) -> str:
    """The file as it is now, so that nothing stale is shown after it has changed."""
    try:
        facts = slide.path.stat()
    except OSError:
        return f"{slide.path}:{id(slide)}"
    return f"{slide.path}:{facts.st_size}:{facts.st_mtime_ns}"
