"""A reference set appears whole or not at all, whoever fills it."""

from __future__ import annotations

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.progress import Cancelled
from pathgui.core.reference.reference_set import FORMAT, ReferenceInfo
from pathgui.core.reference.set_writing import IMAGES_FOLDER, OWN_COLUMNS, write_set
from pathgui.core.system.files import ANYTHING

INFO = ReferenceInfo(FORMAT, "S", "1", "", "", "", 112.0, "", 0)


def fill(draft):
    (draft / IMAGES_FOLDER / "0.png").write_bytes(b"picture")
    columns = {name: ["a"] for name in OWN_COLUMNS}
    return columns | {"file": ["images/0.png"], "mpp": [0.5], "x": ["7"], "y": ["9"], "own": [1]}


def test_what_is_filled_in_is_a_set(tmp_path):
    made = write_set(tmp_path / "S.pgref", INFO, fill, ANYTHING)
    assert made.info.name == "S"
    assert made.places_l0.tolist() == [[7, 9]]
    assert (made.folder / "images" / "0.png").read_bytes() == b"picture"


@pytest.mark.parametrize("error", [Cancelled(), ReferenceSetError("no"), OSError(28, "No space")])
def test_nothing_is_left_where_filling_ends_early(tmp_path, error):
    def stop(draft):
        fill(draft)
        raise error

    with pytest.raises((Cancelled, ReferenceSetError)):
        write_set(tmp_path / "S.pgref", INFO, stop, ANYTHING)
    assert list(tmp_path.iterdir()) == []


def test_a_set_that_appeared_meanwhile_stays_and_the_new_one_is_kept(tmp_path):
    write_set(tmp_path / "S.pgref", INFO, fill, ANYTHING)
    with pytest.raises(ReferenceSetError, match=r"it stays\. The new set is kept as"):
        write_set(tmp_path / "S.pgref", INFO, fill, None)
    assert len(list(tmp_path.iterdir())) == 2
