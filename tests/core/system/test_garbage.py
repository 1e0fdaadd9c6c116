import gc
import threading

from pathgui.core.system.devices import free_device_memory
from pathgui.core.system.garbage import collect_garbage, leave_to


def collected_by(act):
    """The threads on which garbage was collected while ``act`` ran."""
    threads = []

    def note(phase, facts):
        threads.append(threading.get_ident())

    gc.callbacks.append(note)
    try:
        act()
    finally:
        gc.callbacks.remove(note)
    return threads


def test_garbage_is_collected_at_once_where_nobody_else_does_it():
    assert threading.get_ident() in collected_by(collect_garbage)


def test_memory_is_given_back_without_a_collection_on_this_thread_where_a_window_forbids_it():
    asked = []
    was_enabled = gc.isenabled()
    gc.disable()
    leave_to(lambda: asked.append(threading.get_ident()))
    try:
        assert collected_by(free_device_memory) == []
    finally:
        leave_to(None)
        if was_enabled:
            gc.enable()
    assert asked == [threading.get_ident()]
    assert collected_by(free_device_memory)
