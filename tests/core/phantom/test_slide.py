"""The demo slide lies where its truth says."""

import numpy as np
import pytest

from pathgui.core.phantom.optics import centers
from pathgui.core.phantom.slide import SlideTruth, draw_slide
from pathgui.core.phantom.tissues import TISSUES


@pytest.fixture(scope="module")
def drawn():
    return draw_slide(centers(0.5)[2], size_px=(1600, 1304))


def test_every_tissue_lies_on_the_slide_and_glass_around(drawn):
    picture, truth = drawn
    assert picture.shape == (1304, 1600, 3)
    assert truth.labels.shape == (163, 200)
    share = [(truth.labels == i).mean() for i in range(len(TISSUES))]
    assert min(share) > 0.04
    edge = np.concatenate([truth.labels[:3].ravel(), truth.labels[:, :3].ravel()])
    assert (edge == -1).all()


def test_the_picture_shows_the_tissue_that_the_truth_names(drawn):
    picture, truth = drawn
    coarse = picture[: 163 * 8].reshape(163, 8, 200, 8, 3).mean(axis=(1, 3))
    red = [coarse[truth.labels == i][:, 0].mean() for i in range(len(TISSUES))]
    light = [coarse[truth.labels == i].mean() for i in range(-1, len(TISSUES))]
    assert TISSUES[int(np.argmin(red))] == "lymphoid tissue"
    assert np.argmax(light) == 0  # glass
    assert TISSUES[int(np.argmax(light[1:]))] == "adipose tissue"


def test_shares_count_the_squares_of_each_tissue():
    labels = np.full((10, 10), -1, np.int8)
    labels[:5, :] = 1
    labels[5:, :5] = 0
    truth = SlideTruth(labels, ("a", "b"), 8, "center", 0.5)
    corners = np.array([[0, 0], [0, 40], [40, 40], [0, 20], [-16, 0]])
    shares = truth.shares(corners, 40)
    np.testing.assert_allclose(shares[:3], [[0, 1], [1, 0], [0, 0]])
    assert shares[3].sum() == 1
    assert 0 < shares[3, 0] < 1
    assert shares[4, 1] == 0.6  # two of five columns lie beside the slide


def test_the_truth_survives_its_file(drawn, tmp_path):
    _, truth = drawn
    truth.save(tmp_path / "truth.npz")
    back = SlideTruth.load(tmp_path / "truth.npz")
    np.testing.assert_array_equal(back.labels, truth.labels)
    assert (back.tissues, back.downsample, back.center, back.mpp) == (
        truth.tissues,
        truth.downsample,
        truth.center,
        truth.mpp,
    )
