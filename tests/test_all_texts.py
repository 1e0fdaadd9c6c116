"""Nothing that a user reads is left out of the catalogs.

The code is searched for texts that go past ``say``, and a window, the help of commands and a report
are looked at in the pseudo language, which puts every text of the catalogs in brackets.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pathgui.core.language.languages import VARIABLE
from tests.catalogs import ROOT
from tests.outside_brackets import outside

# Calls whose texts a user reads. Of an Entry of a menu the first argument is the menu's key.
_SINKS = (
    "setText setToolTip setWindowTitle setAccessibleName setAccessibleDescription setTitle "
    "setPlaceholderText setStatusTip addTab addItem QLabel label QAction QGroupBox QCheckBox "
    "QRadioButton QPushButton Paragraph Heading Cell Note Bullets Offer show_message Column "
    "Finding NotAssessable Notice tell print_error Progress add_column setHorizontalHeaderLabels"
)
SINKS = frozenset(re.findall(r"\w+", _SINKS))
PROSE = re.compile(r"[A-Z][a-z]{2,}|[a-z]{3,} [a-z]{2,}| [a-z]{3,}")
# Whole sentences, wherever they stand.
SENTENCE = re.compile(r"[\"'{A-Z][^\s#]*(?: [^\s#]+){2,}[.!?](?:\s|$)")
NUMBER = re.compile(r"[,_%.]|[gGeEfF]$")  # a format that the marks of a language change
HEADING = re.compile(r"[A-Z][a-z]{3,}(?![A-Za-z]*[A-Z])")  # no name of a class
# What is said to programmers, or to the maker of an installation.
INTERNAL = {
    "ValueError", "TypeError", "KeyError", "OSError", "RuntimeError", "AssertionError",
    "AttributeError", "NotImplementedError", "IndexError", "FileNotFoundError", "LookupError",
    "NotDirectError", "NotForTiffError", "DamagedTiffError",
}  # fmt: skip
FILES_LEFT_OUT = {
    "pathgui/core/phantom/self_test.py": "run by the maker of an installation",
    "pathgui/core/slides/reading/slide_child.py": "a child that has no user",
    "pathgui/gui/viewer/snapshot.py": "what a PNG says of itself to programs",
    "pathgui/cli/doctor.py": "a command to be typed",
    "pathgui/core/encoders/timm_folder.py": "fields of a record",
    "pathgui/core/report/sections/references.py": "a bibliography",
    "pathgui/start.py": "the language is not known yet",
}
NUMBERS_FOR_PROGRAMS = {  # files, and a folder
    "pathgui/api/slides.py": "what Python shows of an object",
    "pathgui/cli/what_if_table.py": "cells of a CSV file",
    "pathgui/core/cohort/file_proposals.py": "cells of a table of slides",
    "pathgui/core/cohort/sampling/thrown_out_file.py": "cells of a CSV file",
    "pathgui/core/encoders/catalog.py": "a fact of a record",
    "pathgui/core/report/copied.py": "a command",
    "pathgui/core/slides/reading/": "properties, as OpenSlide writes them",
    "pathgui/core/report/render/overlays.py": "an SVG file",
    "pathgui/core/what_if/recoloring.py": "a key",
    "pathgui/gui/report/export_control.py": "an argument of a command",
}
LOOKED_UP = {"say", "noted", "counted", "plural", "filled"}
LOGGING = {"debug", "info", "warning", "error", "exception"}


def unsaid(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Texts that are shown without being looked up, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in SINKS or (name.endswith("Error") and name not in INTERNAL):
                for each in node.args:
                    yield from _literals(each)
        elif isinstance(node, ast.Tuple | ast.List | ast.Dict):
            parts = node.values if isinstance(node, ast.Dict) else node.elts
            if any(
                isinstance(part, ast.Call) and ast.unparse(part.func) == "say" for part in parts
            ):
                yield from _headings(parts, is_mapping=isinstance(node, ast.Dict))
    yield from _sentences(tree)


def _sentences(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Whole sentences that no call takes which looks them up, or tells them to programmers."""
    if isinstance(node, ast.Assert) or _is_docstring(node):
        return
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in LOOKED_UP | LOGGING | INTERNAL | SINKS or name.endswith("Error"):
            return  # of the last two, the rules above have asked
    if isinstance(node, ast.JoinedStr | ast.Constant):
        text = "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}"
            for part in (node.values if isinstance(node, ast.JoinedStr) else [node])
        )
        if SENTENCE.match(text):
            yield node.lineno, text
        return
    for child in ast.iter_child_nodes(node):
        yield from _sentences(child)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def numbers_of_one_language(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Numbers that an f-string writes, which knows the marks of English alone."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = ast.unparse(node.format_spec)[2:-1]
            if NUMBER.search(spec):
                yield node.lineno, f"{ast.unparse(node.value)}:{spec}"


def _literals(node: ast.expr) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.List | ast.Tuple):
        for part in node.elts:
            yield from _literals(part)
    text = ""
    if isinstance(node, ast.JoinedStr):
        constants = [part for part in node.values if isinstance(part, ast.Constant)]
        text = "".join(str(part.value) for part in constants)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    if PROSE.search(text):
        yield node.lineno, text


def _headings(parts: list[ast.expr], *, is_mapping: bool) -> Iterator[tuple[int, str]]:
    """Plain words beside texts that are said: one of several headings was forgotten."""
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            word = part.value
            if HEADING.match(word) or (is_mapping and re.match(r"[a-z]{4,}$|[a-z]+ ", word)):
                yield part.lineno, word


def test_the_search_finds_what_goes_past_the_catalogs():
    source = """
label.setText("Open a slide")
raise SlideError(f"{name} cannot be opened")
heads = ("Encoder", say("Index")); words = {"yes": say("can be"), "no": "limited"}
label.setText(say("Open a slide")); label.setText(f"{name}: 3 px"); raise ValueError("no such row")
raise Refused("gone", f"{name} is not on the hub."); log.info("A thread ends.")
"A note of it."
"""
    assert [text for _, text in unsaid(ast.parse(source))] == [
        "Open a slide", " cannot be opened", "Encoder", "limited", "{} is not on the hub.",
    ]  # fmt: skip
    numbers = ast.parse('f"{um:.3g} µm", f"{n:,} tiles", f"{name:<9} {n:02}", say("{um:.3g} µm")')
    assert [text for _, text in numbers_of_one_language(numbers)] == ["um:.3g", "n:,"]


def test_no_text_in_the_code_goes_past_the_catalogs():
    found = []
    for path in sorted((ROOT / "pathgui").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name not in FILES_LEFT_OUT and not name.startswith("pathgui/core/language/"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [f"{name}, line {line}: {text!r}" for line, text in unsaid(tree)]
            if not name.startswith(tuple(NUMBERS_FOR_PROGRAMS)):
                numbers = numbers_of_one_language(tree)
                found += [f"{name}, line {line}: filled() for {text}" for line, text in numbers]
    assert not found, "\n".join(found)


def test_commands_and_what_is_wrong_with_them_are_said_in_the_readers_language():
    code = """
from pathgui.cli.main import run
for line in (["--help"], ["reference", "check", "--help"], ["metrics", "--help"],
             ["evaluate", "--nope"], ["report"], ["encoders", "list", "--nothing"]):
    run(line)
"""
    environment = {**os.environ, VARIABLE: "pseudo", "COLUMNS": "10000", "NO_COLOR": "1"}
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], env=environment,
                          capture_output=True, encoding="utf-8", check=True)  # fmt: skip
    # Names of commands, options and types stand as they are.
    names = re.compile(
        r"\[OPTIONS\]|COMMAND|\[ARGS\]\.\.\.|--?[a-z][\w-]*|<[^<>]*>|\{[\w.]+\}|'\S+'"
        r"|pathgui [a-z ]*|│ \*? *[a-z_.-]+ |\[[a-z]+\]"
        r"|⟦[^⟦⟧\n]*│$",  # the first line of a longer help, in a list of commands
        re.MULTILINE,
    )
    said = done.stdout + done.stderr
    assert "⟦Usage: ⟧" in said
    assert "⟦No such option: --nope" in said
    assert not outside(names.sub(" ", said))


@pytest.fixture(scope="module")
def walked(tmp_path_factory) -> dict[str, dict[str, list[str]]]:
    """Texts of the window and the dialogs with words outside of brackets, and where they are."""
    said = {
        each: tmp_path_factory.mktemp("said") / f"{each}.json" for each in ("window", "dialogs")
    }
    environment = {**os.environ, VARIABLE: "pseudo", "PATHGUI_SAID": str(said["window"]),
                   "PATHGUI_SAID_BY_DIALOGS": str(said["dialogs"])}  # fmt: skip
    walk = ROOT / "tests" / "gui" / "walk_in_pseudo.py"
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(walk)], env=environment, capture_output=True, text=True,
                          cwd=ROOT, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout
    return {each: json.loads(path.read_text(encoding="utf-8")) for each, path in said.items()}


@pytest.mark.parametrize("what", ["window", "dialogs"])
def test_the_window_and_its_dialogs_say_nothing_that_no_catalog_has(walked, what):
    left = [f"{where[0]}: {text[:200]!r}" for text, where in walked[what].items()]
    assert not left, "\n".join(left)
