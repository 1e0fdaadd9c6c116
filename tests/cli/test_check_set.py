"""``pathgui reference check``."""

from __future__ import annotations

import json
import re

from pathgui.cli.main import EXIT_CRITERIA, EXIT_DONE, EXIT_INPUT, run
from pathgui.core.baselines.standing import evidence_of
from pathgui.core.report.render.document import Bullets
from pathgui.core.report.sections.file import file as for_the_file
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.subject import Subject
from pathgui.core.runs.kept_appraisal import load_appraisal
from pathgui.core.runs.run_files import load_evaluation, load_run
from tests.material import make_reference


def test_a_set_is_checked_on_one_page_and_in_a_file(tmp_path, capsys):
    reference = make_reference(tmp_path / "set").folder
    file = tmp_path / "found.json"
    words = ["reference", "check", str(reference), "--json", str(file)]
    assert run(words) == EXIT_DONE
    told = capsys.readouterr().out
    assert "Tiles (slides, patients) of each tissue at each center" in " ".join(told.split())
    assert "12 (3, 3)" in told
    assert "Shortcut sweep (APD): can be measured." in told
    assert "Color statistics (control)" in told
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["cells"]["tiles"] == [[12, 12], [12, 12]]
    assert [each["name"] for each in kept["encoders"]] == ["color-statistics"]
    assert run(words) == EXIT_INPUT
    assert run([*words, "--overwrite"]) == EXIT_DONE


def test_a_set_that_must_be_mended_ends_with_3(tmp_path, capsys):
    reference = make_reference(tmp_path / "set", slides=1).folder
    assert run(["reference", "check", str(reference)]) == EXIT_CRITERIA
    told = capsys.readouterr().out
    assert "!! Something in this set must be mended before it is used." in told
    assert "!! Robustness index and its relatives: not assessable." in told


def test_a_quick_look_takes_no_encoder_and_pictures_go_into_a_new_folder(tmp_path, capsys):
    reference = make_reference(tmp_path / "Größe 1").folder
    words = ["reference", "check", str(reference), "--quick", "--pictures", str(tmp_path / "a b")]
    assert run(words) == EXIT_DONE
    assert "Color statistics" not in capsys.readouterr().out
    assert (tmp_path / "a b" / "index.html").exists()
    assert run(words) == EXIT_INPUT
    assert "Name a new folder" in capsys.readouterr().err


def test_the_encoders_and_the_k_of_a_run_are_taken(tmp_path, capsys):
    reference = make_reference(tmp_path / "set", slides=4).folder
    out = tmp_path / "a.pgrun"
    words = ["--encoder", "color-statistics", "--k", "5", "--device", "cpu"]
    assert run(["evaluate", "--reference", str(reference), "--out", str(out), *words]) == EXIT_DONE
    file = tmp_path / "found.json"
    words = ["reference", "check", str(reference), "--run", str(out), "--json", str(file)]
    assert run(words) == EXIT_DONE
    (one,) = json.loads(file.read_text(encoding="utf-8"))["encoders"]
    assert one["power"]["kind"] == "NotAssessable" or one["power"]["k"] == 5
    assert "Kept beside the run" in capsys.readouterr().out
    kept = load_appraisal(out, load_run(out))
    assert [each.name for each in kept.found.encoders] == ["color-statistics"]
    evidence = evidence_of(out, load_run(out))
    blocks = for_the_file(Subject(load_evaluation(out), ReportOptions(), evidence=evidence))
    (said,) = [" ".join(each.items) for each in blocks if isinstance(each, Bullets)]
    assert "How wide intervals will be" in said  # or why it cannot be said of these colors
    assert "was not computed" not in repr(blocks)
    other = make_reference(tmp_path / "other", slides=3).folder
    words = ["reference", "check", str(other), "--run", str(out)]
    assert run(words) in (EXIT_DONE, EXIT_CRITERIA)
    assert "not the set that the run was made with" in capsys.readouterr().out
    assert load_appraisal(out, load_run(out)) == kept


def test_a_set_that_is_none_and_an_encoder_that_is_none_are_said(tmp_path, capsys):
    assert run(["reference", "check", str(tmp_path)]) == EXIT_INPUT
    reference = make_reference(tmp_path / "set").folder
    assert run(["reference", "check", str(reference), "--encoder", "unheard"]) == EXIT_INPUT
    assert "No encoder is called 'unheard'" in capsys.readouterr().err


def test_a_set_is_checked_with_another_column_in_the_centers_role(tmp_path, capsys):
    reference = make_reference(tmp_path / "set", slides=4).folder
    file, pictures = tmp_path / "found.json", tmp_path / "look"
    words = ["reference", "check", str(reference), "--center-column", "Scanner"]
    assert run([*words, "--json", str(file), "--pictures", str(pictures)]) == EXIT_DONE
    told = " ".join(capsys.readouterr().out.split())
    assert "of each tissue at each scanner" in told
    assert re.findall(r"\bcenters?\b", told, re.IGNORECASE) == []
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert kept["columns"] == {"center": "scanner", "tissue": "tissue"}
    assert kept["cells"]["centers"] == ["GT450", "P1000"]
    header = (pictures / "tiles.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header == "tile,picture,slide_id,tissue,scanner,found,why"
    assert run([*words, "--center-column", "center"]) == EXIT_INPUT
    assert "one center column at a time" in " ".join(capsys.readouterr().err.split())
    for wrong, why in (("marker", "cannot play the center"), ("moon", "has no column 'moon'")):
        assert run([*words[:-1], wrong, "--quick"]) == EXIT_INPUT
        assert why in " ".join(capsys.readouterr().err.split())
