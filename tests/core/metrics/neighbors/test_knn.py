"""Votes of the nearest tiles."""

from __future__ import annotations

import numpy as np

from pathgui.core.metrics.neighbors import knn
from pathgui.core.metrics.neighbors.search import Neighbors, nearest


def test_a_tie_goes_to_the_smallest_label():
    found = Neighbors(np.array([[1, 2]] * 3), np.zeros((3, 2)))
    assert knn.votes_by_k(found, np.array([0, 2, 1]), [2])[2].tolist() == [1, 1, 1]


def test_votes_for_several_k_are_those_of_each_k():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 80)
    found = nearest(rng.standard_normal((80, 4)), np.arange(80) // 3, 20)
    together = knn.votes_by_k(found, labels, [1, 4, 20])
    for k, answers in together.items():
        for row in range(80):
            counts = np.bincount(labels[found.indices[row, :k]], minlength=5)
            assert answers[row] == counts.argmax()


def test_a_tile_without_neighbors_is_not_asked():
    found = Neighbors(np.array([[1], [0], [-1]]), np.array([[0.1], [0.1], [np.inf]]))
    answers = knn.votes_by_k(found, np.array([0, 0, 1]), [1])[1]
    assert answers.tolist() == [0, 0, -1]
    assert knn.balanced_accuracy(np.array([0, 0, 1]), answers) == 1


def test_balanced_accuracy_is_that_of_scikit_learn():
    from sklearn.metrics import balanced_accuracy_score

    rng = np.random.default_rng(1)
    truth, answers = rng.integers(0, 4, 200), rng.integers(0, 4, 200)
    assert np.isclose(
        knn.balanced_accuracy(truth, answers), balanced_accuracy_score(truth, answers)
    )


def test_of_k_that_are_all_as_good_the_one_in_the_middle_is_taken():
    rng = np.random.default_rng(2)
    tissue = np.repeat([0, 1], 40)
    embeddings = np.where(tissue[:, None] == 0, 5.0, -5.0) + rng.standard_normal((80, 3))
    found = nearest(embeddings, np.arange(80), 39)
    assert knn.best_k(found, tissue, np.arange(80), 39) == 5  # 1 to 31, on a logarithmic scale


def test_rounding_does_not_decide_a_tie():
    """2 of 3 and 1 of 6 are right at k = 1, none of 3 and 5 of 6 at k = 3: the same mean."""
    tissue = np.array([0] * 3 + [1] * 6)
    right = {1: [1, 1, 0, 1, 0, 0, 0, 0, 0], 3: [0, 0, 0, 1, 1, 1, 1, 1, 0]}
    means = [np.mean([np.mean(right[k][:3]), np.mean(right[k][3:])]) for k in (1, 3)]
    assert 0 < means[1] - means[0] < 1e-15
    votes = {k: np.where(right[k], tissue, 1 - tissue) for k in right}
    # The second and the third neighbor outvote the first.
    indices = np.stack([votes[1], votes[3], votes[3]], axis=1) * 3
    found = Neighbors(indices, np.tile([0.1, 0.2, 0.3], (9, 1)))
    for k, given in knn.votes_by_k(found, tissue, [1, 3]).items():
        np.testing.assert_array_equal(given, votes[k])
    assert knn.best_k(found, tissue, np.arange(9), 3) == 1


def test_k_is_chosen_for_the_tissue_vote():
    """Noise hides the tissue from few neighbors; only a larger k sees it."""
    rng = np.random.default_rng(3)
    tissue = np.arange(200) % 2
    embeddings = 0.35 * np.where(tissue[:, None] == 0, 1.0, -1.0) + rng.standard_normal((200, 8))
    found = nearest(embeddings, np.arange(200), 101)
    chosen = knn.best_k(found, tissue, np.arange(200), 101)
    accuracy = {
        k: knn.balanced_accuracy(tissue, answers)
        for k, answers in knn.votes_by_k(found, tissue, knn.k_candidates(101)).items()
    }
    assert accuracy[1] < accuracy[chosen] <= max(accuracy.values())
    assert accuracy[chosen] > max(accuracy.values()) - 0.1
    assert chosen > 5


def test_tiles_of_one_slide_count_as_one_draw_of_luck():
    """The same votes from fewer slides tell fewer k apart, so more of them are in the running."""
    rng = np.random.default_rng(8)
    tissue = np.arange(400) % 2
    embeddings = 0.5 * np.where(tissue[:, None] == 0, 1.0, -1.0) + rng.standard_normal((400, 8))
    found = nearest(embeddings, np.arange(400), 101)
    few, many = np.arange(400) // 40, np.arange(400)
    chosen = [knn.best_k(found, tissue, groups, 101) for groups in (few, many)]
    assert chosen[0] <= chosen[1]


def test_where_no_tile_has_a_neighbor_k_is_one():
    nobody = Neighbors(np.full((4, 3), -1), np.full((4, 3), np.inf))
    assert knn.best_k(nobody, np.array([0, 0, 1, 1]), np.zeros(4, int), 3) == 1
