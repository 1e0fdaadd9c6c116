"""What the program compares, looks up or lets users type is the same in every language."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from pathgui.core.language.languages import PSEUDO, VARIABLE
from tests.catalogs import messages

_SCRIPT = """
from pathlib import Path
from pathgui.core.cohort.file_proposals import from_paths
from pathgui.core.cost.estimate import Cost, EncoderCost
from pathgui.core.cost.words import slides_sentence
from pathgui.core.embedding.forward import is_out_of_memory
from pathgui.core.language.texts import say
from pathgui.core.results.formatting import because
from pathgui.core.slides.region_choice import NO_CLASS

assert say("center") == "⟦center⟧"  # the language is another one
assert is_out_of_memory(RuntimeError("CUDA error: out of memory"))
assert is_out_of_memory(RuntimeError("DefaultCPUAllocator: can't allocate memory"))
paths = [Path("/top/a/TCGA-A1-A0SB-01Z-00-DX1.svs"), Path("/top/b/TCGA-A2-A0SB-01Z-00-DX1.svs")]
sources = [each.source for each in from_paths(paths)]
assert sources == ["folder 1", "TCGA site", "TCGA patient"], sources
assert NO_CLASS == "(no class)"
assert "⟦there is one center⟧" in because("Not assessable: there is one center.")
cost = Cost((EncoderCost("a", 150, 0, 120.0, 2_000_000, "warm-up"),), 50, 100)
assert "⟦3 slides⟧" in slides_sentence(cost, 3, 3, 0), slides_sentence(cost, 3, 3, 0)
"""


def test_what_is_compared_or_typed_is_not_translated() -> None:
    environment = {**os.environ, VARIABLE: PSEUDO.code}
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr


def test_no_text_makes_its_plural_by_an_ending() -> None:
    """``{n} tile{s}`` has no German: a text for one and a text for more have."""
    assert not [each.id for each in messages().values() if re.search(r"[a-z]\{s\}", each.id)]


_MARKS = """
from pathgui.core.baselines.tolerance import Tolerance
from pathgui.core.cohort.quality.flaws import Flaw
from pathgui.core.cost.words import size_in_words
from pathgui.core.encoders.weights.hub_worker import explain
from pathgui.core.system.times import duration, in_table

assert (duration(0.912), in_table(0.912)) == ("0,9 s", "0,9 s"), duration(0.912)
assert size_in_words(1_200_000_000) == "1,2 GB", size_in_words(1_200_000_000)
assert Tolerance("uni", "mari", 0.1, 0.1).text == "± 0,1"
flaw = Flaw("fold", 0.51, 0.45)
assert "0.51" in str(flaw), "what a file says"
assert flaw.shown.startswith("⟦") and "0,51" in flaw.shown, flaw.shown
why, text = explain(OSError(28, "No space left on device"), {"title": "UNI", "cache": "/c"})
assert (why, text[0]) == ("disk", "⟦"), text
"""


def test_numbers_outside_of_sentences_have_the_marks_of_the_language() -> None:
    environment = {**os.environ, VARIABLE: PSEUDO.code}
    done = subprocess.run(
        [sys.executable, "-c", _MARKS], env=environment, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
