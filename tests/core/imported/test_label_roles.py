"""Labeled embeddings with other columns in the roles of center and tissue."""

import numpy as np
import pytest

from pathgui.core.errors import EmbeddingsError
from pathgui.core.imported.embeddings_table import LabeledEmbeddings
from pathgui.core.imported.label_roles import in_roles
from pathgui.core.reference.labels import TileLabels
from pathgui.core.reference.roles import RoleColumns


def column(text):
    return np.array(list(text))


@pytest.fixture
def given():
    labels = TileLabels(column("TTNN" * 2), column("AAAABBBB"), column("11223344"))
    further = {"Scanner": column("GGPPGGPP"), "grade": column("LHLHLHLH")}
    return LabeledEmbeddings(np.eye(8), labels, further=further)


def test_a_named_column_plays_its_role_and_those_after_the_first_stand_beside_it(given):
    found = in_roles(given, ["scanner", "center"], "Grade")
    assert found.labels.columns == RoleColumns("Scanner", "grade")
    assert "".join(found.labels.center) == "GGPPGGPP"
    assert "".join(found.labels.tissue) == "LHLHLHLH"
    assert {name: "".join(text) for name, text in found.confounders.items()} == {
        "center": "AAAABBBB"
    }


def test_without_names_nothing_changes(given):
    found = in_roles(given)
    assert found.labels.columns == given.labels.columns
    assert found.confounders == {}


def test_pairs_are_of_tissues_at_centers_and_of_nothing_else(given):
    paired = LabeledEmbeddings(
        given.values, given.labels, {"all": np.arange(8)}, further=given.further
    )
    assert in_roles(paired, ["center", "Scanner"]).subsets == paired.subsets
    with pytest.raises(EmbeddingsError, match="--paired"):
        in_roles(paired, ["Scanner"])


@pytest.mark.parametrize(
    ("centers", "tissue", "said"),
    [
        (["moon"], "", "no column 'moon'. They have: center, tissue, Scanner, grade"),
        (["grade"], "", "'grade' cannot play the center: it has several values"),
        (["scanner", "SCANNER"], "", "named twice"),
        (["tissue"], "", "both the center and the tissue"),
        (["center"], "Center", "both the center and the tissue"),
    ],
)
def test_a_column_that_cannot_play_a_role_is_refused(given, centers, tissue, said):
    with pytest.raises(EmbeddingsError, match=said):
        in_roles(given, centers, tissue)
