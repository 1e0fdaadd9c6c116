"""What "tissue" means in a set: an organ, or a class of tissue."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pathgui.core.report.sections.organs import tissue_meaning
from tests.core.report.readers import report
from tests.run_factory import make_evaluation


@pytest.mark.parametrize(
    ("tissues", "description", "said"),
    [
        (["bladder", "Breast", "lymph node", "kidneys"], "", "the organ that a tile is from"),
        (["tumor", "stroma"], "", "the class of tissue that a tile shows"),
        (["kidney", "stroma"], "", "the organ, or the class of tissue, that a tile shows"),
        (["Niere", "Lunge"], "Tiles of two organs.", "the set’s description speaks of organs"),
        (["kidney carcinoma", "lung carcinoma"], "", "the class of tissue that a tile shows"),
    ],
)
def test_the_report_says_whether_tissue_is_an_organ_or_a_class_of_tissue(
    tissues, description, said
):
    facts = replace(make_evaluation(1, tissues=tissues).run.reference, description=description)
    assert said in tissue_meaning(facts)


def test_the_tissue_of_the_set_is_explained_on_the_cover():
    assert "Tissue: the organ that a tile is from" in report("organs").cover.words
    assert "Tissue: the class of tissue that" in report("three encoders").cover.words
