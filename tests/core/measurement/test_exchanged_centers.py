"""Centers exchanged over patients say what chance gives where own tiles never judge."""

from __future__ import annotations

import numpy as np
import pytest

from pathgui.core.measurement.exchanged_centers import Exchange, exchange_centers

OTHER_TILES = 30


def in_noise(patients: int, centers: int, rng) -> tuple[Exchange, float, float]:
    """Slides whose nearest tiles are of any other patient: chance, what is seen, and by margins."""
    known = np.arange(patients) % centers
    near = []
    for i in range(patients):
        drawn = rng.multinomial(OTHER_TILES, rng.dirichlet(np.ones(patients - 1)))
        near.append(dict(zip([j for j in range(patients) if j != i], drawn.tolist(), strict=True)))
    found = exchange_centers(
        np.arange(patients), known, near, [[i] for i in range(patients)], known, 0, 199
    )
    assert found is not None
    counts = np.zeros((patients, centers), int)
    for i, each in enumerate(near):
        for j, n in each.items():
            counts[i, known[j]] += n
    at = counts.argmax(axis=1)
    margins = np.bincount(known, minlength=centers) @ np.bincount(at, minlength=centers)
    return found, float((at == known).mean()), margins / patients**2


@pytest.mark.parametrize(("patients", "centers"), [(6, 2), (12, 4)])
def test_in_noise_as_many_are_at_their_own_center_as_chance_says(patients, centers):
    rng = np.random.default_rng(patients)
    rounds = [in_noise(patients, centers, rng) for _ in range(150)]
    seen = np.array([share for _, share, _ in rounds])
    chance = np.array([found.chance for found, _, _ in rounds])
    error = (seen - chance).std() / np.sqrt(len(rounds))
    assert abs((seen - chance).mean()) < 3 * error
    by_margins = np.array([share for _, _, share in rounds])
    assert (seen - by_margins).mean() < -5 * error  # the margins do not know what is left out
    small = np.mean([found.p is not None and found.p <= 0.05 for found, _, _ in rounds])
    assert small <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(rounds))


def test_slides_that_are_placed_at_their_own_center_are_more_than_chance():
    known = np.arange(8) % 2
    near = [{(i + 2) % 8: 20, (i + 1) % 8: 5} for i in range(8)]
    found = exchange_centers(np.arange(8), known, near, [[i] for i in range(8)], known, 0, 999)
    assert found.chance == pytest.approx(3 / 7, abs=0.03)  # of 7 others, 3 are of the own center
    assert found.p < 0.06  # 2 of the 70 ways to part 8 patients in two


def test_without_own_tiles_chance_is_that_of_the_frequencies():
    """Two thirds are of the first center, and half are placed there."""
    known = np.array([0, 0, 1] * 4)
    near = [{i % 2: 9} for i in range(12)]
    found = exchange_centers(
        np.arange(12), known, near, [[]] * 12, np.array([0, 1]), seed=0, permutations=2000
    )
    assert found.chance == pytest.approx(0.5, abs=0.01)


def test_slides_of_a_patient_move_together_and_so_do_its_slides_in_the_set():
    """Two patients with ten slides each: there are two ways only, so nothing is tested."""
    patient = np.repeat([0, 1], 10)
    near = [{1 - i: 5} for i in patient]
    found = exchange_centers(patient, patient, near, [[i] for i in patient], np.arange(2), 0, 999)
    assert found.chance == 0  # a center of one patient is never the place of that patient
    assert found.p is None


def test_patients_of_whom_the_set_has_nothing_are_exchanged_among_themselves():
    """So the set never loses its only patient of a center."""
    known = np.array([0, 0, 1, 1, 0, 1])
    own = [[0], [1], [2], [3], [], []]
    near = [{1: 3}, {0: 3}, {3: 3}, {2: 3}, {0: 3}, {2: 3}]
    found = exchange_centers(np.arange(6), known, near, own, np.array([0, 0, 1, 1]), 0, 999)
    pairs = 1 / 3  # of four patients in two pairs
    assert found.chance == pytest.approx((4 * pairs + 2 * 1 / 2) / 6, abs=0.03)


def test_where_a_patient_is_of_two_centers_nothing_can_be_exchanged():
    near = [{1: 3}, {0: 3}]
    ask = {"near": near, "seed": 0, "permutations": 9}
    two = np.array([0, 1])
    assert exchange_centers(np.array([0, 0]), two, own=[[0], [0]], set_centers=two, **ask) is None
    assert exchange_centers(two, two, own=[[0, 1], []], set_centers=two, **ask) is None


def test_slides_of_one_center_give_nothing():
    near = [{1: 3}, {0: 3}]
    own = [[0], [1]]
    one = np.zeros(2, int)
    assert exchange_centers(np.arange(2), one, near, own, one, 0, 9) is None
