"""Every text can be looked up, and what translators wrote fits what the program says."""

from __future__ import annotations

import ast
import gettext

import pytest

from tests.catalogs import (
    FOLDER,
    ROOT,
    TRANSLATED,
    Message,
    faults,
    messages,
    placeholders,
    read,
    said_in,
)


@pytest.fixture(scope="module")
def program() -> dict[tuple[str, str], Message]:
    return messages()


def test_all_kinds_of_texts_are_found_in_the_order_of_the_source():
    source = """
say("Open {slide}", slide=name)
parts.say("not this one, which fills names of columns in")
counted(n, "{n:,} tile is", "{n:,} tiles are")
plural(n, "slide"), fmt.plural(n, "biopsy", "biopsies")
"""
    assert list(said_in(ast.parse(source))) == [
        ("Open {slide}", ""),
        ("{n:,} tile is", "{n:,} tiles are"),
        ("{n:,} slide", "{n:,} slides"),
        ("{n:,} biopsy", "{n:,} biopsies"),
    ]


@pytest.mark.parametrize(
    ("source", "translation", "fault"),
    [
        (Message("{n:,} of {slide}"), ["{slide}: {n:,}"], ""),
        (Message("{n:,} of {slide}"), ["{slide}: {n}"], "it has"),
        (Message("Open"), [" "], "empty"),
        (Message("Open"), ["{Öffnen"], "expected '}'"),
        (Message(" and "), [" und"], "where the source has ' '"),
        (Message("{n:,} tile", "{n:,} tiles"), ["eine Kachel", "{n:,} Kacheln"], ""),
        (Message("{n:,} tile", "{n:,} tiles"), ["{n:,} Kachel", "Kacheln"], "it has []"),
        (Message("{n:,} tile", "{n:,} tiles"), ["{n:,} Kachel"], "2 texts are needed"),
    ],
)
def test_a_translation_keeps_the_placeholders_and_blanks_of_its_source(source, translation, fault):
    found = "; ".join(faults(source, translation))
    assert fault in found if fault else not found


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_fits_its_source(language, program):
    wrong = {
        key[0]: why
        for key, texts in read(language).items()
        if key in program and (why := faults(program[key], texts))
    }
    assert not wrong


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language, program):
    done = read(language)
    missing = [key[0] for key in program if key not in done]
    advice = "python -m tests.catalogs takes new texts up; export and import translate them"
    assert not missing, (advice, missing[:20])


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_the_program_reads_is_what_was_compiled_of_the_catalogs(language):
    compiled: dict[tuple[str, str], list[str]] = {}
    for path in sorted((FOLDER / language).glob("*.mo")):
        assert path.with_suffix(".po").is_file(), f"{path.name} has no catalog"
        with path.open("rb") as file:
            texts = gettext.GNUTranslations(file)._catalog
        for key in texts:
            if isinstance(key, tuple):
                compiled.setdefault((key[0], ""), []).append(texts[key])
            elif key:
                compiled[key, ""] = [texts[key]]
    assert compiled == {(one, ""): texts for (one, _), texts in read(language).items()}


def test_what_is_said_is_written_out_where_it_is_said():
    """A text that is put together before it is looked up is found by no catalog."""
    computed = []
    for path in sorted((ROOT / "pathgui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            says = isinstance(node, ast.Call) and ast.unparse(node.func) == "say"
            if says and not isinstance(node.args[0], ast.Constant):
                computed.append(f"{path.relative_to(ROOT)}, line {node.lineno}")
    assert not computed


def test_no_text_has_backticks_which_window_terminal_and_report_print_as_they_stand(program):
    assert not [text for text, _ in program if "`" in text]


def test_a_text_has_the_values_that_it_names():
    """A name that is not given would raise where the text is said; one too many is a leftover."""
    wrong = []
    for path in sorted((ROOT / "pathgui").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = {word.arg for word in node.keywords}
            if node.func.id not in ("say", "filled") or not given or None in given:
                continue
            named = {each.strip("{}").split(":")[0].split("!")[0]
                     for each in placeholders(ast.literal_eval(node.args[0]))}  # fmt: skip
            if named != given:
                wrong.append(f"{path.relative_to(ROOT)}, line {node.lineno}: {named ^ given}")
    assert not wrong
