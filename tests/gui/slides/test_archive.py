"""*Open from archive…*: find slides of an archive in the window, and open them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from pathgui.core.archives import logins as module
from pathgui.core.archives.logins import logins
from tests.dicomweb import PASSWORD, STUDY, USER, dicomweb_archive
from tests.gui.conftest import click, idle


@pytest.fixture
def archive(monkeypatch):
    """Without a keyring, and with a login that only the user knows."""
    monkeypatch.setattr(module, "_keyring", lambda: None)
    with dicomweb_archive() as found:
        yield found
        logins.forget(found.base)


@pytest.fixture
def win(window):
    return window()


@pytest.fixture
def dialog(qtbot, win, archive):
    made = win.choosers.archives.ask()
    qtbot.waitUntil(idle(win))
    made.address.setEditText(f"{archive.base}/studies/{STUDY}")
    made.user.setText(USER)
    made.password.setText(PASSWORD)
    return made


def test_a_slide_is_found_by_its_patient_and_opened_and_the_address_is_remembered(
    qtbot, win, dialog, archive
):
    dialog.patient.setText("P*")
    click(qtbot, dialog.search_button)
    assert dialog.cancel_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.open_button.isEnabled(), timeout=10_000)
    assert dialog.studies.item(0, 1).text() == "P-17 Doe Jane"
    assert [dialog.series.item(0, column).text() for column in (0, 1)] == ["3", "HE"]
    click(qtbot, dialog.open_button)
    qtbot.waitUntil(lambda: win.viewer.slide is not None, timeout=10_000)
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert win.viewer.slide.size_l0 == (300, 220)
    assert [path.suffix for path in win.slide_panel.paths] == [".pgslide"]
    assert win.recent.archives == [archive.base]
    kept = " ".join(str(win.memory.value(key)) for key in win.memory.allKeys())
    assert PASSWORD not in kept
    again = win.choosers.archives.ask()
    assert again.address.currentText() == archive.base
    qtbot.waitUntil(lambda: again.user.text() == USER)
    assert again.password.text() == ""


def test_a_wrong_password_is_said_in_the_dialog_and_another_can_be_tried(qtbot, win, dialog):
    dialog.password.setText("wrong")
    click(qtbot, dialog.search_button)
    qtbot.waitUntil(lambda: not dialog.problem.isHidden(), timeout=10_000)
    assert "does not accept this user" in dialog.problem.text()
    dialog.password.setText(PASSWORD)
    click(qtbot, dialog.search_button)
    qtbot.waitUntil(lambda: dialog.open_button.isEnabled(), timeout=10_000)
    assert dialog.problem.isHidden()


def test_a_search_without_a_hit_and_a_wrong_date_say_what_to_do(qtbot, win, dialog, archive):
    dialog.date.setText("yesterday")
    click(qtbot, dialog.search_button)
    assert "2024-03-05" in dialog.problem.text()
    assert not any("/studies?" in each for each in archive.asked)
    dialog.date.setText("2020")
    click(qtbot, dialog.search_button)
    qtbot.waitUntil(idle(win), timeout=10_000)
    assert "No study with slides matches" in dialog.told.text()
    assert not dialog.open_button.isEnabled()


def test_the_search_can_be_stopped_and_the_dialog_closed_while_it_runs(qtbot, win, dialog, archive):
    archive.gate.clear()
    click(qtbot, dialog.search_button)
    click(qtbot, dialog.cancel_button)
    qtbot.waitUntil(lambda: dialog.search_button.isEnabled(), timeout=10_000)
    assert dialog.told.text() == "Stopped."
    click(qtbot, dialog.search_button)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(idle(win), timeout=10_000)
    archive.gate.set()
