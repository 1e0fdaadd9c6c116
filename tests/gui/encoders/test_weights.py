"""Getting weights in the window, against a stand-in of the hub on this machine."""

import threading
from dataclasses import replace

import h5py
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit

from pathgui.core.encoders.facts.registry import HubFile, Readiness, Registry
from pathgui.core.encoders.weights import hub
from pathgui.core.errors import WeightsError
from pathgui.core.runs.options import new_settings
from pathgui.folders import encoders_dir, imports_dir
from pathgui.gui.jobs.services import Services
from pathgui.gui.jobs.weights_services import WeightsServices
from pathgui.gui.shell.kept_settings import KeptSettings
from pathgui.gui.shell.main_window import MainWindow
from pathgui.settings import load_settings
from tests.core.encoders.hub_stand_in import COMMIT, GOOD_TOKEN, in_place_of_the_hub
from tests.gui.conftest import click, idle, texts
from tests.known import encoder, only, put, registry

CONTENT = bytes(range(256)) * 20_000  # 5 MB
# Two to download, one that takes no weights, and two whose weights look alike.
ROWS = ("phikon", "uni", "shell", "sp22m", "lunit-dino-s16")


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    with in_place_of_the_hub(monkeypatch, tmp_path, CONTENT) as served:
        yield served


class Desktop:
    """What would have been opened."""

    def __init__(self):
        self.pages = []
        self.folders = 0

    def open_folder(self):
        self.folders += 1


@pytest.fixture
def desktop():
    return Desktop()


@pytest.fixture
def real(window, services, stand_in, desktop):
    """A window with real encoders: one open, one for accounts with access, and some for files."""
    open_one = replace(encoder("phikon"), hub=HubFile("a/b", "model.bin", COMMIT, stand_in.sha256))
    gated = replace(encoder("uni"), hub=HubFile("a/c", "model.bin", COMMIT, stand_in.sha256))

    def here(spec):
        def readiness():
            path = hub.cached_file(spec.hub)
            if path is not None:
                return Readiness(True, "downloaded", path=path)
            if spec.gated == "no":
                return Readiness(False, "Not downloaded yet. Anyone may.", state="download")
            state = "terms" if hub.has_token() else "sign-in"
            return Readiness(False, f"Ask for access on {spec.page}.", state=state)

        return replace(spec, readiness=readiness)

    only(*ROWS)
    put(here(open_one), here(gated))

    def make(**others):
        return window(
            known=registry,
            weights=WeightsServices(
                open_page=desktop.pages.append, open_folder=desktop.open_folder
            ),
            **others,
        )

    return make


def unfold(qtbot, win, name):
    win.encoder_panel.reveal(name)
    row = win.encoder_panel.rows[name]
    qtbot.waitUntil(row.isVisible)
    return row


def scroll_to(win, widget):
    area = widget.parentWidget()
    while area is not None and not hasattr(area, "ensureWidgetVisible"):
        area = area.parentWidget()
    area.ensureWidgetVisible(widget)


def press(qtbot, win, row, action):
    qtbot.waitUntil(lambda: action in row.buttons)
    scroll_to(win, row.buttons[action])
    click(qtbot, row.buttons[action])


def done(row):
    return lambda: row.state.text() == "Ready"


def test_a_download_ends_with_an_encoder_that_can_be_ticked(qtbot, real, stand_in):
    win = real()
    row = unfold(qtbot, win, "phikon")
    assert row.state.text() == "Can be downloaded"
    assert stand_in.tokens == []  # nobody was asked before the button was pressed
    press(qtbot, win, row, "download")
    qtbot.waitUntil(done(row), timeout=20_000)
    assert row.box.isEnabled()
    assert not row.progress.isVisible()
    assert hub.cached_file(row.spec.hub).read_bytes() == CONTENT
    win.encoder_panel.tick(["phikon"])
    assert "phikon" in win.encoder_panel.ticked


def test_a_download_shows_how_far_it_is_and_stops_and_goes_on(qtbot, real, stand_in):
    stand_in.slow = threading.Event()
    win = real()
    row = unfold(qtbot, win, "phikon")
    press(qtbot, win, row, "download")
    qtbot.waitUntil(lambda: " of 5 MB" in row.progress_text.text(), timeout=20_000)
    assert 0 < row.bar.value() < 1000
    scroll_to(win, row.cancel_button)
    click(qtbot, row.cancel_button)
    qtbot.waitUntil(lambda: "It goes on from there." in row.reason.text(), timeout=5_000)
    assert not row.box.isEnabled()
    stand_in.slow.set()
    stand_in.slow = None
    press(qtbot, win, row, "go-on")
    qtbot.waitUntil(done(row), timeout=20_000)
    assert len(stand_in.ranges) == 1  # what was here was not fetched again


def test_a_download_that_waits_for_another_can_be_taken_out_of_the_queue(qtbot, real, stand_in):
    stand_in.slow = threading.Event()
    win = real()
    row, waiting = unfold(qtbot, win, "phikon"), unfold(qtbot, win, "uni")
    press(qtbot, win, row, "download")
    win.weights.download("uni")
    assert waiting.progress_text.text() == "Waits for another download"
    win.weights.cancel("uni")
    stand_in.slow.set()
    qtbot.waitUntil(done(row), timeout=20_000)
    qtbot.waitUntil(lambda: not waiting.progress.isVisible() and waiting.reason.isVisible())
    assert waiting.state.text() == "Needs sign-in"
    assert not (hub.hub_cache() / "models--a--c").exists()


@pytest.mark.parametrize(
    ("refusal", "state", "sentence", "offered"),
    [
        ("sign-in", "Needs sign-in", "Sign in, and ask for access on its page.", "sign-in"),
        ("terms", "Needs accepted terms", "Your account has no access to UNI yet.", "page"),
        ("waiting", "Waits for approval", "waits for its authors", "check"),
        ("declined", "", "The authors of UNI declined your request", "page"),
        ("token", "", "The hub does not accept the token", "sign-in"),
        ("gone", "", "a/c is not on the hub, or is private.", "page"),
        ("file", "", "a/c has no file model.bin", "file"),
        ("revision", "", "no longer exists", "file"),
        ("disabled", "", "UNI is no longer offered", "file"),
        ("busy", "", "The hub is busy or out of order (HTTP 429).", "go-on"),
    ],
)
def test_each_refusal_stands_in_the_row_with_what_is_left_to_do(
    qtbot, real, stand_in, refusal, state, sentence, offered
):
    token = hub.hub_cache().parent / "token"
    token.parent.mkdir(parents=True)
    token.write_text(GOOD_TOKEN)
    win = real()
    row = unfold(qtbot, win, "uni")
    assert row.state.text() == "Needs accepted terms"
    stand_in.refusal = refusal
    win.weights.download("uni")
    qtbot.waitUntil(lambda: sentence in row.reason.text() + row.failure.text(), timeout=20_000)
    assert offered in row.buttons
    assert not row.progress.isVisible()
    if state:
        assert row.state.text() == state
        assert "Open and small meanwhile: Phikon" in row.reason.text()
    assert texts(win, "error") == ""


def test_access_is_asked_for_only_on_request_and_opens_the_download(qtbot, real, stand_in):
    token = hub.hub_cache().parent / "token"
    token.parent.mkdir(parents=True)
    token.write_text(GOOD_TOKEN)
    win = real()
    row = unfold(qtbot, win, "uni")
    stand_in.refusal = "waiting"
    (check,) = [each for each in row.menu().actions() if each.text() == "Check access"]
    check.trigger()
    qtbot.waitUntil(lambda: row.state.text() == "Waits for approval", timeout=20_000)
    stand_in.refusal = ""
    press(qtbot, win, row, "check")
    qtbot.waitUntil(lambda: row.state.text() == "Can be downloaded", timeout=20_000)
    assert "download" in row.buttons


def test_signing_in_masks_the_token_and_leaves_it_to_the_hubs_store(qtbot, real, stand_in, capfd):
    win = real()
    row = unfold(qtbot, win, "uni")
    press(qtbot, win, row, "sign-in")
    dialog = win.weights.dialog
    assert dialog.field.echoMode() == QLineEdit.EchoMode.Password
    assert not dialog.sign_in_button.isEnabled()
    qtbot.keyClicks(dialog.field, "hf_wrong")
    click(qtbot, dialog.sign_in_button)
    qtbot.waitUntil(lambda: "does not accept the token" in dialog.problem.text(), timeout=20_000)
    assert dialog.field.text() == ""
    qtbot.keyClicks(dialog.field, GOOD_TOKEN)
    click(qtbot, dialog.sign_in_button)
    qtbot.waitUntil(lambda: "Signed in to Hugging Face as ada." in texts(win), timeout=20_000)
    qtbot.waitUntil(lambda: row.state.text() == "Needs accepted terms")
    assert win.weights.dialog is None
    assert hub.has_token()
    labels = [action.text() for action in win.encoder_panel.add_menu.actions()]
    assert "Sign out of Hugging Face" in labels
    win.encoder_panel.add_requested.emit("sign-out")
    qtbot.waitUntil(lambda: "Signed out" in texts(win), timeout=20_000)
    assert not hub.has_token()
    qtbot.waitUntil(idle(win))
    kept = [path for path in encoders_dir().parent.rglob("*") if path.is_file()]
    assert not [path for path in kept if GOOD_TOKEN.encode() in path.read_bytes()]
    said = capfd.readouterr()
    assert GOOD_TOKEN not in said.out + said.err


def test_enter_after_the_token_signs_in_and_opens_no_page(qtbot, window):
    win = window()
    win.weights.ask_token()
    dialog = win.weights.dialog
    given, pages = [], []
    for signal, kept in ((dialog.token_given, given), (dialog.page_requested, pages)):
        signal.disconnect()
        signal.connect(kept.append)
    qtbot.keyClicks(dialog.field, "hf_abc")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert (given, pages) == (["hf_abc"], [])
    dialog.reject()


def test_offline_in_the_settings_asks_nobody(qtbot, real, stand_in, monkeypatch):
    made = []
    original = KeptSettings.load

    def load(self):
        original(self)
        self.now = replace(self.now, run=new_settings(offline=True))
        made.append(self)

    monkeypatch.setattr(KeptSettings, "load", load)
    win = real()
    row = unfold(qtbot, win, "phikon")
    assert row.state.text() == "Offline"
    assert "switched off in the settings" in row.reason.text()
    win.weights.download("phikon")
    assert "switched off in the settings" in row.failure.text()
    win.weights.check("uni")
    win.weights.ask_token()
    assert win.weights.dialog is None
    qtbot.waitUntil(idle(win))
    assert stand_in.tokens == []


def test_the_model_page_is_opened_for_rows_of_both_kinds(qtbot, real, desktop):
    win = real()
    press(qtbot, win, unfold(qtbot, win, "uni"), "page")
    assert desktop.pages == [encoder("uni").page]
    win.encoder_panel.folds["listed"].button.setChecked(True)
    listed = win.encoder_panel.listed["exaone-path-2.0"]
    assert "takes whole slides" in listed.reason.text()
    assert listed.state.text() == "Runs elsewhere"
    assert win.encoder_panel.listed["atlas"].state.text() == "Not public"
    scroll_to(win, listed)
    click(qtbot, listed.buttons["page"])
    assert desktop.pages[-1] == "https://huggingface.co/LGAI-EXAONE/EXAONE-Path-2.0"


def small_weights(path, fits=True):
    """A file with the names and shapes of the small ViT that SP22M is; or of no encoder."""
    import timm
    from safetensors.torch import save_file

    model = timm.create_model("vit_small_patch16_224", num_classes=0, depth=12 if fits else 2)
    save_file(model.state_dict(), path)
    return path


def drop(panel, paths, place=None):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(panel.rect().center() if place is None else place),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    panel.dropEvent(event)


def test_a_file_dropped_on_a_row_is_that_encoders_and_is_used_again_next_time(
    qtbot, real, tmp_path
):
    path = small_weights(tmp_path / "mine.safetensors")
    win = real()
    row = unfold(qtbot, win, "sp22m")
    panel = win.encoder_panel

    def middle():
        scroll_to(win, row)
        return row.mapTo(panel, row.rect().center())

    qtbot.waitUntil(lambda: row.isAncestorOf(panel.childAt(middle())))
    drop(panel, [path], middle())
    qtbot.waitUntil(done(row), timeout=20_000)
    assert f"runs with the weights in {path}" in texts(win)
    win.close()
    qtbot.waitUntil(lambda: not win.isVisible())
    assert load_settings(win.settings_file).weights == {"sp22m": str(path)}
    again = real()
    qtbot.waitUntil(done(again.encoder_panel.rows["sp22m"]))


def test_a_file_that_does_not_fit_says_what_it_is_in_the_row(qtbot, real, tmp_path, monkeypatch):
    path = small_weights(tmp_path / "mine.safetensors", fits=False)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(path), ""))
    win = real()
    row = unfold(qtbot, win, "uni")
    press(qtbot, win, row, "file")
    qtbot.waitUntil(lambda: row.failure.isVisible(), timeout=20_000)
    assert row.failure.text().startswith(
        "mine.safetensors is not UNI: it has 2 blocks of width 384, patches of 16 px; it fits no "
        "encoder that pathgui knows."
    )
    assert {"file", "page"} <= set(row.buttons)
    assert row.state.text() == "Needs sign-in"


def test_a_file_of_several_encoders_is_asked_about(qtbot, real, tmp_path):
    path = small_weights(tmp_path / "which.safetensors")
    win = real()
    drop(win.encoder_panel, [path], win.encoder_panel.rect().topLeft())
    qtbot.waitUntil(lambda: win.weights.which is not None, timeout=20_000)
    dialog = win.weights.which
    names = [dialog.list.item(i).text() for i in range(dialog.list.count())]
    assert "SP22M" in names
    assert len(names) > 1
    dialog.list.setCurrentRow(names.index("SP22M"))
    click(qtbot, dialog.use_button)
    qtbot.waitUntil(done(win.encoder_panel.rows["sp22m"]), timeout=20_000)
    assert encoder("sp22m").title == "SP22M, file not verified"


def test_a_file_of_no_encoder_dropped_on_the_panel_becomes_one_of_ones_own(qtbot, real, tmp_path):
    """Also if it happens to be dropped on an encoder that takes no other weights."""
    path = small_weights(tmp_path / "mine.safetensors", fits=False)
    win = real()
    shell = win.encoder_panel.rows["shell"]
    drop(win.encoder_panel, [path], shell.mapTo(win.encoder_panel, shell.rect().center()))
    qtbot.waitUntil(lambda: win.weights.own.dialog is not None, timeout=20_000)
    dialog = win.weights.own.dialog
    qtbot.waitUntil(dialog.add_button.isEnabled, timeout=20_000)
    assert "2 blocks of width 384" in dialog.said.text()
    assert dialog.title_field.text() == "mine"
    dialog.title_field.setText("")
    click(qtbot, dialog.add_button)
    assert "Give the encoder a name" in dialog.problem.text()
    dialog.title_field.setText("Lab model")
    dialog.input_px.setValue(100)
    click(qtbot, dialog.try_button)
    assert "a multiple of that" in dialog.problem.text()
    dialog.input_px.setValue(32)
    dialog.mpp.setValue(0.25)
    click(qtbot, dialog.copy_button)
    command = QGuiApplication.clipboard().text()
    assert command.startswith(
        f"pathgui encoders add {path} --name 'Lab model' --mpp 0.25 --side 32"
    )
    click(qtbot, dialog.add_button)
    qtbot.waitUntil(lambda: "lab-model" in win.encoder_panel.rows, timeout=20_000)
    assert encoder("lab-model").tile.mpp == 0.25
    assert (encoders_dir() / "lab-model.toml").exists()
    assert win.weights.own.dialog is None


def test_a_file_with_a_published_architecture_is_ones_own_first(qtbot, real, tmp_path):
    path = small_weights(tmp_path / "which.safetensors")
    win = real()
    drop(win.encoder_panel, [path], win.encoder_panel.rect().topLeft())
    qtbot.waitUntil(lambda: win.weights.which is not None, timeout=20_000)
    qtbot.waitUntil(win.weights.which.isVisible)
    assert win.weights.which.list.currentItem().text() == "Our own encoder…"
    click(qtbot, win.weights.which.use_button)
    qtbot.waitUntil(lambda: win.weights.own.dialog is not None, timeout=20_000)
    dialog = win.weights.own.dialog
    qtbot.waitUntil(dialog.add_button.isEnabled, timeout=20_000)
    assert "the architecture of " in dialog.said.text()
    dialog.reject()


def test_a_folder_as_timm_publishes_it_becomes_an_encoder_of_ones_own(qtbot, real, tmp_path):
    folder = tmp_path / "Bladder40M"
    folder.mkdir()
    small_weights(folder / "model.safetensors", fits=False)
    (folder / "config.json").write_text(
        '{"architecture": "vit_small_patch16_224", "num_classes": 0, "global_pool": "token", '
        '"model_args": {"depth": 2}, "pretrained_cfg": {"mean": [0.6, 0.5, 0.5], '
        '"std": [0.2, 0.2, 0.2], "input_size": [3, 224, 224], "license": "mit"}}'
    )
    win = real()
    drop(win.encoder_panel, [folder], win.encoder_panel.rect().topLeft())
    qtbot.waitUntil(lambda: "bladder40m" in win.encoder_panel.rows, timeout=20_000)
    row = win.encoder_panel.rows["bladder40m"]
    qtbot.waitUntil(done(row))
    assert row.origin.text() == f"Described in {encoders_dir() / 'bladder40m.toml'}"
    spec = encoder("bladder40m")
    assert (spec.dim, spec.pooling, spec.licence) == (384, "cls", "mit")
    assert "mean 0.6, 0.5, 0.5" in spec.transform
    tiles = np.zeros((1, 224, 224, 3), np.uint8)
    assert spec.load("cpu", "fp32")(tiles).shape == (1, 384)


def trident_file(path):
    with h5py.File(path, "w") as file:
        file["features"] = np.ones((3, 8), np.float32)
        file["features"].attrs["encoder"] = "virchow2"
        file.create_dataset("coords", data=np.array([(0, 0), (1, 0), (0, 1)]) * 256)
    return path


def test_imported_embeddings_are_a_row_of_their_own_and_can_be_removed(qtbot, real, tmp_path):
    path = trident_file(tmp_path / "slide-1.h5")
    win = real()
    drop(win.encoder_panel, [path])
    qtbot.waitUntil(lambda: "virchow2-imported" in win.encoder_panel.rows, timeout=20_000)
    row = win.encoder_panel.rows["virchow2-imported"]
    qtbot.waitUntil(done(row))
    assert row.detail.text() == "8 numbers · embeddings of another program"
    assert row.origin.text() == f"Imported from {path}"
    assert not row.pooling_line.isVisible()
    assert "It stands in the list like any encoder." in texts(win)
    (remove,) = row.menu().actions()
    remove.trigger()
    qtbot.waitUntil(lambda: "virchow2-imported" not in win.encoder_panel.rows)
    qtbot.waitUntil(lambda: "is off the list" in texts(win))
    assert path.is_file()
    assert list(imports_dir().iterdir()) == []


def test_a_file_of_embeddings_that_is_damaged_says_so(qtbot, real, tmp_path):
    path = tmp_path / "broken.h5"
    path.write_bytes(b"nothing")
    win = real()
    drop(win.encoder_panel, [path])
    qtbot.waitUntil(lambda: "broken.h5 is damaged or no HDF5 file" in texts(win, "error"))


def test_encoders_of_ones_own_are_listed_and_faulty_ones_named(qtbot, real):
    folder = encoders_dir()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fine-tune.toml").write_text(
        'title = "Our fine-tune"\ndim = 384\ninput_px = 224\nmpp = 0.5\npooling = "cls"\n'
        "mean = [0.5, 0.5, 0.5]\nstd = [0.5, 0.5, 0.5]\n[model]\n"
        'arch = "vit_small_patch16_224"\n[weights]\nfile = "fine-tune.safetensors"\n'
    )
    (folder / "wrong.toml").write_text("title = 3\n")
    win = real()
    row = win.encoder_panel.rows["fine-tune"]
    assert row.state.text() == "Missing"
    assert row.origin.text() == f"Described in {folder / 'fine-tune.toml'}"
    assert f"{folder / 'wrong.toml'} does not describe an encoder" in texts(win, "caution")
    small_weights(folder / "fine-tune.safetensors")
    win.encoder_panel.add_requested.emit("look")
    qtbot.waitUntil(done(row), timeout=20_000)
    (folder / "fine-tune.toml").unlink()
    (folder / "fine-tune.safetensors").unlink()
    (folder / "wrong.toml").unlink()


def test_looking_again_leaves_the_ticks_as_they_are(qtbot, window):
    win = window()
    win.encoder_panel.tick(["shell"])
    win.encoder_panel.add_requested.emit("look")
    qtbot.waitUntil(idle(win))
    assert win.encoder_panel.ticked == ("shell",)


def test_a_bug_while_downloading_is_shown_as_one(qtbot, real, monkeypatch):
    shown = []
    monkeypatch.setattr(MainWindow, "show_error", lambda self, error: shown.append(error))
    win = real()
    broken = replace(win.services.weights, download=lambda spec, report: 1 / 0)
    win.weights._weights = broken
    row = unfold(qtbot, win, "phikon")
    press(qtbot, win, row, "download")
    qtbot.waitUntil(lambda: bool(shown))
    assert isinstance(shown[0], ZeroDivisionError)
    qtbot.waitUntil(lambda: row.state.text() == "Can be downloaded" and "download" in row.buttons)


def test_services_of_the_window_are_those_of_core():
    assert Services().weights.use_weights is Registry.use_weights
    with pytest.raises(WeightsError):
        Services().weights.use_weights(registry, "uni", encoders_dir() / "nothing.bin")
