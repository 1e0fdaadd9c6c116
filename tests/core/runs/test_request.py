"""What a request names is opened once, and only what is not at hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.reference.reference_set import ReferenceFolder
from pathgui.core.runs.request import EvaluationRequest, Opened, opening
from pathgui.core.slides.slide import open_slide
from pathgui.core.slides.slide_file import SlideFile
from tests.material import make_reference


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return make_reference(tmp_path_factory.mktemp("reference"))


@pytest.fixture
def request_of_all(reference, slide_path):
    return EvaluationRequest(reference.place, (), SlideFile(slide_path))


@pytest.fixture
def sets_opened(monkeypatch):
    opened = []
    honest = ReferenceFolder.open
    monkeypatch.setattr(
        ReferenceFolder, "open", lambda place: opened.append(place.folder) or honest(place)
    )
    return opened


def test_what_it_names_is_opened(request_of_all, reference, slide_path, sets_opened):
    with opening(request_of_all, None) as opened:
        assert opened.reference.info == reference.info
        assert opened.slide.path == slide_path
    assert sets_opened == [reference.folder]


def test_a_set_at_hand_is_not_read_again_and_its_slide_is_opened(
    request_of_all, reference, slide_path, sets_opened
):
    with opening(request_of_all, Opened(reference)) as opened:
        assert opened.reference is reference
        assert opened.slide.path == slide_path
    assert not sets_opened


def test_what_is_all_at_hand_is_taken_as_it_is(request_of_all, reference, slide_path):
    with open_slide(slide_path) as slide:
        at_hand = Opened(reference, slide)
        with opening(request_of_all, at_hand) as opened:
            assert opened is at_hand


def test_another_set_in_the_folder_is_refused(request_of_all):
    other = replace(request_of_all, reference=replace(request_of_all.reference, sha256="0" * 64))
    with pytest.raises(ReferenceSetError, match="Another reference set"), opening(other, None):
        pass
