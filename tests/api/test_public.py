"""What ``import pathgui`` promises: names, signatures, and that it costs next to nothing."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import subprocess
import sys
from dataclasses import is_dataclass
from pathlib import Path

import pytest

import pathgui
from pathgui.core.errors import EmbeddingsError

ROOT = Path(__file__).resolve().parents[2]

LABELS = "tissue: 'Any', center: 'Any', slide: 'Any', patient: 'Any' = None, pair: 'Any' = None, "
BESIDE = "confounders: 'Mapping[str, Any] | Sequence[str] | None' = None, "
OPTIONS = (
    "k: 'int | str' = 'auto', keep_single: 'bool' = False, paired: 'bool' = False, "
    "sweep: 'SweepEffort' = 'quick', seed: 'int' = 0, device: 'str' = 'auto', "
    "allow_missing: 'bool' = False, progress: 'bool | Callable[[Event], None]' = False"
)
# To change one is to break the programs of others: say so in CHANGELOG.md.
SIGNATURES = {
    "Measurement": None,
    "Measurements": None,
    "Number": None,
    "PathguiError": None,
    "Run": None,
    "Slide": None,
    "Tile": "(x: 'int', y: 'int', size: 'int', pixels: 'NDArray[np.uint8]') -> None",
    "Tiles": None,
    "check": "(against: 'str | PathLike[str]', *, run: 'str | PathLike[str] | None' = None, "
    "look_in: 'Sequence[str | PathLike[str]]' = (), out: 'str | PathLike[str] | None' = None, "
    "device: 'str' = 'auto', offline: 'bool' = False, progress: 'bool | Callable[[Event], None]' "
    "= False) -> 'BaselineCheck'",
    "classifier": f"(answers: 'Any' = None, *, {LABELS.partition('pair')[0]}probabilities: 'Any' = "
    "None, classes: 'Any' = None, meanings: 'Mapping[str, str] | None' = None, embeddings: 'Any' = "
    "None, name: 'str' = 'classifier', k: 'int | str' = 'auto', seed: 'int' = 0, device: 'str' = "
    "'auto', progress: 'bool | Callable[[Event], None]' = False) -> 'AssessedClassifier'",
    "correct": f"(embeddings: 'Any', *, {LABELS.partition('pair')[0]}corrections: 'str | "
    "Sequence[str]' = (), array: 'str' = '', k: 'int | str' = 'auto', halvings: 'int' = 10, "
    "seed: 'int' = 0, device: 'str' = 'auto', allow_missing: 'bool' = False, progress: "
    "'bool | Callable[[Event], None]' = False) -> 'Corrections'",
    "evaluate": "(slide: 'str | PathLike[str] | Slide | None' = None, *, reference: 'str | "
    "PathLike[str]', encoders: 'str | Sequence[str]', out: 'str | PathLike[str] | None' = "
    "None, overwrite: 'bool' = False, mpp: 'float | None' = None, center: 'str | None' = "
    "None, new_center: 'bool' = False, tissue: 'str | None' = None, center_column: 'str | "
    "Sequence[str]' = (), tissue_column: 'str' = '', k: 'int | str | PathLike[str]' = 'auto',"
    " keep_single: 'bool' = False, max_tiles: 'int | None' = None, region: 'str | "
    "PathLike[str] | None' = None, region_class: 'str | Sequence[str]' = (), "
    "leave_out: 'str | Sequence[str]' = (), tissue_threshold: 'float | None' = None, "
    "tissue_from_region: 'bool' = False, reader: "
    "'ReaderChoice' = 'direct', device: 'str' = 'auto', precision: 'PrecisionChoice' = "
    "'fp32', preparation: 'Preparation' = 'exact', sweep: 'SweepEffort' = 'quick', "
    "correct: 'str | Sequence[str]' = (), maps: "
    "'bool' = True, seed: 'int' = 0, offline: 'bool' = False, keep_names: 'bool' = False, "
    "weights: 'Mapping[str, str | PathLike[str]] | None' = None, criteria: 'str | "
    "PathLike[str] | None' = None, intended_use: 'str | PathLike[str] | None' = None, "
    "embeddings: 'str | PathLike[str] | None' = None, cohort: 'str | PathLike[str] | None' = "
    "None, slide_id: 'str | Sequence[str]' = (), retry_failed: 'bool' = False, progress: "
    "'bool | Callable[[Event], None]' = False) -> 'Run'",
    "file_baseline": "(run: 'str | PathLike[str]', *, tolerance: 'str | PathLike[str] | None' = "
    "None, every: 'int | None' = None, triggers: 'Sequence[str]' = (), who: 'str' = '') -> "
    "'Baseline'",
    "measure": f"(embeddings: 'Any', *, {LABELS}subset: 'Any' = None, {BESIDE}array: "
    f"'str' = '', {OPTIONS}) -> 'Measurement'",
    "measure_several": f"(embeddings: 'Mapping[str, Any]', *, {LABELS}subset: 'Any' = None, "
    f"{BESIDE}{OPTIONS}) -> 'Measurements'",
    "open_run": "(path: 'str | PathLike[str]') -> 'Run'",
    "open_slide": "(path: 'str | PathLike[str]', mpp: 'float | None' = None, *, "
    "reader: 'ReaderChoice' = 'direct', "
    "progress: 'bool | Callable[[Event], None]' = False) -> 'Slide'",
    "perturb": "(slide: 'str | PathLike[str] | Slide', *, reference: 'str | PathLike[str]', "
    "encoders: 'str | Sequence[str]', tiles: 'int' = 200, centers: 'int | Sequence[str]' = 8, "
    "curves: 'str | Sequence[str]' = ('blur', 'jpeg', 'brightness', 'gamma', 'hue', 'scale'), "
    "center: 'str' = '', mpp: 'float | None' = None, center_column: 'str | Sequence[str]' = (), "
    "tissue_column: 'str' = '', device: 'str' = 'auto', precision: 'PrecisionChoice' = 'fp32', "
    "seed: 'int' = 0, progress: 'bool | Callable[[Event], None]' = False) -> 'dict[str, WhatIf]'",
    "qualify": "(run: 'str | PathLike[str]', *, reference: 'str | PathLike[str] | None' = None, "
    "progress: 'bool | Callable[[Event], None]' = False) -> 'Qualification'",
}

# What objects can be asked for.
MEMBERS = {
    "Measurement": "confounders k k_rule notices numbers record robustness_index table to_json "
    "verdict",
    "Measurements": "get items keys letters notices table values",
    "Number": "text",
    "Run": "failures get items keys letters notices outcome record report save slide "
    "slide_verdicts slides table tiles to_json values",
    "Slide": "close format level_downsamples level_sizes mpp path properties read_region size "
    "thumbnail tiles",
    "Tiles": "count index places size",
}
FIELDS = [
    "name", "title", "value", "low", "high", "null", "support", "n", "n_of", "definition",
    "better", "reason", "digits",
]  # fmt: skip

IMPORT = """
import sys, time
began = time.process_time()
import pathgui
seconds = time.process_time() - began
heavy = {"numpy", "torch", "PySide6", "pandas", "pyarrow", "openslide"} & set(sys.modules)
assert not heavy, heavy
print(seconds)
"""

USE = """
import sys
import pathgui
pathgui.evaluate, pathgui.measure, pathgui.measure_several, pathgui.open_run, pathgui.open_slide
heavy = {"torch", "timm", "PySide6", "sklearn", "matplotlib"} & set(sys.modules)
assert not heavy, heavy
"""


def child(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_names_and_signatures_are_those_that_were_promised():
    assert sorted(pathgui.__all__) == sorted(["__version__", *SIGNATURES])
    for name, signature in SIGNATURES.items():
        if signature is not None:
            assert str(inspect.signature(getattr(pathgui, name))) == signature


def test_objects_have_the_members_that_were_promised():
    for name, members in MEMBERS.items():
        kind = getattr(pathgui, name)
        assert sorted(each for each in vars_of(kind) if each[0] != "_") == members.split()
    assert [each.name for each in dataclasses.fields(pathgui.Number)] == (
        [
            "name",
            "title",
            "value",
            "low",
            "high",
            "null",
            "support",
            "n",
            "n_of",
            "definition",
            "better",
            "reason",
            "digits",
        ]
    )


def vars_of(kind: type) -> set[str]:
    """Methods and properties of a class, without the fields of dataclasses."""
    fields = {each.name for each in dataclasses.fields(kind)} if is_dataclass(kind) else set()
    return set(dir(kind)) - fields


def test_every_name_is_there_is_documented_and_is_known_to_type_checkers():
    tree = ast.parse((ROOT / "pathgui" / "__init__.py").read_text(encoding="utf-8"))
    typed = next(node for node in tree.body if isinstance(node, ast.If)).body
    named = {
        alias.name: node.module
        for node in typed
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert named == pathgui._HOMES
    assert set(SIGNATURES) <= set(dir(pathgui))
    page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    for name in SIGNATURES:
        assert getattr(pathgui, name).__doc__
        assert f"pathgui.{name}" in page


def test_a_type_checker_notices_a_name_that_is_not_there():
    tree = ast.parse((ROOT / "pathgui" / "__init__.py").read_text(encoding="utf-8"))
    seen = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert "__getattr__" not in seen  # one that it sees gives every name a type


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "pathgui" / "py.typed").is_file()


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'pathgui' has no attribute 'mesure'"):
        pathgui.mesure  # noqa: B018
    from pathgui import folders  # modules are found as ever

    assert folders.__name__ == "pathgui.folders"


def test_importing_it_costs_under_300_ms_and_loads_nothing_large():
    assert float(child(IMPORT)) < 0.3


def test_looking_up_its_functions_loads_neither_torch_nor_qt():
    child(USE)


def test_its_errors_are_of_one_kind():
    assert issubclass(EmbeddingsError, pathgui.PathguiError)
