"""The demo's slide is known by its name and by the stamp beside it."""

from pathgui.core.phantom.demo_slide import SLIDE_NAME, STAMP, is_demo_slide


def test_a_slide_that_was_only_named_like_the_demos_is_not_taken_for_it(tmp_path):
    slide = tmp_path / SLIDE_NAME
    slide.touch()
    assert not is_demo_slide(slide)
    (tmp_path / STAMP).touch()
    assert is_demo_slide(slide)
    assert not is_demo_slide(tmp_path / "biopsy.tiff")
