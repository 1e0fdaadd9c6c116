from dataclasses import replace

from PySide6.QtWidgets import QApplication

from pathgui.core.encoders.facts.registry import Readiness
from pathgui.gui.encoders.encoder_panel import EncoderPanel
from tests.gui.conftest import MISSING, READY, SPECS, spec
from tests.known import encoder


def panel_of(qtbot, specs=SPECS):
    panel = EncoderPanel(specs)
    qtbot.addWidget(panel)
    panel.resize(320, 600)
    panel.show()
    return panel


def test_a_short_list_leaves_its_room_below_and_stands_right_under_its_heading(qtbot):
    panel = panel_of(qtbot, SPECS[:2])
    for _ in range(5):  # until the list has its length, and all have their places
        QApplication.processEvents()
    assert panel.add_button.geometry().top() < 20
    assert panel.list.geometry().top() < 60


def test_what_is_missing_is_said_and_cannot_be_ticked(qtbot):
    panel = panel_of(qtbot)
    panel.set_readiness({each.name: each.readiness() for each in SPECS})
    row = panel.rows["uni2-h"]
    assert row.state.text() == "Missing"
    assert row.reason.text() == MISSING.detail
    panel.tick(["uni2-h", "shell"])
    assert panel.ticked == ("shell",)
    panel.all_button.click()
    assert panel.ticked == ("color-statistics", "efficientnet-lite0", "shell")
    panel.none_button.click()
    assert panel.ticked == ()


def test_what_is_not_ready_is_folded_away_and_found_by_name(qtbot):
    many = [spec(f"big-{i}", f"Big model {i}", MISSING) for i in range(20)]
    panel = panel_of(qtbot, [*SPECS[:3], *many])
    panel.set_readiness({name: row.spec.readiness() for name, row in panel.rows.items()})
    assert panel.folds["here"].button.text() == "20 without weights"
    assert not panel.rows["big-3"].isVisible()
    panel.filter.setText("model 13")
    assert panel.rows["big-13"].isVisible()
    assert not panel.rows["big-3"].isVisible()
    panel.filter.setText("no such thing")
    assert panel.nothing.isVisible()


def test_an_encoder_that_becomes_ready_moves_up(qtbot):
    panel = panel_of(qtbot)
    panel.set_readiness({"uni2-h": MISSING})
    assert not panel.rows["uni2-h"].isVisible()
    panel.set_readiness({"uni2-h": Readiness(True)})
    assert panel.rows["uni2-h"].isVisible()
    assert panel.rows["uni2-h"].box.isEnabled()
    assert not panel.folds["here"].isVisible()


def test_the_tooltip_has_the_exact_transform(qtbot):
    panel = panel_of(qtbot)
    assert "resize to 224, scale to 0..1" in panel.rows["shell"].toolTip()
    assert panel.rows["shell"].detail.text() == "0.5 µm/px · 128 numbers · 1.5 M · MIT"


def test_a_long_title_takes_several_lines_and_stays_one_for_screen_readers(qtbot):
    title = "A very long title of an encoder that no panel can hold in one line at all"
    panel = panel_of(qtbot, [spec("long", title, READY)])
    box = panel.rows["long"].box
    assert "\n" in box.text()
    assert box.text().replace("\n", " ") == title
    assert box.accessibleName() == title


def test_encoders_are_grouped_by_what_they_need(qtbot):
    states = {
        "ready": Readiness(True),
        "open": Readiness(False, "Anyone may.", state="download"),
        "gated": Readiness(False, "Sign in.", state="sign-in"),
        "asked": Readiness(False, "Waits.", state="waiting"),
        "by-hand": Readiness(False, "Get the file.", state="file"),
    }
    panel = panel_of(qtbot, [spec(name, name, state) for name, state in states.items()])
    panel.set_readiness(states)
    titles = {key: fold.button.text() for key, fold in panel.folds.items() if fold.isVisible()}
    assert titles == {
        "download": "1 can be downloaded",
        "account": "2 for accounts with access",
        "here": "1 without weights",
    }
    panel.folds["account"].button.click()
    assert panel.rows["asked"].isVisible()
    assert panel.rows["asked"].state.text() == "Waits for approval"
    assert not panel.rows["open"].isVisible()


def test_a_search_finds_beginnings_of_words_first_and_folds_up_again(qtbot):
    names = ["UNI", "UNI2-h", "Lunit DINO", *(f"Other {i}" for i in range(9))]
    panel = panel_of(qtbot, [spec(name.lower(), name, MISSING) for name in names])
    panel.set_readiness({name.lower(): MISSING for name in names})

    def found():
        return [row.spec.title for row in panel.rows.values() if row.isVisible()]

    panel.filter.setText("uni")
    assert found() == ["UNI", "UNI2-h"]
    panel.filter.setText("nit")  # begins no word
    assert found() == ["Lunit DINO"]
    panel.filter.clear()
    assert found() == []  # folded, as before


def test_facts_that_nobody_checked_are_said_to_be_so_also_without_a_note(qtbot):
    panel = panel_of(qtbot, [spec("own", "Own", READY)])
    assert panel.rows["own"].facts.text() == "Facts not checked"


def test_doubtful_facts_are_shown_as_such(qtbot):
    told = {
        "verified": ("", ""),
        "partly": ("Facts partly checked: x", "muted"),
        "unverified": ("Facts not checked: x", "muted"),
        "conflict": ("Sources disagree: x", "caution"),
    }
    specs = [replace(spec(facts, facts, READY), facts=facts, notes="x") for facts in told]
    panel = panel_of(qtbot, specs)
    for facts, (text, style) in told.items():
        row = panel.rows[facts]
        assert row.facts.isVisible() == bool(text)
        assert "Facts: " in row.toolTip()
        if text:
            assert (row.facts.text(), row.facts.objectName()) == (text, style)


def test_the_pooling_is_a_visible_choice_and_part_of_the_name(qtbot):
    names = ("uni", "shell")
    panel = panel_of(qtbot, [encoder(name) for name in names])
    panel.set_readiness({name: Readiness(True) for name in names})
    row = panel.rows["uni"]
    assert row.pooling.isVisible()
    assert not panel.rows["shell"].pooling.isVisible()
    assert [row.pooling.itemText(i) for i in range(3)] == ["cls (as published)", "mean", "cls+mean"]
    panel.tick(["uni"])
    assert panel.ticked == ("uni",)
    with qtbot.waitSignal(panel.ticked_changed):
        row.pooling.setCurrentIndex(2)
    assert panel.ticked == ("uni@cls+mean",)
    assert "2048 numbers" in row.detail.text()
    assert panel.title("uni@cls+mean") == "UNI (cls+mean)"
    panel.set_failed("uni@cls+mean", "It failed.")
    assert row.failure.text() == "It failed."
    panel.tick(["uni"])
    assert panel.ticked == ("uni",)
    panel.tick(["uni@mean"])
    assert panel.ticked == ("uni@mean",)
    panel.set_busy(True)
    assert not row.pooling.isEnabled()
