"""Every public set says what it is for and how it is had."""

from __future__ import annotations

import pytest

from pathgui.core.errors import ReferenceSetError
from pathgui.core.public_sets.catalog import PUBLIC_SETS, public_set
from pathgui.core.public_sets.layouts import layout_named


@pytest.mark.parametrize("entry", PUBLIC_SETS, ids=lambda each: each.name)
def test_an_entry_is_complete(entry):
    assert public_set(entry.name.upper().replace("-", "_")) is entry
    assert entry.purpose
    assert entry.page.startswith("https://")
    if entry.can_be_fetched:
        assert layout_named(entry.layout)
        assert entry.files
        assert entry.licence
        assert entry.citation
    else:
        assert entry.why_not.endswith(".")


def test_an_unknown_name_is_answered_with_those_that_can_be_fetched():
    with pytest.raises(ReferenceSetError, match="There is no public set x") as caught:
        public_set("x")
    assert "pathorob-camelyon" in str(caught.value)
    assert "spider" not in str(caught.value)
