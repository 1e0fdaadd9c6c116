from __future__ import annotations

import threading
import weakref

import pytest

from pathgui.core.embedding import loaded_encoders as module
from pathgui.core.embedding.embed import embed_many
from pathgui.core.embedding.loaded_encoders import Models
from pathgui.core.progress import Cancelled
from tests.core.stand_ins import MemoryTiles, mean_color, spec_of


class Cyclic:
    """A model that only the garbage collector can free."""

    def __init__(self):
        self.itself = self

    def __call__(self, tiles):
        return mean_color(tiles)


def test_an_encoder_is_loaded_once_for_each_device_and_precision():
    asked = []

    def load(device, precision):
        asked.append((device, precision))
        return mean_color

    spec = spec_of(load=load)
    with Models() as models:
        for device in ("cuda:0", "cuda:1", "cuda:0"):
            models.get(spec, device, "bf16")
        models.get(spec, "cuda:0", "fp32")
        assert models.holds(spec.name)
        assert models.seconds[spec.name] >= 0
    assert asked == [("cuda:0", "bf16"), ("cuda:1", "bf16"), ("cuda:0", "fp32")]
    assert not models.holds(spec.name)


def test_memory_is_given_back_when_the_models_are_left():
    spec = spec_of(params_m=300, load=lambda device, precision: Cyclic())
    with Models() as models:
        reference = weakref.ref(models.get(spec, "cpu", "fp32"))
        assert reference() is not None
    assert reference() is None


def test_the_device_is_asked_to_free_memory_only_where_there_is_some(monkeypatch):
    freed = []
    monkeypatch.setattr(module, "free_device_memory", lambda: freed.append(1))
    for device, params_m, times in (("cpu", 1, 0), ("cpu", 300, 1), ("cuda:0", 1, 2)):
        with Models() as models:
            models.get(spec_of(params_m=params_m), device, "fp32")
        assert len(freed) == times


def thread_of(workers):
    outcome = workers.submit(threading.get_ident)
    assert outcome.wait(5)
    return outcome.result()


def test_the_same_threads_call_encoders_from_call_to_call():
    source = MemoryTiles(20)
    seen = set()

    def encode(tiles):
        seen.add(threading.current_thread())
        return mean_color(tiles)

    spec = spec_of(encode)
    with Models() as models:
        for _ in range(3):
            embed_many(source, [spec], models=models, batch_size=4)
        assert len(seen) == 1
        assert all(thread.is_alive() for thread in seen)
        with models.workers(2) as workers:
            thread_of(workers)
    assert not any(thread.is_alive() for thread in seen)


def test_after_an_error_threads_are_not_used_again():
    with Models() as models:
        with models.workers(1) as workers:
            first = thread_of(workers)

        def cancel():
            with models.workers(1) as workers:
                assert thread_of(workers) == first
                raise Cancelled

        with pytest.raises(Cancelled):
            cancel()
        with models.workers(1) as again:
            assert again is not workers
            thread_of(again)


def test_what_was_not_begun_is_dropped_with_the_call():
    begun, go_on = threading.Event(), threading.Event()
    with Models() as models:
        with models.workers(1) as workers:
            workers.submit(lambda: begun.set() or go_on.wait(5))
            dropped = workers.submit(lambda: None)
            assert begun.wait(5)
        go_on.set()
        with models.workers(1) as workers:
            thread_of(workers)
        assert not dropped.wait(0)
