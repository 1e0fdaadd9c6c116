from pathlib import Path

from pathgui import folders


def test_one_variable_moves_everything(monkeypatch, tmp_path):
    monkeypatch.setenv("PATHGUI_HOME", str(tmp_path))
    places = [folders.cache_dir(), folders.config_dir(), folders.log_dir(), folders.runs_dir()]
    assert all(place.parent == tmp_path for place in places)
    assert len(set(places)) == 4


def test_otherwise_the_folders_of_the_system_are_used(monkeypatch):
    monkeypatch.delenv("PATHGUI_HOME")
    places = [folders.cache_dir(), folders.config_dir(), folders.log_dir(), folders.runs_dir()]
    assert all(place.is_absolute() and "pathgui" in place.parts for place in places)
    assert Path.home() in folders.runs_dir().parents
