import dataclasses
import os
import zipfile

import pytest

from pathgui.core.errors import RecordError
from pathgui.core.progress import Cancelled
from pathgui.core.results.run_list import list_runs
from pathgui.core.runs.kept_runs import delete_run, pack_run, rename_run
from pathgui.core.runs.run_files import load_evaluation, save_evaluation
from tests.run_factory import make_evaluation


def kept(folder, name, finished="2026-11-23T09:34:12+01:00", **options):
    evaluation = make_evaluation(**options)
    run = dataclasses.replace(evaluation.run, finished=finished)
    save_evaluation(dataclasses.replace(evaluation, run=run), folder / f"{name}.pgrun")
    return folder / f"{name}.pgrun"


def test_the_newest_run_comes_first_and_says_what_it_found(tmp_path):
    kept(tmp_path, "old", "2026-11-01T09:00:00+01:00")
    kept(tmp_path, "new", "2026-11-02T09:00:00+01:00", n_encoders=3)
    (tmp_path / "notes.txt").write_text("not a run")
    entries = list_runs(tmp_path)
    assert [entry.name for entry in entries] == ["new", "old"]
    assert entries[0].slide == "Meyer_Anna_1961.svs"
    assert entries[0].encoders == ("Color statistics", "EfficientNet-Lite0", "SHELL")
    assert entries[0].headline.startswith("SHELL: RI 0.9")


def test_a_damaged_run_is_listed_last_with_its_problem(tmp_path):
    kept(tmp_path, "good")
    broken = kept(tmp_path, "broken")
    (broken / "run.json").write_text("{")
    other = kept(tmp_path, "another alphabet")
    (other / "run.json").write_bytes('{"name": "Süd"}'.encode("latin-1"))
    (tmp_path / "empty.pgrun").mkdir()
    entries = list_runs(tmp_path)
    assert [entry.name for entry in entries] == ["good", "another alphabet", "broken", "empty"]
    assert "damaged" in entries[1].problem
    assert "damaged" in entries[2].problem
    assert "cannot be read" in entries[3].problem


def test_without_a_folder_there_are_no_runs(tmp_path):
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_without_an_index_says_so(tmp_path):
    kept(tmp_path, "one center", assessable=False, slide=False)
    entry = list_runs(tmp_path)[0]
    assert entry.headline == "Robustness index not assessable"
    assert entry.slide == ""


def test_a_renamed_run_opens_under_its_new_name(tmp_path):
    folder = kept(tmp_path, "first")
    target = rename_run(folder, "Präp 1, after the scanner change")
    assert not folder.exists()
    assert load_evaluation(target).run.id


@pytest.mark.parametrize("name", ["", "  ", "a/b", "..", ".hidden", 'a"b', "a\\b"])
def test_a_name_that_no_folder_can_have_is_refused(tmp_path, name):
    folder = kept(tmp_path, "first")
    with pytest.raises(RecordError, match="cannot be called"):
        rename_run(folder, name)
    assert folder.exists()


def test_a_name_that_is_taken_is_refused(tmp_path):
    folder, other = kept(tmp_path, "first"), kept(tmp_path, "second")
    with pytest.raises(RecordError, match="already"):
        rename_run(folder, "second")
    assert folder.exists()
    assert other.exists()


def test_only_a_run_is_deleted(tmp_path):
    folder = kept(tmp_path, "first")
    precious = tmp_path / "photos"
    precious.mkdir()
    with pytest.raises(RecordError, match="is no run"):
        delete_run(precious)
    assert precious.is_dir()
    delete_run(folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos"]


def test_the_zip_holds_the_run_and_opens_elsewhere(tmp_path):
    folder = kept(tmp_path, "first")
    pack_run(folder, tmp_path / "first.zip")
    with zipfile.ZipFile(tmp_path / "first.zip") as packed:
        packed.extractall(tmp_path / "elsewhere")
    assert (
        load_evaluation(tmp_path / "elsewhere" / "first.pgrun").run == load_evaluation(folder).run
    )


def test_a_run_of_files_from_before_1980_is_packed(tmp_path):
    run = kept(tmp_path, "a")
    os.utime(run / "run.json", (0, 0))
    pack_run(run, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as packed:
        assert packed.getinfo("a.pgrun/run.json").date_time[0] == 1980


def test_packing_that_is_stopped_or_fails_leaves_nothing(tmp_path):
    folder = kept(tmp_path, "first")

    def stop(event):
        raise Cancelled

    with pytest.raises(Cancelled):
        pack_run(folder, tmp_path / "first.zip", stop)
    with pytest.raises(RecordError, match="could not be packed"):
        pack_run(folder, tmp_path / "nowhere" / "first.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.pgrun"]
