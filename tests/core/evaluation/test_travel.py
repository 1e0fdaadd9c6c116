"""A request can be carried out by another process, which opens all that the request names."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pathgui.core.errors import ReferenceSetError, SlideError
from pathgui.core.evaluation.dry_run import evaluation_cost
from pathgui.core.evaluation.evaluate import EvaluationRequest, evaluate
from pathgui.core.imported.as_encoders import import_embeddings
from pathgui.core.reference.reference_set import ReferenceSet
from pathgui.core.runs.options import new_settings
from pathgui.core.slides.slide_file import SlideFile
from tests.known import encoder, registry
from tests.material import make_reference

ROOT = Path(__file__).resolve().parents[3]

CHILD = """
import pickle, sys
from pathgui.core.evaluation.evaluate import evaluate
evaluation = evaluate(pickle.load(sys.stdin.buffer))
run = evaluation.run
told = [(each.encoder, each.reference, each.slide) for each in run.encoders]
pickle.dump((told, run.slide, run.failures, evaluation.tiles), sys.stdout.buffer)
"""


@pytest.fixture
def reference(tmp_path: Path) -> ReferenceSet:
    return make_reference(tmp_path / "set")


def asked(reference: ReferenceSet, slide: Path, *names: str) -> EvaluationRequest:
    with SlideFile(slide).open() as opened:
        file = SlideFile.of(opened)
    specs = registry.chosen(("color-statistics", *names))
    settings = new_settings(device="cpu", maps=False, shortcut="none", max_tiles=12)
    return EvaluationRequest(reference.place, specs, file, settings)


def test_a_fresh_process_gives_the_same_numbers(reference, slide_path, tmp_path):
    values = np.random.default_rng(0).normal(size=(len(reference), 4)).astype(np.float32)
    np.savez(tmp_path / "mine.npz", features=values, tile=np.array(reference.tiles))
    imported = import_embeddings(registry, [tmp_path / "mine.npz"], tmp_path / "imported")
    request = asked(reference, slide_path, imported.name)
    message = pickle.dumps(request)
    assert len(message) < 10_000  # facts and paths, not what they lead to
    done = subprocess.run(
        [sys.executable, "-c", CHILD], input=message, capture_output=True, cwd=ROOT, check=True
    )
    told, slide, failures, tiles = pickle.loads(done.stdout)
    here = evaluate(request)
    assert told == [(each.encoder, each.reference, each.slide) for each in here.run.encoders]
    assert slide == here.run.slide
    assert failures == here.run.failures
    assert [failure.name for failure in failures] == [imported.name]  # it has no tiles of a slide
    name = request.encoders[0]
    assert here.tiles is not None
    np.testing.assert_array_equal(tiles.cells, here.tiles.cells)
    np.testing.assert_array_equal(tiles.distance[name], here.tiles.distance[name])


def test_another_reference_set_in_its_folder_is_refused(reference, slide_path, tmp_path):
    request = asked(reference, slide_path)
    shutil.rmtree(reference.folder)
    make_reference(tmp_path / "set", slides=5)
    assert reference.folder.is_dir()
    for carry_out in (evaluate, evaluation_cost):
        with pytest.raises(ReferenceSetError, match="Another reference set lies in"):
            carry_out(request)


def test_another_slide_at_its_path_is_refused(reference, slide_path, tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(slide_path.read_bytes())
    request = asked(reference, path)
    picture = np.full((1024, 1024, 3), 120, np.uint8)
    tifffile.imwrite(path, picture, tile=(256, 256), photometric="rgb")
    for carry_out in (evaluate, evaluation_cost):
        with pytest.raises(SlideError, match="is not the slide that is meant"):
            carry_out(request)


def test_the_slide_is_closed_again(reference, slide_path, monkeypatch):
    opened = []
    honest = SlideFile.open

    def noted(*given):
        opened.append(honest(*given))
        return opened[-1]

    monkeypatch.setattr(SlideFile, "open", noted)
    request = asked(reference, slide_path)
    opened.clear()
    evaluation_cost(request, warm_up=False)
    (slide,) = opened
    assert slide._openslide._closed
    assert encoder("color-statistics") in request.specs
