"""Files of pictures are read as they lie, and what cannot be read says why."""

from __future__ import annotations

from pathgui.core.public_sets.layout import give
from pathgui.core.public_sets.picture_files import levels_of, pictures_of_files
from pathgui.core.reference.manifest import Row
from pathgui.core.reference.tile_files import NotATile
from tests.published import picture, write_pictures


def test_folders_that_hold_all_are_no_level(tmp_path):
    write_pictures(tmp_path, ["one/two/a/x.png", "one/two/b/c/y.JPG"])
    assert levels_of(give([tmp_path])) == [("a", "x.png"), ("b", "c", "y.JPG")]
    assert levels_of(give([write_pictures(tmp_path / "lone", ["z.png"])])) == [("z.png",)]


def test_wanted_files_are_read_and_others_say_why_not(tmp_path):
    write_pictures(tmp_path, ["a.png", "b.png"])
    (tmp_path / "folder.png").mkdir()
    names = ("a.png", "b.png", "gone.png", "folder.png")
    rows = [Row(number, {}, tmp_path / name) for number, name in enumerate(names, 1)]
    found = {row.number: content for row, content in pictures_of_files(rows, {2, 3, 4})}
    assert found.keys() == {2, 3, 4}
    assert found[2] == picture(1, form="PNG")
    kinds = [each.kind for each in found.values() if isinstance(each, NotATile)]
    assert kinds == ["does not exist", "is a folder, not a file"]
