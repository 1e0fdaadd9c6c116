"""Prose is spelled the American way: comments, docstrings, texts that a user sees, pages.

Names in code are not prose. What stays British on purpose is in :data:`KEPT`.
"""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# British: American. A stem stands for all words that begin with it.
BRITISH = {
    "neighbour": "neighbor", "colour": "color", "grey": "gray", "tumour": "tumor",
    "fibre": "fiber", "centre": "center", "metre": "meter", "litre": "liter",
    "licence": "license", "judgement": "judgment", "labelled": "labeled",
    "labelling": "labeling", "modelled": "modeled", "modelling": "modeling",
    "travelled": "traveled", "catalogue": "catalog", "artefact": "artifact",
    "behaviour": "behavior", "favour": "favor", "honour": "honor", "organis": "organiz",
    "recognis": "recogniz", "normalis": "normaliz", "minimis": "minimiz",
    "maximis": "maximiz", "optimis": "optimiz", "summaris": "summariz",
    "initialis": "initializ", "visualis": "visualiz", "standardis": "standardiz",
    "randomis": "randomiz", "analys": "analyz", "defence": "defense", "offence": "offense",
    "programme ": "program ", "haematoxylin": "hematoxylin", "towards": "toward",
    "afterwards": "afterward", "backwards": "backward", "learnt": "learned",
}  # fmt: skip
# Right in both: a word that only begins like a British one.
RIGHT = ("analysis", "analyst", "optimist", "minimis ", "organism", "grey-", "centred-")
# Words that stay: keys of files that earlier versions wrote, and what Python spells so.
KEPT = {
    "licence": "a key of encoders' TOML files and of records",
    "licences": "a key of the report's table of encoders",
    "judgement": "a class of the record and its key",
    "judgements": "a key of records",
    "cancelled": "as Python and Qt spell it",
}
# What others wrote: titles of works, a model's name, headings of tables that are read.
QUOTED = re.compile("Towards robust foundation|stain-normalised PFM|centre medicalcenter \\w+")
LEFT_OUT = ("LICENSE", "tests/test_spelling.py")

_WORD = re.compile(r"[A-Za-z]+")
# In prose, what is a name: `code`, {braces}, addresses, paths, words with _ or a dot, key = value.
_NAMES = re.compile(
    r"``?[^`\n]*``?|\{[^{}\n]*\}|https?://\S+|\S*[/_\\]\S*|\w+\.\w[\w.]*|\"\w+\"|'\w+'|\w+(?==)|\w+(?=\()"
)


def british(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, word and American spelling of each British word in prose."""
    for number, line in enumerate(text.split("\n"), 1):
        for found in _WORD.finditer(_NAMES.sub(" ", QUOTED.sub(" ", line))):
            word = found[0].lower()
            for stem, american in BRITISH.items():
                if word.startswith(stem.strip()) and not word.startswith(RIGHT):
                    if stem.endswith(" ") and word != stem.strip():
                        continue
                    if word not in KEPT:
                        yield number, found[0], american.strip()


def prose_of(path: Path) -> str:
    """The prose of a file, each piece on the line where it begins; the rest is blank."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        lines = [""] * (text.count("\n") + 1)
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            is_text = token.type == tokenize.STRING and re.search(r"\s", token.string)
            if token.type == tokenize.COMMENT or is_text:
                for offset, piece in enumerate(token.string.split("\n")):
                    lines[token.start[0] - 1 + offset] += f" {piece}"
        return "\n".join(lines)
    if path.suffix == ".md":  # blocks of code are not prose
        parts = re.split(r"(^```.*?^```)", text, flags=re.MULTILINE | re.DOTALL)
        return "".join(
            re.sub(r"[^\n]", "", part) if i % 2 else part for i, part in enumerate(parts)
        )
    if path.suffix == ".toml":
        return re.sub(r"^\s*\w+(?=\s*=)", "", text, flags=re.MULTILINE)
    return text


def files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no checkout of git, so nobody says which files are the project's")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name not in LEFT_OUT]
    endings = (".py", ".md", ".toml", ".typ", ".qss", ".css", ".html", ".txt")
    return [path for path in paths if path.suffix in endings and path.is_file()]


def test_prose_is_american():
    wrong = [
        f"{path.relative_to(ROOT)}, line {line}: {word} (write {american}...)"
        for path in files()
        for line, word, american in british(prose_of(path))
    ]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize(
    "text",
    [
        "The nearest neighbours", "grey levels", "Labelled tiles", "It normalises colour.",
        "towards the center", "who analyses it",
    ],
)  # fmt: skip
def test_british_words_are_found(text):
    assert list(british(text))


@pytest.mark.parametrize(
    "text",
    [
        "The analysis of gray organisms", "`licence` is a key", "see labelled_regions",
        "docs/colour/x.md", "The job was cancelled.", "https://example.org/colour", "labelled=3",
    ],
)  # fmt: skip
def test_american_words_names_and_exceptions_pass(text):
    assert not list(british(text))


def test_names_in_code_are_not_prose(tmp_path):
    file = tmp_path / "a.py"
    file.write_text('grey = "grey"\n# a grey line\nsay("It is grey.")\n')
    assert [line for line, *_ in british(prose_of(file))] == [2, 3]
