"""What the user says of a slide is a name of the reference set, or said to be new."""

from __future__ import annotations

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.reference.given import check_given, known_spelling
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("given"), slides=1, tiles=1)


def test_names_of_the_set_and_nothing_at_all_pass(reference):
    check_given(reference, "Lakeside", "tumor", new_center=False)
    check_given(reference, None, None, new_center=False)


def test_a_misspelled_center_is_answered_with_the_nearest_name(reference):
    with pytest.raises(ReferenceSetError, match="Did you mean 'Lakeside'"):
        check_given(reference, "Lakesid", None, new_center=False)


def test_a_center_that_is_said_to_be_new_passes_unless_the_set_has_it(reference):
    check_given(reference, "Elsewhere", None, new_center=True)
    with pytest.raises(ReferenceSetError, match="spelled 'Lakeside': it is not new"):
        check_given(reference, "LAKESIDE ", None, new_center=True)


def test_a_new_center_needs_a_name(reference):
    with pytest.raises(ReferenceSetError, match="Which center is new"):
        check_given(reference, None, None, new_center=True)


def test_an_unknown_tissue_is_answered_with_those_there_are(reference):
    with pytest.raises(ReferenceSetError, match="It has: stroma, tumor"):
        check_given(reference, None, "bone", new_center=False)


def test_a_name_is_known_in_any_case_and_unicode_form():
    assert known_spelling("cafe\u0301", ["CAFÉ"]) == "CAFÉ"
    assert known_spelling("north", ["North", "north"]) == "north"
    assert known_spelling("south", ["North"]) is None
