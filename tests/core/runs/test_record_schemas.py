"""The schemas that are shipped are those of the records, and every example fits them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest

from pathgui.assets import asset_path
from pathgui.core.evaluation.appraised_set import appraise_with
from pathgui.core.phantom.demo import make_demo
from pathgui.core.reference.build import build_reference
from pathgui.core.runs.kept_corrections import TriedCorrections, add_corrections
from pathgui.core.runs.kept_what_if import add_what_if
from pathgui.core.runs.options import new_settings
from pathgui.core.runs.qualification import keep_qualification
from pathgui.core.runs.record_schemas import SCHEMAS, field_comments, schema_text
from pathgui.core.runs.run_files import load_run, save_evaluation
from pathgui.core.slides.slide import open_slide
from pathgui.core.system.json_records import to_json
from pathgui.core.what_if.results import TriedWhatIf
from tests.asking import ask, evaluate
from tests.core.results.test_corrections import LEACE
from tests.core.results.test_corrections import found as corrected
from tests.core.results.test_qualification import FOUND as QUALIFIED
from tests.core.what_if.test_results import FOUND as WHAT_IF
from tests.known import encoder
from tests.material import make_reference
from tests.run_factory import make_evaluation, with_maps

FORMAT_1 = Path(__file__).parent / "format_1" / "run.json"


def faults(name: str, content: bytes) -> list[str]:
    """Where a file does not fit its schema."""
    schema = json.loads(asset_path(f"schemas/{name}.schema.json").read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    found = jsonschema.Draft202012Validator(schema).iter_errors(json.loads(content))
    return [f"{fault.json_path}: {fault.message}"[:200] for fault in found]


@pytest.mark.parametrize("name", list(SCHEMAS))
def test_the_schemas_that_are_shipped_are_those_of_the_records(name):
    assert asset_path(f"schemas/{name}").read_bytes() == schema_text(name), (
        f"A record has changed: {Path(sys.executable).name} -m pathgui.core.runs.record_schemas"
    )


def test_what_is_kept_beside_a_run_fits(tmp_path):
    run = make_evaluation(1).run
    add_what_if(tmp_path, run, TriedWhatIf("shell", "2026-03-05T10:00:00+00:00", "0.1", WHAT_IF))
    tried = TriedCorrections("shell", "2026-03-05T10:00:00+00:00", "0.1", corrected(LEACE))
    add_corrections(tmp_path, run, tried)
    keep_qualification(QUALIFIED, tmp_path)
    for name in ("what-if", "corrections", "qualification"):
        assert faults(name, (tmp_path / f"{name}.json").read_bytes()) == []
    damaged = (tmp_path / "what-if.json").read_bytes().replace(b'"run_id"', b'"run"')
    assert faults("what-if", damaged)


def test_an_appraisal_fits(tmp_path):
    reference = make_reference(tmp_path / "set")
    found = appraise_with(reference, [encoder("color-statistics")], None, settings=new_settings())
    assert faults("appraisal", to_json(found)) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"in_depth": True, "given_center": True},
        {"assessable": False},
        {"slide": False},
        {"failure": True},
        {"n_encoders": 0},
    ],
)
def test_runs_of_every_kind_fit(facts):
    evaluation = make_evaluation(**facts)
    assert faults("run", to_json(evaluation.run)) == []
    assert faults("run", to_json(with_maps(evaluation, n=20).run)) == []


def test_a_fresh_run_and_its_reference_set_fit(tmp_path, slide_path):
    reference = make_reference(tmp_path / "set")
    with open_slide(slide_path) as slide:
        request = ask(reference, ("color-statistics", "shell"), slide, center="Lakeside", k=5)
        save_evaluation(evaluate(request), tmp_path / "a.pgrun")
    assert faults("run", (tmp_path / "a.pgrun" / "run.json").read_bytes()) == []
    assert faults("reference", (reference.folder / "reference.json").read_bytes()) == []


def test_a_run_of_the_demo_fits(tmp_path):
    demo = make_demo(
        tmp_path / "phantom", center_effect=0.4, n_slides=2, n_tiles=2, slide_size_px=(800, 672)
    )
    reference = build_reference(demo.manifest, tmp_path / "demo.pgref").reference
    with open_slide(demo.slide) as slide:
        request = ask(reference, ("color-statistics",), slide, maps=False, k=5)
        save_evaluation(evaluate(request), tmp_path / "a.pgrun")
    assert faults("run", (tmp_path / "a.pgrun" / "run.json").read_bytes()) == []
    assert faults("reference", (reference.folder / "reference.json").read_bytes()) == []


def test_a_run_of_format_1_does_not_fit_until_it_is_read_and_written_again(tmp_path):
    assert "$.format: 2 was expected" in faults("run", FORMAT_1.read_bytes())
    (tmp_path / "a.pgrun").mkdir()
    (tmp_path / "a.pgrun" / "run.json").write_bytes(FORMAT_1.read_bytes())
    evaluation = make_evaluation(1, slide=False)
    object.__setattr__(evaluation, "run", load_run(tmp_path / "a.pgrun"))
    save_evaluation(evaluation, tmp_path / "b.pgrun")
    assert faults("run", (tmp_path / "b.pgrun" / "run.json").read_bytes()) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda run: run.pop("encoders"), "'encoders' is a required property"),
        (lambda run: run.update(format=3), "$.format"),
        (lambda run: run["slide"].update(mpp="0.25"), "$.slide"),
        (lambda run: run["encoders"][0]["reference"]["robustness_index"].pop("kind"), "$.encoders"),
    ],
)
def test_what_is_no_record_does_not_fit(change, where):
    run = json.loads(to_json(make_evaluation(1).run))
    change(run)
    (fault,) = faults("run", json.dumps(run).encode())
    assert where in fault


def test_comments_of_the_source_say_what_a_field_is():
    class Record:
        """A record."""

        # of the slide,
        # in pixels
        width: int
        height: int  # in pixels too
        depth: float  # in µm
        plain: int = 3
        hushed: int = 4  # fmt: skip

    assert field_comments(Record) == {
        "width": "of the slide, in pixels", "height": "in pixels too", "depth": "in µm",
    }  # fmt: skip
