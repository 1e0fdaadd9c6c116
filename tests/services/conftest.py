"""What the tests that need a service share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.chromium import PROGRAM, Page, chromium


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A tab of a Chromium that is started once."""
    if PROGRAM is None:
        pytest.skip("needs chromium: sudo apt install chromium")
    with chromium(tmp_path_factory.mktemp("browser") / "profile") as found:
        yield found
