"""A user without a reference set fetches a public one: license, progress, and what goes wrong."""

from __future__ import annotations

import pytest

from pathgui.core.public_sets.catalog import PUBLIC_SETS
from pathgui.gui.reference.public_sets_dialog import PublicSetsDialog
from pathgui.gui.reference.reference_control import GO_ON
from tests.core.encoders.hub_stand_in import in_place_of_the_hub
from tests.gui.conftest import click, texts
from tests.published import write_pathorob

ROWS = [
    {"subset": "ID", "slide_id": f"patient_{n // 4:03d}_node_0", "patch_id": str(n),
     "biological_class": ("tumor", "normal")[n % 2], "medical_center": ("A", "B")[n // 16 % 2]}
    for n in range(32)
]  # fmt: skip


@pytest.fixture
def hub(monkeypatch, tmp_path):
    source = write_pathorob(tmp_path / "source", ROWS)
    with in_place_of_the_hub(monkeypatch, tmp_path, b"") as stand_in:
        for path in source.rglob("*.parquet"):
            stand_in.files[str(path.relative_to(source))] = path.read_bytes()
        yield stand_in


def test_a_public_set_is_fetched_after_its_license_and_used(qtbot, window, hub, tmp_path):
    win = window()
    panel = win.reference_panel
    assert not panel.public_button.isHidden()
    dialog = win.references.choose_public()
    titles = [dialog.table.item(row, 0).text() for row in range(dialog.table.rowCount())]
    assert titles == [each.title for each in PUBLIC_SETS]
    assert "CC0-1.0" in dialog.terms.text()
    assert not dialog.fetch_button.isEnabled()
    dialog.accept_box.setChecked(True)
    assert dialog.fetch_button.isEnabled()
    dialog.table.selectRow(1)  # another license is accepted anew
    assert not dialog.fetch_button.isEnabled()
    dialog.table.selectRow(titles.index("SPIDER"))
    assert not dialog.accept_box.isEnabled()
    assert "states no institution" in dialog.terms.text()
    dialog.table.selectRow(0)
    dialog.accept_box.setChecked(True)
    out = tmp_path / "fetched Ü.pgref"
    dialog.ask_where = lambda *_: (str(out), "")
    hub.cut_after = 100
    click(qtbot, dialog.fetch_button)
    qtbot.waitUntil(lambda: "connection was lost" in texts(win, "error"), timeout=30_000)
    (button,) = [each for each in win.messages.findChildren(type(dialog.fetch_button))
                 if each.text() == GO_ON]  # fmt: skip
    click(qtbot, button)
    qtbot.waitUntil(lambda: win.references.reference is not None, timeout=30_000)
    assert win.references.reference.folder == out
    assert panel.counts.text() == "32 tiles · 8 slides · 2 centers · 2 tissues"
    assert "32 tiles taken" in texts(win, "info")
    assert panel.public_button.isHidden()
    assert not panel.fetch_button.isHidden()  # for the next one


def test_offline_the_dialog_says_so(qtbot, tmp_path):
    dialog = PublicSetsDialog(None, tmp_path, offline=True)
    qtbot.addWidget(dialog)
    assert "switched off" in dialog.note.text()
    dialog.accept_box.setChecked(True)
    assert not dialog.fetch_button.isEnabled()
