"""Real tiles: the values that others computed on them come out of the main path."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from pathgui.core.measurement.measure import measure
from pathgui.core.measurement.results import RobustnessIndex
from pathgui.core.reference.labels import TileLabels
from tests.shared_data import shared

ENCODERS = ("tf_efficientnet_lite0", "squeezenet1_0", "lavlab_shell_fixedHED", "open_nsfw_r50thin")


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("k", [1, 5, 11, 15, 31])
def test_the_whole_set_gives_the_index_of_its_balanced_part(encoder, k):
    with shared("tiles", "monuseg-tcga", "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    labels = TileLabels(
        tissue=np.array([row["tissue"] for row in rows]),
        center=np.array([row["center"] for row in rows]),
        slide=np.array([row["slide_id"] for row in rows]),
        patient=np.array([row["patient_id"] for row in rows]),
    )
    reference = shared("reference", "encoders", "monuseg_expected_metrics.json")
    expected = json.loads(reference.read_text())["metrics"][encoder]["RI"][str(k)]
    with np.load(shared("reference", "encoders", "monuseg_embeddings_f16.npz")) as file:
        values = file[encoder].astype(np.float64)
    measured = measure(values, labels, k=k, probes=False, geometry=False)
    assert measured.n_used == 368
    assert len(measured.dropped_centers) == 17
    assert any("kidney" in notice for notice in measured.notices)
    assert isinstance(measured.robustness_index, RobustnessIndex)
    assert measured.robustness_index.value == pytest.approx(expected, abs=1e-9)
