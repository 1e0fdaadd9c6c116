"""The overlays of a slide and their key."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pathgui.core.pictures.fading import HOLLOW_MEANS
from pathgui.core.report.sections.options import ReportOptions
from pathgui.core.report.sections.slide_layers import layer_panels
from pathgui.core.report.sections.subject import Subject
from tests.run_factory import make_evaluation


def made(layer, **options):
    evaluation = make_evaluation(2, **options)
    subject = Subject(evaluation, ReportOptions())
    return layer_panels(subject, evaluation.run.encoders, layer), subject


@pytest.mark.parametrize("layer", ["tissue", "center", "nearest_center"])
def test_pictures_bring_their_key_with_letters_and_strengths(layer):
    panels, subject = made(layer)
    words = [entry.text for entry in panels.legend]
    assert words[0].startswith("a  " if layer == "tissue" else "A  ")
    assert any(text.startswith("probability") for text in words) == (layer != "nearest_center")
    assert (HOLLOW_MEANS in words) == (layer == "tissue")
    assert all(panel.overlay in subject.files for panel in panels.panels)


def test_of_many_centers_the_key_names_those_on_the_slide_the_most_frequent_first():
    names = [f"center {i}" for i in range(23)]
    evaluation = make_evaluation(1, centers=names)
    (encoder,) = evaluation.run.encoders
    counts = [0] * 23
    counts[4], counts[17] = 3, 8
    composition = replace(encoder.slide.center, counts=counts)
    encoder = replace(encoder, slide=replace(encoder.slide, center=composition))
    panels = layer_panels(Subject(evaluation, ReportOptions()), [encoder], "center")
    words = [entry.text for entry in panels.legend if not entry.text.startswith("probability")]
    assert words == ["R  center 17", "E  center 4"]
    assert np.sum(counts) == 11
