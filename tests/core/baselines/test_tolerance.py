import re

import pytest

from pathgui.core.baselines.numbers import held_numbers
from pathgui.core.baselines.tolerance import (
    Tolerance,
    parse_tolerances,
    proposed_tolerances,
    read_tolerances,
    save_tolerances,
    tolerance_text,
)
from pathgui.core.errors import BaselineError
from tests.run_factory import make_evaluation

RUN = make_evaluation(n_encoders=2, slide=False).run
ONE = RUN.encoders[1].encoder.name


def test_what_is_proposed_keeps_the_new_value_inside_the_interval_of_the_run():
    numbers = {(each.encoder, each.measure): each for each in held_numbers(RUN)}
    proposed = proposed_tolerances(RUN)
    assert any(each.measure == "robustness_index" for each in proposed)
    for each in proposed:
        found = numbers[each.encoder, each.measure].found
        assert found.value - each.down <= found.low + 1e-9
        assert found.value + each.up >= found.high - 1e-9
        assert each.down <= found.value - found.low + 1e-3


def test_the_file_that_is_written_is_read_as_what_was_proposed(tmp_path):
    proposed = proposed_tolerances(RUN)
    save_tolerances(RUN, proposed, "Größe 1", tmp_path / "t.toml")
    assert read_tolerances(tmp_path / "t.toml", RUN) == proposed


def test_a_number_without_an_interval_stands_in_the_file_as_a_comment():
    text = tolerance_text(RUN, proposed_tolerances(RUN), "a")
    assert re.search(r"^# tissue_knn = ", text, re.MULTILINE)
    assert re.search(r"^# Tissue accuracy, kNN: .* no interval", text, re.MULTILINE)


def test_one_number_holds_both_ways_and_two_each_their_own():
    text = f'[encoder."{ONE}"]\nrobustness_index = 0.02\nsupport = {{ down = 0.1, up = 1 }}\n'
    assert parse_tolerances(text, RUN) == (
        Tolerance(ONE, "robustness_index", 0.02, 0.02),
        Tolerance(ONE, "support", 0.1, 1.0),
    )


@pytest.mark.parametrize(
    ("lines", "number", "said"),
    [
        ("robustness_index = 'x'", 3, "must be a number"),
        ("robustness_index = -0.1", 3, "must be a number from 0, not -0.1"),
        ("robustness_index = nan", 3, "must be a number from 0, not nan"),
        ("support = 1\nrobustness_index = true", 4, "must be a number"),
        ("robustness_index = { down = 1 }", 3, "needs both down and up"),
        ("robustness_index = { low = 1 }", 3, "knows down and up, not low"),
        ("robustnes_index = 1", 3, "Did you mean robustness_index?"),
        ("robustness_index 1", 3, "is not TOML: "),
        ("robustness_index = 1\nrobustness_index = 1", 4, "is not TOML: "),
        ('support = """never closed', 3, "is not TOML: "),
        ('"robustness_index" = []', 3, "must be a number"),
        ('support = 1\n[encoder."nobody"]\nsupport = 1', 4, "the run has no encoder 'nobody'"),
        ("support = 1\n[encoders]\nsupport = 1", 4, "encoders is not known here"),
    ],
)
def test_a_broken_file_is_one_sentence_with_its_line(tmp_path, lines, number, said):
    path = tmp_path / "a b.toml"
    path.write_text(f'# mine\n[encoder."{ONE}"]\n{lines}\n', encoding="utf-8")
    with pytest.raises(BaselineError) as found:
        read_tolerances(path, RUN)
    text = str(found.value)
    assert text.startswith(str(path))
    assert said in text
    assert f"line {number}" in text
    assert "\n" not in text


def test_a_file_that_is_empty_no_text_or_not_there_is_refused(tmp_path):
    for content, said in ((b"", "holds no tolerance"), (b"a\n\xff", "line 2: this is no text")):
        (tmp_path / "t.toml").write_bytes(content)
        with pytest.raises(BaselineError, match=said):
            read_tolerances(tmp_path / "t.toml", RUN)
    with pytest.raises(BaselineError, match="cannot be read"):
        read_tolerances(tmp_path / "none.toml", RUN)
    with pytest.raises(BaselineError, match="every line begins with #"):
        parse_tolerances(f'[encoder."{ONE}"]\n# support = 1\n', RUN)
