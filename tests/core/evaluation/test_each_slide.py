"""What is fitted on the reference set is shared by slides that the same tiles may judge."""

from __future__ import annotations

import numpy as np

from pathgui.core.evaluation.each_slide import _Fits
from pathgui.core.evaluation.encoder_steps import EncoderSteps
from tests.core.stand_ins import spec_of


class Work:
    """Counts what is fitted."""

    spec = spec_of()

    def __init__(self):
        self.fitted_with = []

    def fitted(self, admissible, devices, report):
        self.fitted_with.append(admissible.tolist())
        return object()


def test_the_fit_of_all_tiles_stays_and_that_of_the_last_patient_until_the_next():
    fits, work = _Fits(), Work()
    steps = EncoderSteps(work.spec, "fp32", lambda event: None)
    every, without_one, without_two = np.ones(3, bool), np.ones(3, bool), np.ones(3, bool)
    without_one[0] = without_two[1] = False

    def fit(admissible):
        return fits.get(work, admissible, ["cpu"], steps)

    shared, first = fit(every), fit(without_one)
    assert fit(without_one) is first
    assert fit(every) is shared
    fit(without_two)
    assert fit(every) is shared
    assert fit(without_one) is not first
    assert len(work.fitted_with) == 4
