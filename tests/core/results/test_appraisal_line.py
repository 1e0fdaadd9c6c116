"""A finding of an appraisal is said with what to do next."""

from __future__ import annotations

from pathgui.core.results.appraisal_line import Line


def test_a_finding_is_whole_with_what_to_do_next():
    assert Line("It is torn.", then="Mend it.").whole == "It is torn. Mend it."
    assert Line("It is whole.").whole == "It is whole."
