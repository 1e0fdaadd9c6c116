"""What messages are about: a message takes the place of the one before with the same key.

Each key stands once, here, so that a control can clear what another has shown.
"""

from __future__ import annotations

BASELINE = "a baseline"
CLOSING = "closing"
COHORT = "cohort"
COHORT_REGIONS = "regions of the cohort"
COMPARE = "compare"
COPIED = "copied into the clipboard"
CRITERIA = "criteria"
EARLIER_RUN = "earlier-run"
EVALUATION = "evaluation"
EXPLORE = "explore"
INTENDED_USE = "intended-use"
OVERDUE = "a check that is overdue"
NOT_IN_COHORT = "open and not in the cohort"
NOT_KEPT = "changes of the cohort are not kept"
NOT_SAVED = "a table that was not saved as a cohort"
PICTURE = "picture"
REFERENCE = "reference"
REGIONS = "regions"
TISSUE = "tissue"
REPORT = "report"
PROPOSALS = "proposals"
RUNS = "runs"
SCALE = "scale"
SLIDE_OF_RUN = "a slide of the run over all slides"
SLIDE_CHANGED = "slide changed since the run"
STAIN = "stain"
WEIGHTS = "weights"
