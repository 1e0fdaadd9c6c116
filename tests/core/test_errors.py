"""What a user can act on is one kind of error, whose text is a sentence."""

from __future__ import annotations

import inspect

from pathgui.core import errors
from pathgui.core.errors import PathguiError, one_line

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
KINDS = [kind for kind in CLASSES if kind.__module__ == errors.__name__]  # not what it imports


def test_whoever_catches_the_base_catches_every_error_for_the_user():
    assert len(KINDS) > 10
    assert all(issubclass(kind, PathguiError) for kind in KINDS)


def test_each_kind_says_what_it_is_of():
    for kind in KINDS:
        assert kind.__doc__


def test_what_a_library_says_in_lines_becomes_part_of_a_sentence():
    assert one_line(ValueError("line one\n   line two\t end ")) == "line one line two end"
    assert len(one_line(ValueError("x" * 1000))) == 200


def test_an_object_named_by_its_place_in_memory_is_left_out():
    said = one_line("cannot identify image file <_io.BytesIO object at 0x7f52050a5b70>")
    assert said == "cannot identify image file"
    assert one_line("<tag> is not closed at 0x10") == "<tag> is not closed at 0x10"
