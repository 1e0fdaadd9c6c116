"""Each benchmark can be asked for with nothing and for its help, in both of which it measures none.

What is left out here is what a person would have to wait for: the measurements themselves.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).with_name("benchmarks")
NO_SCRIPTS = {"bootstrap", "lazyslide_child"}  # what others import or start
POSIX = {"encoder_cost"}  # asks the system what a child process used
SCRIPTS = sorted({path.stem for path in BENCHMARKS.glob("*.py")} - NO_SCRIPTS)


class Parsed(Exception):
    """The words were understood."""


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_benchmark_understands_no_words_and_explains_itself(script, monkeypatch, capsys):
    if script in POSIX and os.name == "nt":
        pytest.skip("measures by resource, which Windows lacks")
    module = importlib.import_module(f"tests.benchmarks.{script}")
    main = module.main
    assert f"python -m tests.benchmarks.{script}" in module.__doc__  # the way that finds the others
    parse = argparse.ArgumentParser.parse_args

    def parse_and_stop(parser, args=None, namespace=None):
        parse(parser, args, namespace)
        raise Parsed

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)

    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "usage:" in capsys.readouterr().out

    monkeypatch.setattr(sys, "argv", [script])
    try:
        main()
    except Parsed:
        return
    except SystemExit:  # a script may need a word, and then says which
        assert "the following arguments are required" in capsys.readouterr().err
        return
    pytest.fail(f"{script} takes no notice of its words")
