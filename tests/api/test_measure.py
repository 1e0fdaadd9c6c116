"""``pathgui.measure`` gives the numbers of ``pathgui metrics``, and says what is wrong."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import pathgui
from pathgui.cli.main import run
from pathgui.core.progress import Progress
from tests.api.material import CENTER, LABELS, SLIDE, TISSUE, embeddings
from tests.shared_data import shared

QUICK = {"sweep": "none", "device": "cpu"}


def metrics(capsys, *arguments: str) -> dict:
    """What the terminal prints of a file."""
    assert run(["metrics", *arguments, "--device", "cpu", "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def arrays_in(path) -> dict:
    with np.load(path) as file:
        return dict(file)


SYNTHETIC = ["hand8", "hand8_grouped", "null_6x3", "synth_2x2"]


@pytest.mark.parametrize("name", SYNTHETIC)
def test_it_equals_the_terminal_to_the_last_digit(name, capsys):
    path = shared("reference", "synthetic", f"{name}.npz")
    found = pathgui.measure(**arrays_in(path), device="cpu")
    printed = metrics(capsys, str(path))
    assert json.loads(found.to_json()) == printed
    index = found.robustness_index
    assert index.value == printed["robustness_index"]["value"]
    assert index.n == len(arrays_in(path)["embeddings"])


def test_no_synthetic_file_is_left_out():
    found = shared("reference", "synthetic").glob("*.npz")
    assert sorted(path.stem for path in found) == SYNTHETIC


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ({"k": 5, "seed": 3}, ["--k", "5", "--seed", "3"]),
        ({"k": "pathorob-camelyon", "keep_single": True},
         ["--k", "pathorob-camelyon", "--keep-single"]),
        ({"k": np.int64(7), "paired": True}, ["--k", "7", "--paired"]),
    ],
)  # fmt: skip
def test_options_mean_what_they_mean_in_the_terminal(options, arguments, tmp_path, capsys):
    center = ["C", "C", *CENTER[2:]]  # one center with a single tissue
    arrays = {**LABELS, "center": center, "embeddings": embeddings(), "patient": SLIDE}
    np.savez(tmp_path / "a.npz", **arrays)
    found = pathgui.measure(**arrays, **QUICK, **options)
    printed = metrics(capsys, str(tmp_path / "a.npz"), "--sweep", "none", *arguments)
    assert json.loads(found.to_json()) == printed


def test_subsets_are_evaluated_each_on_its_own(tmp_path, capsys):
    subset = ["one"] * 48
    arrays = {**LABELS, "embeddings": embeddings(), "subset": subset}
    np.savez(tmp_path / "a.npz", **arrays)
    found = pathgui.measure(**arrays, **QUICK, k=5, paired=True)
    printed = metrics(capsys, str(tmp_path / "a.npz"), "--sweep", "none", "--k", "5", "--paired")
    assert json.loads(found.to_json()) == printed
    assert found.record.paired.n_squares == 1


def test_tiles_without_labels_and_rows_of_zeros_are_left_out_and_told(tmp_path, capsys):
    values = embeddings()
    values[7] = 0
    tissue = ["", None, *TISSUE[2:]]
    found = pathgui.measure(values, **{**LABELS, "tissue": tissue}, **QUICK, k=5)
    assert found.record.n_used == 45
    assert found.record.rejected_rows == [7]
    assert found.record.unlabeled_rows == [0, 1]
    assert any("1 tile left out: its embedding is zero" in each for each in found.notices)
    arrays = {**LABELS, "tissue": np.array(["", "", *TISSUE[2:]]), "embeddings": values}
    np.savez(tmp_path / "a.npz", **arrays)
    printed = metrics(capsys, str(tmp_path / "a.npz"), "--sweep", "none", "--k", "5")
    assert json.loads(found.to_json()) == printed


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_rows_that_are_not_finite_are_an_error_as_in_the_terminal(broken, tmp_path, capsys):
    values = embeddings()
    values[5, 1] = values[9, 3] = broken
    with pytest.raises(pathgui.PathguiError, match=r"2 of 48 embeddings are not finite.* row 5"):
        pathgui.measure(values, **LABELS)
    np.savez(tmp_path / "a.npz", embeddings=values, **LABELS)
    assert run(["metrics", str(tmp_path / "a.npz")]) == 2
    assert "2 of 48 embeddings are not finite" in capsys.readouterr().err


def test_many_missing_labels_have_to_be_allowed():
    tissue = [None] * 12 + TISSUE[12:]
    with pytest.raises(pathgui.PathguiError, match=r"12 have no tissue.*allow_missing=True"):
        pathgui.measure(embeddings(), **{**LABELS, "tissue": tissue}, **QUICK)
    found = pathgui.measure(
        embeddings(), **{**LABELS, "tissue": tissue}, **QUICK, allow_missing=True
    )
    assert found.record.n_used == 36


def test_one_center_is_no_error_but_not_assessable():
    found = pathgui.measure(embeddings(), **{**LABELS, "center": ["A"] * 48}, **QUICK)
    index = found.robustness_index
    assert (index.value, index.low, index.null, index.n) == (None, None, None, None)
    assert index.text == f"not assessable: {index.reason}"
    assert "one center" in found.verdict
    assert found.tissue_knn.value is not None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"tissue": TISSUE[1:]}, "There are 48 embeddings, but tissue has 47 labels"),
        ({"embeddings": embeddings()[0]}, "shape (5,)"),
        ({"embeddings": []}, "shape (0,)"),
        ({"embeddings": np.full((48, 5), np.nan)}, "48 of 48 embeddings are not finite"),
        ({"embeddings": np.zeros((48, 5))}, "Only 0 of 48 tiles can be measured"),
        ({"slide": np.linspace(0, 1, 48)}, "Was another column meant?"),
        ({"tissue": "tissue"}, "Only with AnnData does a text name a column"),
        ({"center": None}, "center is None; expected one label for each tile."),
        ({"k": 0}, "k must be auto, a number from 1"),
        ({"k": 2.5}, "k must be a whole number, not 2.5."),
        ({"k": "many"}, "k must be auto, a number from 1"),
        ({"k": None}, "k must be a whole number, not None."),
        ({"k": "11"}, "k must be auto, a number from 1"),
        ({"k": 500}, "k"),
        ({"seed": -1}, "seed must be at least 0, not -1."),
        ({"seed": 0.5}, "seed must be a whole number, not 0.5."),
        ({"seed": 2**32}, "seed must be at most 4294967295"),
        ({"sweep": "slow"}, "sweep must be none, quick, full; it is 'slow'."),
        ({"device": "abacus"}, "no device"),
        ({"subset": SLIDE}, "paired=True"),
        ({"paired": True, "center": ["A"] * 48}, "paired=True"),
    ],
)
def test_what_is_wrong_is_one_sentence(changed, said):
    given = {"embeddings": embeddings(), **LABELS, **QUICK} | changed
    with pytest.raises(pathgui.PathguiError) as told:
        pathgui.measure(**given)
    assert said in str(told.value)


def test_a_function_is_told_how_far_it_is_and_may_end_the_work():
    events = []
    pathgui.measure(embeddings(), **LABELS, **QUICK, k=5, progress=events.append)
    assert any(isinstance(event, Progress) for event in events)

    class Enough(Exception):
        pass

    def stop(event):
        raise Enough

    with pytest.raises(Enough):
        pathgui.measure(embeddings(), **LABELS, **QUICK, k=5, progress=stop)


def test_a_bar_goes_to_stderr_and_silence_is_the_rule(capsys):
    quiet = pathgui.measure(embeddings(), **LABELS, **QUICK, k=5)
    assert capsys.readouterr() == ("", "")
    loud = pathgui.measure(embeddings(), **LABELS, **QUICK, k=5, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "neighbors" in err
    assert loud.to_json() == quiet.to_json()


def test_what_was_handed_in_stays_as_it_was():
    values = embeddings()
    values.setflags(write=False)
    pathgui.measure(values, **LABELS, **QUICK, k=5)
    np.testing.assert_array_equal(values, embeddings())


def test_several_encoders_share_one_k_as_in_the_terminal(tmp_path, capsys):
    encoders = {"a": embeddings(0), "b": embeddings(1)[:, :4], "c": embeddings(2)}
    files = []
    for name, values in encoders.items():
        np.savez(tmp_path / f"{name}.npz", embeddings=values, **LABELS)
        files.append(str(tmp_path / f"{name}.npz"))
    found = pathgui.measure_several(encoders, **LABELS, **QUICK)
    printed = metrics(capsys, *files, "--sweep", "none")
    assert {name: json.loads(each.to_json()) for name, each in found.items()} == printed["encoders"]
    assert {each.k for each in found.values()} == {printed["k"]["k"]}
    assert found.letters == printed["comparison"]["groups"][0]["letters"]


@pytest.mark.parametrize("given", [{}, [embeddings()], embeddings()])
def test_several_encoders_have_names(given):
    with pytest.raises(pathgui.PathguiError, match="Expected the embeddings of several encoders"):
        pathgui.measure_several(given, **LABELS)


def test_whose_embeddings_are_wrong_is_said():
    with pytest.raises(pathgui.PathguiError, match=r"^b: There are 40 embeddings"):
        pathgui.measure_several({"a": embeddings(), "b": embeddings()[:40]}, **LABELS)


# By slide, as labels of tiles are: each scanner at each center.
SCANNER = [f"scanner {sorted(set(SLIDE)).index(slide) % 2}" for slide in SLIDE]


def test_confounders_are_measured_beside_the_center_as_in_the_terminal(tmp_path, capsys):
    table = ["tile,slide_id,tissue,center,Scanner"]
    rows = zip(range(len(SLIDE)), SLIDE, TISSUE, CENTER, SCANNER, strict=True)
    table += [",".join(map(str, row)) for row in rows]
    (tmp_path / "labels.csv").write_text("\n".join(table), encoding="utf-8")
    np.savez(tmp_path / "e.npz", embeddings=embeddings())
    words = [str(tmp_path / "e.npz"), "--manifest", str(tmp_path / "labels.csv"), "--same-order"]
    words += ["--sweep", "none", "--center-column", "center", "--center-column", "scanner"]
    printed = metrics(capsys, *words)
    found = pathgui.measure(embeddings(), **LABELS, confounders={"Scanner": SCANNER}, **QUICK)
    assert json.loads(found.to_json())["confounders"] == printed["confounders"]
    assert found.robustness_index.value == printed["robustness_index"]["value"]
    beside = found.confounders["Scanner"]
    alone = pathgui.measure(embeddings(), **LABELS | {"center": SCANNER}, k=found.k, **QUICK)
    assert beside.robustness_index.value == alone.robustness_index.value
    assert run(["metrics", *words, "--device", "cpu"]) == 0
    assert "Robustness index against scanner" in " ".join(capsys.readouterr().out.split())
    assert run(["metrics", *words[:-4], "--center-column", "scanner", "--device", "cpu"]) == 0
    told = capsys.readouterr().out.replace("same-scanner", "")
    assert "scanners" in told
    assert re.findall(r"\bcenters?\b", told, re.IGNORECASE) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scanner": ["GT450"] * len(SLIDE)}, "all tiles have the same value in it, 'GT450'"),
        ({"scanner": ["GT450", "P1000"] * 24}, "several values on"),
        ({"scanner": SLIDE}, "another value on each slide"),
        ({"scanner": [None] * len(SLIDE)}, "it says nothing of any tile"),
        ({"scanner": SCANNER[1:]}, "expected one for each"),
        ({"center": CENTER}, "named twice"),
        ({"tissue": SCANNER}, "both the center and the tissue"),
        (["scanner"], "by name"),
        (SCANNER, "by name"),
    ],
)
def test_labels_that_can_be_no_confounder_are_refused_in_a_sentence(given, said):
    with pytest.raises(pathgui.PathguiError, match=said):
        pathgui.measure(embeddings(), **LABELS, confounders=given, **QUICK)
