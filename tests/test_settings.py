import json
from dataclasses import replace

import pytest

from pathgui.core.errors import SettingsError
from pathgui.core.runs.options import new_settings
from pathgui.settings import Settings, load_settings, save_settings


def test_without_a_file_the_defaults_hold(tmp_path):
    assert load_settings(tmp_path / "settings.json") == Settings()


def test_what_is_saved_is_loaded(tmp_path):
    path = tmp_path / "deep" / "settings.json"
    settings = replace(
        Settings(),
        run=new_settings(device="cpu", k=11, max_tiles=500),
        encoders=("shell",),
        overlay_opacity=0.2,
        theme="dark",
    )
    save_settings(settings, path)
    assert load_settings(path) == settings


def test_a_key_that_is_not_known_is_ignored_with_a_warning(tmp_path, caplog):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"seed": 3, "colour": "red"}))
    assert load_settings(path) == replace(Settings(), run=new_settings(seed=3))
    assert "'colour'" in caplog.text


@pytest.mark.parametrize(("direct", "reader"), [(True, "direct"), (False, "openslide")])
def test_the_reader_of_earlier_files_is_that_of_today(tmp_path, caplog, direct, reader):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"direct_reader": direct, "seed": 3}))
    settings = load_settings(path)
    assert settings.run == new_settings(reader=reader, seed=3)
    assert caplog.text == ""
    save_settings(settings, path)
    assert json.loads(path.read_text())["reader"] == reader
    path.write_text(json.dumps({"direct_reader": direct, "reader": "openslide"}))
    assert load_settings(path).run.reader == "openslide"  # what was said last


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{", "cannot be read"),
        ("[1]", "does not hold settings"),
        ('{"device": "tpu"}', "device"),
        ('{"direct_reader": 1}', "direct_reader makes no sense"),
        ('{"k": 0}', "k must be"),
        ('{"k": "many"}', "k must be auto, a number"),
        ('{"encoders": "shell"}', "encoders"),
        ('{"max_tiles": -1}', "max_tiles"),
        ('{"overlay_opacity": 1.5}', "overlay_opacity"),
        ('{"theme": "pink"}', "theme must be one of system, light, dark"),
        ('{"store_limit_gb": 0}', "store_limit_gb"),
        ('{"seed": -1}', "seed"),
        ('{"seed": 4294967296}', "seed must be at most"),
        ('{"max_tiles": 4294967296}', "max_tiles must be at most"),
        ('{"k": 4294967296}', "k must be at most"),
    ],
)
def test_a_damaged_file_is_named_and_says_what_to_do(tmp_path, text, names):
    path = tmp_path / "settings.json"
    path.write_text(text)
    with pytest.raises(SettingsError) as error:
        load_settings(path)
    assert str(path) in str(error.value)
    assert names in str(error.value)
    assert "delete it" in str(error.value)


def test_settings_that_cannot_be_written_say_where(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SettingsError, match="cannot be written"):
        save_settings(Settings(), tmp_path / "file" / "settings.json")
