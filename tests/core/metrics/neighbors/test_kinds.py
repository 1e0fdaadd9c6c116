"""The four kinds of a neighbor."""

import numpy as np

from pathgui.core.measurement.results import NeighborCounts, Ranks
from pathgui.core.metrics.neighbors import kinds
from pathgui.core.metrics.neighbors.kinds import OO, OS, SO, SS, kinds_among
from pathgui.core.metrics.results import Distances


def test_a_kind_says_tissue_first_and_center_second():
    tissue, center = np.array(list("TTNN")), np.array(list("ABAB"))
    found = kinds_among(np.array([[0, 1, 2, 3, -1]]), tissue[:1], center[:1], tissue, center)
    assert found.tolist() == [[SS, SO, OS, OO, kinds.NO_KIND]]


def test_records_count_by_kind_in_the_order_of_the_kinds():
    assert NeighborCounts.__struct_fields__ == kinds.KINDS
    assert tuple(Ranks.__dataclass_fields__) == kinds.KINDS
    assert tuple(Distances.__dataclass_fields__)[1:] == kinds.KINDS
