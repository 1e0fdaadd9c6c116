from pathgui.core.encoders.registry import Readiness
from pathgui.gui.encoder_panel import EncoderPanel
from tests.gui.conftest import MISSING, READY, SPECS, spec


def panel_of(qtbot, specs=SPECS):
    panel = EncoderPanel(specs)
    qtbot.addWidget(panel)
    panel.resize(320, 600)
    panel.show()
    return panel


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
    assert "20 not ready" in panel.rest_fold.button.text()
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
    assert not panel.rest_fold.isVisible()


def test_the_tooltip_has_the_exact_transform(qtbot):
    panel = panel_of(qtbot)
    assert "resize to 224, scale to 0..1" in panel.rows["shell"].toolTip()
    assert panel.rows["shell"].detail.text() == "0.5 µm/px · 128 numbers · 1.5 M · MIT"


def test_a_long_title_is_cut_and_stays_whole_for_screen_readers(qtbot):
    title = "A very long title of an encoder that no panel can hold in one line at all"
    panel = panel_of(qtbot, [spec("long", title, READY)])
    box = panel.rows["long"].box
    assert box.text().endswith("…")
    assert box.accessibleName() == title
