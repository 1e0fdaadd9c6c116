"""What messages are about: a message takes the place of the one before with the same key.

Each key stands once, here, so that a control can clear what another has shown.
"""

from __future__ import annotations

COMPARE = "compare"
CRITERIA = "criteria"
EARLIER_RUN = "earlier-run"
EVALUATION = "evaluation"
EXPLORE = "explore"
INTENDED_USE = "intended-use"
PICTURE = "picture"
REFERENCE = "reference"
REGIONS = "regions"
REPORT = "report"
RUNS = "runs"
SCALE = "scale"
SLIDE_CHANGED = "slide changed since the run"
WEIGHTS = "weights"
