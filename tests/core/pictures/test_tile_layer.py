import numpy as np
import pytest

from pathgui.core.pictures.tile_layer import OverlayLayer

COLORS = ((230, 159, 0), (86, 180, 233))


def classes(image=((0, 1, 255), (1, 1, 255)), **facts):
    return OverlayLayer(
        "tissue", np.array(image, np.uint8), COLORS, ("gland", "fat"),
        origin_l0=(100.0, 50.0), stride_l0=10.0, **facts,
    )  # fmt: skip


def numbers(image):
    return OverlayLayer("distance", np.array(image, np.float32), ())


def test_a_tile_is_found_at_its_place_on_the_slide_and_nothing_beside_the_lattice():
    layer = classes()
    assert layer.cell_at(100, 50) == (0, 0)
    assert layer.cell_at(129.9, 69.9) == (2, 1)
    assert layer.cell_at(99.9, 50) is None
    assert layer.cell_at(130, 50) is None
    assert layer.value_at(110, 50) == "fat"
    assert layer.value_at(120, 50) == ""
    assert layer.rect_l0 == (100, 50, 130, 70)


def test_tiles_of_each_class_are_counted():
    assert classes().counts() == [1, 3]
    assert numbers([[0.5]]).counts() == []


def test_the_range_of_the_data_is_never_empty():
    assert numbers([[0.25, np.nan], [0.75, 0.5]]).data_range() == (0.25, 0.75)
    low, high = numbers([[0.5, 0.5]]).data_range()
    assert low < high
    assert numbers([[np.nan]]).data_range() == (0.0, 1.0)


def test_what_is_frozen_stays_when_the_layer_is_filled():
    layer = classes(fades=np.zeros((2, 3), np.uint8))
    frozen = layer.frozen()
    layer.image[:] = 0
    layer.fades[:] = 2
    assert frozen.counts() == [1, 3]
    assert not frozen.fades.any()


@pytest.mark.parametrize(
    ("image", "stride"), [(np.zeros((2, 2), int), 1.0), (np.zeros((2, 2), np.uint8), 0.0)]
)
def test_what_is_no_layer_is_refused(image, stride):
    with pytest.raises(ValueError, match="of a layer"):
        OverlayLayer("tissue", image, COLORS, stride_l0=stride)
